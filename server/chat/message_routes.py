"""The visitor's door to one message of a group: signs of support, folding its writer away, what can be done with it."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from server.chat import editing, muting, queries, signs, views
from server.chat.models import MessageState, RoomKind, SignKind
from server.chat.routes import Rt, Visiting, client_id, known
from server.chat.rules import RoomUnknown, Speaker
from server.chat.speakers import visitor_in
from server.kit.errors import AppError, Invalid, NotFound
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


@ROUTER.get("/bericht/{message_id}/veranderen")
async def ask_edit(request: Request, rt: Rt, visit: Visiting, room_id: str, message_id: str) -> Response:
    """Show an own message with its words in a field."""
    return await _edit_page(request, rt, visit, room_id, message_id)


@ROUTER.post("/bericht/{message_id}/veranderen")
async def edit_message(
    request: Request,
    rt: Rt,
    visit: Visiting,
    room_id: str,
    message_id: str,
    form: Annotated[Form, Depends(fields("client_id", "text"))],
) -> Response:
    """Put other words in the place of an own message; the same deed as the frame `edit`."""
    typed, speaker = form["text"], _speaker(rt, visit, room_id)
    try:
        outcome = await editing.edit(rt, speaker, room_id, message_of(message_id), client_id(form["client_id"]), typed)
    except NotFound:
        raise
    except AppError as error:
        return await _edit_page(request, rt, visit, room_id, message_id, typed=typed, error=error)
    if outcome.state is MessageState.REFUSED or outcome.answer.get("panel"):
        refused = outcome.answer if outcome.state is MessageState.REFUSED else None
        panel = outcome.answer.get("panel")
        return await _edit_page(request, rt, visit, room_id, message_id, typed=typed, refused=refused, panel=panel)
    return see(request, f"/groepen/{room_id}#b-{message_id}")


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


async def _edit_page(
    request: Request,
    rt: Runtime,
    visit: Visit,
    room_id: str,
    message_id: str,
    *,
    typed: str | None = None,
    error: AppError | None = None,
    refused: dict[str, Any] | None = None,
    panel: str | None = None,
) -> Response:
    shown = await views.one_message(rt, room_id, message_of(message_id), _speaker(rt, visit, room_id))
    if not shown["may_retract"]:  # no longer, or never an own one
        raise RoomUnknown
    context = {
        "room_id": room_id, "bubble": shown, "typed": shown["text"] if typed is None else typed, "error": error,
        "refused": refused, "panel": panel, "client_id": str(uuid.uuid4()),
    }  # fmt: skip
    return page(request, "chat/edit.html", context, error.status if error else 200)


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
