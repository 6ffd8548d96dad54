"""Work that runs by itself: each job once per turn, in whichever process is alive, safe to stop at any point."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, col, delete, update

from server.kit.db.columns import UtcDateTime
from server.kit.db.tables import Hoofd
from server.kit.errors import Unavailable
from server.kit.log import Component, Event, log
from server.kit.run.overload import Part
from server.kit.runtime import Runtime

Deed = Callable[[Runtime, datetime], Awaitable[object]]
KEPT = timedelta(days=2)
BEAT_SECONDS = 30
STALE = timedelta(minutes=5)
"""Who gave no sign of life for so long has gone, and another process may take the turn over.

Jobs that run less often than this are looked at every minute, leave a note when they end, and wait when it is busy.
"""
LOOK_SECONDS = 60
APART = 0.618
"""Multiples of this share of a turn lie far from each other, however many there are."""


class JobRun(Hoofd, table=True):
    """One turn of one job; its primary key lets only one process take it.

    beat_at: the last sign of life of that process; ended_at: when it was done, if it was.
    """

    __tablename__ = "job_run"
    __table_args__ = {"info": {"dump": "never"}}

    name: str = Field(primary_key=True, max_length=40)
    due_at: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    beat_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


@dataclass(frozen=True)
class Job:
    """A deed and how often it runs. everywhere: in each process, because it tidies what only that process holds."""

    name: str
    every: timedelta
    deed: Deed
    everywhere: bool = False

    @property
    def is_slow(self) -> bool:
        """Say whether a turn is long enough to be taken over, or to wait until it is calm."""
        return not self.everywhere and self.every > STALE


def due_at(now: datetime, every: timedelta) -> datetime:
    """Return the start of the turn that now falls in, counted from the epoch so that all processes agree."""
    seconds = every.total_seconds()
    return datetime.fromtimestamp(now.timestamp() // seconds * seconds, UTC)


async def run_due(rt: Runtime, job: Job) -> bool:
    """Run a job's present turn unless it was taken. Returns whether it ran here."""
    now = rt.clock.now()
    due = due_at(now, job.every)
    if job.everywhere:
        await job.deed(rt, now)
        return True
    if (job.is_slow and rt.overload.gives_up(Part.RETENTION)) or not await _take(rt, job.name, due, now):
        return False
    async with _beating(rt, job.name, due):
        await job.deed(rt, now)
    if job.is_slow:
        await _note(rt, job.name, due, ended_at=rt.clock.now())
    return True


async def run_forever(rt: Runtime, jobs: Sequence[Job]) -> None:
    """Run every job at its pace until cancelled. A failing job is logged and tried again at its next turn."""
    async with asyncio.TaskGroup() as group:
        for nth, job in enumerate(jobs):
            group.create_task(_pace(rt, job, nth * APART % 1.0 if job.everywhere else 0.0))


async def _pace(rt: Runtime, job: Job, share: float) -> None:
    """Run one job at its pace. share: of its pace by which it is early, so that not all come at the same moment."""
    while True:
        try:
            await run_due(rt, job)
        except Exception as error:  # one bad turn must not end the others
            log(Event.JOB_FAILED, component=Component.WORKER, level="error", code=job.name, error=error)
        seconds = job.every.total_seconds()
        left = seconds - (rt.clock.now().timestamp() + share * seconds) % seconds
        await asyncio.sleep(min(left, LOOK_SECONDS) if job.is_slow else left)


async def _take(rt: Runtime, name: str, due: datetime, now: datetime) -> bool:
    """Take a turn that is nobody's yet, or one whose process has gone before it was done."""
    with suppress(Unavailable):
        async with rt.stores.hoofd.reading() as tx:
            begun = await tx.get(JobRun, (name, due))
        if begun is None:
            return await _begin(rt, name, due, now)
        if begun.ended_at is None and begun.beat_at <= now - STALE:
            return await _note(rt, name, due, seen=begun.beat_at, beat_at=now)
    return False


async def _begin(rt: Runtime, name: str, due: datetime, now: datetime) -> bool:
    with suppress(IntegrityError):
        async with rt.stores.hoofd.transaction() as tx:
            await tx.exec(delete(JobRun).where(col(JobRun.due_at) < due - KEPT))
            tx.add(JobRun(name=name, due_at=due, beat_at=now))
        return True
    return False


async def _note(rt: Runtime, name: str, due: datetime, *, seen: datetime | None = None, **values: datetime) -> bool:
    """Note something of a turn; seen: only if its last sign of life is still this one. Returns whether it was noted."""
    turn = (col(JobRun.name) == name) & (col(JobRun.due_at) == due)
    if seen is not None:
        turn &= col(JobRun.beat_at) == seen
    async with rt.stores.hoofd.transaction() as tx:
        return (await tx.exec(update(JobRun).where(turn).values(**values))).rowcount == 1


@asynccontextmanager
async def _beating(rt: Runtime, name: str, due: datetime) -> AsyncIterator[None]:
    """Give a sign of life every half minute while a deed runs."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            with suppress(Unavailable):
                await _note(rt, name, due, beat_at=rt.clock.now())

    task = asyncio.create_task(beat())
    try:
        yield
    finally:
        task.cancel()
