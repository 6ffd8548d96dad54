"""Standing in the line: asking, a place that is kept as long as somebody is there, one's turn, leaving."""

from datetime import timedelta
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, update

from server.chat.envelopes import give_key
from server.chat.models import Member, Room, RoomKind
from server.chat.speakers import visitor_in
from server.kit.clock import local_day, whole_minute
from server.kit.crypto import seal
from server.kit.db.database import repeats_collisions
from server.kit.ids import new_id
from server.kit.run.overload import Part
from server.kit.runtime import Runtime
from server.roster.doors import standing
from server.roster.models import TALKS
from server.talks import queries, rules, steps
from server.talks.models import Waiting, WaitingState
from server.talks.queries import person_of
from server.talks.rules import TalkChanged, TalksClosed, kept_from
from server.visitors import service as visitors
from server.visitors.visit import Visit

COUNTED: Final = "gesprek/geteld"
AGAIN: Final = "verder"


async def enter(rt: Runtime, visit: Visit, topic: str, *, wish: bool = False, peer: str = "") -> str:
    """Come in for a talk, when somebody can be helped before closing time. Returns the id of the talk.

    wish: rather somebody who knows the topic from their own life. peer: rather this peer worker, who said yes to that.
    Raises Busy, TalksClosed, ClosingSoon, LineFull or UnknownTopic.
    """
    async with rt.stores.vluchtig.reading() as tx:
        known = await queries.mine(tx, person_of(visit), rt.clock.now())
        number = await queries.in_line(tx)
        waits = await queries.recent_waits(tx, rt.clock.now())
    if known is not None and known.state is not WaitingState.ENDED:
        return known.id
    rt.overload.require(Part.QUEUE, "fout.druk_rij")
    door = await standing(rt, TALKS)
    if not door.open:
        raise TalksClosed
    rules.check_entry(rt.clock.now(), door.closes, number, waits)
    return await ask(rt, visit, topic, wish=wish, peer=peer if peer in asked_again(rt, visit) else "")


@repeats_collisions
async def ask(
    rt: Runtime, visit: Visit, topic: str, *, wish: bool = False, peer: str = "", prio: int = rules.NORMAL
) -> str:
    """Put somebody in the line, once, whatever the hour. Returns the id of the talk; a second press the first one's.

    prio: 0 goes first; waiting lifts everybody one step in ten minutes. Raises UnknownTopic.
    """
    topic = rules.check_topic(topic)
    waiting, room = _made(rt, visit, topic, prio)
    waiting.wish, waiting.peer = topic if wish else "", peer
    waiting.counts = await visitors.mark_once(rt, visit, COUNTED)
    speaker = visitor_in(visit, room.id, RoomKind.TALK, rt.clock.now())
    try:
        async with rt.stores.vluchtig.transaction() as tx:
            tx.add_all([waiting, room, Member(room_id=room.id, author_key=speaker.key)])
            steps.ring(tx, rt)
    except IntegrityError:  # already waiting or talking, in another tab perhaps
        async with rt.stores.vluchtig.transaction() as tx:  # with the pen: the other tab may not be durable yet
            known = await queries.mine(tx, person_of(visit), rt.clock.now())
        if known is None:
            raise TalkChanged from None
        return known.id
    return waiting.id


async def keep(rt: Runtime, waiting: Waiting, span: timedelta = rules.PLACE_KEPT) -> None:
    """Note a sign of life of a page: the place is kept so long from now. Most looks within a minute write nothing."""
    until = kept_from(rt.clock.now(), span)
    if waiting.missed or waiting.state is WaitingState.ENDED or waiting.kept_until == until:
        return
    still = (col(Waiting.id) == waiting.id, col(Waiting.missed).is_(False))
    async with rt.stores.vluchtig.transaction() as tx:
        await tx.exec(update(Waiting).where(*still).values(kept_until=until))


async def come_back(rt: Runtime, visit: Visit) -> None:
    """Say after a missed turn that one is there again: the first free peer worker comes."""
    async with rt.stores.vluchtig.transaction() as tx:
        waiting = await queries.mine(tx, person_of(visit), rt.clock.now(), lock=True)
        if waiting is not None and waiting.missed and waiting.state is WaitingState.WAITING:
            waiting.missed, waiting.kept_until = False, kept_from(rt.clock.now(), rules.LOOK_KEPT)
            steps.ring(tx, rt)


async def begin(rt: Runtime, visit: Visit) -> None:
    """Note that the visitor has seen who is there and begins."""
    async with rt.stores.vluchtig.transaction() as tx:
        waiting = await queries.mine(tx, person_of(visit), rt.clock.now(), lock=True)
        if waiting is not None and waiting.state is WaitingState.BUSY and waiting.begun_at is None:
            waiting.begun_at, waiting.answer_by = whole_minute(rt.clock.now()), None
            steps.ring(tx, rt)


async def stop(rt: Runtime, visit: Visit) -> None:
    """Leave the line. Nothing happens when nobody of this visit waits."""
    async with rt.stores.vluchtig.transaction() as tx:
        waiting = await queries.mine(tx, person_of(visit), rt.clock.now(), lock=True)
        if waiting is None or waiting.state is not WaitingState.WAITING:
            return
        await steps.erase(tx, waiting.id)
        if not waiting.returned:
            steps.count(tx, rt, waiting, "T6", "weggegaan")
        steps.ring(tx, rt)


async def remember_peer(rt: Runtime, visit: Visit) -> None:
    """Note in the sealed visit, for today, that both want to go on later; nothing outside it joins two talks."""
    async with rt.stores.vluchtig.reading() as tx:
        waiting = await queries.mine(tx, person_of(visit), rt.clock.now())
    if waiting is not None and waiting.again:
        await visitors.mark_once(rt, visit, f"{AGAIN}/{waiting.again}", most=3)


def asked_again(rt: Runtime, visit: Visit) -> frozenset[str]:
    """Return the peer workers with whom this visitor may go on today."""
    before = f"{local_day(rt.clock.now()).isoformat()}/{AGAIN}/"
    return frozenset(mark.removeprefix(before) for mark in visit.counted if mark.startswith(before))


async def peers_now(rt: Runtime, visit: Visit) -> list[tuple[str, str]]:
    """Return (id, name) of those who are at work now and with whom this visitor may go on."""
    asked = asked_again(rt, visit)
    if not asked:
        return []
    async with rt.stores.vluchtig.reading() as tx:
        return await queries.at_work(tx, asked, rt.clock.now())


def _made(rt: Runtime, visit: Visit, topic: str, prio: int) -> tuple[Waiting, Room]:
    version, key = rt.keyring.current("vluchtig")
    now = rt.clock.now()
    id_ = new_id()
    name = seal(key, visit.nickname.encode(), f"waiting/{id_}".encode())
    waiting = Waiting(
        id=id_, person=person_of(visit), topic=topic, enqueued_at=now, order_at=now + prio * rules.AGE_STEP,
        kept_until=kept_from(now, rules.LOOK_KEPT), key_version=version, name=name,
    )  # fmt: skip
    room = Room(id=id_, kind=RoomKind.TALK)
    give_key(room, rt.keyring)
    return waiting, room
