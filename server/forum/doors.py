"""What the routes of the forum share: paths of ours, going on after a deed, who a visitor is in a topic."""

from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from server.forum import queries, rules
from server.forum.models import PostState
from server.forum.rules import TopicUnknown, Writer
from server.forum.service import Outcome
from server.forum.typed import number
from server.forum.views import HELP_PANELS
from server.forum.writers import visitor_in
from server.kit.ids import is_id
from server.kit.runtime import Runtime, runtime
from server.roster.doors import standing
from server.roster.models import TALKS
from server.visitors import service as visitors
from server.visitors.guards import visitor
from server.visitors.visit import Visit
from web import frame_of

PATH: Final = "/forum"
CELLS_OF_T1: Final = 2
"""A visit adds to two cells of this table a day (privacy 9.1)."""
Rt = Annotated[Runtime, Depends(runtime)]
Visiting = Annotated[Visit, Depends(visitor)]


def known_id(text: str) -> str:
    """Return an id from a path. Raises TopicUnknown when it has not the form of one."""
    if not is_id(text):
        raise TopicUnknown
    return text


def page_number(text: str) -> int:
    """Return the page of an address. Raises TopicUnknown for what is no page."""
    if (found := number(text)) < 1:
        raise TopicUnknown
    return found


async def writer_in(rt: Runtime, visit: Visit, topic_id: str, *, apart: bool = False) -> Writer:
    """Return a visitor as writer in a topic; who already has a post there keeps the name of that post."""
    writer = visitor_in(visit, topic_id, rt.clock.now())
    async with rt.stores.hoofd.reading() as tx:
        known = await queries.part_key(tx, topic_id, writer.keys)
    apart = apart if known is None else known != writer.key
    return visitor_in(visit, topic_id, rt.clock.now(), apart=apart)


def see(request: Request, path: str) -> Response:
    """Go to a page of ours after a deed, in the same language; a script that asks for JSON goes there by itself."""
    target = frame_of(request).link(path)
    if request.headers.get("accept") == "application/json":
        return JSONResponse({"to": target})
    return RedirectResponse(target, 303)


def place_of(topic_id: str, post_id: str, number: int | None) -> str:
    """Return the path of a post: on its page of the topic, or among those that wait."""
    if number is None:
        return f"{PATH}/{topic_id}#w-{post_id}"
    page = rules.page_of(number)
    return f"{PATH}/{topic_id}{f'?p={page}' if page > 1 else ''}#r-{number}"


async def staffed(rt: Runtime) -> bool:
    """Say whether somebody is there to talk with now; help offered in the forum leads there."""
    return (await standing(rt, TALKS)).open


async def note_part(rt: Runtime, visit: Visit, outcome: Outcome) -> None:
    """Count that somebody took part, once a day, and that a message was published, once a message."""
    if outcome.repeated:
        return
    if outcome.state is PostState.PLACED:
        await visitors.note_said(rt, visit, "T1/forum", most=CELLS_OF_T1)
    else:
        await visitors.count_once(rt, visit, "T1/forum", most=CELLS_OF_T1)


def to_post(request: Request, outcome: Outcome) -> Response:
    """Go to what was just written; a help panel stands there when the words called for one."""
    path = place_of(outcome.topic_id, outcome.post_id, outcome.number)
    help_number = next((digit for digit, panel in HELP_PANELS.items() if panel == outcome.panel), None)
    if help_number is None or outcome.state is not PostState.PLACED:
        return see(request, path)
    before, _, mark = path.partition("#")
    return see(request, f"{before}{'&' if '?' in before else '?'}h={help_number}&r={outcome.number}#{mark}")
