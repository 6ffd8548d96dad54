"""Reading the line and the talks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement
from sqlmodel import col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from server.chat.models import Message
from server.kit.clock import local_day
from server.kit.crypto import Unreadable, unseal
from server.kit.db.database import Tx
from server.kit.keys import KeyGone, Keyring
from server.talks.models import Assignment, Duty, RecentWait, Status, Waiting, WaitingState
from server.talks.rules import RECENT, TEXT_KEPT, TalkChanged, is_away, minutes_range
from server.visitors.visit import Visit

ORDER: Final = (col(Waiting.order_at), col(Waiting.returned).desc(), col(Waiting.enqueued_at), col(Waiting.id))
"""Who goes first: by priority and age together, then who was taken before, then who asked first."""


@dataclass(frozen=True)
class Line:
    """Where somebody stands: people before, a range of minutes or None, and how many of us are at work."""

    ahead: int
    low: int | None
    high: int | None
    working: int


@dataclass(frozen=True)
class NextUp:
    """Who is next, as the desk sees it: minutes of waiting, and a topic or ""."""

    minutes: int
    topic: str


@dataclass(frozen=True)
class DeskTalk:
    """A talk as its peer worker sees it. minutes: since it began, None before; away: no sign of life for a minute;
    asks: the last word is the visitor's."""

    id: str
    name: str
    topic: str
    gen: int
    minutes: int | None
    waited: int
    away: bool
    closes_at: datetime | None
    asks: bool


def person_of(visit: Visit) -> str:
    """Return the author key under which a visitor waits; used for nothing else."""
    return visit.author_key("wachtrij")


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


async def line(tx: Tx, waiting: Waiting, now: datetime) -> Line:
    """Return somebody's honest place. Who missed a turn stands in nobody's way until they say that they are there."""
    found = (await lines(tx, now)).get(waiting.id)
    return found or _line(0, await recent_waits(tx, now), await working(tx, now))


async def lines(tx: Tx, now: datetime) -> dict[str, Line]:
    """Return the place of everybody who waits, by talk, the first one first."""
    ids = (await tx.exec(waiting_now().order_by(*ORDER))).all()
    waits, at_work = await recent_waits(tx, now), await working(tx, now)
    return {talk_id: _line(ahead, waits, at_work) for ahead, talk_id in enumerate(ids)}


def _line(ahead: int, waits: Sequence[int], at_work: int) -> Line:
    low, high = minutes_range(waits, ahead) or (None, None)
    return Line(ahead, low, high, at_work)


async def helpers(tx: Tx, talks: Iterable[str]) -> dict[str, str]:
    """Return the account of who is with whom now, by talk."""
    query = select(Assignment.waiting_id, Assignment.helper)
    rows = await tx.exec(query.where(col(Assignment.waiting_id).in_(list(talks)), col(Assignment.ended_at).is_(None)))
    return dict(rows.all())


async def in_line(tx: Tx) -> int:
    """Return how many wait; for deciding whether one more can come in, for no page."""
    return len((await tx.exec(waiting_now())).all())


async def at_work(tx: Tx, helpers: Iterable[str], now: datetime) -> list[tuple[str, str]]:
    """Return (id, name) of those of these peer workers who take talks now."""
    query = select(Duty.helper, Duty.name).where(
        col(Duty.helper).in_(list(helpers)), col(Duty.here_until) > now, col(Duty.status) == Status.HERE
    )
    return [(helper, name) for helper, name in (await tx.exec(query)).all()]


async def check_gen(tx: Tx, talk_id: str, gen: int | None) -> None:
    """Refuse what comes from a page that missed a change: another peer worker, or none. Raises TalkChanged."""
    taken = await assignment(tx, talk_id)
    if gen is not None and (taken is None or taken.gen != gen):
        raise TalkChanged


async def recent_waits(tx: Tx, now: datetime) -> Sequence[int]:
    """Return the waits of the last day in minutes, fifty at most."""
    return (await tx.exec(select(RecentWait.minutes).where(col(RecentWait.at) > now - RECENT))).all()


