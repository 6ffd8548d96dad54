"""Saying things in a group: once, in order, and gone when it should be."""

import asyncio
import uuid
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest
from sqlmodel import select

from moderation import waiting
from moderation.models import Report
from server.chat import queries, retention, service
from server.chat.models import Message, MessageState, Room, RoomEvent, RoomState
from server.chat.rules import KeyReused, RoomUnknown, Speaker
from server.kit.clock import FixedClock
from server.kit.errors import Invalid, TooMany
from server.kit.limits import Limits
from server.kit.runtime import Runtime
from tests.cast import a_group, draft, guest, say


@pytest.fixture
def unlimited(rt: Runtime) -> Runtime:
    """The same runtime for those who say many things at once."""
    return replace(rt, limits=Limits(enabled=False))


async def shown_to(rt: Runtime, speaker: Speaker, room_id: str) -> list[str | None]:
    """Return the texts a page shows this speaker."""
    async with rt.stores.vluchtig.reading() as tx:
        room = await queries.room(tx, room_id)
        return [one.text for one in await queries.last_messages(tx, rt.keyring, room, speaker, limit=50)]


async def frames_of(rt: Runtime, room_id: str) -> list[dict[str, object]]:
    """Return what somebody who was away is sent."""
    async with rt.stores.vluchtig.reading() as tx:
        room = await queries.room(tx, room_id)
        found = await queries.events(tx, rt.keyring, room, after=0, limit=100)
    return [orjson.loads(event.payload) for event in found]


async def test_what_is_said_is_shown_to_others(rt: Runtime) -> None:
    """Merel says hello, Daan reads it under her made-up name."""
    room_id = await a_group(rt)
    merel, daan = await guest(rt, "Stille Merel"), await guest(rt, "Vrolijke Daan")
    outcome = await say(rt, merel.in_group(rt, room_id), room_id, "Hallo allemaal")
    assert (outcome.state, outcome.seq) == (MessageState.PLACED, 1)
    assert await shown_to(rt, daan.in_group(rt, room_id), room_id) == ["Hallo allemaal"]


async def test_a_repeat_makes_no_second_message(unlimited: Runtime) -> None:
    """The same client_id gets the same answer, also from many tries at once."""
    rt = unlimited
    room_id = await a_group(rt)
    merel = (await guest(rt, "Merel")).in_group(rt, room_id)
    wish = draft(room_id, "Een keer is genoeg")
    outcomes = await asyncio.gather(*(service.send(rt, merel, wish) for _ in range(5)))
    assert {outcome.seq for outcome in outcomes} == {1}
    assert sum(not outcome.dup for outcome in outcomes) == 1
    assert await shown_to(rt, merel, room_id) == ["Een keer is genoeg"]


async def test_a_used_client_id_is_no_other_message(rt: Runtime) -> None:
    """Other text or another author: refused, and nothing is told of the first."""
    room_id = await a_group(rt)
    merel, daan = (await guest(rt, "Merel")).in_group(rt, room_id), (await guest(rt, "Daan")).in_group(rt, room_id)
    client_id = str(uuid.uuid4())
    await say(rt, merel, room_id, "Mijn woorden", client_id)
    with pytest.raises(KeyReused):
        await say(rt, merel, room_id, "Andere woorden", client_id)
    with pytest.raises(KeyReused):
        await say(rt, daan, room_id, "Mijn woorden", client_id)


async def test_numbers_rise_by_one_however_many_speak_at_once(unlimited: Runtime) -> None:
    """Promise P4, with a refused one in between that leaves no hole."""
    rt = unlimited
    room_id = await a_group(rt)
    speakers = [(await guest(rt, f"Gast {number}")).in_group(rt, room_id) for number in range(6)]
    wishes = [draft(room_id, f"Bericht {number}") for number in range(6)]
    wishes.append(wishes[0])
    await asyncio.gather(
        *(service.send(rt, who, wish) for who, wish in zip([*speakers, speakers[0]], wishes, strict=True))
    )
    async with rt.stores.vluchtig.reading() as tx:
        assert sorted((await tx.exec(select(RoomEvent.seq))).all()) == [1, 2, 3, 4, 5, 6]


