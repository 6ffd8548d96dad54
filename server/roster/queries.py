"""Reading the roster: the shifts of a week, and what decides about doors."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import col, select

from server.kit.db.database import Tx
from server.roster.models import EVERYWHERE, Closing, Shift, Sign
from server.roster.rules import Shut, Turn
from server.team.models import Account

AHEAD: Final = timedelta(days=15)


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


async def deciding(tx: Tx, now: datetime) -> tuple[dict[str, list[Turn]], dict[str, list[Shut]]]:
    """Return the shifts and the closings by place, from now to two weeks on."""
    turns: dict[str, list[Turn]] = {}
    for line in await shifts(tx, now, now + AHEAD):
        turns.setdefault(line.place, []).append(Turn(line.starts, line.ends, line.account_id))
    shuts: dict[str, list[Shut]] = {}
    for row in await closings(tx, now):
        shuts.setdefault(row.place, []).append(Shut(row.begins, row.ends, row.reason.value))
    return turns, shuts


async def present(tx: Tx, since: datetime) -> frozenset[str]:
    """Return whose page gave a sign of life since a moment."""
    return frozenset((await tx.exec(select(Sign.account_id).where(col(Sign.seen_at) > since))).all())


async def shut_by_hand(tx: Tx, place: str, now: datetime) -> Sequence[Closing]:
    """Return the closings that keep this one door shut now."""
    mine = col(Closing.place).in_((place, EVERYWHERE))
    return [row for row in (await tx.exec(select(Closing).where(mine))).all() if _counts(row, now)]


def _counts(row: Closing, now: datetime) -> bool:
    return row.begins <= now and (row.ends is None or row.ends > now)
