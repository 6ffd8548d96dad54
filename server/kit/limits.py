"""How often something may be done, by the `limits` library: moving windows in memory, or in Redis when there is one."""

import asyncio
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError

from server.kit.errors import TooMany

if TYPE_CHECKING:
    from redis.asyncio import ConnectionPool

BURST_SECONDS: Final = 3
REDIS_SECONDS: Final = 0.2
AWAY_SECONDS: Final = 2
"""How long nobody asks Redis after it did not answer; then one hit tries again."""


@dataclass(frozen=True)
class Rule:
    """At most per_window times in minutes (or in seconds, when given), at most burst times within three seconds.

    key: of the text for who comes too soon; the ordinary one unless given.
    """

    name: str
    per_window: int
    minutes: int = 1
    burst: int = 0
    seconds: int = 0
    key: str | None = None

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

    def __init__(
        self,
        redis_url: str = "",
        mark: Callable[[str], str] = str,
        *,
        enabled: bool = True,
        prefix: str = "moi:",
        processes: int = 1,
    ) -> None:
        """Count in memory, or in Redis so that processes count together. enabled: off only in load and fault tests.

        mark: what is counted under instead of a key: a keyed hash that is another one every day, so that what rests in
        Redis leads to no row of ours (privacy 3.4). processes: how many share the count; without Redis each of them
        grants its part (promise P9).
        """
        self._enabled = enabled
        self._mark = mark
        self._processes = processes
        self._local = MovingWindowRateLimiter(MemoryStorage())
        self._redis = _connections(redis_url) if redis_url else None
        self._shared = MovingWindowRateLimiter(_stored(self._redis, prefix)) if self._redis else None
        self._away_until = 0.0

    async def hit(self, rule: Rule, who: str) -> None:
        """Count one; who is already a keyed hash or another opaque key. Raises TooMany with retry_ms."""
        if not self._enabled:
            return
        who = self._mark(who)
        for item in rule.items():
            until = await self._hit(item, who)
            if until is not None:
                seconds = max(1, math.ceil(until - time.time()))
                raise TooMany(key=rule.key, retry_ms=1000 * seconds, s=seconds)

    async def clear(self) -> None:
        """Forget all counts; for tests."""
        for limiter in filter(None, (self._local, self._shared)):
            await limiter.storage.reset()

    async def close(self) -> None:
        """Let go of Redis."""
        if self._redis is not None:
            await self._redis.aclose()

    async def _hit(self, item: RateLimitItem, who: str) -> float | None:
        """Return None when it is allowed, else when it will be. After one wait for Redis in vain nobody waits soon."""
        if self._shared is None:
            return await _count(self._local, item, who)
        if time.monotonic() >= self._away_until:
            try:
                async with asyncio.timeout(REDIS_SECONDS):
                    return await _count(self._shared, item, who)
            except (StorageError, TimeoutError):
                self._away_until = time.monotonic() + AWAY_SECONDS
        return await _count(self._local, _part(item, self._processes), who)


async def _count(limiter: MovingWindowRateLimiter, item: RateLimitItem, who: str) -> float | None:
    if await limiter.hit(item, who):
        return None
    return (await limiter.get_window_stats(item, who)).reset_time


def _part(item: RateLimitItem, processes: int) -> RateLimitItem:
    """Return what one of several processes may grant when they cannot count together, at least one."""
    return type(item)(-(-item.amount // processes), item.multiples, namespace=item.namespace)


def _connections(url: str) -> "ConnectionPool":
    from redis.asyncio import ConnectionPool  # takes long to load, and a single process has no Redis

    return ConnectionPool.from_url(url)


def _stored(pool: "ConnectionPool", prefix: str) -> Storage:
    """Return a storage on connections of ours; the address only tells the library which client they belong to."""
    return RedisStorage(
        "async+redis://", implementation="redispy", wrap_exceptions=True, key_prefix=prefix + "limits",
        connection_pool=pool,  # type: ignore[arg-type]  # the library takes one here, its types do not say so
    )  # fmt: skip


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
