"""Handing events on: a slow reader delays nobody, what is hidden leaves nowhere, who lost a talk hears no more."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlmodel import col, delete

from server.chat import live
from server.chat.frames import Close, Position
from server.chat.hub import STEPS, Hub
from server.chat.models import MessageState, RoomKind
from server.chat.queries import Event
from server.chat.rules import RoomUnknown
from server.chat.session import ChatSession
from server.chat.speakers import Actor, visiting, working
from server.kit.clock import FixedClock
from server.kit.live import outbox
from server.kit.live.outbox import Parcel
from server.kit.runtime import Runtime
from server.talks import turns, waiting
from server.visitors import service as visitors
from server.visitors.models import VisitRow
from tests.cast import a_group, colleague, guest, say


class Wall:
    """A door that takes nothing, or all. written: the frames that left."""

    def __init__(self) -> None:
        """Start open."""
        self.ready = True
        self.written: list[bytes] = []

    def write(self, parcels: Sequence[Parcel]) -> None:
        """Keep the frames."""
        self.written += [each for parcel in parcels for each in parcel.frames]


class Ear(ChatSession):
    """A connection without a socket."""

    def __init__(self, rt: Runtime, hub: Hub, actor: Actor) -> None:
        """Arrive."""
        self.wall = Wall()
        super().__init__(rt, hub, actor, self.wall, {})
        hub.arrive(self)

    def heard(self) -> list[dict[str, Any]]:
        """Return every frame that left by now."""
        self.hub.ticker._rested()
        return [orjson.loads(each) for each in self.wall.written]


def event(room_id: str, seq: int, kind: str = "message", about: str = "") -> Event:
    """Return an event about message m<seq>."""
    about = about or f"m{seq}"
    words = {"text": "hoi"} if kind == "message" else {}
    payload = orjson.dumps({"t": kind, "room": room_id, "seq": seq, "id": about} | words)
    return Event(seq, kind, about, "somebody", payload, payload)


async def listening(rt: Runtime, hub: Hub, room_id: str, name: str) -> Ear:
    """Let a visitor listen to a group from now on."""
    ear = Ear(rt, hub, visiting(rt, (await guest(rt, name)).visit))
    await hub.enter(ear, room_id, None)
    return ear


async def test_a_reader_who_is_too_far_behind_is_dropped_and_others_hear(
    rt: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    room_id, hub = await a_group(rt), Hub(rt)
    slow, quick = [await listening(rt, hub, room_id, name) for name in ("Merel", "Daan")]
    slow.wall.ready = False
    monkeypatch.setattr(outbox, "MAX_FRAMES", 2)
    for _ in range(2):
        slow.say(b"{}")
    await say(rt, (await guest(rt, "Sanne")).in_group(rt, room_id), room_id, "Goedemorgen")
    assert [frame["text"] for frame in quick.heard()] == ["Goedemorgen"]
    assert await slow.over == Close.RESYNC
    for ear in (slow, quick):
        hub.depart(ear)


async def test_what_is_hidden_is_taken_out_though_it_came_out_of_order(rt: Runtime) -> None:
    room_id, hub = await a_group(rt), Hub(rt)
    ear = await listening(rt, hub, room_id, "Merel")
    first = ear.places[room_id].next_seq
    for seq in (first + 1, first):
        await live.publish(rt.bus, room_id, event(room_id, seq))
    await live.publish(rt.bus, room_id, event(room_id, first + 2, "hidden", f"m{first + 1}"))
    assert [frame["t"] for frame in ear.heard()] == ["message", "hidden", "hidden"]
    hub.depart(ear)


async def test_who_comes_later_gets_what_was_missed_and_then_goes_on(rt: Runtime) -> None:
    room_id, hub = await a_group(rt), Hub(rt)
    sanne, hanna, bo = [(await guest(rt, name)).in_group(rt, room_id) for name in ("Sanne", "Hanna", "Bo")]
    daan = await listening(rt, hub, room_id, "Daan")
    for who, text in ((sanne, "een"), (hanna, "twee")):
        await say(rt, who, room_id, text)
    merel = Ear(rt, hub, visiting(rt, (await guest(rt, "Merel")).visit))
    position = Position(room_id, daan.places[room_id].epoch, 0)
    await hub.enter(merel, room_id, position)
    await say(rt, bo, room_id, "drie")
    assert [frame["t"] for frame in merel.heard()] == ["resumed", "message", "message", "message"]
    assert [frame["text"] for frame in daan.heard()] == ["een", "twee", "drie"]
    for ear in (merel, daan):
        hub.depart(ear)


async def test_what_the_bus_lost_is_read_from_the_store(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    room_id, hub = await a_group(rt), Hub(rt)
    ear = await listening(rt, hub, room_id, "Merel")
    sanne = (await guest(rt, "Sanne")).in_group(rt, room_id)

    async def lose(*_: object) -> None:
        """Be a bus that loses everything."""

    with monkeypatch.context() as broken:
        broken.setattr(rt.bus, "publish", lose)
        await say(rt, sanne, room_id, "verloren")
    assert ear.heard() == []
    await hub.check_positions()
    assert [frame["text"] for frame in ear.heard()] == ["verloren"]
    hub.depart(ear)


async def test_hands_that_lost_a_talk_hear_it_no_more(rt: Runtime) -> None:
    merel, sam = await guest(rt, "Merel"), await colleague(rt)
    talk, hub = await waiting.ask(rt, merel.visit, ""), Hub(rt)
    await turns.claim(rt, sam)
    ear = Ear(rt, hub, working(rt, sam))
    room = await hub.enter(ear, talk, None)
    await live.publish(rt.bus, talk, event(talk, room.last_seq + 1, "returned"))
    await live.publish(rt.bus, talk, event(talk, room.last_seq + 2))
    assert [frame["t"] for frame in ear.heard()] == ["returned"]
    assert talk not in ear.places
    hub.depart(ear)


async def test_a_silent_connection_ends_and_others_are_pinged(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    room_id, hub = await a_group(rt), Hub(rt)
    gone, here = [await listening(rt, hub, room_id, name) for name in ("Merel", "Daan")]
    gone.seen -= 61
    for _ in range(25 * STEPS):
        await hub.look()
    assert await gone.over == Close.NO_LIFE_SIGN
    assert [frame["t"] for frame in here.heard() if frame["t"] != "presence"] == ["ping"]
    for ear in (gone, here):
        hub.depart(ear)


async def test_an_ended_visit_ends_its_connections(rt: Runtime) -> None:
    """Also when the word about it was lost: the visit is looked up."""
    room_id, hub = await a_group(rt), Hub(rt)
    ear = await listening(rt, hub, room_id, "Merel")

    async with rt.stores.vluchtig.transaction() as tx:
        await tx.exec(delete(VisitRow).where(col(VisitRow.ref) == ear.ref))
    for _ in range(50 * STEPS):
        await hub.look()
    assert await ear.over == Close.NO_SESSION
    hub.depart(ear)


async def test_a_message_of_who_left_meanwhile_still_counts(rt: Runtime) -> None:
    room_id, hub = await a_group(rt), Hub(rt)
    merel = await guest(rt, "Merel")
    ear = Ear(rt, hub, visiting(rt, merel.visit, lasting=True))
    await hub.enter(ear, room_id, None)
    ear.lost()
    hub.depart(ear)
    await ear.actor.said(MessageState.PLACED, RoomKind.GROUP)
    hub.spoke(ear)
    await asyncio.gather(*hub._tasks)
    kept = await visitors.load(rt, merel.visit.token)
    assert kept is not None
    assert kept.messages_sent == 1


async def test_a_room_says_when_it_becomes_busier_and_a_talk_never_does(rt: Runtime) -> None:
    """In a word, never a number, and at most every ten minutes."""
    room_id, hub = await a_group(rt), Hub(rt)
    ears = [await listening(rt, hub, room_id, f"Merel {number}") for number in range(6)]
    hub.band(room_id)  # asks who is present, where that is known elsewhere
    await rt.presence.keep()
    for _ in range(50 * STEPS):
        await hub.look()
    told = [frame for frame in ears[0].heard() if frame["t"] == "presence"]
    assert told == [{"t": "presence", "room": room_id, "band": "gezellig"}]
    for ear in ears:
        hub.depart(ear)


async def test_who_leaves_while_coming_in_is_nowhere(rt: Runtime) -> None:
    """Else the room would keep somebody who is gone, and their place in the line with them."""
    room_id, hub = await a_group(rt), Hub(rt)
    ear = Ear(rt, hub, visiting(rt, (await guest(rt, "Merel")).visit))
    ear.lost()
    with pytest.raises(RoomUnknown):
        await hub.enter(ear, room_id, None)
    assert hub.visited() == []
    hub.depart(ear)


async def test_after_midnight_pages_come_back_as_somebody_else(rt: Runtime) -> None:
    room_id, hub = await a_group(rt), Hub(rt)
    ear = await listening(rt, hub, room_id, "Merel")
    assert isinstance(rt.clock, FixedClock)
    rt.clock.advance(timedelta(hours=5))
    for _ in range(25 * STEPS):
        await hub.look()
    assert "reconnect" in [frame["t"] for frame in ear.heard()]
    hub.depart(ear)
