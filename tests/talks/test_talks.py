"""One-to-one: an honest line, one peer worker each, and an end after which the words are gone."""

import asyncio
import uuid
from datetime import timedelta

import pytest
from sqlmodel import select

from server.chat import queries as rooms
from server.chat.models import Message, Room, RoomKind
from server.chat.rules import RoomClosed, RoomUnknown
from server.chat.speakers import team_in, visitor_in
from server.kit.clock import FixedClock
from server.kit.runtime import Runtime
from server.talks import ending, queries, rules, service, turns, waiting
from server.talks.models import Assignment, Waiting, WaitingState
from server.talks.rules import HandsFull, NobodyWaits, TalkChanged, TalksClosed, UnknownTopic
from tests.cast import Guest, colleague, guest, say


async def state_of(rt: Runtime, who: Guest) -> WaitingState | None:
    """Return where somebody's talk stands."""
    async with rt.stores.vluchtig.reading() as tx:
        found = await queries.mine(tx, queries.person_of(who.visit), rt.clock.now())
    return found.state if found else None


async def test_who_asks_first_is_helped_first(rt: Runtime) -> None:
    """And sees how many are before."""
    merel, daan = await guest(rt, "Merel"), await guest(rt, "Daan")
    first = await waiting.ask(rt, merel.visit, "somber")
    assert isinstance(rt.clock, FixedClock)
    rt.clock.advance(timedelta(seconds=5))
    second = await waiting.ask(rt, daan.visit, "")
    async with rt.stores.vluchtig.reading() as tx:
        row = await tx.get_one(Waiting, second)
        assert (await queries.line(tx, row, rt.clock.now())).ahead == 1
    sam = await colleague(rt)
    assert await turns.claim(rt, sam) == first
    assert await turns.claim(rt, sam) == second
    with pytest.raises(NobodyWaits):
        await turns.claim(rt, sam)


async def test_asking_twice_gives_one_place(rt: Runtime) -> None:
    """Two tabs, one line."""
    merel = await guest(rt, "Merel")
    talks = await asyncio.gather(*(waiting.ask(rt, merel.visit, "") for _ in range(5)))
    assert len(set(talks)) == 1


async def test_an_unknown_topic_is_refused(rt: Runtime) -> None:
    """The list is closed."""
    merel = await guest(rt, "Merel")
    with pytest.raises(UnknownTopic):
        await waiting.ask(rt, merel.visit, "voetbal")


async def test_fifty_hands_for_twenty_people_take_each_once(rt: Runtime) -> None:
    """Promise P7: twenty claims, none double."""
    people = [await guest(rt, f"Gast {number}") for number in range(20)]
    talks = [await waiting.ask(rt, one.visit, "") for one in people]
    helpers = [await colleague(rt) for _ in range(50)]
    taken = await asyncio.gather(*(turns.claim(rt, helper) for helper in helpers), return_exceptions=True)
    got = [talk for talk in taken if isinstance(talk, str)]
    assert sorted(got) == sorted(talks)
    assert all(isinstance(other, NobodyWaits) for other in taken if not isinstance(other, str))
    async with rt.stores.vluchtig.reading() as tx:
        rows = (await tx.exec(select(Assignment))).all()
    assert len({row.waiting_id for row in rows}) == len(rows) == 20


async def test_a_peer_worker_has_three_talks_at_most(rt: Runtime) -> None:
    """The fourth waits for somebody else."""
    for number in range(4):
        await waiting.ask(rt, (await guest(rt, f"Gast {number}")).visit, "")
    sam = await colleague(rt)
    for _ in range(rules.TALKS_AT_ONCE):
        await turns.claim(rt, sam)
    with pytest.raises(HandsFull):
        await turns.claim(rt, sam)


async def test_both_write_and_nobody_else_reads(rt: Runtime) -> None:
    """A talk is unknown to other visitors and other peer workers."""
    merel, daan = await guest(rt, "Merel"), await guest(rt, "Daan")
    talk = await waiting.ask(rt, merel.visit, "")
    sam, other = await colleague(rt), await colleague(rt)
    await turns.claim(rt, sam)
    await service.say_as_visitor(rt, merel.visit, talk, str(uuid.uuid4()), "Het is me te veel")
    await service.say_as_helper(rt, sam, talk, str(uuid.uuid4()), "Dat mag er zijn")
    with pytest.raises(RoomUnknown):
        await service.say_as_visitor(rt, daan.visit, talk, str(uuid.uuid4()), "Ik luister mee")
    with pytest.raises(TalkChanged):
        await service.say_as_helper(rt, other, talk, str(uuid.uuid4()), "Ik ook")
    async with rt.stores.vluchtig.reading() as tx:
        room = await rooms.room(tx, talk)
        speaker = visitor_in(merel.visit, talk, RoomKind.TALK, rt.clock.now())
        texts = [one.text for one in await rooms.last_messages(tx, rt.keyring, room, speaker, limit=9)]
    assert texts == ["Het is me te veel", "Dat mag er zijn"]


