"""The visitor's door to a talk: /gesprek shows what is true now (before, waiting, ready, talking, after)."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from server.chat import queries as rooms
from server.chat.models import MessageState, RoomKind
from server.chat.routes import client_id
from server.chat.speakers import visitor_in
from server.chat.views import bubble
from server.kit.clock import local_day
from server.kit.db.database import Tx
from server.kit.errors import AppError
from server.kit.forms import Form, fields
from server.kit.runtime import Runtime, runtime
from server.roster.doors import standing
from server.roster.models import TALKS
from server.talks import objections, queries, service
from server.talks.models import Waiting, WaitingState
from server.talks.rules import TOPICS, TalkChanged, TalksClosed
from server.visitors import tickets
from server.visitors.answers import see
from server.visitors.guards import visitor
from server.visitors.visit import Visit
from web import frame_of, page, text

ROUTER = APIRouter(prefix="/gesprek")
HOME = "/gesprek"
LAST = 50

Rt = Annotated[Runtime, Depends(runtime)]
Visiting = Annotated[Visit, Depends(visitor)]


@ROUTER.get("")
async def show(request: Request, rt: Rt, visit: Visiting) -> Response:
    """Show where this visitor's talk stands."""
    return await _page(request, rt, visit)


@ROUTER.get("/vraag")
async def ask_topic(request: Request, _: Visiting) -> Response:
    """Ask what it is about; nobody has to say."""
    return page(request, "talks/topic.html", {"topics": TOPICS, "error": None})


@ROUTER.post("/vraag")
async def ask(
    request: Request, rt: Rt, visit: Visiting, form: Annotated[Form, Depends(fields("onderwerp"))]
) -> Response:
    """Put the visitor in the line."""
    if not await is_staffed(rt):
        raise TalksClosed
    try:
        await service.ask(rt, visit, form["onderwerp"])
    except AppError as error:
        return page(request, "talks/topic.html", {"topics": TOPICS, "error": error}, error.status)
    return see(request, HOME)


@ROUTER.post("/stop-wachten")
async def stop_waiting(request: Request, rt: Rt, visit: Visiting, _: Annotated[Form, Depends(fields())]) -> Response:
    """Leave the line."""
    await service.stop_waiting(rt, visit)
    return see(request, HOME)


@ROUTER.get("/plek")
async def place(request: Request, rt: Rt, visit: Visiting) -> Response:
    """Say where the visitor stands, for the script of the waiting page."""
    async with rt.stores.vluchtig.reading() as tx:
        waiting = await queries.mine(tx, service.person_of(visit), rt.clock.now())
        if waiting is None or waiting.state is not WaitingState.WAITING:
            return JSONResponse({"moved": True})
        line = await queries.line(tx, waiting)
    lang = frame_of(request).lang
    ahead = text("queue.ahead", lang, n=line.ahead) if line.ahead else text("queue.next", lang)
    known = line.low is not None
    eta = text("queue.eta", lang, a=line.low, b=line.high) if known else text("queue.unknown", lang)
    return JSONResponse({"ahead": ahead, "eta": eta})


@ROUTER.post("/begin")
async def begin(
    request: Request, rt: Rt, visit: Visiting, form: Annotated[Form, Depends(fields("client_id", "text"))]
) -> Response:
    """Begin; what was typed while waiting becomes the first message."""
    await service.begin(rt, visit)
    async with rt.stores.vluchtig.reading() as tx:
        waiting = await queries.mine(tx, service.person_of(visit), rt.clock.now())
    if waiting is None or not form["text"].strip():
        return see(request, HOME)
    return await _say(request, rt, visit, waiting, form)


@ROUTER.post("/berichten")
async def say(
    request: Request, rt: Rt, visit: Visiting, form: Annotated[Form, Depends(fields("client_id", "text"))]
) -> Response:
    """Say something in the own talk."""
    return await _say(request, rt, visit, await _mine(rt, visit), form)


@ROUTER.post("/niet-nu")
async def decline(request: Request, rt: Rt, visit: Visiting, _: Annotated[Form, Depends(fields())]) -> Response:
    """Say "not now" to the offer; it is not asked again."""
    await service.answer_invite(rt, visit, "nee")
    return see(request, f"{HOME}#bericht")


