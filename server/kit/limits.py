"""How often something may be done, by the `limits` library: moving windows in memory, or in Redis when there is one."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError

from server.kit.errors import TooMany

BURST_SECONDS: Final = 3


@dataclass(frozen=True)
class Rule:
    """At most per_window times in minutes (or in seconds, when given), at most burst times within three seconds."""

    name: str
    per_window: int
    minutes: int = 1
    burst: int = 0
    seconds: int = 0

    def items(self) -> tuple[RateLimitItem, ...]:
        """Return the rule in the library's words."""
        if self.seconds:
            return (RateLimitItemPerSecond(self.per_window, self.seconds, namespace=self.name),)
        whole = RateLimitItemPerMinute(self.per_window, self.minutes, namespace=self.name)
        return (
            (RateLimitItemPerSecond(self.burst, BURST_SECONDS, namespace=self.name), whole) if self.burst else (whole,)
        )


class Limits:
    """Counts hits per rule and per opaque key; nothing is kept longer than the window."""

    def __init__(self, redis_url: str = "", mark: Callable[[str], str] = str, *, enabled: bool = True) -> None:
        """Count in memory, or in Redis so that processes count together. enabled: off only in load and fault tests.

        mark: what is counted under instead of a key: a keyed hash that is another one every day, so that what rests in
        Redis leads to no row of ours (privacy 3.4).
        """
        self._enabled = enabled
        self._mark = mark
        self._local = MovingWindowRateLimiter(MemoryStorage())
        storage: Storage | None = None
        if redis_url:
            storage = RedisStorage("async+" + redis_url, implementation="redispy", wrap_exceptions=True)
        self._shared = MovingWindowRateLimiter(storage) if storage else self._local

    async def hit(self, rule: Rule, who: str) -> None:
        """Count one; who is already a keyed hash or another opaque key. Raises TooMany with retry_ms."""
        if not self._enabled:
            return
        who = self._mark(who)
        for item in rule.items():
            limiter = self._shared
            try:
                allowed = await limiter.hit(item, who)
            except StorageError:  # Redis away: count in this process (promise P9)
                limiter = self._local
                allowed = await limiter.hit(item, who)
            if not allowed:
                until = (await limiter.get_window_stats(item, who)).reset_time
                seconds = max(1, math.ceil(until - time.time()))
                raise TooMany(retry_ms=1000 * seconds, s=seconds)

    async def clear(self) -> None:
        """Forget all counts; for tests."""
        for limiter in {self._local, self._shared}:
            await limiter.storage.reset()


class Bucket:
    """Tokens of one connection in one process: rate per second, up to burst at once. Too hot for the library above."""

    def __init__(self, rate: float, burst: int) -> None:
        """Start full."""
        self._rate = rate
        self._burst = burst
        self._tokens = float(burst)
        self._at = 0.0

    def take(self, now: float) -> bool:
        """Take one token at a monotonic moment; False when there is none."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
