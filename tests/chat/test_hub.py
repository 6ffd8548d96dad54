"""Handing events on: a slow reader delays nobody, what is hidden leaves nowhere, who lost a talk hears no more."""

from dataclasses import dataclass, field, replace

import orjson
import pytest

from server.chat import live, queries
from server.chat.frames import Close
from server.chat.hub import Hub
from server.chat.models import RoomKind
from server.chat.protocol import Place
from server.chat.queries import Event
from server.chat.rules import Speaker
from server.chat.speakers import team_in
from server.kit.live import outbox
from server.kit.live.bus import LocalBus
from server.kit.live.outbox import Outbox
from server.kit.runtime import Runtime
from server.talks import service as talks
from tests.cast import a_group, colleague, guest, say


async def write_nothing(frames: list[bytes]) -> None:
    """Be a connection that takes nothing."""


@dataclass(eq=False)
class Ear:
    """A connection without a socket. waiting: what its outbox holds."""

    ref: str
    outbox: Outbox = field(default_factory=lambda: Outbox(write_nothing))
    speakers: dict[str, Speaker] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    dropped: int | None = None

    def drop(self, code: int) -> None:
        """Remember the close code."""
        self.dropped = code

    @property
    def waiting(self) -> list[tuple[str | None, dict[str, object]]]:
        """Return (tag, frame) of all that waits."""
        return [(one.tag, orjson.loads(one.frame)) for one in self.outbox._queue]


def event(room_id: str, seq: int, kind: str = "message") -> Event:
    """Return an event about message m<seq>."""
    payload = orjson.dumps({"t": kind, "room": room_id, "seq": seq, "id": f"m{seq}"})
    return Event(seq, f"m{seq}", "somebody", payload, payload)


async def listening(rt: Runtime, hub: Hub, room_id: str, name: str) -> Ear:
    """Let a visitor listen to a group from now on."""
    who = await guest(rt, name)
    ear = Ear(who.visit.ref.hex())
    hub.arrive(ear)
    async with rt.stores.vluchtig.reading() as tx:
        room = await queries.room(tx, room_id)
    await hub.join(ear, room, who.in_group(rt, room_id), None)
    return ear


async def test_a_reader_who_is_too_far_behind_is_dropped_and_others_hear(
    rt: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    room_id, hub = await a_group(rt), Hub(rt)
    slow, quick = [await listening(rt, hub, room_id, name) for name in ("Merel", "Daan")]
    monkeypatch.setattr(outbox, "MAX_FRAMES", 2)
    for _ in range(2):
        slow.outbox.put(b"{}")
    await say(rt, (await guest(rt, "Sanne")).in_group(rt, room_id), room_id, "Goedemorgen")
    assert slow.dropped == Close.RESYNC
    assert [frame["text"] for _, frame in quick.waiting] == ["Goedemorgen"]
    for ear in (slow, quick):
        hub.depart(ear)


async def test_what_is_hidden_is_taken_out_though_it_came_out_of_order(rt: Runtime) -> None:
    room_id, hub = await a_group(rt), Hub(rt)
    ear = await listening(rt, hub, room_id, "Merel")
    first = ear.places[room_id].next_seq
    for seq in (first + 1, first):
        await live.publish(rt.bus, room_id, event(room_id, seq))
    assert [tag for tag, _ in ear.waiting] == [f"{room_id}/m{first}", f"{room_id}/m{first + 1}"]
    hidden = event(room_id, first + 2, "hidden")
    await live.publish(rt.bus, room_id, Event(first + 2, f"m{first + 1}", "", hidden.payload, hidden.own))
    assert [frame["t"] for _, frame in ear.waiting] == ["message", "hidden", "hidden"]
    hub.depart(ear)


async def test_hands_that_lost_a_talk_hear_it_no_more(rt: Runtime) -> None:
    merel, sam = await guest(rt, "Merel"), await colleague(rt)
    talk, hub = await talks.ask(rt, merel.visit, ""), Hub(rt)
    await talks.claim(rt, sam)
    ear = Ear(f"team-{sam.account_id}")
    hub.arrive(ear)
    async with rt.stores.vluchtig.reading() as tx:
        room = await queries.room(tx, talk)
    assert room.kind is RoomKind.TALK
    await hub.join(ear, room, team_in(sam, talk), None)
    await live.publish(rt.bus, talk, event(talk, room.last_seq + 1, "returned"))
    assert [frame["t"] for _, frame in ear.waiting] == ["returned"]
    await live.publish(rt.bus, talk, event(talk, room.last_seq + 2))
    assert len(ear.waiting) == 1
    assert talk not in ear.places
    hub.depart(ear)


async def test_what_the_bus_lost_is_found_by_position_and_shown_once(rt: Runtime) -> None:
    room_id, hub = await a_group(rt), Hub(rt)
    ears = [await listening(rt, hub, room_id, name) for name in ("Merel", "Daan")]
    elsewhere = replace(rt, bus=LocalBus())
    for name, said in (("Sanne", "Goedemorgen"), ("Tom", "Hoe gaat het")):
        await say(elsewhere, (await guest(rt, name)).in_group(rt, room_id), room_id, said)
    assert [ear.waiting for ear in ears] == [[], []]
    for _ in range(2):
        await hub.check_positions()
    for ear in ears:
        assert [frame["text"] for _, frame in ear.waiting] == ["Goedemorgen", "Hoe gaat het"]
        hub.depart(ear)
