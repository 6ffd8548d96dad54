"""The visitor's door to the line: asking, one's place, coming back, leaving."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from server.kit.errors import AppError
from server.kit.forms import Form, fields
from server.kit.runtime import Runtime, runtime
from server.talks import bar, pages, queries, waiting
from server.talks.models import WaitingState
from server.talks.rules import TOPICS
from server.visitors.answers import see
from server.visitors.guards import visitor
from server.visitors.visit import Visit
from web import frame_of, page

ROUTER = APIRouter(prefix="/gesprek")
HOME = "/gesprek"

Rt = Annotated[Runtime, Depends(runtime)]
Visiting = Annotated[Visit, Depends(visitor)]


@ROUTER.get("/vraag")
async def ask_topic(request: Request, rt: Rt, visit: Visiting) -> Response:
    """Ask what it is about; nobody has to say."""
    return await _topic_page(request, rt, visit)


@ROUTER.post("/vraag")
async def ask(
    request: Request,
    rt: Rt,
    visit: Visiting,
    form: Annotated[Form, Depends(fields("onderwerp", "kent", "met"))],
) -> Response:
    """Put the visitor in the line."""
    try:
        await waiting.enter(rt, visit, form["onderwerp"], wish=form["kent"] == "1", peer=form["met"])
    except AppError as error:
        return await _topic_page(request, rt, visit, error)
    return see(request, HOME)


@ROUTER.post("/stop-wachten")
async def stop_waiting(request: Request, rt: Rt, visit: Visiting, _: Annotated[Form, Depends(fields())]) -> Response:
    """Leave the line."""
    await waiting.stop(rt, visit)
    return see(request, HOME)


@ROUTER.post("/er-weer")
async def come_back(request: Request, rt: Rt, visit: Visiting, _: Annotated[Form, Depends(fields())]) -> Response:
    """Say after a missed turn that one is there again."""
    await waiting.come_back(rt, visit)
    return see(request, HOME)


@ROUTER.get("/plek")
async def place(request: Request, rt: Rt, visit: Visiting, na: str = "") -> Response:
    """Say where the visitor stands, for the scripts of pages that are open; that is also a sign of life.

    na: the mark of what a page shows already; then the answer waits for something else, eight seconds at most.
    """
    lang = frame_of(request).lang
    async with bar.bell(rt.bus) as rung:
        answer = await _place(rt, visit, lang)
        while answer["mark"] == na and await rung():
            answer = await _place(rt, visit, lang)
    return JSONResponse(answer)


async def _place(rt: Runtime, visit: Visit, lang: str) -> dict[str, Any]:
    async with rt.stores.vluchtig.reading() as tx:
        found = await queries.mine(tx, queries.person_of(visit), rt.clock.now())
        answer: dict[str, Any] = {"moved": True}
        if found is not None and found.state is WaitingState.WAITING and not found.missed:
            answer = await pages.place(tx, rt, found, lang)
        shown = await bar.of(tx, rt, found, lang, answer.get("n"))
    if found is not None:
        await waiting.keep(rt, found)
    return answer | {"bar": shown, "mark": bar.mark(shown)}


async def _topic_page(request: Request, rt: Runtime, visit: Visit, error: AppError | None = None) -> Response:
    async with rt.stores.vluchtig.reading() as tx:
        known = await queries.known_at_work(tx, rt.clock.now())
        number = await queries.in_line(tx)
    context = {
        "topics": TOPICS, "known": [topic for topic in TOPICS if topic in known], "line": number > 0,
        "peers": await waiting.peers_now(rt, visit), "error": error,
    }  # fmt: skip
    return page(request, "talks/topic.html", context, error.status if error else 200)
