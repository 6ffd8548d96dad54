"""Whose turn it is: taking the next person, giving back, and what happens to who falls silent."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select, update

from server.chat import service as chat
from server.chat.models import EventKind, Member, Room
from server.chat.speakers import team_in
from server.kit.db.database import Tx, repeats_collisions
from server.kit.runtime import Runtime
from server.talks import queries, rules, steps
from server.talks.models import Assignment, Duty, RecentWait, Status, Waiting, WaitingState
from server.talks.rules import (
    LIVE_LEASE,
    NobodyWaits,
    OnPause,
    TalkChanged,
    kept_from,
    latest_lease,
    lease_from,
    wait_cell,
)
from server.team.logins import Login

CLAIM_TRIES: Final = 20


@repeats_collisions
async def claim(rt: Runtime, login: Login) -> str:
    """Take whoever is next. Returns the id of the talk. Raises NobodyWaits, HandsFull or OnPause.

    Two peer workers at the same moment: the unique indexes decide, the loser looks for the next one.
    """
    for _ in range(CLAIM_TRIES):
        try:
            async with rt.stores.vluchtig.transaction() as tx:
                return await _take(tx, rt, login)
        except IntegrityError:
            continue
    raise NobodyWaits


async def held_by(tx: Tx, login: Login, talk_id: str, gen: int | None = None) -> Waiting:
    """Return a talk that this peer worker has, locked. gen: of the page that asks, if it knows. Raises TalkChanged."""
    waiting = await tx.get(Waiting, talk_id, with_for_update=True)
    taken = await queries.assignment(tx, talk_id) if waiting is not None else None
    if waiting is None or taken is None or taken.helper != login.account_id or gen not in (None, taken.gen):
        raise TalkChanged
    return waiting


async def release(rt: Runtime, login: Login, talk_id: str, gen: int | None = None) -> None:
    """Put somebody back in the line, at the old place. Raises TalkChanged."""
    async with rt.stores.vluchtig.transaction() as tx:
        await steps.give_back(tx, rt, await held_by(tx, login, talk_id, gen), "queue.released")


async def extend_leases(rt: Runtime, helpers: list[str]) -> None:
    """Keep the talks of peer workers who gave a sign of life, and count them as at work."""
    now = rt.clock.now()
    until = now + LIVE_LEASE
    held = col(Assignment.helper).in_(helpers) & col(Assignment.ended_at).is_(None)
    other = (col(Assignment.lease_until) < until) | (col(Assignment.lease_until) > latest_lease(now))
    async with rt.stores.vluchtig.transaction() as tx:
        await tx.exec(update(Assignment).where(held, other).values(lease_until=until))
        await tx.exec(update(Duty).where(col(Duty.helper).in_(helpers)).values(here_until=lease_from(now)))


async def keep_places(rt: Runtime, rooms: list[str]) -> None:
    """Keep the places and talks of visitors whose page is open."""
    now = rt.clock.now()
    until = kept_from(now)
    here = col(Waiting.id).in_(rooms) & col(Waiting.missed).is_(False)
    other = (col(Waiting.kept_until) < until) | (col(Waiting.kept_until) > kept_from(now, rules.LOOK_KEPT))
    async with rt.stores.vluchtig.transaction() as tx:
        await tx.exec(update(Waiting).where(here, other).values(kept_until=until))


async def return_lost(rt: Runtime, now: datetime) -> None:
    """Put talks whose peer worker has gone back in the line, at their old place (promise P8).

    What another process returns or ends just now is left to that one.
    """
    lost = select(Waiting).where(
        col(Waiting.id) == col(Assignment.waiting_id),
        col(Assignment.ended_at).is_(None),
        (col(Assignment.lease_until) < now) | (col(Assignment.lease_until) > latest_lease(now)),
    )
    async with rt.stores.vluchtig.transaction() as tx:
        for waiting in (await tx.exec(lost.with_for_update(skip_locked=True))).all():
            await steps.give_back(tx, rt, waiting, "chat.edgone")


async def miss_turns(rt: Runtime, now: datetime) -> None:
    """Free the hands of a peer worker whose visitor did not come; the place at the front is kept for a while."""
    late = select(Waiting).where(col(Waiting.state) == WaitingState.BUSY, col(Waiting.answer_by) < now)
    async with rt.stores.vluchtig.transaction() as tx:
        for waiting in (await tx.exec(late.with_for_update(skip_locked=True))).all():
            waiting.missed, waiting.kept_until = True, kept_from(now, rules.FRONT_KEPT)
            await steps.give_back(tx, rt, waiting, "balie.kwam_niet")


async def give_up(rt: Runtime, now: datetime) -> None:
    """Give up the places of who left five minutes ago, and end the talks of who left ten minutes ago."""
    waits = (col(Waiting.state) == WaitingState.WAITING) & (col(Waiting.kept_until) < now)
    talks = (col(Waiting.state) == WaitingState.BUSY) & (col(Waiting.kept_until) < now - rules.GONE_AFTER)
    async with rt.stores.vluchtig.transaction() as tx:
        for waiting in (await tx.exec(select(Waiting).where(waits | talks).with_for_update(skip_locked=True))).all():
            if waiting.state is WaitingState.BUSY:
                steps.count(tx, rt, waiting, "T4", "afgebroken")
            elif not waiting.returned:  # whoever had a turn was counted then
                steps.count(tx, rt, waiting, "T6", "weggegaan")
            await steps.finish(tx, rt, waiting, "chat.ended_gone")


async def _take(tx: Tx, rt: Runtime, login: Login) -> str:
    now = rt.clock.now()
    duty = await queries.duty(tx, login.account_id, now)
    held = select(Assignment.slot_no).where(
        col(Assignment.helper) == login.account_id, col(Assignment.ended_at).is_(None)
    )
    slots = (await tx.exec(held)).all()
    if duty is not None and (duty.status is Status.PAUSE or (duty.status is Status.LAST and slots)):
        raise OnPause
    slot = rules.free_slot(slots, duty.most if duty else rules.TALKS_AT_ONCE)
    waiting = await _first(tx, login.account_id, now, duty.knows if duty else [])
    await _assign(tx, rt, login, waiting, slot, now)
    return waiting.id


async def _first(tx: Tx, helper: str, now: datetime, knows: list[str]) -> Waiting:
    """Return who is next for this peer worker, who knows these topics; locked. Raises NobodyWaits.

    A wish for a topic or a person holds back only where somebody else at work answers it, ten minutes at most.
    """
    topics, others = await queries.answered_elsewhere(tx, helper, knows, now)
    free = col(Waiting.wish).not_in(topics) & col(Waiting.peer).not_in(others)
    long = col(Waiting.enqueued_at) < now - rules.WISH_HOLDS
    first = select(Waiting).where(*queries.takeable(now), free | long).order_by(*queries.ORDER).limit(1)
    waiting = (await tx.exec(first.with_for_update(skip_locked=True))).first()
    if waiting is None:
        raise NobodyWaits
    return waiting


async def _assign(tx: Tx, rt: Runtime, login: Login, waiting: Waiting, slot: int, now: datetime) -> None:
    last = select(Assignment.gen).where(col(Assignment.waiting_id) == waiting.id).order_by(col(Assignment.gen).desc())
    gen = ((await tx.exec(last)).first() or 0) + 1
    speaker = team_in(login, waiting.id)
    waiting.state, waiting.answer_by = WaitingState.BUSY, now + rules.ANSWER_WITHIN
    waiting.wish = waiting.peer = ""
    tx.add(
        Assignment(
            waiting_id=waiting.id, helper=login.account_id, helper_name=login.name, slot_no=slot, gen=gen,
            lease_until=lease_from(now),
        )
    )  # fmt: skip
    await tx.merge(Member(room_id=waiting.id, author_key=speaker.key, team=True))
    await tx.flush()
    room = await tx.get_one(Room, waiting.id)
    await chat.record(tx, rt, room, EventKind.ASSIGNED, args={"gen": gen, "peer": {"name": login.name}})
    if gen == 1:
        _note_wait(tx, rt, waiting, now - waiting.enqueued_at)
    steps.ring(tx, rt)


def _note_wait(tx: Tx, rt: Runtime, waiting: Waiting, waited: timedelta) -> None:
    tx.add(RecentWait(at=rt.clock.now(), minutes=int(waited.total_seconds() // 60)))
    steps.count(tx, rt, waiting, "T6", wait_cell(waited))
    tx.after_commit(lambda: rt.metrics.waited(waited.total_seconds()))
