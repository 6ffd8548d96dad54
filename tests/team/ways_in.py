"""Every way into the team's pages, read from the routes themselves."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIWebSocketRoute

from server.app import ZONES
from server.kit.guards import is_guard
from server.team.guards import login, permission_of
from server.team.permissions import Permission

SOME_ID = "0" * 32
SOCKET = "WS"


@dataclass(frozen=True)
class WayIn:
    """One method on one path, and who it says may use it. permission None: anybody who is signed in, or everybody."""

    method: str
    path: str
    permission: Permission | None
    needs_login: bool
    guards: int

    def __str__(self) -> str:
        """Name the test case."""
        return f"{self.method} {self.path}"

    @property
    def address(self) -> str:
        """Return the path with ids that nothing has."""
        return re.sub(r"\{[^}]+\}", SOME_ID, self.path)


def ways_in() -> list[WayIn]:
    """Return every method and path of the team zone."""
    return sorted((way for router in ZONES["team"] for way in _of(router)), key=str)


def _of(router: APIRouter) -> Iterator[WayIn]:
    for route in router.routes:
        inner = getattr(route, "original_router", None)  # a router that was included in this one
        if isinstance(inner, APIRouter):
            yield from _of(inner)
            continue
        if not isinstance(route, APIRoute | APIWebSocketRoute):
            raise AssertionError(f"a kind of route that this walk does not know: {route!r}")
        calls = list(_calls(route.dependant))
        permissions = [found for call in calls if (found := permission_of(call))]
        guards = [call for call in _direct(route.dependant) if is_guard(call)]
        for method in sorted(route.methods or ()) if isinstance(route, APIRoute) else [SOCKET]:
            yield WayIn(method, route.path, next(iter(permissions), None), login in calls, len(guards))


def _direct(dependant: Dependant) -> list[Callable[..., Any]]:
    return [child.call for child in dependant.dependencies if child.call is not None]


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    for child in dependant.dependencies:
        if child.call is not None:
            yield child.call
        yield from _calls(child)
