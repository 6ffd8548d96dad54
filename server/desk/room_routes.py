"""The door from a group to the desk: whoever of the team is there hides a message at once, with a reason."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

import moderation
from server.chat import views
from server.chat.rules import RoomUnknown
from server.chat.speakers import team_in
from server.desk import rules, service, typed
from server.kit.errors import AppError
from server.kit.forms import Form, fields
from server.kit.ids import is_id
from server.kit.runtime import Runtime, runtime
from server.team.answers import errors_of
from server.team.guards import may
from server.team.logins import Login
from server.team.permissions import Permission
from web import page

TEAM_ROUTER = APIRouter(prefix="/team/groepen/{room_id}/bericht/{message_id}")
GROUPS: Final = "/team/groepen"

Rt = Annotated[Runtime, Depends(runtime)]
Hiding = Annotated[Login, Depends(may(Permission.ROOM_HIDE))]
Nothing = Annotated[Form, Depends(fields())]
Choice = Annotated[Form, Depends(fields("reden_soort", "reden", "reden_was"))]


@TEAM_ROUTER.get("/verbergen")
async def ask_why(request: Request, rt: Rt, login: Hiding, room_id: str, message_id: str) -> Response:
    """Show a message and ask why nobody should read it."""
    return await _page(request, rt, login, room_id, message_id)


@TEAM_ROUTER.post("/verbergen")
async def hide(request: Request, rt: Rt, login: Hiding, room_id: str, message_id: str, form: Choice) -> Response:
    """Hide it for everybody; pressing twice hides once."""
    try:
        await service.hide_in_room(rt, login, _known(room_id), _known(message_id), typed.why(form))
    except RoomUnknown:  # hidden by this press before, or by a colleague
        if not await views.is_hidden(rt, room_id, message_id):
            raise
    except AppError as error:
        return await _page(request, rt, login, room_id, message_id, error=error, form=form)
    return RedirectResponse(f"{GROUPS}/{room_id}/bericht/{message_id}/verborgen", 303)


@TEAM_ROUTER.get("/verborgen")
async def show_hidden(request: Request, rt: Rt, login: Hiding, room_id: str, message_id: str) -> Response:
    """Say what was done, with the way back for as long as the writer has not heard of it."""
    if await service.just_hidden(rt, login, _known(message_id)) is None:
        return RedirectResponse(f"{GROUPS}/{_known(room_id)}", 303)
    return page(request, "desk/hidden.html", {"room_id": room_id, "message_id": message_id})


@TEAM_ROUTER.post("/toch-niet")
async def show_again(rt: Rt, login: Hiding, room_id: str, message_id: str, _: Nothing) -> Response:
    """Take an own hiding back within its first minute. Raises TooLateToUndo."""
    await service.show_again(rt, login, _known(message_id))
    return RedirectResponse(f"{GROUPS}/{_known(room_id)}#b-{message_id}", 303)


async def _page(
    request: Request,
    rt: Runtime,
    login: Login,
    room_id: str,
    message_id: str,
    *,
    error: AppError | None = None,
    form: Form | None = None,
) -> Response:
    shown = await views.one_message(rt, room_id, _known(message_id), team_in(login, _known(room_id)))
    if shown["role"] == "me":  # an own message is taken back
        raise RoomUnknown
    label = moderation.check(shown["text"], place=moderation.Place.ROOM).label
    context = {
        "room_id": room_id, "bubble": shown, "typed": typed.shown(form, rules.fitting(label)),
        "reasons": moderation.reasons(), "errors": errors_of(request, error),
    }  # fmt: skip
    return page(request, "desk/hide.html", context, error.status if error else 200)


def _known(id_: str) -> str:
    if not is_id(id_):
        raise RoomUnknown
    return id_
