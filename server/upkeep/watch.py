"""Whether what must happen by itself still happens: ages for the monitor, and a line in the log when it is late."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import col, func, select

from server.kit.log import Component, Event, log
from server.kit.run.jobs import JobRun
from server.kit.runtime import Runtime

LATE: Final = timedelta(hours=26)


@dataclass(frozen=True)
class Watched:
    """A name that a monitor may know (privacy 9.5) and the jobs behind it: the oldest counts."""

    name: str
    jobs: tuple[str, ...]


BACKUP: Final = Watched("backup", ("backup",))
RETENTION: Final = Watched("retention", ("forget-phrases", "forget-bookings", "forget-forum", "forget-cases", "tidy"))
RELEASE: Final = Watched("release", ("figures",))


async def look(rt: Runtime, now: datetime) -> None:
    """Tell how long ago the watched jobs last ended; one that has no end counts from the oldest turn that is known.

    Nothing is said of dumps where nobody could open one.
    """
    async with rt.stores.hoofd.reading() as tx:
        query = select(JobRun.name, func.max(JobRun.ended_at)).where(col(JobRun.ended_at).is_not(None))
        rows = (await tx.exec(query.group_by(col(JobRun.name)))).all()
        first = (await tx.exec(select(func.min(JobRun.due_at)))).one() or now
        ended = {name: at for name, at in rows if at is not None}
    for watched in (RETENTION, RELEASE, *((BACKUP,) if rt.settings.backup_to else ())):
        age = max(now - ended.get(job, first) for job in watched.jobs)
        rt.metrics.job_age(watched.name, age.total_seconds())
        if age > LATE:
            log(Event.JOB_LATE, component=Component.WORKER, level="error", code=watched.name)
