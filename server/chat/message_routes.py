"""The visitor's door to one message of a group: signs of support, folding its writer away, what can be done with it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from server.chat import muting, queries, signs, views
from server.chat.models import RoomKind, SignKind
from server.chat.routes import Rt, Visiting, known
from server.chat.rules import RoomUnknown, Speaker
from server.chat.speakers import visitor_in
from server.kit.errors import Invalid
from server.kit.forms import Form, fields
from server.kit.ids import is_id
from server.kit.runtime import Runtime
from server.visitors import service as visitors
from server.visitors.answers import see
from server.visitors.visit import Visit
from web import page

ROUTER = APIRouter(prefix="/groepen/{room_id}")
MOST_SHOWN = 300


@ROUTER.get("/bericht/{message_id}")
async def show_message(request: Request, rt: Rt, visit: Visiting, room_id: str, message_id: str) -> Response:
    """Show one message with what can be done with it; with a script the same stands under the message."""
    speaker = _speaker(rt, visit, room_id)
    shown = await views.one_message(rt, room_id, message_of(message_id), speaker)
    return page(request, "chat/message.html", {"room_id": room_id, "bubble": shown})


@ROUTER.post("/steun")
async def support(
    request: Request, rt: Rt, visit: Visiting, room_id: str, form: Annotated[Form, Depends(fields("geef", "neem"))]
) -> Response:
    """Put a sign under a message, or take it back. The value is "kind/message"."""
    deed, value = (signs.take_back, form["neem"]) if form["neem"] else (signs.press, form["geef"])
    kind, message_id = sign_of(value)
    await deed(rt, _speaker(rt, visit, room_id), room_id, message_id, kind)
    return see(request, f"/groepen/{room_id}#b-{message_id}")


@ROUTER.get("/steun")
async def show_support(rt: Rt, visit: Visiting, room_id: str) -> JSONResponse:
    """Return the signs under the last messages, for a page that was away: {"signs": {message: [kinds]}}."""
    speaker = _speaker(rt, visit, room_id)
    async with rt.stores.vluchtig.reading() as tx:
        room = await queries.room(tx, room_id)
        ids = await queries.last_ids(tx, room, limit=MOST_SHOWN)
        found = await signs.under(tx, ids, speaker.sign_key)
    return JSONResponse({"signs": {id_: found[id_].shown if id_ in found else [] for id_ in ids}})


@ROUTER.post("/dempen")
async def mute(
    request: Request, rt: Rt, visit: Visiting, room_id: str, form: Annotated[Form, Depends(fields("message"))]
) -> Response:
    """Fold away whoever wrote a message, for this visitor only."""
    await muting.mute(rt, visit, _speaker(rt, visit, room_id), room_id, message_of(form["message"]))
    return see(request, f"/groepen/{room_id}")


@ROUTER.post("/weer-lezen")
async def unmute(
    request: Request, rt: Rt, visit: Visiting, room_id: str, form: Annotated[Form, Depends(fields("pid"))]
) -> Response:
    """Show somebody again."""
    await muting.unmute(rt, visit, known(room_id), form["pid"])
    return see(request, f"/groepen/{room_id}")


@ROUTER.post("/niet-nu")
async def decline(
    request: Request, rt: Rt, visit: Visiting, room_id: str, form: Annotated[Form, Depends(fields("aanbod"))]
) -> Response:
    """Say "not now" to an offer of the team; it is not shown again, and nobody hears of it."""
    await visitors.mark_once(rt, visit, views.declined_mark(known(room_id), form["aanbod"]), most=50)
    return see(request, f"/groepen/{room_id}")


def _speaker(rt: Runtime, visit: Visit, room_id: str) -> Speaker:
    return visitor_in(visit, known(room_id), RoomKind.GROUP, rt.clock.now())


def sign_of(value: str) -> tuple[SignKind, str]:
    """Return kind and message of "kind/message". Raises Invalid or RoomUnknown."""
    kind, _, message_id = value.partition("/")
    try:
        return SignKind(kind), message_of(message_id)
    except ValueError:
        raise Invalid(field="geef") from None


def message_of(message_id: str) -> str:
    """Return an id that can be one of a message. Raises RoomUnknown."""
    if not is_id(message_id):
        raise RoomUnknown
    return message_id
