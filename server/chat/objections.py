"""What moderators told a visitor in a group, and the door to object: the group knows them by another key every day."""

from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from server.chat.rules import RoomUnknown
from server.kit.clock import local_day
from server.kit.db.database import Tx
from server.kit.errors import AppError, NotFound
from server.kit.forms import Form, fields
from server.kit.ids import is_id
from server.kit.runtime import Runtime, runtime
from server.visitors import statements
from server.visitors.answers import appeal_page, see
from server.visitors.guards import visitor
from server.visitors.statements import Told
from server.visitors.visit import Visit
from web import page

ROUTER = APIRouter(prefix="/groepen/{room_id}/bezwaar/{act_id}")
DAYS: Final = 31
"""An objection may be made for 30 days, and an act of yesterday is about words of yesterday."""
FRESH: Final = timedelta(hours=24)

Rt = Annotated[Runtime, Depends(runtime)]
Visiting = Annotated[Visit, Depends(visitor)]


def keys_in(visit: Visit, room_id: str, now: datetime) -> frozenset[str]:
    """Return the keys under which a visitor wrote in a group, as long as one may object."""
    today = local_day(now)
    return frozenset(visit.author_key(f"kamer/{room_id}/{today - timedelta(days=back)}") for back in range(DAYS))


async def told(tx: Tx, rt: Runtime, visit: Visit, room_id: str) -> tuple[list[Told], list[Told]]:
    """Return what this visitor reads above the group, and what is older and folded away."""
    now = rt.clock.now()
    found = await statements.told(tx, rt, keys_in(visit, room_id, now))
    above = [one for one in found if is_fresh(one, now)]
    return above, [one for one in found if one not in above]


def is_fresh(one: Told, now: datetime) -> bool:
    """Say whether a decision is of today, still runs, or is being looked at again."""
    running = one.until is not None and one.until > now and one.outcome != "overturn"
    return now - one.at < FRESH or running or (one.appealed and one.outcome is None)


@ROUTER.get("")
async def ask_appeal(request: Request, rt: Rt, visit: Visiting, room_id: str, act_id: str) -> Response:
    """Show a decision and ask why it should be looked at again."""
    return await _page(request, rt, visit, room_id, act_id)


@ROUTER.post("")
async def post_appeal(
    request: Request,
    rt: Rt,
    visit: Visiting,
    room_id: str,
    act_id: str,
    form: Annotated[Form, Depends(fields("tekst"))],
) -> Response:
    """Put a decision before another moderator; words to a moderator can call for help too."""
    keys = keys_in(visit, _known(room_id), rt.clock.now())
    try:
        panel = await statements.appeal(rt, keys, visit.author_key(f"grens/{room_id}"), act_id, form["tekst"])
    except NotFound:
        raise
    except AppError as error:
        return await _page(request, rt, visit, room_id, act_id, error=error, typed=form["tekst"])
    if panel:
        return page(request, "visitors/appealed.html", {"path": f"/groepen/{room_id}", "panel": panel})
    return see(request, f"/groepen/{room_id}")


async def _page(
    request: Request,
    rt: Runtime,
    visit: Visit,
    room_id: str,
    act_id: str,
    *,
    error: AppError | None = None,
    typed: str = "",
) -> Response:
    keys = keys_in(visit, _known(room_id), rt.clock.now())
    async with rt.stores.hoofd.reading() as tx:
        decision = await statements.contestable(tx, rt, keys, act_id)
    return appeal_page(request, rt, f"/groepen/{room_id}", decision, "chat", error=error, typed=typed)


def _known(room_id: str) -> str:
    if not is_id(room_id):
        raise RoomUnknown
    return room_id
