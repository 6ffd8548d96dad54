"""From a group to a talk: asked in private, and the place in the group is kept (ux-spec 4.3)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from server.chat import asides, queries
from server.chat.models import RoomKind
from server.chat.rules import RoomUnknown
from server.chat.speakers import visitor_in
from server.kit.errors import AppError
from server.kit.forms import Form, fields
from server.kit.ids import is_id
from server.kit.runtime import Runtime, runtime
from server.talks import waiting
from server.visitors.answers import see
from server.visitors.guards import visitor
from server.visitors.visit import Visit
from web import page

ROUTER = APIRouter(prefix="/gesprek/apart/{room_id}")

Rt = Annotated[Runtime, Depends(runtime)]
Visiting = Annotated[Visit, Depends(visitor)]


@ROUTER.get("")
async def ask_apart(request: Request, rt: Rt, visit: Visiting, room_id: str) -> Response:
    """Say what happens, and what the group sees, before anything does."""
    return await _page(request, rt, visit, room_id)


@ROUTER.post("")
async def go_apart(
    request: Request, rt: Rt, visit: Visiting, room_id: str, _: Annotated[Form, Depends(fields())]
) -> Response:
    """Put the visitor in the line like everybody else; the group sees "even weg"."""
    speaker = visitor_in(visit, _known(room_id), RoomKind.GROUP, rt.clock.now())
    try:
        await waiting.enter(rt, visit, "")
    except AppError as error:
        return await _page(request, rt, visit, room_id, error)
    await asides.step_out(rt, speaker, room_id)
    return see(request, "/gesprek")


async def _page(request: Request, rt: Runtime, visit: Visit, room_id: str, error: AppError | None = None) -> Response:
    keys = visitor_in(visit, _known(room_id), RoomKind.GROUP, rt.clock.now()).keys
    async with rt.stores.vluchtig.reading() as tx:
        room = await queries.readable_room(tx, room_id, keys)
    context = {"room_id": room_id, "name": queries.name_of(room), "error": error}
    return page(request, "talks/apart.html", context, error.status if error else 200)


def _known(room_id: str) -> str:
    if not is_id(room_id):
        raise RoomUnknown
    return room_id
