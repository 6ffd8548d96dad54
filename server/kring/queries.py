"""Reading kringen: those to come, one with its plan, whether somebody has a place."""

from collections.abc import Iterable, Sequence

from sqlmodel import col, select

from server.chat.models import Member
from server.kit.db.database import Tx
from server.kring.models import Kring, Plan, State
from server.kring.rules import OVER, KringUnknown


async def kring(tx: Tx, kring_id: str, *, lock: bool = False) -> Kring:
    """Return one kring. Raises KringUnknown."""
    found = await tx.get(Kring, kring_id, with_for_update=lock or None)
    if found is None:
        raise KringUnknown
    return found


async def to_come(tx: Tx) -> Sequence[Kring]:
    """Return the kringen that are not over, the first one first."""
    query = select(Kring).where(col(Kring.state).not_in(OVER)).order_by(col(Kring.starts), col(Kring.id))
    return (await tx.exec(query)).all()


async def of_team(tx: Tx, host: str | None) -> Sequence[Kring]:
    """Return what the team sees: what is to come and what ended today, of everybody or of one host."""
    query = select(Kring).where(col(Kring.state) != State.CANCELLED).order_by(col(Kring.starts), col(Kring.id))
    return (await tx.exec(query if host is None else query.where(col(Kring.host) == host))).all()


async def unfinished(tx: Tx) -> Sequence[Kring]:
    """Return the kringen that the clock may still move."""
    done = (State.WIPED, State.CANCELLED)
    return (await tx.exec(select(Kring).where(col(Kring.state).not_in(done)))).all()


async def plans(tx: Tx) -> Sequence[Plan]:
    """Return everything that is planned."""
    return (await tx.exec(select(Plan).order_by(col(Plan.starts)))).all()


async def has_place(tx: Tx, kring_id: str, keys: Iterable[str]) -> bool:
    """Say whether the owner of these author keys has a place."""
    mine = select(Member.room_id).where(col(Member.room_id) == kring_id, col(Member.author_key).in_(list(keys)))
    return (await tx.exec(mine)).first() is not None


async def with_words(tx: Tx) -> Sequence[str]:
    """Return the ids of the kringen in which something may be said or kept."""
    return (await tx.exec(select(Kring.id).where(col(Kring.state) != State.WIPED))).all()
