"""What moderators told a visitor about words in the own talk, and the door to object."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from server.chat.models import RoomKind
from server.chat.speakers import visitor_in
from server.kit.errors import AppError, NotFound
from server.kit.forms import Form, fields
from server.kit.runtime import Runtime, runtime
from server.talks import queries
from server.visitors import statements
from server.visitors.answers import appeal_page, see
from server.visitors.guards import visitor
from server.visitors.statements import DecisionUnknown, Told
from server.visitors.visit import Visit
from web import page

ROUTER = APIRouter(prefix="/gesprek/bezwaar/{act_id}")
HOME = "/gesprek"

Rt = Annotated[Runtime, Depends(runtime)]
Visiting = Annotated[Visit, Depends(visitor)]


async def told(rt: Runtime, visit: Visit) -> list[Told]:
    """Return what moderators decided about this visitor's words in the talk that their page shows."""
    if not (keys := await _keys(rt, visit)):
        return []
    async with rt.stores.hoofd.reading() as tx:
        return await statements.told(tx, rt, keys)


@ROUTER.get("")
async def ask_appeal(request: Request, rt: Rt, visit: Visiting, act_id: str) -> Response:
    """Show a decision and ask why it should be looked at again."""
    return await _page(request, rt, visit, act_id)


@ROUTER.post("")
async def post_appeal(
    request: Request, rt: Rt, visit: Visiting, act_id: str, form: Annotated[Form, Depends(fields("tekst"))]
) -> Response:
    """Put a decision before another moderator; words to a moderator can call for help too."""
    keys = await _keys(rt, visit)
    try:
        panel = await statements.appeal(rt, keys, visit.author_key("grens/bezwaar"), act_id, form["tekst"])
    except NotFound:
        raise
    except AppError as error:
        return await _page(request, rt, visit, act_id, error=error, typed=form["tekst"])
    if panel:
        return page(request, "visitors/appealed.html", {"path": HOME, "panel": panel})
    return see(request, HOME)


async def _page(
    request: Request, rt: Runtime, visit: Visit, act_id: str, *, error: AppError | None = None, typed: str = ""
) -> Response:
    keys = await _keys(rt, visit)
    if not keys:
        raise DecisionUnknown
    async with rt.stores.hoofd.reading() as tx:
        decision = await statements.contestable(tx, rt, keys, act_id)
    return appeal_page(request, rt, HOME, decision, "talk", error=error, typed=typed)


async def _keys(rt: Runtime, visit: Visit) -> frozenset[str]:
    now = rt.clock.now()
    async with rt.stores.vluchtig.reading() as tx:
        mine = await queries.mine(tx, queries.person_of(visit), now)
    return visitor_in(visit, mine.id, RoomKind.TALK, now).keys if mine else frozenset()