@ROUTER.post("/afspraak")
async def to_booking(request: Request, rt: Rt, visit: Visiting, _: Annotated[Form, Depends(fields())]) -> Response:
    """Give a ticket and the door to the booking pages, which cannot see this visit (D7)."""
    await service.answer_invite(rt, visit, "ja")
    ticket = await tickets.issue(rt, visit)
    return page(request, "talks/ticket.html", {"ticket": ticket})


@ROUTER.get("/stoppen")
async def confirm_end(request: Request, _: Visiting) -> Response:
    """Ask once whether the talk should end."""
    return page(request, "talks/stop.html", {})


@ROUTER.post("/stoppen")
async def end(request: Request, rt: Rt, visit: Visiting, _: Annotated[Form, Depends(fields())]) -> Response:
    """End the own talk."""
    await service.end_as_visitor(rt, visit)
    return see(request, HOME)


@ROUTER.post("/vergeet")
async def forget(request: Request, rt: Rt, visit: Visiting, _: Annotated[Form, Depends(fields())]) -> Response:
    """Erase the words of the talk now."""
    await service.forget_mine(rt, visit)
    return see(request, HOME)


async def is_staffed(rt: Runtime) -> bool:
    """Say whether somebody is there to talk with now."""
    return (await standing(rt, TALKS)).open


async def _say(request: Request, rt: Runtime, visit: Visit, talk: Waiting, form: Form) -> Response:
    """Say what stands in the form; what could not be placed comes back to be changed."""
    try:
        outcome = await service.say_as_visitor(rt, visit, talk.id, client_id(form["client_id"]), form["text"])
    except AppError as error:
        return await _page(request, rt, visit, error=error, typed=form["text"])
    if outcome.state is MessageState.REFUSED:
        return await _page(request, rt, visit, refused=outcome.answer, typed=form["text"])
    if outcome.answer.get("panel"):
        return await _page(request, rt, visit, panel=outcome.answer["panel"])
    return see(request, f"{HOME}#bericht")


async def _mine(rt: Runtime, visit: Visit) -> Waiting:
    async with rt.stores.vluchtig.reading() as tx:
        waiting = await queries.mine(tx, service.person_of(visit), rt.clock.now())
    if waiting is None:
        raise TalkChanged
    return waiting


async def _page(
    request: Request,
    rt: Runtime,
    visit: Visit,
    *,
    error: AppError | None = None,
    refused: dict[str, Any] | None = None,
    typed: str = "",
    panel: str | None = None,
) -> Response:
    now = rt.clock.now()
    decisions = await objections.told(rt, visit)
    door = await standing(rt, TALKS)
    async with rt.stores.vluchtig.reading() as tx:
        waiting = await queries.mine(tx, service.person_of(visit), now)
        if waiting is None:
            return page(request, "talks/before.html", {"door": door, "today": local_day(now)})
        if waiting.state is WaitingState.WAITING:
            return page(request, "talks/queue.html", await _queue(tx, waiting))
        helper = await queries.last_helper(tx, waiting.id)
        if waiting.state is WaitingState.ENDED:
            after = {"helper": helper, "open": door.open, "decisions": decisions, "today": local_day(now)}
            return page(request, "talks/after.html", after)
        if not waiting.begun:
            return page(request, "talks/ready.html", {"helper": helper, "client_id": str(uuid.uuid4())})
        speaker = visitor_in(visit, waiting.id, RoomKind.TALK, now)
        room = await rooms.room(tx, waiting.id)
        messages = await rooms.last_messages(tx, rt.keyring, room, speaker, limit=LAST)
    context = {
        "helper": helper, "room": room, "me": speaker.pid, "messages": [bubble(one, now) for one in messages],
        "invite": waiting.invite, "error": error, "refused": refused, "typed": typed, "panel": panel,
        "client_id": str(uuid.uuid4()), "masked_id": str(uuid.uuid4()),
        "decisions": decisions, "today": local_day(now),
    }  # fmt: skip
    return page(request, "talks/talk.html", context, error.status if error else 200)


async def _queue(tx: Tx, waiting: Waiting) -> dict[str, Any]:
    line = await queries.line(tx, waiting)
    room = await rooms.room(tx, waiting.id)
    return {"line": line, "room": room, "client_id": str(uuid.uuid4())}
