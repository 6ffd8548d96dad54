"""The wall clock is set while people wait and talk: who is there keeps place and talk, who is not does not."""

from datetime import datetime, timedelta

import pytest

from server.chat.hub import Hub
from server.jobs import all_jobs
from server.kit.clock import FixedClock
from server.kit.run.jobs import Job
from server.kit.runtime import Runtime
from server.talks import queries, turns, waiting
from server.talks.models import Waiting, WaitingState
from server.team.logins import Login
from tests.cast import colleague, guest

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
REAPERS = ("return-talks", "missed-turns", "give-up-places")


class Evening:
    """A peer worker in a talk with one visitor, while another waits; the jobs of one process."""

    def __init__(self, rt: Runtime, sam: Login, taken: str, waits: str) -> None:
        """Begin with the clock right."""
        assert isinstance(rt.clock, FixedClock)
        self.rt, self.clock, self.sam, self.taken, self.waits = rt, rt.clock, sam, taken, waits
        self.jobs: list[Job] = [job for job in all_jobs(Hub(rt)) if job.name in REAPERS]

    async def goes_on(self, seconds: int, *, helper: bool = True) -> None:
        """Let time pass with every job at its pace. Visitors give signs, the peer worker while there (helper)."""
        for passed in range(0, seconds, 5):
            if passed % 20 == 15:  # signs come late
                await turns.extend_leases(self.rt, [self.sam.account_id] if helper else [])
                await turns.keep_places(self.rt, [self.taken, self.waits])
            for job in self.jobs:
                await job.deed(self.rt, self.rt.clock.now())
            self.clock.advance(5 * SECOND)

    def set_clock(self, to: datetime) -> None:
        """Set the wall clock; no time goes by."""
        self.clock.set(to)

    async def states(self) -> tuple[WaitingState, WaitingState]:
        """Return how the talk and the one who waits stand."""
        async with self.rt.stores.vluchtig.reading() as tx:
            rows = [await tx.get(Waiting, talk_id) for talk_id in (self.taken, self.waits)]
            assert rows[0] is not None
            assert rows[1] is not None
            held = await queries.assignment(tx, self.taken)
        assert (held is not None) == (rows[0].state is WaitingState.BUSY)
        return rows[0].state, rows[1].state


@pytest.fixture
async def evening(rt: Runtime) -> Evening:
    sam = await colleague(rt)
    taken = await waiting.ask(rt, (await guest(rt, "Merel")).visit, "")
    assert await turns.claim(rt, sam) == taken
    waits = await waiting.ask(rt, (await guest(rt, "Daan")).visit, "")
    made = Evening(rt, sam, taken, waits)
    async with rt.stores.vluchtig.transaction() as tx:
        row = await tx.get_one(Waiting, taken)
        row.answer_by = None
    return made


@pytest.mark.parametrize("step", [HOUR, -HOUR, 60 * SECOND])
async def test_who_is_there_keeps_place_and_talk(evening: Evening, step: timedelta) -> None:
    await evening.goes_on(60)
    evening.set_clock(evening.rt.clock.now() + step)
    await evening.goes_on(120)
    assert await evening.states() == (WaitingState.BUSY, WaitingState.WAITING)
    evening.set_clock(evening.rt.clock.now() - step)
    await evening.goes_on(120)
    assert await evening.states() == (WaitingState.BUSY, WaitingState.WAITING)


@pytest.mark.parametrize("step", [HOUR, -HOUR])
async def test_a_peer_worker_who_has_gone_holds_nobody_longer_for_it(evening: Evening, step: timedelta) -> None:
    await evening.goes_on(60)
    evening.set_clock(evening.rt.clock.now() + step)
    await evening.goes_on(60, helper=False)
    assert (await evening.states())[0] is WaitingState.WAITING
