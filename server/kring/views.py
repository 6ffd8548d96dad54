"""What pages show of a kring: on the list, at the door, in the room, and for its host."""

from typing import Any

from server.chat.groups import groups, themes
from server.kit.clock import local_day
from server.kit.db.database import Tx
from server.kit.runtime import Runtime
from server.kring import queries, rules
from server.kring.models import Debrief, Kring, State
from server.team import queries as team


async def added(rt: Runtime, room_id: str) -> dict[str, Any]:
    """Return what a kring adds to the page of its room; without a room, the kringen for the list of groups."""
    if not room_id:
        return {"kringen": await cards(rt)}
    if room_id in groups():
        return {}
    async with rt.stores.vluchtig.reading() as tx:
        row = await queries.kring(tx, room_id)
    return {"kring": (await _cards(rt, [row]))[0]}


async def cards(rt: Runtime) -> list[dict[str, Any]]:
    """Return the kringen to come, the first one first; of a weekly one the next time only."""
    async with rt.stores.vluchtig.reading() as tx:
        rows = await queries.to_come(tx)
    first = {row.plan_id: row for row in reversed(rows)}
    return await _cards(rt, sorted(first.values(), key=lambda row: row.starts))


async def of_team(rt: Runtime, host: str | None) -> list[dict[str, Any]]:
    """Return the kringen that somebody of the team sees."""
    async with rt.stores.vluchtig.reading() as tx:
        rows = list(await queries.of_team(tx, host))
    return await _cards(rt, rows)


async def _cards(rt: Runtime, rows: list[Kring]) -> list[dict[str, Any]]:
    async with rt.stores.hoofd.reading() as tx:
        names = await _names(tx, rows)
    today = local_day(rt.clock.now())
    return [_card(row, names.get(row.host, "")) | {"today": today} for row in rows if row.theme in themes()]


async def _names(tx: Tx, rows: list[Kring]) -> dict[str, str]:
    return await team.names(tx, {row.host for row in rows})


def _card(row: Kring, host: str) -> dict[str, Any]:
    theme = themes()[row.theme]
    return {
        "id": row.id,
        "plan": row.plan_id,
        "name": theme.name,
        "line": theme.line,
        "welcome": theme.welcome,
        "agreements": theme.agreements,
        "starts": row.starts,
        "ends": row.ends,
        "host": host,
        "host_id": row.host,
        "state": row.state.value,
        "to_come": row.state in rules.TO_COME,
        "live": row.state in rules.LIVE,
        "ended": row.state in (State.ENDED, State.WIPED),
        "closing": row.state in (State.CLOSING, State.ENDED),
        "enter": rules.may_enter(row.state, row.taken, row.places) is None,
        "door": row.state in (State.DOOR, State.OPEN),
        "room_left": rules.room_left(row.taken, row.places),
        "wipe_at": row.wipe_at,
        "may_extend": row.state in rules.LIVE and row.extended < rules.MOST_LONGER,
        "debriefed": row.debriefed,
        "debriefs": [answer.value for answer in Debrief],
    }
