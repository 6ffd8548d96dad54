"""What runs by itself: one line per job."""

from server.kit.run.jobs import Job
from server.kit.runtime import Runtime

JOBS: list[Job] = []


async def before_stop(rt: Runtime) -> None:
    """Write down what is only in memory."""
