"""The machine under the measures: which core for whom, CPU and memory of a process, and whether others are at work."""

import os
import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

BUSY: Final = 0.5
CLOCK: Final = os.sysconf("SC_CLK_TCK")
PAGE: Final = os.sysconf("SC_PAGE_SIZE")
CORES: Final = sorted(os.sched_getaffinity(0))


def cores() -> tuple[int, int]:
    """Return the core of the server and the core of the load client (and of databases); two where there are two."""
    return CORES[0], CORES[-1]


def core_of(process: int) -> int:
    """Return the core of the nth process of a server: one of its own where there are at least four, else the first."""
    return CORES[process % (len(CORES) - 2)] if len(CORES) >= 4 else CORES[0]


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Let what is started inside run on one core; children keep it."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def many_files() -> int:
    """Allow as many open connections as this user may have, here and in what is started from here. Returns how many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def cpu_seconds(pids: Sequence[int]) -> float:
    """Return the CPU time that all threads of these processes have used."""
    return sum(_cpu(pid) for pid in pids)


def memory(pids: Sequence[int]) -> int:
    """Return the resident bytes of these processes; buffers of the kernel are not in it."""
    return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE for pid in pids)


def others() -> float:
    """Return how many cores' worth of work the last minute saw."""
    return os.getloadavg()[0]


def loaded() -> str:
    """Return one line about how quiet the machine is now."""
    average = others()
    quiet = "quiet" if average < BUSY else "others are at work; look at ratios only"
    return f"load {average:.2f} on {len(CORES)} cores ({quiet})"


def _cpu(pid: int) -> float:
    """Add up the threads: `schedstat` knows nanoseconds, `stat` only hundredths of a second."""
    total = 0
    for schedstat in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with suppress(FileNotFoundError):  # a thread that has just ended
            total += int(schedstat.read_text().split()[0])
    return total / 1e9 if total else _ticks(pid)


def _ticks(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK
