"""Deeds around one-to-one talks: ask, wait, take, share, offer, end, forget."""

from datetime import datetime
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete, select

from server.chat import service as chat
from server.chat import signs
from server.chat.envelopes import give_key
from server.chat.groups import groups
from server.chat.hub import DESK
from server.chat.models import EventKind, Member, Message, Room, RoomEvent, RoomKind, RoomState
from server.chat.service import Draft, Outcome
from server.chat.speakers import team_in, visiting, visitor_in
from server.kit.crypto import seal
from server.kit.db.database import Tx, repeats_collisions
from server.kit.ids import new_id
from server.kit.runtime import Runtime
from server.talks import queries, rules
from server.talks.models import Assignment, RecentWait, Waiting, WaitingState
from server.talks.rules import NobodyWaits, TalkChanged, lease_from, wait_cell
from server.team.logins import Login
from server.visitors import service as visitors
from server.visitors.visit import Visit

CLAIM_TRIES: Final = 20
COUNTED: Final = "gesprek/geteld"


def person_of(visit: Visit) -> str:
    """Return the author key under which a visitor waits; used for nothing else."""
    return visit.author_key("wachtrij")


@repeats_collisions
async def ask(rt: Runtime, visit: Visit, topic: str) -> str:
    """Put somebody in the line, once. Returns the id of the talk; a second press returns the first one.

    Raises UnknownTopic.
    """
    topic = rules.check_topic(topic)
    counts = await visitors.mark_once(rt, visit, COUNTED)
    version, key = rt.keyring.current("vluchtig")
    waiting = Waiting(
        id=new_id(),
        person=person_of(visit),
        topic=topic,
        enqueued_at=rt.clock.now(),
        key_version=version,
        name=b"",
        counts=counts,
    )
    waiting.name = seal(key, visit.nickname.encode(), f"waiting/{waiting.id}".encode())
    room = Room(id=waiting.id, kind=RoomKind.TALK)
    give_key(room, rt.keyring)
    speaker = visitor_in(visit, room.id, RoomKind.TALK, rt.clock.now())
    try:
        async with rt.stores.vluchtig.transaction() as tx:
            tx.add_all([waiting, room, Member(room_id=room.id, author_key=speaker.key)])
            tx.after_commit(lambda: rt.bus.publish(DESK, b'{"t":"desk"}'))
    except IntegrityError:  # already waiting or talking, in another tab perhaps
        async with rt.stores.vluchtig.transaction() as tx:  # with the pen: the other tab may not be durable yet
            known = await queries.mine(tx, person_of(visit), rt.clock.now())
        if known is None:
            raise TalkChanged from None
        return known.id
    return waiting.id


async def stop_waiting(rt: Runtime, visit: Visit) -> None:
    """Leave the line. Nothing happens when nobody of this visit waits."""
    async with rt.stores.vluchtig.transaction() as tx:
        waiting = await queries.mine(tx, person_of(visit), rt.clock.now(), lock=True)
        if waiting is None or waiting.state is not WaitingState.WAITING:
            return
        await _erase(tx, waiting.id)
        _count(tx, rt, waiting, "T6", "weggegaan")


@repeats_collisions
async def claim(rt: Runtime, login: Login) -> str:
    """Take whoever waits longest. Returns the id of the talk. Raises NobodyWaits or HandsFull.

    Two peer workers at the same moment: the unique indexes decide, the loser looks for the next one.
    """
    for _ in range(CLAIM_TRIES):
        try:
            async with rt.stores.vluchtig.transaction() as tx:
                return await _take(tx, rt, login)
        except IntegrityError:
            continue
    raise NobodyWaits


async def _take(tx: Tx, rt: Runtime, login: Login) -> str:
    now = rt.clock.now()
    held = select(Assignment.slot_no).where(
        col(Assignment.helper) == login.account_id, col(Assignment.ended_at).is_(None)
    )
    slot = rules.free_slot((await tx.exec(held)).all())
    order = (col(Waiting.prio), col(Waiting.enqueued_at), col(Waiting.id))
    first = select(Waiting).where(col(Waiting.state) == WaitingState.WAITING).order_by(*order).limit(1)
    waiting = (await tx.exec(first.with_for_update(skip_locked=True))).first()
    if waiting is None:
        raise NobodyWaits
    await _assign(tx, rt, login, waiting, slot, now)
    return waiting.id


async def _assign(tx: Tx, rt: Runtime, login: Login, waiting: Waiting, slot: int, now: datetime) -> None:
    last = select(Assignment.gen).where(col(Assignment.waiting_id) == waiting.id).order_by(col(Assignment.gen).desc())
    gen = ((await tx.exec(last)).first() or 0) + 1
    speaker = team_in(login, waiting.id)
    waiting.state = WaitingState.BUSY
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
        waited = now - waiting.enqueued_at
        tx.add(RecentWait(at=now, minutes=int(waited.total_seconds() // 60)))
        _count(tx, rt, waiting, "T6", wait_cell(waited))
        tx.after_commit(lambda: rt.metrics.waited(waited.total_seconds()))
    tx.after_commit(lambda: rt.bus.publish(DESK, b'{"t":"desk"}'))


async def begin(rt: Runtime, visit: Visit) -> None:
    """Note that the visitor has seen who is there and begins."""
    async with rt.stores.vluchtig.transaction() as tx:
        waiting = await queries.mine(tx, person_of(visit), rt.clock.now(), lock=True)
        if waiting is not None and waiting.state is WaitingState.BUSY:
            waiting.begun = True


async def say_as_visitor(rt: Runtime, visit: Visit, talk_id: str, client_id: str, text: str) -> Outcome:
    """Say something to the peer worker."""
    actor = visiting(rt, visit)
    outcome = await chat.send(
        rt, actor.in_room(talk_id, RoomKind.TALK, rt.clock.now()), Draft(talk_id, client_id, text)
    )
    await actor.said(outcome.state, RoomKind.TALK)
    return outcome


async def say_as_helper(rt: Runtime, login: Login, talk_id: str, client_id: str, text: str) -> Outcome:
    """Say something to the visitor. Raises TalkChanged when the talk is not this peer worker's any more."""
    await own_talk(rt, login, talk_id)
    return await chat.send(rt, team_in(login, talk_id), Draft(talk_id, client_id, text))


async def share_card(rt: Runtime, login: Login, talk_id: str, client_id: str, card_id: str) -> Outcome:
    """Share a place from the sociale kaart: only its id is kept, the card is drawn from what is true then."""
    await own_talk(rt, login, talk_id)
    return await chat.attach(rt, team_in(login, talk_id), Draft(talk_id, client_id, ""), "card", card_id)


async def offer_booking(rt: Runtime, login: Login, talk_id: str, client_id: str) -> None:
    """Offer a verkennend gesprek, once in a talk; a second press changes nothing."""
    await own_talk(rt, login, talk_id)
    async with rt.stores.vluchtig.transaction() as tx:
        waiting = await tx.get_one(Waiting, talk_id, with_for_update=True)
        if waiting.invite:
            return
        waiting.invite = "open"
        _count(tx, rt, waiting, "T4", "vg_voorgesteld")
    await chat.attach(rt, team_in(login, talk_id), Draft(talk_id, client_id, ""), "invite", "open")


async def answer_invite(rt: Runtime, visit: Visit, answer: str) -> None:
    """Note "nu niet" or "ja"; nobody is asked why."""
    async with rt.stores.vluchtig.transaction() as tx:
        waiting = await queries.mine(tx, person_of(visit), rt.clock.now(), lock=True)
        if waiting is not None and waiting.invite == "open":
            waiting.invite = answer


async def own_talk(rt: Runtime, login: Login, talk_id: str) -> Assignment:
    """Return this peer worker's hold on a talk. Raises TalkChanged."""
    async with rt.stores.vluchtig.reading() as tx:
        taken = await queries.assignment(tx, talk_id)
    if taken is None or taken.helper != login.account_id:
        raise TalkChanged
    return taken


async def end_as_visitor(rt: Runtime, visit: Visit) -> None:
    """End the own talk, from the visitor's side."""
    async with rt.stores.vluchtig.transaction() as tx:
        waiting = await queries.mine(tx, person_of(visit), rt.clock.now(), lock=True)
        if waiting is not None and waiting.state is WaitingState.BUSY:
            await _end(tx, rt, waiting, "chat.ended_by_visitor")


async def end_as_helper(rt: Runtime, login: Login, talk_id: str) -> None:
    """Round a talk off, from the peer worker's side. Raises TalkChanged."""
    await own_talk(rt, login, talk_id)
    async with rt.stores.vluchtig.transaction() as tx:
        waiting = await tx.get_one(Waiting, talk_id, with_for_update=True)
        if waiting.state is WaitingState.BUSY:
            await _end(tx, rt, waiting, "chat.ended_by_team")


async def _end(tx: Tx, rt: Runtime, waiting: Waiting, key: str) -> None:
    now = rt.clock.now()
    taken = await queries.assignment(tx, waiting.id)
    if taken is not None:
        taken.ended_at = now
    waiting.state, waiting.ended_at = WaitingState.ENDED, now
    room = await tx.get_one(Room, waiting.id)
    room.state = RoomState.ENDED
    await chat.record(tx, rt, room, EventKind.ENDED, args={"key": key})
    if not waiting.invite:  # one cell of a table for each talk: an offer was counted when it was made
        _count(tx, rt, waiting, "T4", "afgebroken" if key == "chat.ended_silent" else "afgerond")
    if waiting.topic:
        _count(tx, rt, waiting, "T5", waiting.topic)
    tx.after_commit(lambda: rt.bus.publish(DESK, b'{"t":"desk"}'))


async def extend_leases(rt: Runtime, helpers: list[str]) -> None:
    """Keep the talks of peer workers who gave a sign of life."""
    async with rt.stores.vluchtig.transaction() as tx:
        held = select(Assignment).where(col(Assignment.helper).in_(helpers), col(Assignment.ended_at).is_(None))
        for row in (await tx.exec(held)).all():
            row.lease_until = lease_from(rt.clock.now())


async def return_lost(rt: Runtime, now: datetime) -> None:
    """Put talks whose peer worker has gone back in the line, at their old place (promise P8).

    Whoever had it may write there no more. What another process returns or ends just now is left to that one.
    """
    lost = select(Assignment, Waiting).where(
        col(Assignment.waiting_id) == col(Waiting.id),
        col(Assignment.ended_at).is_(None),
        col(Assignment.lease_until) < now,
    )
    async with rt.stores.vluchtig.transaction() as tx:
        for taken, waiting in (await tx.exec(lost.with_for_update(skip_locked=True))).all():
            taken.ended_at = now
            waiting.state = WaitingState.WAITING
            await tx.exec(delete(Member).where(col(Member.room_id) == waiting.id, col(Member.team)))
            room = await tx.get_one(Room, waiting.id)
            args = {"gen": taken.gen, "key": "chat.edgone", "peer": {"name": taken.helper_name}}
            await chat.record(tx, rt, room, EventKind.RETURNED, args=args)
            tx.after_commit(lambda: rt.bus.publish(DESK, b'{"t":"desk"}'))


async def forget(rt: Runtime, now: datetime) -> None:
    """Erase talks 30 minutes after their end, and end those that were silent for six hours (privacy 3.2)."""
    async with rt.stores.vluchtig.transaction() as tx:
        over = select(Waiting).where(
            col(Waiting.state) == WaitingState.ENDED, col(Waiting.ended_at) <= now - rules.TEXT_KEPT
        )
        for waiting in (await tx.exec(over)).all():
            await _erase(tx, waiting.id)
        old = select(Waiting).where(col(Waiting.state) != WaitingState.ENDED)
        for waiting in (await tx.exec(old.where(col(Waiting.enqueued_at) < now - rules.SILENT_AFTER))).all():
            if await _silent_since(tx, waiting) < now - rules.SILENT_AFTER:
                await _end(tx, rt, waiting, "chat.ended_silent")
        kept = select(RecentWait.id).order_by(col(RecentWait.at).desc()).limit(rules.WAITS_KEPT)
        await tx.exec(delete(RecentWait).where(col(RecentWait.id).not_in(kept)))


async def forget_mine(rt: Runtime, visit: Visit) -> int:
    """Erase the visitor's own talks at once. Returns how many there were."""
    async with rt.stores.vluchtig.transaction() as tx:
        query = select(Waiting).where(col(Waiting.person) == person_of(visit))
        rows = (await tx.exec(query.with_for_update())).all()
        for waiting in rows:
            if waiting.state is WaitingState.BUSY:
                await _end(tx, rt, waiting, "chat.ended_by_visitor")
                await tx.flush()
            await _erase(tx, waiting.id)
    return len(rows)


async def forgotten(rt: Runtime, visit: Visit) -> dict[str, int]:
    """Erase what this visitor left in talks and groups; for "forget me" (privacy 5.2)."""
    now = rt.clock.now()
    here = [visitor_in(visit, room_id, RoomKind.GROUP, now) for room_id in groups()]
    keys = {key for speaker in here for key in speaker.keys}
    await signs.forget_presses(rt, [speaker.sign_key for speaker in here])
    return {"gesprekken": await forget_mine(rt, visit), "berichten": await chat.forget_author(rt, frozenset(keys))}


def _count(tx: Tx, rt: Runtime, waiting: Waiting, table: str, cell: str) -> None:
    """Add to the figures after the commit, for the talk that counts today; without time or person."""
    if waiting.counts:
        tx.after_commit(lambda: rt.tally.count(table, cell))


async def _silent_since(tx: Tx, waiting: Waiting) -> datetime:
    last = select(RoomEvent.at).where(col(RoomEvent.room_id) == waiting.id).order_by(col(RoomEvent.seq).desc())
    return (await tx.exec(last)).first() or waiting.enqueued_at


async def _erase(tx: Tx, talk_id: str) -> None:
    """Delete a talk with its words, its members and its key."""
    for table, column in ((Message, Message.room_id), (RoomEvent, RoomEvent.room_id), (Member, Member.room_id)):
        await tx.exec(delete(table).where(col(column) == talk_id))
    await tx.exec(delete(Assignment).where(col(Assignment.waiting_id) == talk_id))
    await tx.exec(delete(Room).where(col(Room.id) == talk_id))
    await tx.exec(delete(Waiting).where(col(Waiting.id) == talk_id))
