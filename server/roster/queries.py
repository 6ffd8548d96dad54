"""Reading the roster: the shifts of a week, and what decides about doors."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import col, select

from server.kit.db.database import Tx
from server.kit.db.plain import Plain, moment
from server.roster.models import EVERYWHERE, Closing, Shift, Sign
from server.roster.rules import Shut, Turn
from server.team.models import Account

AHEAD: Final = timedelta(days=15)
TURNS: Final = (
    "SELECT s.place, s.starts, s.ends, s.account_id FROM roster_shift s JOIN team_account a ON a.id = s.account_id "
    "WHERE s.ends > $1 AND s.starts < $2 ORDER BY s.starts, a.name_key"
)
SHUTS: Final = "SELECT place, begins, ends, reason FROM roster_closing WHERE ends IS NULL OR ends > $1 ORDER BY begins"
Deciding = tuple[dict[str, list[Turn]], dict[str, list[Shut]]]


@dataclass(frozen=True)
class Line:
    """One shift with the name of who has it."""

    id: str
    place: str
    account_id: str
    name: str
    starts: datetime
    ends: datetime


async def shifts(tx: Tx, begin: datetime, end: datetime, account_id: str | None = None) -> list[Line]:
    """Return the shifts between two moments, of everybody or of one; those of closed accounts count no more."""
    query = (
        select(Shift, Account.name)
        .where(col(Account.id) == col(Shift.account_id), col(Shift.ends) > begin, col(Shift.starts) < end)
        .order_by(col(Shift.starts), col(Account.name_key))
    )
    if account_id is not None:
        query = query.where(col(Shift.account_id) == account_id)
    rows = (await tx.exec(query)).all()
    return [Line(row.id, row.place, row.account_id, name, row.starts, row.ends) for row, name in rows]


async def closings(tx: Tx, now: datetime) -> Sequence[Closing]:
    """Return the closings that count now or later, the first one first."""
    ahead = col(Closing.ends).is_(None) | (col(Closing.ends) > now)
    return (await tx.exec(select(Closing).where(ahead).order_by(col(Closing.begins)))).all()


async def closings_between(tx: Tx, begin: datetime, end: datetime) -> Sequence[Closing]:
    """Return the closings that touch these hours."""
    query = select(Closing).where(col(Closing.begins) < end, col(Closing.ends).is_(None) | (col(Closing.ends) > begin))
    return (await tx.exec(query.order_by(col(Closing.begins)))).all()


async def deciding(plain: Plain, moments: list[datetime]) -> list[Deciding]:
    """Return the shifts and the closings by place, from these moments to two weeks on; almost every page asks."""
    now = min(moments)
    turns: dict[str, list[Turn]] = {}
    for place, starts, ends, account_id in await plain.rows(TURNS, now, now + AHEAD):
        turns.setdefault(place, []).append(Turn(moment(starts), moment(ends), account_id))
    shuts: dict[str, list[Shut]] = {}
    for place, begins, ends, reason in await plain.rows(SHUTS, now):
        shuts.setdefault(place, []).append(Shut(moment(begins), moment(ends) if ends else None, reason))
    return [(turns, shuts)] * len(moments)


async def present(tx: Tx, since: datetime) -> frozenset[str]:
    """Return whose page gave a sign of life since a moment."""
    return frozenset((await tx.exec(select(Sign.account_id).where(col(Sign.seen_at) > since))).all())


async def shut_by_hand(tx: Tx, place: str, now: datetime) -> Sequence[Closing]:
    """Return the closings that keep this one door shut now."""
    mine = col(Closing.place).in_((place, EVERYWHERE))
    return [row for row in (await tx.exec(select(Closing).where(mine))).all() if _counts(row, now)]


def _counts(row: Closing, now: datetime) -> bool:
    return row.begins <= now and (row.ends is None or row.ends > now)
