"""Work that runs by itself: each job once per turn, in whichever process is alive, safe to stop at any point."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, col, delete, update

from server.kit.db.columns import UtcDateTime
from server.kit.db.tables import Hoofd
from server.kit.errors import Unavailable
from server.kit.log import Component, Event, log
from server.kit.runtime import Runtime

Deed = Callable[[Runtime, datetime], Awaitable[object]]
KEPT = timedelta(days=2)
NOTED = timedelta(hours=1)
"""Jobs that run less often than this leave a note when they end."""


class JobRun(Hoofd, table=True):
    """One turn of one job; its primary key lets only one process take it. ended_at: when it was done, if it was."""

    __tablename__ = "job_run"
    __table_args__ = {"info": {"dump": "never"}}

    name: str = Field(primary_key=True, max_length=40)
    due_at: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


@dataclass(frozen=True)
class Job:
    """A deed and how often it runs. everywhere: in each process, because it tidies what only that process holds."""

    name: str
    every: timedelta
    deed: Deed
    everywhere: bool = False


def due_at(now: datetime, every: timedelta) -> datetime:
    """Return the start of the turn that now falls in, counted from the epoch so that all processes agree."""
    seconds = every.total_seconds()
    return datetime.fromtimestamp(now.timestamp() // seconds * seconds, UTC)


async def run_due(rt: Runtime, job: Job) -> bool:
    """Run a job's present turn unless it was taken. Returns whether it ran here."""
    now = rt.clock.now()
    due = due_at(now, job.every)
    if not job.everywhere and not await _take(rt, job.name, due):
        return False
    await job.deed(rt, now)
    if not job.everywhere and job.every >= NOTED:
        await _note_end(rt, job.name, due)
    return True


async def run_forever(rt: Runtime, jobs: Sequence[Job]) -> None:
    """Run every job at its pace until cancelled. A failing job is logged and tried again at its next turn."""
    async with asyncio.TaskGroup() as group:
        for job in jobs:
            group.create_task(_pace(rt, job))


async def _pace(rt: Runtime, job: Job) -> None:
    while True:
        try:
            await run_due(rt, job)
        except Exception as error:  # one bad turn must not end the others
            log(Event.JOB_FAILED, component=Component.WORKER, level="error", code=job.name, error=error)
        seconds = job.every.total_seconds()
        await asyncio.sleep(seconds - rt.clock.now().timestamp() % seconds)


async def _note_end(rt: Runtime, name: str, due: datetime) -> None:
    """Remember that a slow job was done: somebody watches that it does not stay away."""
    async with rt.stores.hoofd.transaction() as tx:
        done = update(JobRun).where(col(JobRun.name) == name, col(JobRun.due_at) == due)
        await tx.exec(done.values(ended_at=rt.clock.now()))


async def _take(rt: Runtime, name: str, due: datetime) -> bool:
    with suppress(IntegrityError, Unavailable):
        async with rt.stores.hoofd.transaction() as tx:
            await tx.exec(delete(JobRun).where(col(JobRun.due_at) < due - KEPT))
            tx.add(JobRun(name=name, due_at=due))
        return True
    return False