async def test_nothing_readable_rests_in_the_store(rt: Runtime) -> None:
    """Text and name are ciphertext; the author key differs per room."""
    room_id = await a_group(rt)
    merel = await guest(rt, "Stille Merel")
    await say(rt, merel.in_group(rt, room_id), room_id, "Iets wat niemand mag lezen")
    async with rt.stores.vluchtig.reading() as tx:
        row = (await tx.exec(select(Message))).one()
    assert b"niemand" not in (row.sealed or b"")
    assert b"Merel" not in (row.sealed or b"")
    assert row.author_key != merel.in_group(rt, "f" * 32).key


async def test_hidden_text_leaves_in_no_frame_and_no_page(rt: Runtime) -> None:
    """Promise P6: the one who was away gets `hidden` in the place of the message."""
    room_id = await a_group(rt)
    merel = (await guest(rt, "Merel")).in_group(rt, room_id)
    outcome = await say(rt, merel, room_id, "Dit gaat straks weg")
    await service.hide(rt, outcome.id, "mod.hidden")
    await service.hide(rt, outcome.id, "mod.hidden")
    frames = await frames_of(rt, room_id)
    assert [frame["t"] for frame in frames] == ["hidden", "hidden"]
    assert "straks" not in str(frames)
    assert await shown_to(rt, merel, room_id) == [None]


async def test_restored_text_is_back_in_its_place(rt: Runtime) -> None:
    """An act can be undone."""
    room_id = await a_group(rt)
    merel = (await guest(rt, "Merel")).in_group(rt, room_id)
    outcome = await say(rt, merel, room_id, "Toch goed")
    await service.hide(rt, outcome.id, "mod.hidden")
    await service.restore(rt, outcome.id)
    assert await shown_to(rt, merel, room_id) == ["Toch goed"]


async def test_an_own_message_can_be_taken_back_for_fifteen_minutes(unlimited: Runtime) -> None:
    """Not somebody else's, and not later."""
    rt = unlimited
    room_id = await a_group(rt)
    merel, daan = (await guest(rt, "Merel")).in_group(rt, room_id), (await guest(rt, "Daan")).in_group(rt, room_id)
    first = await say(rt, merel, room_id, "Oeps")
    with pytest.raises(RoomUnknown):
        await service.retract(rt, daan, first.id)
    await service.retract(rt, merel, first.id)
    assert (await frames_of(rt, room_id))[0]["t"] == "retracted"
    second = await say(rt, merel, room_id, "Blijft staan")
    assert isinstance(rt.clock, FixedClock)
    rt.clock.advance(timedelta(minutes=20))
    with pytest.raises(RoomUnknown):
        await service.retract(rt, merel, second.id)


async def test_a_flood_is_slowed_down(rt: Runtime) -> None:
    """A new name says one thing in ten seconds; the answer says how long to wait."""
    room_id = await a_group(rt)
    merel = (await guest(rt, "Merel")).in_group(rt, room_id)
    await say(rt, merel, room_id, "Een")
    with pytest.raises(TooMany) as slowed:
        await say(rt, merel, room_id, "Twee")
    assert 1000 <= (slowed.value.retry_ms or 0) <= 10_000


@pytest.mark.parametrize(
    "text", ["", "   \n", "\u200b", "a\x00b", "\ud800", "\u202eomgekeerd", "x" * 2001, "\n" * 30 + "x"]
)
async def test_what_cannot_be_taken_is_refused_with_a_code(rt: Runtime, text: str) -> None:
    """Reliability-spec 7, rows "all text"."""
    room_id = await a_group(rt)
    merel = (await guest(rt, "Merel")).in_group(rt, room_id)
    with pytest.raises(Invalid) as refused:
        await say(rt, merel, room_id, text)
    assert refused.value.code in ("leeg", "verboden_tekens", "te_lang")


