"""Both buses keep the same promises; the one over Redis also keeps them when Redis does not."""

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from server.kit.live import redis_bus
from server.kit.live.bus import Bus, LocalBus
from server.kit.live.redis_bus import RedisBus
from tests import services
from tests.waiting import hears, until


@pytest.fixture(params=["local", "redis"])
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
    """Give each bus in turn, working."""
    made: Bus = LocalBus()
    if request.param == "redis":
        made = RedisBus(request.getfixturevalue("redis_url"), "conform:")
        made.subscribe("sys", lambda *_: None)
        await until(lambda: made.state() == "up")
    yield made
    await made.close()


class Ear:
    """Remembers what it heard."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.heard: list[tuple[str, bytes]] = []

    def __call__(self, topic: str, payload: bytes) -> None:
        """Be a listener."""
        self.heard.append((topic, payload))


async def test_listener_hears_what_is_published_at_once_and_in_order(bus: Bus) -> None:
    ear = Ear()
    bus.subscribe("r:1", ear)
    for number in range(3):
        await bus.publish("r:1", b"%d" % number)
    assert ear.heard == [("r:1", b"0"), ("r:1", b"1"), ("r:1", b"2")]


async def test_own_words_do_not_come_back(bus: Bus) -> None:
    ear = Ear()
    bus.subscribe("r:1", ear)
    await hears(bus, "r:1")
    await bus.publish("r:1", b"once")
    await bus.heard("r:2")
    bus.subscribe("r:2", ear)
    await hears(bus, "r:2")  # whatever Redis would send back has come before this answer
    assert ear.heard == [("r:1", b"once")]


async def test_only_the_topic_is_heard_and_only_while_listening(bus: Bus) -> None:
    ear = Ear()
    bus.subscribe("r:1", ear)
    await bus.publish("r:2", b"elsewhere")
    bus.unsubscribe("r:1", ear)
    await bus.publish("r:1", b"too late")
    assert ear.heard == []


async def test_the_same_listener_counts_once_and_two_hear_both(bus: Bus) -> None:
    first, second = Ear(), Ear()
    for ear in (first, first, second):
        bus.subscribe("r:1", ear)
    await bus.publish("r:1", b"x")
    assert first.heard == second.heard == [("r:1", b"x")]
    bus.unsubscribe("r:1", first)
    await bus.publish("r:1", b"y")
    assert (len(first.heard), len(second.heard)) == (1, 2)


async def test_leaving_what_was_never_heard_is_no_error(bus: Bus) -> None:
    bus.unsubscribe("r:1", Ear())
    await bus.heard("r:1")
    assert bus.state() == "up"


async def test_any_bytes_pass(bus: Bus) -> None:
    ear = Ear()
    bus.subscribe("p:é/ ", ear)
    payload = bytes(range(256)) * 300
    await bus.publish("p:é/ ", b"")
    await bus.publish("p:é/ ", payload)
    assert [said for _, said in ear.heard] == [b"", payload]


@asynccontextmanager
async def two(url: str) -> AsyncIterator[tuple[RedisBus, RedisBus]]:
    """Give the buses of two processes."""
    buses = RedisBus(url, "two:"), RedisBus(url, "two:")
    for one in buses:
        one.subscribe("sys", lambda *_: None)
    await until(lambda: all(one.state() == "up" for one in buses))
    yield buses
    for one in buses:
        await one.close()


class TestBetweenProcesses:
    """What only Redis can do, and fail to do."""

    async def test_the_other_hears_everything_in_order(self, redis_url: str) -> None:
        async with two(redis_url) as (here, there):
            ear = Ear()
            there.subscribe("r:1", ear)
            await hears(there, "r:1")
            for number in range(500):
                await here.publish("r:1", b"%d" % number)
            await until(lambda: len(ear.heard) == 500)
            assert [said for _, said in ear.heard] == [b"%d" % number for number in range(500)]

    async def test_what_queued_leaves_as_one_publish_per_topic(
        self, redis_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        packed: list[int] = []

        def count(payloads: list[bytes]) -> bytes:
            packed.append(len(payloads))
            return b""

        monkeypatch.setattr(redis_bus, "_pack", count)
        async with two(redis_url) as (here, _):
            for number in range(100):
                await here.publish(f"r:{number % 2}", b"x")
            await until(lambda: sum(packed) == 100)
            assert len(packed) <= 4

    async def test_another_prefix_is_another_house(self, redis_url: str) -> None:
        async with two(redis_url) as (here, there):
            stranger, ear = RedisBus(redis_url, "other:"), Ear()
            stranger.subscribe("r:1", ear)
            there.subscribe("r:1", known := Ear())
            await hears(stranger, "r:1")
            await hears(there, "r:1")
            await here.publish("r:1", b"x")
            await until(lambda: known.heard)
            assert ear.heard == []
            await stranger.close()

    async def test_what_is_said_last_still_leaves(self, redis_url: str) -> None:
        async with two(redis_url) as (_, there):
            ear = Ear()
            there.subscribe("r:1", ear)
            await hears(there, "r:1")
            leaving = RedisBus(redis_url, "two:")
            await leaving.publish("r:1", b"bye")
            await leaving.close()
            await until(lambda: ear.heard)

    async def test_a_listener_that_fails_silences_nobody(self, redis_url: str) -> None:
        def fails(topic: str, payload: bytes) -> None:
            raise ValueError

        async with two(redis_url) as (here, there):
            ear = Ear()
            there.subscribe("r:1", fails)
            there.subscribe("r:2", ear)
            await hears(there, "r:1")
            await hears(there, "r:2")
            await here.publish("r:1", b"x")
            await here.publish("r:2", b"y")
            await until(lambda: ear.heard)

    async def test_without_redis_listeners_here_still_hear_and_nobody_waits(self) -> None:
        bus, ear = RedisBus(f"redis://127.0.0.1:{services.free_port()}", "x:"), Ear()
        bus.subscribe("r:1", ear)
        for _ in range(3 * redis_bus.MOST_QUEUED):
            await bus.publish("r:1", b"x")
        async with asyncio.timeout(redis_bus.HEARD_SECONDS * 2):
            await bus.heard("r:1")
        assert len(ear.heard) == 3 * redis_bus.MOST_QUEUED
        assert bus.state() == "degraded"
        await bus.close()

    @pytest.mark.usefixtures("redis_url")
    async def test_a_frozen_redis_is_noticed_and_its_return_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(redis_bus, "PING_SECONDS", 0.05)
        port = services.free_port()
        command = [services.binary("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            services.wait_for_port(port)
            async with two(f"redis://127.0.0.1:{port}") as (here, there):
                told: list[str] = []
                ear = Ear()
                there.on_state(told.append)
                there.subscribe("r:1", ear)
                await hears(there, "r:1")
                process.send_signal(signal.SIGSTOP)
                await until(lambda: there.state() == "degraded")
                await here.publish("r:1", b"x")
                process.send_signal(signal.SIGCONT)
                await until(lambda: there.state() == here.state() == "up")
                await hears(there, "r:1")
                await here.publish("r:1", b"back")
                await until(lambda: ("r:1", b"back") in ear.heard)
                assert told == ["degraded", "up"]
        finally:
            process.kill()
            process.wait()