async def working(tx: Tx, now: datetime) -> int:
    """Return how many peer workers are at work: at the desk and not on pause, or in a talk."""
    here = select(Duty.helper).where(col(Duty.here_until) > now, col(Duty.status) != Status.PAUSE)
    talking = select(Assignment.helper).where(col(Assignment.ended_at).is_(None))
    return len({*(await tx.exec(here)).all(), *(await tx.exec(talking)).all()})


async def answered_elsewhere(
    tx: Tx, helper: str, knows: Iterable[str], now: datetime
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the topics that only somebody else at work knows from life, and who those others are."""
    query = select(Duty).where(col(Duty.here_until) > now, col(Duty.status) == Status.HERE, col(Duty.helper) != helper)
    others = (await tx.exec(query)).all()
    topics = frozenset(topic for duty in others for topic in duty.knows) - frozenset(knows)
    return topics, frozenset(duty.helper for duty in others)


async def known_at_work(tx: Tx, now: datetime) -> frozenset[str]:
    """Return the topics that somebody at work knows from their own life."""
    return (await answered_elsewhere(tx, "", (), now))[0]


async def duty(tx: Tx, helper: str, now: datetime) -> Duty | None:
    """Return how a peer worker works today, or None before they said so."""
    found = await tx.get(Duty, helper)
    return found if found and found.day == local_day(now) else None


async def next_up(tx: Tx, now: datetime) -> NextUp | None:
    """Return how long the first one waits and for what; the desk never sees how many there are."""
    first = select(Waiting).where(*takeable(now)).order_by(*ORDER).limit(1)
    found = (await tx.exec(first)).first()
    return NextUp(int((now - found.enqueued_at).total_seconds() // 60), found.topic) if found else None


async def of_helper(tx: Tx, keyring: Keyring, helper: str, now: datetime) -> list[DeskTalk]:
    """Return the talks a peer worker has now."""
    query = (
        select(Waiting, Assignment)
        .where(col(Assignment.waiting_id) == col(Waiting.id))
        .where(col(Assignment.helper) == helper, col(Assignment.ended_at).is_(None))
        .order_by(col(Assignment.slot_no))
    )
    rows = (await tx.exec(query)).all()
    last = await _last_roles(tx, [row.id for row, _ in rows])
    return [_desk_talk(row, taken.gen, name_of(row, keyring), last.get(row.id, "team"), now) for row, taken in rows]


async def _last_roles(tx: Tx, talks: list[str]) -> dict[str, str | None]:
    """Return whose word was last in each talk: None for the visitor's."""
    newest = select(Message.room_id, func.max(Message.seq).label("seq")).where(col(Message.room_id).in_(talks))
    last = newest.group_by(col(Message.room_id)).subquery()
    query = select(Message.room_id, Message.role).join(
        last, (last.c.room_id == col(Message.room_id)) & (last.c.seq == col(Message.seq))
    )
    return dict((await tx.exec(query)).all())


def _desk_talk(row: Waiting, gen: int, name: str, last_role: str | None, now: datetime) -> DeskTalk:
    minutes = int((now - row.begun_at).total_seconds() // 60) if row.begun_at else None
    waited = max(0, int(((row.begun_at or now) - row.enqueued_at).total_seconds() // 60))
    away = is_away(row.kept_until, now)
    return DeskTalk(row.id, name, row.topic, gen, minutes, waited, away, row.closes_at, asks=last_role is None)


def name_of(waiting: Waiting, keyring: Keyring) -> str:
    """Return the nickname of who waits, or "" once its key has died."""
    try:
        key = keyring.version("vluchtig", waiting.key_version)
        return unseal(key, waiting.name, f"waiting/{waiting.id}".encode()).decode()
    except (KeyGone, Unreadable):
        return ""


def waiting_now() -> SelectOfScalar[str]:
    """Return the selection of everybody who waits for a turn."""
    return select(Waiting.id).where(col(Waiting.state) == WaitingState.WAITING, col(Waiting.missed).is_(False))


def takeable(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return what holds of who can be taken now: waiting, still there, and not just missed."""
    return (
        col(Waiting.state) == WaitingState.WAITING, col(Waiting.missed).is_(False), col(Waiting.kept_until) > now,
    )  # fmt: skip
