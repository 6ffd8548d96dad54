"""The visitor's door to a talk: /gesprek shows what is true now (before, waiting, ready, talking, after)."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from server.chat.models import MessageState
from server.chat.routes import client_id
from server.kit.errors import AppError
from server.kit.forms import Form, fields
from server.kit.runtime import Runtime, runtime
from server.talks import colleagues, ending, pages, queries, service, waiting
from server.talks.models import Waiting, WaitingState
from server.talks.rules import TalkChanged
from server.visitors import tickets
from server.visitors.answers import see
from server.visitors.guards import visitor
from server.visitors.visit import Visit
from web import page

ROUTER = APIRouter(prefix="/gesprek")
HOME = "/gesprek"
MOODS = ("1", "2", "3", "4", "5")

Rt = Annotated[Runtime, Depends(runtime)]
Visiting = Annotated[Visit, Depends(visitor)]
Nothing = Annotated[Form, Depends(fields())]


@ROUTER.get("")
async def show(request: Request, rt: Rt, visit: Visiting) -> Response:
    """Show where this visitor's talk stands."""
    return await pages.show(request, rt, visit)


@ROUTER.get("/nu")
async def talk_now(request: Request, rt: Rt, visit: Visiting) -> Response:
    """Lead to where somebody can be talked with: the own talk or place in the line, not the end of an earlier talk."""
    async with rt.stores.vluchtig.reading() as tx:
        found = await queries.mine(tx, queries.person_of(visit), rt.clock.now())
    over = found is not None and found.state is WaitingState.ENDED
    return see(request, f"{HOME}/vraag" if over else HOME)


@ROUTER.post("/begin")
async def begin(
    request: Request, rt: Rt, visit: Visiting, form: Annotated[Form, Depends(fields("client_id", "text"))]
) -> Response:
    """Begin; what was typed while waiting becomes the first message."""
    await waiting.begin(rt, visit)
    async with rt.stores.vluchtig.reading() as tx:
        found = await queries.mine(tx, queries.person_of(visit), rt.clock.now())
    if found is None or found.begun_at is None or not form["text"].strip():
        return await pages.show(request, rt, visit, typed=form["text"]) if form["text"].strip() else see(request, HOME)
    return await _say(request, rt, visit, found, form)


@ROUTER.post("/berichten")
async def say(
    request: Request, rt: Rt, visit: Visiting, form: Annotated[Form, Depends(fields("client_id", "text", "gen"))]
) -> Response:
    """Say something in the own talk."""
    return await _say(request, rt, visit, await _mine(rt, visit), form)


@ROUTER.post("/niet-nu")
async def decline(request: Request, rt: Rt, visit: Visiting, _: Nothing) -> Response:
    """Say "not now" to the offer; it is not asked again."""
    await service.answer_invite(rt, visit, "nee")
    return see(request, f"{HOME}#bericht")


@ROUTER.post("/afspraak")
async def to_booking(request: Request, rt: Rt, visit: Visiting, _: Nothing) -> Response:
    """Give a ticket and the door to the booking pages, which cannot see this visit (D7)."""
    await service.answer_invite(rt, visit, "ja")
    ticket = await tickets.issue(rt, visit)
    return page(request, "talks/ticket.html", {"ticket": ticket})


@ROUTER.post("/overdracht")
async def answer_hand_over(
    request: Request, rt: Rt, visit: Visiting, form: Annotated[Form, Depends(fields("antwoord"))]
) -> Response:
    """Say whether a colleague may go on with the talk."""
    await colleagues.answer_hand_over(rt, visit, yes=form["antwoord"] == "ja")
    return see(request, HOME)


@ROUTER.post("/achterwacht")
async def answer_backup(
    request: Request, rt: Rt, visit: Visiting, form: Annotated[Form, Depends(fields("antwoord"))]
) -> Response:
    """Say whether a professional may come into the talk."""
    await colleagues.answer_backup(rt, visit, yes=form["antwoord"] == "ja")
    return see(request, f"{HOME}#bericht")


@ROUTER.post("/meer-tijd")
async def more_time(request: Request, rt: Rt, visit: Visiting, _: Nothing) -> Response:
    """Take ten minutes more before the talk ends."""
    await ending.more_time(rt, visit)
    return see(request, f"{HOME}#bericht")


@ROUTER.get("/stoppen")
async def confirm_end(request: Request, _: Visiting) -> Response:
    """Ask once whether the talk should end, with room for last words."""
    return page(request, "talks/stop.html", {"client_id": str(uuid.uuid4())})


@ROUTER.post("/stoppen")
async def end(
    request: Request, rt: Rt, visit: Visiting, form: Annotated[Form, Depends(fields("client_id", "text"))]
) -> Response:
    """End the own talk; last words go first."""
    if form["text"].strip():
        talk = await _mine(rt, visit)
        outcome = await service.say_as_visitor(rt, visit, talk.id, client_id(form["client_id"]), form["text"])
        if outcome.state is MessageState.REFUSED:
            return await pages.show(request, rt, visit, refused=outcome.answer, typed=form["text"])
    await ending.end_as_visitor(rt, visit)
    return see(request, HOME)


@ROUTER.post("/stemming")
async def mood(
    request: Request, rt: Rt, visit: Visiting, form: Annotated[Form, Depends(fields("stemming"))]
) -> Response:
    """Answer how somebody feels with what may help. It is kept nowhere, so this one form is answered with a page."""
    chosen = form["stemming"]
    return await pages.show(request, rt, visit, mood=chosen if chosen in MOODS else "")


@ROUTER.post("/verder")
async def go_on_later(request: Request, rt: Rt, visit: Visiting, _: Nothing) -> Response:
    """Say yes to talking on with the same peer worker later today."""
    await waiting.remember_peer(rt, visit)
    return see(request, HOME)


@ROUTER.post("/vergeet")
async def forget(request: Request, rt: Rt, visit: Visiting, _: Nothing) -> Response:
    """Erase the words of the talk now."""
    await ending.forget_mine(rt, visit)
    return see(request, HOME)


async def _say(request: Request, rt: Runtime, visit: Visit, talk: Waiting, form: Form) -> Response:
    """Say what stands in the form; what could not be placed comes back to be changed."""
    gen = int(form["gen"]) if form["gen"].isdecimal() else None
    try:
        outcome = await service.say_as_visitor(rt, visit, talk.id, client_id(form["client_id"]), form["text"], gen)
    except AppError as error:
        return await pages.show(request, rt, visit, error=error, typed=form["text"])
    if outcome.state is MessageState.REFUSED:
        return await pages.show(request, rt, visit, refused=outcome.answer, typed=form["text"])
    if outcome.answer.get("panel"):
        return await pages.show(request, rt, visit, panel=outcome.answer["panel"])
    return see(request, f"{HOME}#bericht")


async def _mine(rt: Runtime, visit: Visit) -> Waiting:
    async with rt.stores.vluchtig.reading() as tx:
        found = await queries.mine(tx, queries.person_of(visit), rt.clock.now())
    if found is None:
        raise TalkChanged
    return found
