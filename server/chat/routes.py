"""The visitor's door to group rooms: pages and forms, and the socket."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Depends, Request, WebSocket
from starlette.requests import HTTPConnection
from starlette.responses import Response

from server.chat import muting, objections, service, views
from server.chat.frames import SUBPROTOCOL, Close
from server.chat.groups import groups
from server.chat.hub import Hub
from server.chat.models import MessageState, RoomKind
from server.chat.rules import NoPlace, RoomUnknown
from server.chat.service import Draft
from server.chat.session import ChatSession, Ways
from server.chat.socket import serve
from server.chat.speakers import took_part, visiting, visitor_in
from server.chat.stream import FRAMES, Collected, EventStream, StreamDoor, one_frame, poll, positions
from server.chat.views import Look
from server.kit.clock import local_day
from server.kit.errors import AppError, Invalid
from server.kit.forms import Form, fields
from server.kit.guards import SeeOther, anyone
from server.kit.ids import is_id
from server.kit.run.overload import Part
from server.kit.runtime import Runtime, runtime, state
from server.visitors.answers import see
from server.visitors.guards import maybe_visitor, visitor
from server.visitors.visit import Visit
from web import page

ROUTER = APIRouter()
CATEGORIES: Final = ("kwetsend", "gegevens", "crisis", "reclame", "anders")
EVERYTHING_NEW: Final = Look()
DOOR: Final = "/groepen/kring"

Rt = Annotated[Runtime, Depends(runtime)]
Visiting = Annotated[Visit, Depends(visitor)]


def hub(connection: HTTPConnection) -> Hub:
    """Return the hub of this process; app.py made it."""
    return cast("Hub", state(connection).hub)


@ROUTER.get("/groepen")
async def list_groups(request: Request, rt: Rt, _: Annotated[None, Depends(anyone)]) -> Response:
    """Show the groups: when they are open, how busy, whether somebody of the team is there."""
    async with rt.stores.vluchtig.reading() as tx:
        cards = await views.cards(tx, rt, hub(request))
    context = {"cards": cards, "today": local_day(rt.clock.now())}
    return page(request, "chat/list.html", context | await added(request))


@ROUTER.get("/groepen/{room_id}")
async def show_room(request: Request, rt: Rt, visit: Visiting, room_id: str, voor: str = "", op: str = "") -> Response:
    """Show the last messages and the place to write; voor: those before a number, op: the message one answers.

    Raises Busy when it is too busy for earlier messages, or for somebody who took part in no group today.
    """
    asked = look(voor, op)
    if asked.before is not None:
        rt.overload.require(Part.GROUP_HISTORY)
    if room_id in groups() and not took_part(visit, RoomKind.GROUP, rt.clock.now()):
        rt.overload.require(Part.GROUP_JOIN)
    try:
        return await _room_page(request, rt, visit, room_id, look=asked)
    except NoPlace:
        raise SeeOther(f"{DOOR}/{room_id}") from None


@ROUTER.post("/groepen/{room_id}/berichten")
async def post_message(
    request: Request,
    rt: Rt,
    visit: Visiting,
    room_id: str,
    form: Annotated[Form, Depends(fields("client_id", "text", "reply_to"))],
) -> Response:
    """Take a message from the form; the same deed as the frame `send`."""
    try:
        draft = Draft(known(room_id), client_id(form["client_id"]), form["text"], form["reply_to"] or None)
        actor = visiting(rt, visit)
        outcome = await service.send(rt, actor.in_room(room_id, RoomKind.GROUP, rt.clock.now()), draft)
        await actor.said(outcome.state, outcome.kind)
    except AppError as error:
        asked = look("", form["reply_to"])
        return await _room_page(request, rt, visit, room_id, look=asked, error=error, typed=form["text"])
    if outcome.state is MessageState.REFUSED:
        asked = look("", form["reply_to"])
        return await _room_page(request, rt, visit, room_id, look=asked, refused=outcome.answer, typed=form["text"])
    if outcome.answer.get("panel"):
        return await _room_page(request, rt, visit, room_id, panel=outcome.answer["panel"])
    return see(request, f"/groepen/{room_id}#bericht")


@ROUTER.post("/groepen/{room_id}/terugnemen")
async def retract_message(
    request: Request, rt: Rt, visit: Visiting, room_id: str, form: Annotated[Form, Depends(fields("message"))]
) -> Response:
    """Take back an own message."""
    speaker = visitor_in(visit, known(room_id), RoomKind.GROUP, rt.clock.now())
    await service.retract(rt, speaker, form["message"])
    return see(request, f"/groepen/{room_id}#bericht")


@ROUTER.get("/groepen/{room_id}/melding/{message_id}")
async def ask_report(request: Request, _: Visiting, room_id: str, message_id: str) -> Response:
    """Ask why a message should be looked at."""
    return _report_page(request, known(room_id), message_id)


@ROUTER.post("/groepen/{room_id}/melding/{message_id}")
async def report_message(
    request: Request,
    rt: Rt,
    visit: Visiting,
    room_id: str,
    message_id: str,
    form: Annotated[Form, Depends(fields("reden"))],
) -> Response:
    """Put a message before a moderator."""
    if form["reden"] not in CATEGORIES:
        return _report_page(request, known(room_id), message_id, error=Invalid(key="err.choose", field="reden"))
    speaker = visitor_in(visit, known(room_id), RoomKind.GROUP, rt.clock.now())
    await service.report(rt, speaker, message_id, form["reden"])
    return page(request, "chat/reported.html", {"room_id": room_id})


@ROUTER.websocket("/chat/v1/ws")
async def socket(socket: WebSocket, rt: Rt, visit: Annotated[Visit | None, Depends(maybe_visitor)]) -> None:
    """Open a connection for a visitor; without a visit it is accepted and closed with 4401 (reliability-spec 2)."""
    if visit is None:
        await socket.accept(subprotocol=SUBPROTOCOL)
        await socket.close(Close.NO_SESSION)
        return

    await serve(socket, rt, hub(socket), visiting(rt, visit, lasting=True), ways(socket))


@ROUTER.get("/chat/v1/sse")
async def stream(request: Request, rt: Rt, visit: Visiting) -> Response:
    """Send events as a stream, for a page whose WebSockets are blocked."""
    door = StreamDoor()
    return EventStream(
        door, ChatSession(rt, hub(request), visiting(rt, visit), door, ways(request)), positions(request)
    )


@ROUTER.get("/chat/v1/poll")
async def long_poll(request: Request, rt: Rt, visit: Visiting) -> Response:
    """Answer with what is new, for a page that gets no stream either."""
    door = Collected()
    return await poll(ChatSession(rt, hub(request), visiting(rt, visit), door, ways(request)), door, request)


@ROUTER.post("/chat/v1/frame")
async def frame(request: Request, rt: Rt, visit: Visiting) -> Response:
    """Take one frame of a page without WebSocket. Raises TooMany."""
    await rt.limits.hit(FRAMES, visit.ref.hex())
    door = Collected()
    return await one_frame(ChatSession(rt, hub(request), visiting(rt, visit), door, ways(request)), door, request)


def ways(connection: HTTPConnection) -> Ways:
    """Return what each kind of frame does here; app.py puts it together."""
    return cast("Ways", state(connection).ways)


async def added(request: Request, room_id: str = "") -> dict[str, Any]:
    """Return what a slice above adds to the page of this room, or to the list of all; app.py knows it."""
    add = cast("Callable[[str], Awaitable[dict[str, Any]]] | None", getattr(state(request), "added_to_rooms", None))
    return {"kring": None, "kringen": []} | (await add(room_id) if add else {})


def look(before: str, answering: str) -> Look:
    """Return what an address asks to see; what cannot be read asks for nothing."""
    seq = int(before) if before.isascii() and before.isdigit() and len(before) < 10 else None
    return Look(seq or None, answering if is_id(answering) else None)


def client_id(text: str) -> str:
    """Return the form's client_id. Raises Invalid when it is no UUID."""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise Invalid(field="client_id") from None


