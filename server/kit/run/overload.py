"""Giving up what can be missed, so that what cannot goes on (reliability-spec 6).

Never given up: one-to-one talks that run, the crisis page, and what moderators do.
"""

import asyncio
import resource
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from server.kit.errors import Unavailable

UP_SECONDS: Final = 5
DOWN_SECONDS: Final = 30
LEVELS: Final = (1, 2, 3, 4)
LAG_SECONDS: Final = {1: 0.1, 2: 0.25, 3: 0.5, 4: 1.0}
POOL_SECONDS: Final = {2: 0.25}
MEMORY_RATIO: Final = {3: 0.8}
BEAT_SECONDS: Final = 0.05
WINDOW: Final = 100
"""Beats that are looked at together: five seconds of them."""
RETRY_MS: Final = 5_000
MEMORY_LIMIT: Final = Path("/sys/fs/cgroup/memory.max")


class Part(Enum):
    """What can be given up: its name, and the level from which it is."""

    PRESENCE = ("presence", 1)
    RETENTION = ("retention", 1)
    EXPORT = ("export", 1)
    SEARCH = ("search", 2)
    FIGURES = ("figures", 2)
    GROUP_JOIN = ("group_join", 3)
    FORUM_WRITE = ("forum_write", 3)
    GROUP_HISTORY = ("group_history", 3)
    GROUP_SEND = ("group_send", 4)
    QUEUE = ("queue", 4)


class Busy(Unavailable):
    """There is too much to do for this now; help is one step away all the same."""

    code = "druk"
    key = "fout.druk"


@dataclass(frozen=True)
class Signs:
    """How the process is doing: seconds its loop is late and its pools are waited for, memory used, and the store."""

    lag: float = 0.0
    pool: float = 0.0
    memory: float = 0.0
    database: bool = True


def level_of(signs: Signs) -> int:
    """Return the level these signs ask for, 0 to 4."""
    over = [level for level in LEVELS if signs.lag > LAG_SECONDS[level]]
    over += [level for level, most in POOL_SECONDS.items() if signs.pool > most]
    over += [level for level, most in MEMORY_RATIO.items() if signs.memory > most]
    return max(over, default=0) if signs.database else LEVELS[-1]


class Pulse:
    """How late the loop is: it is woken every 50 ms, and the second worst of the last hundred times counts (p99)."""

    def __init__(self) -> None:
        """Start on time."""
        self._late: deque[float] = deque(maxlen=WINDOW)

    async def run(self) -> None:
        """Beat until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + BEAT_SECONDS
            await asyncio.sleep(BEAT_SECONDS)
            self._late.append(loop.time() - due)

    def lag(self) -> float:
        """Return the lateness in seconds."""
        return sorted(self._late)[-2] if len(self._late) > 1 else 0.0


class Overload:
    """The level of one process: up after five seconds over it, down after thirty seconds under it."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, *, enabled: bool = True) -> None:
        """Start calm. enabled: off where nothing is to be given up, such as a demonstration."""
        self._now = monotonic
        self._enabled = enabled
        self.pulse = Pulse()
        self._over_since: dict[int, float] = {}
        self._under_since: dict[int, float] = {}
        self.level = 0

    def note(self, signs: Signs) -> int:
        """Take one look into account. Returns the level from now on."""
        now, asked = self._now(), level_of(signs)
        for level in LEVELS:
            since, other = self._over_since, self._under_since
            if level > asked:
                since, other = other, since
            since.setdefault(level, now)
            other.pop(level, None)
        risen = [level for level, since in self._over_since.items() if now - since >= UP_SECONDS]
        kept = [level for level in LEVELS if level <= self.level and not self._is_over(level, now)]
        self.level = max([*risen, *kept], default=0) if self._enabled else 0
        return self.level

    def gives_up(self, part: Part) -> bool:
        """Say whether a part is given up now."""
        return self.level >= part.value[1]

    def require(self, part: Part, key: str = Busy.key) -> None:
        """Raise Busy when a part is given up now. key: the text for whoever asked."""
        if self.gives_up(part):
            raise Busy(key=key, retry_ms=RETRY_MS)

    def _is_over(self, level: int, now: float) -> bool:
        return level in self._under_since and now - self._under_since[level] >= DOWN_SECONDS


def memory_used() -> float:
    """Return which part of its limit the process uses; 0 where the system sets no limit."""
    try:
        limit = int(MEMORY_LIMIT.read_text())
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError):  # "max", or no such system
        return 0.0
    return pages * resource.getpagesize() / limit
