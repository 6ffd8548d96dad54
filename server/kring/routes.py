"""The visitor's door to a kring: see it, take a place, give it back. Inside, it is a group like any other."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from server.chat.models import RoomKind
from server.chat.speakers import visitor_in
from server.kit.errors import AppError
from server.kit.forms import Form, fields
from server.kit.ids import is_id
from server.kit.runtime import Runtime, runtime
from server.kring import queries, service, views
from server.kring.rules import KringUnknown
from server.visitors.answers import see
from server.visitors.guards import visitor
from server.visitors.visit import Visit
from web import page

ROUTER = APIRouter(prefix="/groepen/kring")
ROOMS: Final = "/groepen"

Rt = Annotated[Runtime, Depends(runtime)]
Visiting = Annotated[Visit, Depends(visitor)]
Nothing = Annotated[Form, Depends(fields())]


@ROUTER.get("/{kring_id}")
async def door(request: Request, rt: Rt, visit: Visiting, kring_id: str) -> Response:
    """Show the door: theme, rules, when it begins and ends, whether there is room."""
    return await _door_page(request, rt, visit, kring_id)


@ROUTER.post("/{kring_id}/plek")
async def take_place(request: Request, rt: Rt, visit: Visiting, kring_id: str, _: Nothing) -> Response:
    """Take a place and go in."""
    try:
        await service.take_place(rt, visit, _known(kring_id))
    except AppError as error:
        return await _door_page(request, rt, visit, kring_id, error)
    return see(request, f"{ROOMS}/{kring_id}")


@ROUTER.post("/{kring_id}/weg")
async def give_back(request: Request, rt: Rt, visit: Visiting, kring_id: str, _: Nothing) -> Response:
    """Leave, and let somebody else have the place."""
    await service.give_back(rt, visit, _known(kring_id))
    return see(request, ROOMS)


async def _door_page(
    request: Request, rt: Runtime, visit: Visit, kring_id: str, error: AppError | None = None
) -> Response:
    keys = visitor_in(visit, _known(kring_id), RoomKind.KRING, rt.clock.now()).keys
    async with rt.stores.vluchtig.reading() as tx:
        await queries.kring(tx, kring_id)
        inside = await queries.has_place(tx, kring_id, keys)
    context: dict[str, Any] = await views.added(rt, kring_id)
    context |= {"inside": inside, "error": error}
    return page(request, "kring/door.html", context, error.status if error else 200)


def _known(kring_id: str) -> str:
    if not is_id(kring_id):
        raise KringUnknown
    return kring_id