def known(room_id: str) -> str:
    """Return the id of a group. Raises RoomUnknown."""
    if not is_id(room_id):
        raise RoomUnknown
    return room_id


async def _room_page(
    request: Request,
    rt: Runtime,
    visit: Visit,
    room_id: str,
    *,
    look: Look = EVERYTHING_NEW,
    error: AppError | None = None,
    refused: dict[str, Any] | None = None,
    typed: str = "",
    panel: str | None = None,
) -> Response:
    now = rt.clock.now()
    speaker = visitor_in(visit, known(room_id), RoomKind.GROUP, now)
    declined = frozenset(mark.split("/", 1)[1] for mark in visit.counted)
    own = replace(look, muted=muting.muted_in(visit, room_id), declined=declined)
    view = await views.room_page(rt, hub(request), room_id, speaker, own)
    async with rt.stores.hoofd.reading() as tx:
        decisions, older_decisions = await objections.told(tx, rt, visit, room_id)
    context = view | {
        "error": error, "refused": refused, "typed": typed, "panel": panel or view["panel"],
        "answered": bool(panel or refused), "client_id": str(uuid.uuid4()),
        "decisions": decisions, "older_decisions": older_decisions, "masked_id": str(uuid.uuid4()),
        "today": local_day(now),
        "offer": not visit.phrase_id, "wrote": visit.messages_sent > 0,
    }  # fmt: skip
    context |= await added(request, room_id)
    return page(request, "chat/room.html", context, status=error.status if error else 200)


def _report_page(request: Request, room_id: str, message_id: str, error: AppError | None = None) -> Response:
    context = {"room_id": room_id, "message_id": message_id, "categories": CATEGORIES, "error": error}
    return page(request, "chat/report.html", context, status=error.status if error else 200)
