"""Every route and every frame names one guard, `anyone` included."""

from collections.abc import Iterator

import pytest
from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.routing import BaseRoute

from server.app import ZONES
from server.chat import deeds
from server.kit.guards import is_guard
from server.talks import frames

WAYS = [*deeds.WAYS.items(), *frames.WAYS.items()]


def routes() -> Iterator[tuple[str, APIRoute | APIWebSocketRoute]]:
    """Yield every route of every zone."""
    for zone, routers in ZONES.items():
        for router in routers:
            for route in inside(router):
                yield f"{zone} {sorted(getattr(route, 'methods', None) or ['WS'])} {route.path}", route


def inside(router: APIRouter) -> Iterator[APIRoute | APIWebSocketRoute]:
    """Yield the routes of a router and of those it includes. A kind of route we do not know is an error."""
    for route in router.routes:
        inner = getattr(route, "original_router", None)
        if isinstance(inner, APIRouter):
            yield from inside(inner)
            continue
        assert isinstance(route, APIRoute | APIWebSocketRoute), route
        yield route


def guards_of(dependant: Dependant) -> list[object]:
    """Return the outermost guards of a route: one that builds on another counts once."""
    found: list[object] = []
    for inner in dependant.dependencies:
        if inner.call is not None and is_guard(inner.call):
            found.append(inner.call)
        else:
            found += guards_of(inner)
    return found


@pytest.mark.parametrize("route", [pytest.param(route, id=name) for name, route in routes()])
def test_route_names_one_guard(route: BaseRoute) -> None:
    """None is a hole, two are a riddle."""
    assert isinstance(route, APIRoute | APIWebSocketRoute)
    assert len(guards_of(route.dependant)) == 1


@pytest.mark.parametrize("way", [pytest.param(way, id=kind.__name__) for kind, way in WAYS])
def test_frame_names_one_guard(way: object) -> None:
    """A frame has its guard beside its deed."""
    assert is_guard(way.guard)  # type: ignore[attr-defined]  # parametrize erases the type
