"""What one process has to find out by itself when another one did it and the bus did not say so."""

from dataclasses import replace

import orjson

from server.chat.frames import Close
from server.chat.hub import UNKNOWN, Hub
from server.chat.speakers import visiting, working
from server.kit.live.bus import LocalBus
from server.kit.live.store import LocalPresence
from server.kit.runtime import Runtime
from server.team import logins
from server.team import service as team
from server.team.demo import sign_in_for_tests
from server.team.permissions import Role
from server.visitors import service as visitors
from tests.cast import a_group, colleague, guest
from tests.chat.test_hub import Ear, listening


def another(rt: Runtime) -> Runtime:
    """Return another process on the same stores, which this one does not hear."""
    return replace(rt, bus=LocalBus())


async def test_a_visit_that_ended_elsewhere_ends_its_connections_here_and_no_others(rt: Runtime) -> None:
    hub, merel, daan, femke = Hub(rt), await guest(rt, "Merel"), await guest(rt, "Daan"), await colleague(rt)
    cookie = (await sign_in_for_tests(rt, Role.PEER_WORKER, 1))[0]["cookie"]
    sam = await logins.load(rt, cookie)
    assert sam is not None
    leaving = [Ear(rt, hub, visiting(rt, merel.visit)), Ear(rt, hub, working(rt, sam))]
    staying = [Ear(rt, hub, visiting(rt, daan.visit)), Ear(rt, hub, working(rt, femke))]
    await visitors.end(another(rt), merel.visit)
    await team.log_out(another(rt), cookie, sam)
    await hub.check_visits()
    assert [ear.over.result() for ear in leaving] == [Close.NO_SESSION] * 2
    assert [ear.over.done() for ear in staying] == [False] * 2
    for ear in (*leaving, *staying):
        hub.depart(ear)


async def test_how_busy_it_is_counts_everybody_wherever_they_are(rt: Runtime) -> None:
    room_id, together = await a_group(rt), LocalPresence()
    here, there = [replace(one, presence=together) for one in (rt, another(rt))]
    hubs = Hub(here), Hub(there)
    ears = [await listening(rt, hub, room_id, name) for hub in hubs for name in ("Merel", "Daan", "Sanne", "Tom")]
    noor = Ear(there, hubs[1], working(there, await colleague(rt)))
    await hubs[1].enter(noor, room_id, None)
    assert (hubs[0].band(room_id), hubs[0].team_present(room_id)) == ("gezellig", True)
    noor.hub.depart(noor)
    for hub, ear in zip([hubs[0]] * 4 + [hubs[1]] * 4, ears, strict=True):
        hub.depart(ear)
    assert together.places == {}


class NobodyKnows(LocalPresence):
    """Presence while Redis is away."""

    def count(self, place: str) -> int | None:  # type: ignore[override]  # the protocol allows not to know
        """Not know."""
        return None


async def test_without_presence_a_room_is_neither_busy_nor_quiet(rt: Runtime) -> None:
    room_id = await a_group(rt)
    hub = Hub(replace(rt, presence=NobodyKnows()))
    assert (hub.band(room_id), hub.team_present(room_id)) == (UNKNOWN, False)


async def test_everybody_is_asked_back_each_at_a_moment_of_their_own(rt: Runtime) -> None:
    room_id, hub = await a_group(rt), Hub(rt)
    ears = [await listening(rt, hub, room_id, f"Naam {number}") for number in range(12)]
    hub.ask_back(10)
    moments = [frame["after_ms"] for ear in ears for frame in ear.heard() if frame["t"] == "reconnect"]
    assert len(moments) == 12
    assert len(set(moments)) > 6
    assert all(0 <= moment <= 10_000 for moment in moments)
    assert orjson.loads(ears[0].wall.written[-1])["t"] == "reconnect"
    await hub.dismiss()
    assert [await ear.over for ear in ears] == [Close.RESTART] * 12
    for ear in ears:
        hub.depart(ear)
    assert hub.is_empty()
