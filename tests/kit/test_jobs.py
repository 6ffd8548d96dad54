"""Work that runs by itself: once per turn whoever is alive, taken over from who has gone, waiting when it is busy."""

import asyncio
from datetime import datetime, timedelta

import pytest

from server.kit.clock import FixedClock
from server.kit.run import jobs
from server.kit.run.jobs import STALE, Job, run_due
from server.kit.runtime import Runtime

HOUR = timedelta(hours=1)


class Deed:
    """Something that is done; holds: it waits inside until told."""

    def __init__(self, *, holds: bool = False) -> None:
        """Start undone."""
        self.done = 0
        self.begun = 0
        self.go_on = asyncio.Event()
        if not holds:
            self.go_on.set()

    async def __call__(self, rt: Runtime, now: datetime) -> None:
        """Do it."""
        self.begun += 1
        await self.go_on.wait()
        self.done += 1


def ahead(rt: Runtime, step: timedelta) -> None:
    """Let time pass."""
    assert isinstance(rt.clock, FixedClock)
    rt.clock.advance(step)


@pytest.fixture
def at_the_hour(rt: Runtime) -> Runtime:
    """Stand at the beginning of a turn."""
    assert isinstance(rt.clock, FixedClock)
    rt.clock.set(jobs.due_at(rt.clock.now(), HOUR))
    return rt


async def test_three_schedulers_do_it_once_a_turn(at_the_hour: Runtime) -> None:
    rt, deed = at_the_hour, Deed()
    for turn in range(1, 4):
        ran = await asyncio.gather(*(run_due(rt, Job("forget", HOUR, deed)) for _ in range(3)))
        assert (sorted(ran), deed.done) == ([False, False, True], turn)
        ahead(rt, HOUR)


async def test_what_each_process_holds_is_tidied_in_each(rt: Runtime) -> None:
    deed = Deed()
    ran = await asyncio.gather(*(run_due(rt, Job("counts", HOUR, deed, everywhere=True)) for _ in range(3)))
    assert (ran, deed.done) == ([True] * 3, 3)


async def test_a_turn_is_taken_over_from_who_has_gone_once_and_not_before(at_the_hour: Runtime) -> None:
    rt, dying, deed = at_the_hour, Deed(holds=True), Deed()
    killed = asyncio.create_task(run_due(rt, Job("forget", HOUR, dying)))
    while not dying.begun:
        await asyncio.sleep(0)
    killed.cancel()
    await asyncio.wait([killed])
    ahead(rt, STALE - timedelta(seconds=1))
    assert not await run_due(rt, Job("forget", HOUR, deed))
    ahead(rt, timedelta(seconds=1))
    ran = await asyncio.gather(*(run_due(rt, Job("forget", HOUR, deed)) for _ in range(3)))
    assert (sorted(ran), deed.done) == ([False, False, True], 1)
    ahead(rt, STALE * 2)
    assert not await run_due(rt, Job("forget", HOUR, deed))


async def test_who_is_slow_but_alive_keeps_the_turn(at_the_hour: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    rt, slow, other = at_the_hour, Deed(holds=True), Deed()
    monkeypatch.setattr(jobs, "BEAT_SECONDS", 0.01)
    running = asyncio.create_task(run_due(rt, Job("forget", HOUR, slow)))
    while not slow.begun:
        await asyncio.sleep(0)
    ahead(rt, STALE)
    async with asyncio.timeout(5):
        while (await _beat_of(rt)) < rt.clock.now():
            await asyncio.sleep(0.01)
    assert not await run_due(rt, Job("forget", HOUR, other))
    slow.go_on.set()
    assert await running
    assert (slow.done, other.done) == (1, 0)


async def _beat_of(rt: Runtime) -> datetime:
    async with rt.stores.hoofd.reading() as tx:
        found = await tx.get_one(jobs.JobRun, ("forget", jobs.due_at(rt.clock.now(), HOUR)))
        return found.beat_at


async def test_slow_work_waits_until_it_is_calm_and_quick_work_does_not(at_the_hour: Runtime) -> None:
    rt, deed = at_the_hour, Deed()
    rt.overload.level = 1
    assert not await run_due(rt, Job("forget", HOUR, deed))
    assert await run_due(rt, Job("file-missing", timedelta(minutes=1), deed))
    rt.overload.level = 0
    assert await run_due(rt, Job("forget", HOUR, deed))
    assert deed.done == 2