async def test_a_report_counts_once_for_each_person(rt: Runtime) -> None:
    """And makes one case."""
    room_id = await a_group(rt)
    merel, daan = (await guest(rt, "Merel")).in_group(rt, room_id), (await guest(rt, "Daan")).in_group(rt, room_id)
    said = await say(rt, merel, room_id, "Daar kun je over twisten")
    await service.report(rt, daan, said.id, "kwetsend")
    await service.report(rt, daan, said.id, "kwetsend")
    async with rt.stores.hoofd.reading() as tx:
        (one,) = await waiting(tx, rt.clock.now())
        keys = (await tx.exec(select(Report.reporter_key))).all()
    assert (one.case.reports, one.case.subject_id) == (1, said.id)
    assert not daan.keys & set(keys)  # privacy 2.4: a report leads to no message of who reported


async def test_text_is_gone_after_a_day_and_its_key_after_thirty_hours(rt: Runtime) -> None:
    """Privacy 3.3 and 5: the shell stays against double sending, the words do not."""
    room_id = await a_group(rt)
    merel = (await guest(rt, "Merel")).in_group(rt, room_id)
    wish = draft(room_id, "Morgen ben ik weg")
    await service.send(rt, merel, wish)
    assert isinstance(rt.clock, FixedClock)
    for _ in range(6):
        rt.clock.advance(timedelta(hours=6))
        await retention.forget(rt, rt.clock.now())
    async with rt.stores.vluchtig.reading() as tx:
        row = (await tx.exec(select(Message))).one()
        room = await tx.get_one(Room, room_id)
    assert row.sealed is None
    assert room.state is RoomState.OPEN
    assert (await service.send(rt, merel, wish)).dup
    assert not any(key.number == row.key_version for key in rt.keyring.versions("vluchtig"))


async def test_a_number_beside_a_cry_for_help_is_taken_out(rt: Runtime) -> None:
    """Such a message is never bounced, and its number reaches nobody in the room."""
    room_id = await a_group(rt)
    merel = (await guest(rt, "Merel")).in_group(rt, room_id)
    outcome = await say(rt, merel, room_id, "Mijn nummer is 06-87654321 en ik wil soms niet meer leven")
    assert outcome.answer["panel"] in ("crisis", "steun")
    assert "87654321" not in str(await shown_to(rt, merel, room_id))


async def test_help_does_not_wait_for_a_limit(rt: Runtime) -> None:
    """A new name that just wrote something is answered at once when it is about life."""
    room_id = await a_group(rt)
    merel = (await guest(rt, "Merel")).in_group(rt, room_id)
    await say(rt, merel, room_id, "hallo")
    for text in ("ik wil niet meer leven", "ik maak er vanavond een eind aan"):
        assert (await say(rt, merel, room_id, text)).answer["panel"] in ("crisis", "steun")


async def test_a_number_cut_over_messages_is_found_in_the_last_three_of_its_author(unlimited: Runtime) -> None:
    """What others say in between, or the same person long before, does not matter."""
    rt = unlimited
    room_id = await a_group(rt)
    merel, daan = (await guest(rt, "Merel")).in_group(rt, room_id), (await guest(rt, "Daan")).in_group(rt, room_id)
    for _ in range(5):
        await say(rt, merel, room_id, "06 12")
        await say(rt, merel, room_id, "Dat was een grapje, ik ben gewoon Merel")
    for text in ("Ik typ even verder", "En nog iets", "En nu klaar"):
        await say(rt, merel, room_id, text)
    assert (await say(rt, merel, room_id, "34 56 78 is de uitslag")).answer == {}
    await say(rt, merel, room_id, "bel me op 06 12")
    await say(rt, daan, room_id, "Wie belt er?")
    await say(rt, merel, room_id, "34 56")
    assert (await say(rt, merel, room_id, "78")).answer["label"] == "pii_phone"
