"""Who is present where, across processes: values that expire by themselves (reliability-spec 4).

In Redis a place is a sorted set whose members are opaque and whose scores are the moments they expire, so a process
that dies disappears by itself. It is asked at a calm pace and answered from memory; without it the answer is "unknown".
"""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from server.kit.live.redis_bus import LOST, connect

LIFE_SECONDS: Final = 60
REFRESH_SECONDS: Final = 20
READ_SECONDS: Final = 5
AWAY_SECONDS: Final = 2
ANSWER_SECONDS: Final = 1
MEMBER_BYTES: Final = 8


class Presence(Protocol):
    """Places are words of ours; who is opaque and never leaves the process."""

    def enter(self, place: str, who: str) -> None:
        """Note that somebody is there; the same one twice counts once, and has to leave twice."""
        ...

    def leave(self, place: str, who: str) -> None:
        """Note that they have gone."""
        ...

    def count(self, place: str) -> int | None:
        """Return how many are there in all processes together; None when nobody knows."""
        ...

    async def keep(self) -> None:
        """Do what is due; called every second, never raises and waits a second at most."""
        ...

    async def close(self) -> None:
        """Say that everybody of this process has gone."""
        ...


class LocalPresence:
    """The presence of a single process."""

    def __init__(self) -> None:
        """Start with nobody."""
        self.places: dict[str, Counter[str]] = {}

    def enter(self, place: str, who: str) -> None:
        """Note that somebody is there."""
        self.places.setdefault(place, Counter())[who] += 1

    def leave(self, place: str, who: str) -> None:
        """Note that they have gone; who was not there changes nothing."""
        people = self.places.get(place, Counter())
        people[who] -= 1
        if people[who] <= 0:
            del people[who]
        if not people:
            self.places.pop(place, None)

    def count(self, place: str) -> int:
        """Return how many are there."""
        return len(self.places.get(place, ()))

    async def keep(self) -> None:
        """Nothing expires here."""

    async def close(self) -> None:
        """Forget everybody."""
        self.places.clear()


class RedisPresence:
    """The presence of one process among several."""

    def __init__(self, url: str, prefix: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Name the server and what its keys begin with; nothing is opened yet."""
        self._redis = connect(url)
        self._prefix = prefix + "here:"
        self._now = monotonic
        self._here = LocalPresence()
        self._members: dict[str, str] = {}
        self._told: set[tuple[str, str]] = set()
        self._counts: dict[str, int | None] = {}
        self._refresh_at = self._read_at = self._away_until = float("-inf")

    def enter(self, place: str, who: str) -> None:
        """Note that somebody is there; others hear it within a second."""
        self._here.enter(place, who)
        self._members.setdefault(who, secrets.token_hex(MEMBER_BYTES))

    def leave(self, place: str, who: str) -> None:
        """Note that they have gone."""
        self._here.leave(place, who)

    def count(self, place: str) -> int | None:
        """Return what was read last; a place that is asked for is read from now on."""
        return self._counts.setdefault(place, None)

    async def keep(self) -> None:
        """Tell what changed, say every 20 seconds who is still there, and read every five seconds how many are."""
        now = self._now()
        if now < self._away_until:
            return
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._tell(now)
                await self._read(now)
        except LOST:
            self._away_until, self._refresh_at = now + AWAY_SECONDS, float("-inf")
            self._counts = dict.fromkeys(self._counts)

    async def close(self) -> None:
        """Take everybody of this process away, if Redis is there to hear it."""
        try:
            await self._here.close()
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._tell(self._now())
        except LOST:
            return  # they expire by themselves
        finally:
            await self._redis.aclose()

    async def _tell(self, now: float) -> None:
        here = {(place, self._members[who]) for place, people in self._here.places.items() for who in people}
        fresh = here if now >= self._refresh_at else here - self._told
        gone = self._told - here
        if fresh or gone:
            await self._send(fresh, gone)
        if now >= self._refresh_at:
            self._refresh_at = now + REFRESH_SECONDS
        self._told = here
        present = {who for people in self._here.places.values() for who in people}
        self._members = {who: member for who, member in self._members.items() if who in present}

    async def _send(self, fresh: Iterable[tuple[str, str]], gone: Iterable[tuple[str, str]]) -> None:
        until = time.time() + LIFE_SECONDS
        async with self._redis.pipeline(transaction=False) as pipe:
            for place, members in _by_place(fresh).items():
                pipe.zadd(self._prefix + place, dict.fromkeys(members, until))
                pipe.expire(self._prefix + place, LIFE_SECONDS)
            for place, members in _by_place(gone).items():
                pipe.zrem(self._prefix + place, *members)
            await pipe.execute()

    async def _read(self, now: float) -> None:
        asked = [place for place, count in self._counts.items() if count is None or now >= self._read_at]
        if not asked:
            return
        moment = time.time()
        async with self._redis.pipeline(transaction=False) as pipe:
            for place in asked:
                pipe.zremrangebyscore(self._prefix + place, "-inf", moment)
                pipe.zcard(self._prefix + place)
            answers = await pipe.execute()
        self._counts.update(zip(asked, answers[1::2], strict=True))
        if now >= self._read_at:
            self._read_at = now + READ_SECONDS


def presence(url: str, prefix: str) -> Presence:
    """Return the presence for these settings; without an address there is one process."""
    return RedisPresence(url, prefix) if url else LocalPresence()


def _by_place(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    places: dict[str, list[str]] = {}
    for place, member in pairs:
        places.setdefault(place, []).append(member)
    return places
