"""Who is where: the same in one process and in several; who dies disappears, and without Redis nobody knows."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable

import pytest
from redis.asyncio import Redis

from server.kit.live import redis_store
from server.kit.live.redis_bus import connect
from server.kit.live.redis_store import RedisPresence
from server.kit.live.store import LocalPresence, Presence
from tests import services


class Hand:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        """Start at noon."""
        self.at = 0.0

    def __call__(self) -> float:
        """Return the seconds."""
        return self.at


async def known(presence: Presence, place: str) -> int | None:
    """Return the count once everything due was done."""
    presence.count(place)
    await presence.keep()
    return presence.count(place)


async def until(presence: Presence, place: str, count: int | None, hand: Hand) -> None:
    """Wait until the count is so."""
    async with asyncio.timeout(10):
        while await known(presence, place) != count:
            hand.at += redis_store.READ_SECONDS
            await asyncio.sleep(0.01)


@pytest.fixture(params=["local", "redis"])
async def presence(request: pytest.FixtureRequest) -> AsyncIterator[Presence]:
    """Give each in turn."""
    hand = Hand()

    def moving() -> float:
        hand.at += redis_store.READ_SECONDS
        return hand.at

    made: Presence = LocalPresence()
    if request.param == "redis":
        made = RedisPresence(request.getfixturevalue("redis_url"), f"{secrets.token_hex(4)}:", moving)
    yield made
    await made.close()


async def test_whoever_is_there_counts_once_and_has_to_leave_as_often_as_they_came(presence: Presence) -> None:
    presence.enter("room:1", "merel")
    presence.enter("room:1", "merel")
    presence.enter("room:1", "daan")
    presence.enter("room:2", "daan")
    assert (await known(presence, "room:1"), await known(presence, "room:2")) == (2, 1)
    presence.leave("room:1", "merel")
    assert await known(presence, "room:1") == 2
    presence.leave("room:1", "merel")
    presence.leave("room:1", "daan")
    assert (await known(presence, "room:1"), await known(presence, "room:2")) == (0, 1)


async def test_leaving_where_nobody_was_changes_nothing(presence: Presence) -> None:
    presence.leave("room:1", "merel")
    assert await known(presence, "room:1") == 0


class TestBetweenProcesses:
    """What only shows with more than one."""

    @pytest.fixture
    def hand(self) -> Hand:
        """Give the clock of all processes."""
        return Hand()

    @pytest.fixture
    def process(self, redis_url: str, hand: Hand) -> Callable[[], RedisPresence]:
        """Give the presence of one more process."""
        prefix = f"{secrets.token_hex(4)}:"
        return lambda: RedisPresence(redis_url, prefix, hand)

    async def test_all_are_counted_and_a_process_that_leaves_takes_its_own_along(
        self, process: Callable[[], RedisPresence], hand: Hand
    ) -> None:
        here, there = process(), process()
        here.enter("room:1", "merel")
        there.enter("room:1", "merel")  # she is opaque: nobody can see that it is the same one
        there.enter("room:1", "daan")
        await there.keep()
        await until(here, "room:1", 3, hand)
        await there.close()
        await until(here, "room:1", 1, hand)
        await here.close()

    async def test_nobody_who_reads_redis_sees_that_the_same_one_is_in_two_places(
        self, process: Callable[[], RedisPresence], redis_url: str
    ) -> None:
        here = process()
        here.enter("room:1", "merel")
        here.enter("gesprek:2", "merel")
        await here.keep()
        async with connect(redis_url) as redis:
            members = [await redis.zrange(f"{here._prefix}{place}", 0, -1) for place in ("room:1", "gesprek:2")]
        assert [len(each) for each in members] == [1, 1]
        assert members[0] != members[1]
        await here.close()

    async def test_a_process_that_dies_disappears_by_itself_and_one_that_lives_stays(
        self, process: Callable[[], RedisPresence], hand: Hand, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        here, dead = process(), process()
        monkeypatch.setattr(redis_store, "LIFE_SECONDS", 1)
        dead.enter("room:1", "daan")
        await dead.keep()
        monkeypatch.setattr(redis_store, "LIFE_SECONDS", 60)
        here.enter("room:1", "merel")
        assert await known(here, "room:1") == 2
        await until(here, "room:1", 1, hand)
        for one in (here, dead):
            await one.close()

    async def test_what_rests_in_redis_says_nothing_and_expires(
        self, process: Callable[[], RedisPresence], redis_url: str
    ) -> None:
        here = process()
        here.enter("room:1", "merel")
        await here.keep()
        redis = Redis.from_url(redis_url, protocol=2)
        keys = await redis.keys(f"{here._prefix}*")
        assert len(keys) == 1
        assert 0 < await redis.ttl(keys[0]) <= redis_store.LIFE_SECONDS
        members = await redis.zrange(keys[0], 0, -1)
        assert len(members) == 1
        assert b"merel" not in members[0]
        await redis.aclose()
        await here.close()


async def test_a_place_that_nobody_asks_for_is_read_no_more(redis_url: str) -> None:
    hand = Hand()
    presence = RedisPresence(redis_url, f"{secrets.token_hex(4)}:", hand)
    await until(presence, "gesprek:1", 0, hand)
    await until(presence, "room:1", 0, hand)
    hand.at += redis_store.FORGOTTEN_SECONDS
    await until(presence, "room:1", 0, hand)
    hand.at += redis_store.READ_SECONDS
    await presence.keep()
    assert set(presence._counts) == {"room:1"}
    await presence.close()


async def test_without_redis_nobody_knows_and_nobody_waits() -> None:
    hand = Hand()
    away = RedisPresence(f"redis://127.0.0.1:{services.free_port()}", "x:", hand)
    away.enter("room:1", "merel")
    async with asyncio.timeout(redis_store.ANSWER_SECONDS * 2):
        assert await known(away, "room:1") is None
    await away.close()