async def test_a_booking_is_offered_once(rt: Runtime) -> None:
    """A second press changes nothing, and "not now" is the end of it."""
    merel = await guest(rt, "Merel")
    talk = await waiting.ask(rt, merel.visit, "")
    sam = await colleague(rt)
    await turns.claim(rt, sam)
    for _ in range(2):
        await service.offer_booking(rt, sam, talk, str(uuid.uuid4()))
    await service.answer_invite(rt, merel.visit, "nee")
    await service.offer_booking(rt, sam, talk, str(uuid.uuid4()))
    async with rt.stores.vluchtig.reading() as tx:
        assert (await tx.get_one(Waiting, talk)).invite == "nee"
        assert len((await tx.exec(select(Message))).all()) == 1


async def test_a_lost_peer_worker_gives_the_talk_back(rt: Runtime) -> None:
    """Promise P8: back at the old place, and the old hands are fenced off."""
    merel = await guest(rt, "Merel")
    talk = await waiting.ask(rt, merel.visit, "")
    sam, femke = await colleague(rt), await colleague(rt)
    await turns.claim(rt, sam)
    assert isinstance(rt.clock, FixedClock)
    rt.clock.advance(rules.LEASE + timedelta(seconds=1))
    await turns.return_lost(rt, rt.clock.now())
    assert await state_of(rt, merel) is WaitingState.WAITING
    with pytest.raises(TalkChanged):
        await service.say_as_helper(rt, sam, talk, str(uuid.uuid4()), "Ben je er nog?")
    with pytest.raises(RoomUnknown):  # nor over a socket that was open all the while
        await say(rt, team_in(sam, talk), talk, "Ben je er nog?")
    assert await turns.claim(rt, femke) == talk


async def test_either_side_ends_it_and_the_words_go_after_half_an_hour(rt: Runtime) -> None:
    """No transcript, not even a key."""
    merel = await guest(rt, "Merel")
    talk = await waiting.ask(rt, merel.visit, "")
    sam = await colleague(rt)
    await turns.claim(rt, sam)
    await service.say_as_visitor(rt, merel.visit, talk, str(uuid.uuid4()), "Dank je wel")
    await ending.end_as_visitor(rt, merel.visit)
    assert await state_of(rt, merel) is WaitingState.ENDED
    with pytest.raises(RoomClosed):
        await service.say_as_visitor(rt, merel.visit, talk, str(uuid.uuid4()), "Nog iets")
    assert isinstance(rt.clock, FixedClock)
    rt.clock.advance(rules.TEXT_KEPT + timedelta(minutes=1))
    await ending.forget(rt, rt.clock.now())
    async with rt.stores.vluchtig.reading() as tx:
        for table in (Message, Room, Waiting):
            assert (await tx.exec(select(table))).all() == []


async def test_forget_me_now_erases_at_once(rt: Runtime) -> None:
    """Also a talk that still runs."""
    merel = await guest(rt, "Merel")
    await waiting.ask(rt, merel.visit, "")
    assert await ending.forget_mine(rt, merel.visit) == 1
    assert await state_of(rt, merel) is None


@pytest.mark.parametrize(
    ("waits", "ahead", "expected"),
    [
        ([], 0, None),
        ([3] * 9, 0, None),
        ([3] * 10, 0, (0, 5)),
        ([8] * 10, 0, (5, 10)),
        ([8] * 10, 2, (15, 20)),
        (list(range(20)), 0, (5, 15)),
    ],
)
def test_a_range_is_honest(waits: list[int], ahead: int, expected: tuple[int, int] | None) -> None:
    """Steps of five minutes, and nothing below ten recent waits."""
    assert rules.minutes_range(waits, ahead) == expected


def test_nobody_is_put_in_a_line_that_is_closed() -> None:
    """The refusal has a code and a text of its own."""
    assert (TalksClosed().code, TalksClosed().key) == ("dicht", "chat.closed_now")
