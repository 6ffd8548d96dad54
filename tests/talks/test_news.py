"""What pages that are open hear by themselves: the own place in the line, and whether the other one is there."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from server.chat.hub import DESK, Hub
from server.chat.speakers import visiting, working
from server.chat.stream import Collected
from server.kit.clock import FixedClock
from server.kit.live.bus import LocalBus
from server.kit.live.redis_bus import RedisBus
from server.kit.live.redis_store import RedisPresence
from server.kit.live.store import LocalPresence
from server.kit.runtime import Runtime
from server.talks import bar, duties, queries, turns, waiting
from server.talks.models import Status
from server.talks.news import AWAY_SECONDS, BETWEEN_SECONDS, KEPT_SECONDS, News
from server.team.permissions import Role
from tests.cast import Guest, colleague, guest
from tests.talks.test_frames import Tab
from tests.team.cast import signed_in
from tests.visitors.browser import Browser
from tests.waiting import hears


@dataclass
class Process:
    """One process with its connections."""

    rt: Runtime
    hub: Hub
    news: News

    async def tick(self, seconds: float = 1) -> None:
        """Let time pass, and say what changed."""
        assert isinstance(self.rt.clock, FixedClock)
        self.rt.clock.advance(timedelta(seconds=seconds))
        for listener in [one for part in self.hub._parts for one in part]:
            listener.alive()  # type: ignore[attr-defined]  # a page that is open gives signs of life
        await self.news.tell(self.rt, self.rt.clock.now())


def process(rt: Runtime) -> Process:
    """Start one."""
    hub = Hub(rt)
    return Process(rt, hub, News(hub))


@pytest.fixture
def alone(rt: Runtime) -> Process:
    """The only process, with a presence of its own."""
    return process(replace(rt, bus=LocalBus(), presence=LocalPresence()))


async def in_line(here: Process, who: Guest) -> tuple[Tab, str]:
    """Ask for a talk and open the waiting page, a second after whoever came before."""
    assert isinstance(here.rt.clock, FixedClock)
    here.rt.clock.advance(timedelta(seconds=1))
    tab = Tab(here.rt, here.hub, visiting(here.rt, who.visit))
    talk_id = await waiting.ask(here.rt, who.visit, "")
    await tab.ask("join", room=talk_id)
    return tab, talk_id


def told(tab: Tab, kind: str) -> list[dict[str, Any]]:
    """Return the frames of a kind that came since the last look."""
    found = [one for one in tab.heard() if one["t"] == kind]
    tab.wall.written.clear()
    return found


async def test_who_waits_hears_within_a_second_that_the_line_moved(alone: Process) -> None:
    merel, daan = [await in_line(alone, await guest(alone.rt, name)) for name in ("Merel", "Daan")]
    await alone.tick()
    assert told(daan[0], "queue") == [{"t": "queue", "position": 2}]
    await alone.tick()
    assert told(daan[0], "queue") == []
    await turns.claim(alone.rt, await colleague(alone.rt))
    await alone.tick()
    (now,) = told(daan[0], "queue")
    assert (now["position"], now["working"]) == (1, 1)
    assert told(merel[0], "queue") == [{"t": "queue", "position": 1}]


async def test_a_peer_worker_who_comes_or_goes_is_told_at_most_once_in_five_seconds(alone: Process) -> None:
    merel, _ = await in_line(alone, await guest(alone.rt, "Merel"))
    sam = await colleague(alone.rt)
    await alone.tick()
    merel.heard()
    merel.wall.written.clear()
    await duties.start(alone.rt, sam, 2, [])
    await alone.tick()
    assert [one["working"] for one in told(merel, "queue")] == [1]
    await duties.set_status(alone.rt, sam, Status.PAUSE)
    for _ in range(BETWEEN_SECONDS - 1):
        await alone.tick()
        assert told(merel, "queue") == []
    await alone.tick()
    assert told(merel, "queue") == [{"t": "queue", "position": 1}]
    await duties.set_status(alone.rt, sam, Status.HERE)
    await alone.tick(BETWEEN_SECONDS)
    assert [one["working"] for one in told(merel, "queue")] == [1]
    await duties.stop(alone.rt, sam.account_id)
    await alone.tick(BETWEEN_SECONDS)
    assert told(merel, "queue") == [{"t": "queue", "position": 1}]


async def test_who_signs_out_is_at_work_no_more(rt: Runtime) -> None:
    screen = await signed_in(rt, Role.PEER_WORKER)
    await screen.get("/team/balie")
    await screen.post("/team/balie/dienst", hoeveel="2")
    async with rt.stores.vluchtig.reading() as tx:
        assert await queries.working(tx, rt.clock.now()) == 1
    await screen.post("/team/uit")
    async with rt.stores.vluchtig.reading() as tx:
        assert await queries.working(tx, rt.clock.now()) == 0


async def test_a_sign_of_life_that_runs_out_is_told_without_a_bell(alone: Process) -> None:
    merel, talk_id = await in_line(alone, await guest(alone.rt, "Merel"))
    await duties.start(alone.rt, await colleague(alone.rt), 2, [])
    await alone.tick()
    assert [one["working"] for one in told(merel, "queue")] == [1]
    for _ in range(12):
        await alone.tick(5)
    assert told(merel, "queue") == [{"t": "queue", "position": 1}]
    alone.hub.depart(merel.session)
    await alone.tick(KEPT_SECONDS + 1)
    assert (talk_id, False) not in alone.hub.standing


async def in_talk(here: Process, there: Process) -> tuple[Tab, Tab, str]:
    """Let Merel talk here with Sam, whose page is open there."""
    merel, talk_id = await in_line(here, await guest(here.rt, "Merel"))
    login = await colleague(here.rt)
    await turns.claim(here.rt, login)
    sam = Tab(there.rt, there.hub, working(there.rt, login))
    await sam.ask("join", room=talk_id)
    return merel, sam, talk_id


@pytest.fixture(params=["local", "redis"])
async def two(rt: Runtime, request: pytest.FixtureRequest) -> AsyncIterator[tuple[Process, Process]]:
    """Two processes, on one bus and presence in memory, or each with its own connections to Redis."""
    shared = replace(rt, bus=LocalBus(), presence=LocalPresence())
    made = [shared, shared]
    if request.param == "redis":
        url, prefix = request.getfixturevalue("redis_url"), f"{secrets.token_hex(4)}:"
        present = [RedisPresence(url, prefix, rt.clock.monotonic) for _ in made]
        made = [replace(rt, bus=RedisBus(url, prefix), presence=one) for one in present]
    both = process(made[0]), process(made[1])
    for one in made:
        await hears(one.bus, DESK)
    yield both
    if request.param == "redis":
        for one in made:
            await one.bus.close()
            await one.presence.close()


async def settle(two: tuple[Process, Process], seconds: int) -> None:
    """Let time pass for both."""
    for _ in range(seconds * 2):
        for each in two:
            await each.tick(0.5)
            await each.rt.presence.keep()


async def test_who_waits_hears_what_happens_in_another_process(two: tuple[Process, Process]) -> None:
    here, there = two
    _, daan = [await in_line(here, await guest(here.rt, name)) for name in ("Merel", "Daan")]
    await settle(two, 1)
    assert [one["position"] for one in told(daan[0], "queue")] == [2]
    rings = here.hub.rings
    async with bar.bell(here.rt.bus) as rung:
        await turns.claim(there.rt, await colleague(there.rt))
        assert await rung()
    async with asyncio.timeout(5):
        while here.hub.rings == rings:
            await asyncio.sleep(0.01)
    await here.tick()
    assert [one["position"] for one in told(daan[0], "queue")] == [1]


async def test_both_sides_hear_across_processes_who_is_away_and_who_is_back(two: tuple[Process, Process]) -> None:
    here, there = two
    merel, sam, talk_id = await in_talk(here, there)
    await settle(two, 8)
    assert [one["peer"] for one in told(merel, "presence")] == ["hier"]
    assert [one["peer"] for one in told(sam, "presence")] == ["hier"]
    there.hub.depart(sam.session)
    await settle(two, 2)
    assert told(merel, "presence") == []  # a page that is loaded anew is back by now
    await settle(two, AWAY_SECONDS + 10)
    assert told(merel, "presence") == [{"t": "presence", "room": talk_id, "peer": "weg"}]
    back = Tab(there.rt, there.hub, sam.session.actor)
    await back.ask("join", room=talk_id)
    await settle(two, 8)
    assert [one["peer"] for one in told(merel, "presence")] == ["hier"]
    here.hub.depart(merel.session)
    told(back, "presence")
    await settle(two, AWAY_SECONDS + 10)
    assert [one["peer"] for one in told(back, "presence")] == ["weg"]


async def test_a_page_that_comes_later_hears_what_holds_and_a_poll_waits_for_news(alone: Process) -> None:
    merel, sam, talk_id = await in_talk(alone, alone)
    await alone.tick()
    await alone.tick()
    alone.hub.depart(sam.session)
    for _ in range(AWAY_SECONDS + 1):
        await alone.tick()
    late = Tab(alone.rt, alone.hub, merel.session.actor)
    door = late.session.outbox.door = Collected()
    await alone.hub.enter(late.session, talk_id, None)
    late.session.outbox.flush()
    assert b'"peer":"weg"' in b"".join(door.frames)
    assert not door.news.is_set()
    door.begun = True
    alone.hub.stand(talk_id, b'{"t":"presence","peer":"hier"}', team=False)
    late.session.outbox.flush()
    assert door.news.is_set()


async def test_who_was_never_seen_is_not_called_away_and_without_redis_nobody_knows(rt: Runtime) -> None:
    class Forgetful(LocalPresence):
        """Presence whose store can go away."""

        gone = False

        def count(self, place: str) -> int | None:  # type: ignore[override]  # the protocol allows not to know
            """Not know while it is gone."""
            return None if self.gone else super().count(place)

    presence = Forgetful()
    here = process(replace(rt, bus=LocalBus(), presence=presence))
    there = process(here.rt)
    merel, talk_id = await in_line(here, await guest(rt, "Merel"))
    login = await colleague(rt)
    await turns.claim(rt, login)
    for _ in range(AWAY_SECONDS * 2):
        await here.tick()
    assert told(merel, "presence") == []
    sam = Tab(there.rt, there.hub, working(there.rt, login))
    await sam.ask("join", room=talk_id)
    await settle((there, here), 8)
    assert [one["peer"] for one in told(merel, "presence")] == ["hier"]
    presence.gone = True
    await here.tick()
    assert [one["peer"] for one in told(merel, "presence")] == ["onbekend"]


async def test_presence_is_given_up_when_it_is_too_busy(alone: Process) -> None:
    merel, _, _ = await in_talk(alone, alone)
    alone.rt.overload.level = 1
    try:
        for _ in range(3):
            await alone.tick()
        assert told(merel, "presence") == []
    finally:
        alone.rt.overload.level = 0


class Counting(LocalBus):
    """A bus that says how many listen to the line."""

    @property
    def listeners(self) -> int:
        """Return how many."""
        return len(self._listeners.get(DESK, ()))


async def test_the_bar_waits_for_the_bell_and_answers_when_something_changed(
    rt: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    rt = replace(rt, bus=(bus := Counting()))
    monkeypatch.setattr(bar, "WAIT_SECONDS", 0.2)
    merel = Browser(rt)
    await merel.arrive("gesprek")
    await merel.send(await merel.get("/gesprek/vraag"), "/gesprek/vraag", onderwerp="")
    first = (await merel.get("/gesprek/plek")).response.json()
    assert first["bar"]["turn"] is False
    same = (await merel.get(f"/gesprek/plek?na={first['mark']}")).response.json()
    assert same["mark"] == first["mark"]
    monkeypatch.setattr(bar, "WAIT_SECONDS", 60)
    before = bus.listeners
    asking = asyncio.create_task(merel.get(f"/gesprek/plek?na={first['mark']}"))
    async with asyncio.timeout(5):
        while bus.listeners == before:
            await asyncio.sleep(0.01)
    await turns.claim(rt, await colleague(rt))
    told_ = (await asking).response.json()
    assert told_["bar"]["turn"] is True
