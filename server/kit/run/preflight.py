"""What must be true of the machine before the first port opens; all faults are found together (reliability-spec 6)."""

import resource
import shutil
import tempfile
from typing import Final

from server.kit.log import Component, Event, log
from server.kit.settings import PREFIX, Fault, Settings

SPARE_FILES: Final = 1_000
MIB: Final = 1024 * 1024
LEAST_SPACE: Final = 200 * MIB
LITTLE_SPACE: Final = 1024 * MIB


async def preflight(settings: Settings) -> list[Fault]:
    """Check machine, database and Redis. Returns all faults."""
    faults = [*folder(settings), *files(settings)]
    if settings.database_url or settings.redis_url:
        from server.kit.run import servers  # the drivers take long to load, and a single process needs none

        faults += await servers.look(settings)
    return faults


def folder(settings: Settings) -> list[Fault]:
    """Find out whether the data folder can be written and has room; little room is said and no fault."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=settings.data_dir):
            free = shutil.disk_usage(settings.data_dir).free
    except OSError:
        return [fault("DATA_DIR", "cannot be written", "a folder of the user the server runs as", "/srv/moi")]
    if free < LEAST_SPACE:
        return [fault("DATA_DIR", f"{free // MIB} MiB free", f"at least {LEAST_SPACE // MIB} MiB", "/srv/moi")]
    if free < LITTLE_SPACE:
        log(Event.DISK_LOW, component=Component.WORKER, level="warning")
    return []


def files(settings: Settings) -> list[Fault]:
    """Take as many open files as the system gives, and find out whether they are enough for all connections."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    needed = settings.max_connections + SPARE_FILES
    if most == resource.RLIM_INFINITY or most >= needed:
        return []
    fewer = max(1, most - SPARE_FILES)
    return [fault("MAX_CONNECTIONS", f"only {most} open files", f"at most {fewer}, or a limit of {needed}", "500")]


def fault(name: str, problem: str, expected: str, example: str) -> Fault:
    """Return a fault of the setting MOI_<name>."""
    return Fault(PREFIX + name, problem, expected, example)
