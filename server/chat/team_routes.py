"""The team's door to group rooms: read along and write, marked as team."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Request, WebSocket
from starlette.responses import RedirectResponse, Response

from server.chat import service, views
from server.chat.frames import SUBPROTOCOL, Close
from server.chat.models import MessageState
from server.chat.routes import EVERYTHING_NEW, added, client_id, hub, look, ways
from server.chat.rules import RoomUnknown
from server.chat.service import Draft
from server.chat.session import ChatSession
from server.chat.socket import serve
from server.chat.speakers import team_in, working
from server.chat.stream import FRAMES, Collected, EventStream, StreamDoor, one_frame, poll, positions
from server.chat.views import Look
from server.kit.clock import local_day
from server.kit.errors import AppError
from server.kit.forms import Form, fields
from server.kit.ids import is_id
from server.kit.runtime import Runtime, runtime
from server.team.guards import may, maybe_login
from server.team.logins import Login
from server.team.permissions import Permission
from web import page

TEAM_ROUTER = APIRouter()

Rt = Annotated[Runtime, Depends(runtime)]
InRooms = Annotated[Login, Depends(may(Permission.ROOM))]
Live = Annotated[Login, Depends(may(Permission.LIVE))]


@TEAM_ROUTER.get("/team/groepen")
async def list_groups(request: Request, rt: Rt, _: InRooms) -> Response:
    """Show the groups."""
    async with rt.stores.vluchtig.reading() as tx:
        cards = await views.cards(tx, rt, hub(request))
    return page(request, "chat/team_list.html", {"cards": cards, "today": local_day(rt.clock.now())})


@TEAM_ROUTER.get("/team/groepen/{room_id}")
async def show_room(request: Request, rt: Rt, login: InRooms, room_id: str, voor: str = "", op: str = "") -> Response:
    """Show one group."""
    return await _room(request, rt, login, room_id, seen=look(voor, op))


@TEAM_ROUTER.post("/team/groepen/{room_id}/berichten")
async def post_message(
    request: Request,
    rt: Rt,
    login: InRooms,
    room_id: str,
    form: Annotated[Form, Depends(fields("client_id", "text", "reply_to"))],
) -> Response:
    """Say something in a group, as team."""
    seen = look("", form["reply_to"])
    try:
        draft = Draft(_known(room_id), client_id(form["client_id"]), form["text"], form["reply_to"] or None)
        outcome = await service.send(rt, team_in(login, room_id), draft)
    except AppError as error:
        return await _room(request, rt, login, room_id, seen=seen, error=error, typed=form["text"])
    if outcome.state is MessageState.REFUSED:
        return await _room(request, rt, login, room_id, seen=seen, refused=outcome.answer, typed=form["text"])
    return RedirectResponse(f"/team/groepen/{room_id}#bericht", 303)


@TEAM_ROUTER.websocket("/team/chat/v1/ws")
async def socket(socket: WebSocket, rt: Rt, login: Annotated[Login | None, Depends(maybe_login)]) -> None:
    """Open a connection for a team member; without a login it is accepted and closed with 4401."""
    if login is None or not login.may(Permission.LIVE):
        await socket.accept(subprotocol=SUBPROTOCOL)
        await socket.close(Close.NO_SESSION)
        return

    await serve(socket, rt, hub(socket), working(rt, login), ways(socket))


@TEAM_ROUTER.get("/team/chat/v1/sse")
async def stream(request: Request, rt: Rt, login: Live) -> Response:
    """Send events as a stream, for a page whose WebSockets are blocked."""
    start, door = positions(request), StreamDoor()
    return EventStream(door, ChatSession(rt, hub(request), working(rt, login), door, ways(request)), start)


@TEAM_ROUTER.get("/team/chat/v1/poll")
async def long_poll(request: Request, rt: Rt, login: Live) -> Response:
    """Answer with what is new, for a page that gets no stream either."""
    door = Collected()
    return await poll(ChatSession(rt, hub(request), working(rt, login), door, ways(request)), door, request)


@TEAM_ROUTER.post("/team/chat/v1/frame")
async def frame(request: Request, rt: Rt, login: Live) -> Response:
    """Take one frame of a page without WebSocket. Raises TooMany."""
    await rt.limits.hit(FRAMES, login.account_id)
    door = Collected()
    return await one_frame(ChatSession(rt, hub(request), working(rt, login), door, ways(request)), door, request)


def _known(room_id: str) -> str:
    if not is_id(room_id):
        raise RoomUnknown
    return room_id


async def _room(
    request: Request,
    rt: Runtime,
    login: Login,
    room_id: str,
    *,
    seen: Look = EVERYTHING_NEW,
    error: AppError | None = None,
    refused: dict[str, object] | None = None,
    typed: str = "",
) -> Response:
    speaker = team_in(login, _known(room_id))
    view = await views.room_page(rt, hub(request), room_id, speaker, seen)
    context = view | {
        "error": error, "refused": refused, "typed": typed, "client_id": str(uuid.uuid4()),
        "masked_id": str(uuid.uuid4()), "today": local_day(rt.clock.now()),
    }  # fmt: skip
    context |= await added(request, room_id)
    return page(request, "chat/team_room.html", context, status=error.status if error else 200)
