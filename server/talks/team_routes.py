"""The desk: a peer worker sees who is next, never how long the line is, and the own talks (ux-spec 4.11)."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from server.chat import attachments
from server.chat import queries as rooms
from server.chat.models import MessageState
from server.chat.routes import client_id
from server.chat.speakers import team_in
from server.chat.views import bubble
from server.kit.errors import AppError, NotFound
from server.kit.forms import Form, fields
from server.kit.runtime import Runtime, runtime
from server.talks import queries, service
from server.talks.models import Waiting
from server.talks.rules import TalkChanged
from server.team.guards import may
from server.team.logins import Login
from server.team.permissions import Permission
from web import page

TEAM_ROUTER = APIRouter(prefix="/team/balie")
HOME = "/team/balie"
LAST = 50
FOUND = 5

Rt = Annotated[Runtime, Depends(runtime)]
Talking = Annotated[Login, Depends(may(Permission.TALK))]


@TEAM_ROUTER.get("")
async def desk(request: Request, rt: Rt, login: Talking) -> Response:
    """Show the own talks and whether somebody waits."""
    return await _desk(request, rt, login)


@TEAM_ROUTER.post("/volgende")
async def take_next(request: Request, rt: Rt, login: Talking, _: Annotated[Form, Depends(fields())]) -> Response:
    """Take whoever waits longest."""
    try:
        talk_id = await service.claim(rt, login)
    except AppError as error:
        return await _desk(request, rt, login, error=error)
    return RedirectResponse(f"{HOME}/{talk_id}", 303)


@TEAM_ROUTER.get("/{talk_id}")
async def show_talk(request: Request, rt: Rt, login: Talking, talk_id: str) -> Response:
    """Show one of the own talks; the list when it ended or went to a colleague."""
    try:
        await service.own_talk(rt, login, talk_id)
    except TalkChanged:
        return RedirectResponse(HOME, 303)
    return await _desk(request, rt, login, talk_id=talk_id)


@TEAM_ROUTER.post("/{talk_id}/berichten")
async def say(
    request: Request, rt: Rt, login: Talking, talk_id: str, form: Annotated[Form, Depends(fields("client_id", "text"))]
) -> Response:
    """Say something to the visitor."""
    try:
        outcome = await service.say_as_helper(rt, login, talk_id, client_id(form["client_id"]), form["text"])
    except AppError as error:
        return await _desk(request, rt, login, talk_id=talk_id, error=error, typed=form["text"])
    if outcome.state is MessageState.REFUSED:
        return await _desk(request, rt, login, talk_id=talk_id, refused=outcome.answer, typed=form["text"])
    return RedirectResponse(f"{HOME}/{talk_id}#bericht", 303)


@TEAM_ROUTER.post("/{talk_id}/zoek")
async def find_card(
    request: Request, rt: Rt, login: Talking, talk_id: str, form: Annotated[Form, Depends(fields("woorden"))]
) -> Response:
    """Look for a place to share; the words stay out of the address (D21)."""
    await service.own_talk(rt, login, talk_id)
    found = attachments.find("card", form["woorden"], FOUND)
    return await _desk(request, rt, login, talk_id=talk_id, found=found, words=form["woorden"])


@TEAM_ROUTER.post("/{talk_id}/kaart")
async def share_card(
    rt: Rt, login: Talking, talk_id: str, form: Annotated[Form, Depends(fields("client_id", "kaart"))]
) -> Response:
    """Share one place from the sociale kaart."""
    if (attachments.drawn(("card", form["kaart"])) or {}).get("gone"):
        raise NotFound
    await service.share_card(rt, login, talk_id, client_id(form["client_id"]), form["kaart"])
    return RedirectResponse(f"{HOME}/{talk_id}#bericht", 303)


@TEAM_ROUTER.post("/{talk_id}/uitnodigen")
async def offer(rt: Rt, login: Talking, talk_id: str, form: Annotated[Form, Depends(fields("client_id"))]) -> Response:
    """Offer a verkennend gesprek, once."""
    await service.offer_booking(rt, login, talk_id, client_id(form["client_id"]))
    return RedirectResponse(f"{HOME}/{talk_id}#bericht", 303)


@TEAM_ROUTER.post("/{talk_id}/afronden")
async def end(rt: Rt, login: Talking, talk_id: str, _: Annotated[Form, Depends(fields())]) -> Response:
    """Round the talk off."""
    await service.end_as_helper(rt, login, talk_id)
    return RedirectResponse(HOME, 303)


async def _desk(
    request: Request,
    rt: Runtime,
    login: Login,
    *,
    talk_id: str | None = None,
    error: AppError | None = None,
    refused: dict[str, Any] | None = None,
    typed: str = "",
    found: object = None,
    words: str = "",
) -> Response:
    now = rt.clock.now()
    async with rt.stores.vluchtig.reading() as tx:
        talks = await queries.of_helper(tx, rt.keyring, login.account_id)
        context: dict[str, Any] = {
            "talks": talks, "waits": await queries.anyone_waits(tx), "talk": None, "error": error, "refused": refused,
            "typed": typed, "found": found, "words": words, "client_id": str(uuid.uuid4()),
            "ids": [str(uuid.uuid4()) for _ in range(FOUND + 1)],
        }  # fmt: skip
        if talk_id is not None:
            speaker = team_in(login, talk_id)
            room = await rooms.room(tx, talk_id)
            messages = await rooms.last_messages(tx, rt.keyring, room, speaker, limit=LAST)
            context |= {
                "talk": next((talk for talk in talks if talk.id == talk_id), None),
                "room": room,
                "me": speaker.pid,
                "invite": (await tx.get_one(Waiting, talk_id)).invite,
                "messages": [bubble(one, now) for one in messages],
            }
    headers = {"x-waits": "1" if context["waits"] else "0"}
    return page(request, "talks/desk.html", context, error.status if error else 200, headers)
