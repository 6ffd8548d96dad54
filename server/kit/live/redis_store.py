"""Presence in Redis: who is where in all processes together.

A place is a sorted set whose members are opaque and whose scores are the moments they expire, so a process that dies
disappears by itself. It is asked at a calm pace and answered from memory; without it the answer is "unknown".
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Iterable
from typing import Final

from server.kit.live.redis_bus import LOST, connect
from server.kit.live.store import LocalPresence

LIFE_SECONDS: Final = 60
REFRESH_SECONDS: Final = 20
READ_SECONDS: Final = 5
AWAY_SECONDS: Final = 2
FORGOTTEN_SECONDS: Final = 900
"""A place is read no more when nobody asked for so long; how busy a group is, is asked every ten minutes."""
ANSWER_SECONDS: Final = 1
MEMBER_BYTES: Final = 8


class RedisPresence:
    """The presence of one process among several."""

    def __init__(self, url: str, prefix: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Name the server and what its keys begin with; nothing is opened yet."""
        self._redis = connect(url)
        self._prefix = prefix + "here:"
        self._now = monotonic
        self._here = LocalPresence()
        self._members: dict[tuple[str, str], str] = {}
        self._told: set[tuple[str, str]] = set()
        self._counts: dict[str, int | None] = {}
        self._asked: dict[str, float] = {}
        self._refresh_at = self._read_at = self._away_until = float("-inf")

    def enter(self, place: str, who: str) -> None:
        """Note that somebody is there; others hear it within a second."""
        self._here.enter(place, who)
        self._members.setdefault((place, who), secrets.token_hex(MEMBER_BYTES))  # another one in each place

    def leave(self, place: str, who: str) -> None:
        """Note that they have gone."""
        self._here.leave(place, who)

    def count(self, place: str) -> int | None:
        """Return what was read last; a place that is asked for is read from now on, for a quarter of an hour."""
        self._asked[place] = self._now()
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
        inside = {(place, who) for place, people in self._here.places.items() for who in people}
        here = {(place, self._members[place, who]) for place, who in inside}
        fresh = here if now >= self._refresh_at else here - self._told
        gone = self._told - here
        if fresh or gone:
            await self._send(fresh, gone)
        if now >= self._refresh_at:
            self._refresh_at = now + REFRESH_SECONDS
        self._told = here
        self._members = {pair: member for pair, member in self._members.items() if pair in inside}

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
        for place in [place for place, at in self._asked.items() if now - at > FORGOTTEN_SECONDS]:
            del self._asked[place], self._counts[place]
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


def _by_place(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    places: dict[str, list[str]] = {}
    for place, member in pairs:
        places.setdefault(place, []).append(member)
    return places
