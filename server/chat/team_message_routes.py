"""The team's door to one message of a group: answer, support, take back an own one."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from server.chat import asides, service, signs, views
from server.chat.message_routes import message_of, sign_of
from server.chat.routes import Rt, known
from server.chat.speakers import team_in
from server.kit.forms import Form, fields
from server.team.guards import may
from server.team.logins import Login
from server.team.permissions import Permission
from web import page

TEAM_ROUTER = APIRouter(prefix="/team/groepen/{room_id}")

InRooms = Annotated[Login, Depends(may(Permission.ROOM))]


@TEAM_ROUTER.get("/bericht/{message_id}")
async def show_message(request: Request, rt: Rt, login: InRooms, room_id: str, message_id: str) -> Response:
    """Show one message with what can be done with it."""
    speaker = team_in(login, known(room_id))
    shown = await views.one_message(rt, room_id, message_of(message_id), speaker)
    return page(request, "chat/team_message.html", {"room_id": room_id, "bubble": shown})


@TEAM_ROUTER.post("/steun")
async def support(
    rt: Rt, login: InRooms, room_id: str, form: Annotated[Form, Depends(fields("geef", "neem"))]
) -> Response:
    """Put a sign under a message, or take it back."""
    deed, value = (signs.take_back, form["neem"]) if form["neem"] else (signs.press, form["geef"])
    kind, message_id = sign_of(value)
    await deed(rt, team_in(login, known(room_id)), room_id, message_id, kind)
    return RedirectResponse(f"/team/groepen/{room_id}#b-{message_id}", 303)


@TEAM_ROUTER.post("/terugnemen")
async def retract(rt: Rt, login: InRooms, room_id: str, form: Annotated[Form, Depends(fields("message"))]) -> Response:
    """Take back an own message."""
    await service.retract(rt, team_in(login, known(room_id)), message_of(form["message"]))
    return RedirectResponse(f"/team/groepen/{room_id}#bericht", 303)


@TEAM_ROUTER.post("/aanbod")
async def offer_talk(
    rt: Rt, login: InRooms, room_id: str, form: Annotated[Form, Depends(fields("message"))]
) -> Response:
    """Offer a talk to whoever wrote a message; nobody else in the group sees it."""
    await asides.offer(rt, login, known(room_id), message_of(form["message"]))
    return RedirectResponse(f"/team/groepen/{room_id}#bericht", 303)
