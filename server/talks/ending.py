"""How a talk ends: either side may stop, nobody is cut off, and half an hour later the words are gone."""

from datetime import datetime

from sqlmodel import col, delete, select

from server.chat.models import RoomEvent
from server.kit.clock import local_day
from server.kit.db.database import Tx
from server.kit.runtime import Runtime
from server.talks import queries, rules, steps
from server.talks.models import Duty, RecentWait, Waiting, WaitingState
from server.talks.queries import person_of
from server.talks.turns import held_by
from server.team.logins import Login
from server.visitors.visit import Visit


async def end_as_visitor(rt: Runtime, visit: Visit, gen: int | None = None) -> None:
    """End the own talk at once, from the visitor's side. gen: as in held_by. Raises TalkChanged for an old one."""
    async with rt.stores.vluchtig.transaction() as tx:
        waiting = await queries.mine(tx, person_of(visit), rt.clock.now(), lock=True)
        if waiting is not None and waiting.state is WaitingState.BUSY:
            await queries.check_gen(tx, waiting.id, gen)
            await _end(tx, rt, waiting, "chat.ended_by_visitor")


async def end_as_helper(
    rt: Runtime, login: Login, talk_id: str, gen: int | None = None, *, again: bool = False
) -> None:
    """Begin to round a talk off: the visitor has two minutes for last words. Raises TalkChanged.

    again: this peer worker would like to go on later today, if the visitor wants that too.
    Where nobody came yet, or when the visitor has left the page, it ends at once.
    """
    async with rt.stores.vluchtig.transaction() as tx:
        waiting = await held_by(tx, login, talk_id, gen)
        now = rt.clock.now()
        waiting.again = login.account_id if again else ""
        if waiting.begun_at is None or rules.is_away(waiting.kept_until, now):
            await _end(tx, rt, waiting, "chat.ended_by_team")
        elif waiting.closes_at is None:
            waiting.closes_at = now + rules.LAST_WORDS
            await steps.tell(tx, rt, waiting.id, "closing", "chat.closing", n=2)
            steps.ring(tx, rt)


async def keep_open(rt: Runtime, login: Login, talk_id: str) -> None:
    """Go on after all: the peer worker takes the rounding off back. Raises TalkChanged."""
    async with rt.stores.vluchtig.transaction() as tx:
        await _stay(tx, rt, await held_by(tx, login, talk_id))


async def more_time(rt: Runtime, visit: Visit) -> None:
    """Add ten minutes to a talk that is being rounded off, as often as the visitor asks."""
    async with rt.stores.vluchtig.transaction() as tx:
        waiting = await queries.mine(tx, person_of(visit), rt.clock.now(), lock=True)
        if waiting is not None and waiting.closes_at is not None:
            waiting.closes_at += rules.MORE_TIME
            await steps.tell(tx, rt, waiting.id, "closing", "chat.more_time", n=10)
            steps.ring(tx, rt)


async def close_due(rt: Runtime, now: datetime) -> None:
    """End the talks whose last minutes are over."""
    due = select(Waiting).where(col(Waiting.state) == WaitingState.BUSY, col(Waiting.closes_at) <= now)
    async with rt.stores.vluchtig.transaction() as tx:
        for waiting in (await tx.exec(due.with_for_update(skip_locked=True))).all():
            await _end(tx, rt, waiting, "chat.ended_by_team")


async def forget(rt: Runtime, now: datetime) -> None:
    """Erase talks 30 minutes after their end, and end those that were silent for six hours (privacy 3.2)."""
    async with rt.stores.vluchtig.transaction() as tx:
        over = select(Waiting).where(
            col(Waiting.state) == WaitingState.ENDED, col(Waiting.ended_at) <= now - rules.TEXT_KEPT
        )
        for waiting in (await tx.exec(over)).all():
            await steps.erase(tx, waiting.id)
        old = select(Waiting).where(col(Waiting.state) != WaitingState.ENDED)
        for waiting in (await tx.exec(old.where(col(Waiting.enqueued_at) < now - rules.SILENT_AFTER))).all():
            if await _silent_since(tx, waiting) < now - rules.SILENT_AFTER:
                await _end(tx, rt, waiting, "chat.ended_silent")
        kept = select(RecentWait.id).order_by(col(RecentWait.at).desc()).limit(rules.WAITS_KEPT)
        await tx.exec(delete(RecentWait).where(col(RecentWait.id).not_in(kept)))
        await tx.exec(delete(Duty).where(col(Duty.day) < local_day(now)))


async def forget_mine(rt: Runtime, visit: Visit) -> int:
    """Erase the visitor's own talks at once. Returns how many there were."""
    async with rt.stores.vluchtig.transaction() as tx:
        query = select(Waiting).where(col(Waiting.person) == person_of(visit))
        rows = (await tx.exec(query.with_for_update())).all()
        for waiting in rows:
            if waiting.state is WaitingState.BUSY:
                await _end(tx, rt, waiting, "chat.ended_by_visitor")
                await tx.flush()
            await steps.erase(tx, waiting.id)
    return len(rows)


async def _stay(tx: Tx, rt: Runtime, waiting: Waiting) -> None:
    if waiting.closes_at is not None:
        waiting.closes_at = None
        await steps.tell(tx, rt, waiting.id, "goes_on", "chat.goes_on")
        steps.ring(tx, rt)


async def _end(tx: Tx, rt: Runtime, waiting: Waiting, key: str) -> None:
    """End a talk and count it: one cell of a table for each, and an offer was counted when it was made."""
    if waiting.begun_at is not None:
        if not waiting.invite:
            steps.count(tx, rt, waiting, "T4", "afgebroken" if key == "chat.ended_silent" else "afgerond")
        if waiting.topic:
            steps.count(tx, rt, waiting, "T5", waiting.topic)
    await steps.finish(tx, rt, waiting, key)


async def _silent_since(tx: Tx, waiting: Waiting) -> datetime:
    last = select(RoomEvent.at).where(col(RoomEvent.room_id) == waiting.id).order_by(col(RoomEvent.seq).desc())
    return (await tx.exec(last)).first() or waiting.enqueued_at
