"""Reading the line and the talks."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from server.kit.crypto import Unreadable, unseal
from server.kit.db.database import Tx
from server.kit.keys import KeyGone, Keyring
from server.talks.models import Assignment, RecentWait, Waiting, WaitingState
from server.talks.rules import TEXT_KEPT, minutes_range


@dataclass(frozen=True)
class Line:
    """Where somebody stands: people before, a range of minutes or None, and how many of us are at work."""

    ahead: int
    low: int | None
    high: int | None
    working: int


@dataclass(frozen=True)
class DeskTalk:
    """A talk as its peer worker sees it in the list."""

    id: str
    name: str
    topic: str
    gen: int


async def mine(tx: Tx, person: str, now: datetime, *, lock: bool = False) -> Waiting | None:
    """Return a person's open talk, or the one that ended less than 30 minutes ago.

    lock: nobody takes, returns or ends it until this transaction is over.
    """
    query = select(Waiting).where(
        col(Waiting.person) == person,
        (col(Waiting.state) != WaitingState.ENDED) | (col(Waiting.ended_at) > now - TEXT_KEPT),
    )
    rows = (await tx.exec(query.with_for_update() if lock else query)).all()
    return min(rows, key=lambda row: row.state is WaitingState.ENDED, default=None)


async def assignment(tx: Tx, waiting_id: str) -> Assignment | None:
    """Return who is with this person now."""
    query = select(Assignment).where(col(Assignment.waiting_id) == waiting_id, col(Assignment.ended_at).is_(None))
    return (await tx.exec(query)).first()


async def last_helper(tx: Tx, waiting_id: str) -> str:
    """Return the name of who was with this person last, or ""."""
    query = select(Assignment).where(col(Assignment.waiting_id) == waiting_id).order_by(col(Assignment.gen).desc())
    found = (await tx.exec(query)).first()
    return found.helper_name if found else ""


async def line(tx: Tx, waiting: Waiting) -> Line:
    """Return somebody's honest place."""
    before = (col(Waiting.prio) < waiting.prio) | (
        (col(Waiting.prio) == waiting.prio)
        & (
            (col(Waiting.enqueued_at) < waiting.enqueued_at)
            | ((col(Waiting.enqueued_at) == waiting.enqueued_at) & (col(Waiting.id) < waiting.id))
        )
    )
    ahead = await _count(tx, waiting_now().where(before))
    helpers = select(func.count(func.distinct(col(Assignment.helper)))).where(col(Assignment.ended_at).is_(None))
    working = int((await tx.exec(helpers)).one())
    waits = (await tx.exec(select(RecentWait.minutes))).all()
    range_ = minutes_range(waits, ahead)
    return Line(ahead, range_[0] if range_ else None, range_[1] if range_ else None, working)


async def anyone_waits(tx: Tx) -> bool:
    """Say whether somebody waits; the desk never sees how many."""
    return (
        await tx.exec(select(Waiting.id).where(col(Waiting.state) == WaitingState.WAITING).limit(1))
    ).first() is not None


async def of_helper(tx: Tx, keyring: Keyring, helper: str) -> list[DeskTalk]:
    """Return the talks a peer worker has now."""
    query = (
        select(Waiting, Assignment)
        .where(col(Assignment.waiting_id) == col(Waiting.id))
        .where(col(Assignment.helper) == helper, col(Assignment.ended_at).is_(None))
        .order_by(col(Assignment.slot_no))
    )
    rows = (await tx.exec(query)).all()
    return [DeskTalk(row.id, name_of(row, keyring), row.topic, taken.gen) for row, taken in rows]


def name_of(waiting: Waiting, keyring: Keyring) -> str:
    """Return the nickname of who waits, or "" once its key has died."""
    try:
        key = keyring.version("vluchtig", waiting.key_version)
        return unseal(key, waiting.name, f"waiting/{waiting.id}".encode()).decode()
    except (KeyGone, Unreadable):
        return ""


def waiting_now() -> SelectOfScalar[str]:
    """Return the selection of everybody who waits."""
    return select(Waiting.id).where(col(Waiting.state) == WaitingState.WAITING)


async def _count(tx: Tx, selection: SelectOfScalar[str]) -> int:
    return int((await tx.exec(select(func.count()).select_from(selection.subquery()))).one())
