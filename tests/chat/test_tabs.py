"""Five tabs of one visit, over all processes together; the newest stay."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from server.chat.frames import Close
from server.chat.hub import DESK, Hub
from server.chat.speakers import visiting
from server.chat.tabs import TABS
from server.kit.clock import FixedClock
from server.kit.live.bus import LocalBus
from server.kit.live.redis_bus import RedisBus
from server.kit.runtime import Runtime
from tests.cast import Guest, guest
from tests.chat.test_hub import Ear
from tests.waiting import hears


@pytest.fixture(params=["local", "redis"])
async def two(rt: Runtime, request: pytest.FixtureRequest) -> AsyncIterator[tuple[Hub, Hub]]:
    """Two processes, on one bus in memory or each with its own connection to Redis."""
    buses: tuple[LocalBus | RedisBus, ...] = (LocalBus(),) * 2
    if request.param == "redis":
        url, prefix = request.getfixturevalue("redis_url"), f"{secrets.token_hex(4)}:"
        buses = RedisBus(url, prefix), RedisBus(url, prefix)
    here, there = [Hub(replace(rt, bus=bus)) for bus in buses]
    for bus in buses:
        await hears(bus, DESK)
    yield here, there
    for bus in buses:
        await bus.close()


async def opened(hub: Hub, who: Guest) -> Ear:
    """Open a tab, a second after the one before, and wait until all have heard of it."""
    rt = hub._rt
    assert isinstance(rt.clock, FixedClock)
    rt.clock.advance(timedelta(seconds=1))
    ear = Ear(rt, hub, visiting(rt, who.visit))
    await hears(rt.bus, f"p:{ear.ref}")
    await asyncio.gather(*hub._tasks)
    return ear


async def test_the_sixth_tab_ends_the_first_wherever_they_are(rt: Runtime, two: tuple[Hub, Hub]) -> None:
    here, there = two
    merel, daan = await guest(rt, "Merel"), await guest(rt, "Daan")
    other = await opened(there, daan)
    ears = [await opened(hub, merel) for hub in (here, there, here, there, there)]
    assert [ear.over.done() for ear in ears] == [False] * TABS
    sixth = await opened(there, merel)
    async with asyncio.timeout(5):
        assert await ears[0].over == Close.REPLACED
    seventh = await opened(here, merel)
    async with asyncio.timeout(5):
        assert await ears[1].over == Close.REPLACED
    assert [ear.over.done() for ear in (*ears[2:], sixth, seventh, other)] == [False] * 6
    for ear in (*ears, sixth, seventh, other):
        ear.hub.depart(ear)


async def test_a_tab_that_was_closed_elsewhere_counts_no_more(rt: Runtime, two: tuple[Hub, Hub]) -> None:
    here, there = two
    merel = await guest(rt, "Merel")
    first = await opened(here, merel)
    others = [await opened(there, merel) for _ in range(TABS - 1)]
    there.depart(others[0])
    again = await opened(there, merel)
    newest = await opened(here, merel)
    async with asyncio.timeout(5):
        assert await first.over == Close.REPLACED
    assert [ear.over.done() for ear in (*others[1:], again, newest)] == [False] * TABS
    for ear in (first, *others[1:], again, newest):
        ear.hub.depart(ear)


async def test_the_sixth_tab_of_one_process_ends_the_first_at_once(rt: Runtime) -> None:
    hub, merel = Hub(replace(rt, bus=LocalBus())), await guest(rt, "Merel")
    ears = [Ear(hub._rt, hub, visiting(rt, merel.visit)) for _ in range(TABS + 1)]
    assert [ear.over.done() for ear in ears] == [True, *[False] * TABS]
    for ear in ears:
        hub.depart(ear)
    assert hub.is_empty()
