"""The achterwacht: a professional hears who rings, and comes into a talk only after the visitor's yes."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from server.chat import queries as rooms
from server.chat import service as chat
from server.chat.models import MessageState
from server.chat.routes import client_id
from server.chat.service import Draft
from server.chat.speakers import team_in
from server.chat.views import bubble
from server.kit.errors import AppError
from server.kit.forms import Form, fields
from server.kit.runtime import Runtime, runtime
from server.talks import colleagues, queries, steps
from server.talks.models import AskState, Waiting
from server.talks.rules import TalkChanged
from server.team.guards import may
from server.team.logins import Login
from server.team.permissions import Permission
from web import page

TEAM_ROUTER = APIRouter(prefix="/team/achterwacht")
HOME = "/team/achterwacht"
LAST = 200

Rt = Annotated[Runtime, Depends(runtime)]
Backing = Annotated[Login, Depends(may(Permission.BACKUP))]
Nothing = Annotated[Form, Depends(fields())]


@TEAM_ROUTER.get("")
async def watch(request: Request, rt: Rt, login: Backing) -> Response:
    """Show who rings, and the talks one is in or was asked into."""
    return await _watch(request, rt, login)


@TEAM_ROUTER.get("/stand")
async def state(rt: Rt, login: Backing) -> Response:
    """Say for the script of the page whether anything changed; urgent: a colleague rings and nobody has said yes."""
    calls = await _calls(rt, login)
    return JSONResponse({"rev": calls["rev"], "urgent": bool(calls["rung"])})


@TEAM_ROUTER.post("/{talk_id}/ja")
async def come(request: Request, rt: Rt, login: Backing, talk_id: str, _: Nothing) -> Response:
    """Say to be there: now the visitor is asked."""
    try:
        await colleagues.answer_ring(rt, login, talk_id)
    except AppError as error:
        return await _watch(request, rt, login, error=error)
    return RedirectResponse(f"{HOME}/{talk_id}", 303)


@TEAM_ROUTER.get("/{talk_id}")
async def show_talk(request: Request, rt: Rt, login: Backing, talk_id: str) -> Response:
    """Show what one may see: the note, and after the visitor's yes the talk itself."""
    try:
        await colleagues.backing(rt, login, talk_id)
    except TalkChanged:
        return RedirectResponse(HOME, 303)
    return await _watch(request, rt, login, talk_id)


@TEAM_ROUTER.post("/{talk_id}/berichten")
async def say(
    request: Request, rt: Rt, login: Backing, talk_id: str, form: Annotated[Form, Depends(fields("client_id", "text"))]
) -> Response:
    """Say something in a talk that one was let into."""
    try:
        await colleagues.backing(rt, login, talk_id)
        outcome = await chat.send(
            rt, team_in(login, talk_id), Draft(talk_id, client_id(form["client_id"]), form["text"])
        )
    except TalkChanged as error:
        return await _watch(request, rt, login, error=error)
    except AppError as error:
        return await _watch(request, rt, login, talk_id, error=error, typed=form["text"])
    if outcome.state is MessageState.REFUSED:
        return await _watch(request, rt, login, talk_id, refused=outcome.answer, typed=form["text"])
    return RedirectResponse(f"{HOME}/{talk_id}#bericht", 303)


@TEAM_ROUTER.post("/{talk_id}/notitie")
async def write_note(
    request: Request, rt: Rt, login: Backing, talk_id: str, form: Annotated[Form, Depends(fields("notitie"))]
) -> Response:
    """Keep a note that only the team sees."""
    try:
        await colleagues.write_note(rt, login, talk_id, form["notitie"])
    except TalkChanged as error:
        return await _watch(request, rt, login, error=error)
    except AppError as error:
        return await _watch(request, rt, login, talk_id, error=error)
    return RedirectResponse(f"{HOME}/{talk_id}", 303)


@TEAM_ROUTER.post("/{talk_id}/weg")
async def leave(rt: Rt, login: Backing, talk_id: str, _: Nothing) -> Response:
    """Go out of the talk, or stop waiting for the visitor's answer."""
    await colleagues.leave_as_backup(rt, login, talk_id)
    return RedirectResponse(HOME, 303)


async def _calls(rt: Runtime, login: Login) -> dict[str, Any]:
    """Return who rings and where this professional is. rev: another one makes the page out of date."""
    async with rt.stores.vluchtig.reading() as tx:
        rung = await colleagues.rung(tx)
        mine = [(ask.talk_id, ask.state) for ask in await colleagues.backed_by(tx, login.account_id)]
        names = {talk_id: await queries.last_helper(tx, talk_id) for talk_id, _ in mine}
    rev = "/".join([*(talk_id[:6] for talk_id, _ in rung), *(f"{talk_id[:6]}-{state}" for talk_id, state in mine)])
    return {"rung": rung, "mine": [(talk_id, names[talk_id], state) for talk_id, state in mine], "rev": rev}


async def _watch(request: Request, rt: Runtime, login: Login, talk_id: str | None = None, **said: object) -> Response:
    context: dict[str, Any] = {"error": None, "refused": None, "typed": "", "client_id": str(uuid.uuid4())}
    context |= await _calls(rt, login) | {"talk": None, "masked_id": str(uuid.uuid4())}
    if talk_id is not None:
        context |= await _talk(rt, login, talk_id)
    context |= said
    error = context["error"]
    return page(request, "talks/backup.html", context, error.status if error else 200)


async def _talk(rt: Runtime, login: Login, talk_id: str) -> dict[str, Any]:
    ask = await colleagues.backing(rt, login, talk_id)
    inside = ask.state is AskState.YES
    speaker = team_in(login, talk_id)
    async with rt.stores.vluchtig.reading() as tx:
        room = await rooms.room(tx, talk_id)
        row = await tx.get_one(Waiting, talk_id)
        messages = await rooms.last_messages(tx, rt.keyring, room, speaker, limit=LAST) if inside else []
        helper = await queries.last_helper(tx, talk_id)
    return {
        "talk": talk_id, "inside": inside, "room": room, "me": speaker.pid, "helper": helper,
        "messages": [bubble(one, rt.clock.now()) for one in messages],
        "note": steps.open_note(room, rt.keyring, row.note),
    }  # fmt: skip
