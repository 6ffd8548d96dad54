"""The bus between processes: Redis Pub/Sub, which keeps nothing (reliability-spec 4).

Listeners of this process are called at once and without Redis. Others hear over one connection that publishes, where
what queued during the last write leaves together, one PUBLISH per topic, and one that listens. When either breaks the
state is `degraded`, what is published meanwhile reaches this process only, and readers find it in the database.
"""

import asyncio
import random
import secrets
import struct
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from server.kit.live.bus import Listener, LocalBus, State, Watcher
from server.kit.log import Component, Event, log

PING_SECONDS: Final = 2
ANSWER_SECONDS: Final = 1
HEARD_SECONDS: Final = 0.2
TICK_SECONDS: Final = 0.01
LAST_WORDS_SECONDS: Final = 1
SLOWEST_RETRY_SECONDS: Final = 2
MOST_QUEUED: Final = 2_000
MARK_BYTES: Final = 8
ALWAYS: Final = "sys"
LENGTH: Final = struct.Struct(">I")
LOST: Final = (RedisError, OSError, TimeoutError)


def connect(url: str) -> Redis:
    """Return a client that gives up after a second and never tries again by itself: its user knows what to do."""
    return Redis.from_url(
        url,
        protocol=2,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


class RedisBus:
    """The bus of one process among several. It starts working with its first topic, inside a running loop."""

    def __init__(self, url: str, prefix: str) -> None:
        """Name the server and what its channels begin with; nothing is opened yet."""
        self._url = url
        self._prefix = prefix.encode()
        self._here = LocalBus()
        self._mark = secrets.token_bytes(MARK_BYTES)
        self._queue: deque[tuple[str, bytes]] = deque(maxlen=MOST_QUEUED)
        self._queued = asyncio.Event()
        self._written = asyncio.Event()
        self._written.set()
        self._changed = asyncio.Event()
        self._ponged = asyncio.Event()
        self._confirmed: set[str] = set()
        self._waiting: dict[str, asyncio.Event] = {}
        self._hears = self._speaks = False
        self._watchers: list[Watcher] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def publish(self, topic: str, payload: bytes) -> None:
        """Call the listeners here, and leave the rest to the writer: nobody waits for Redis."""
        self._start()
        self._queue.append((topic, payload))
        self._written.clear()
        self._queued.set()
        self._here.deliver(topic, payload)

    def subscribe(self, topic: str, listener: Listener) -> None:
        """Add a listener; the first one of a topic makes Redis send it here."""
        self._start()
        self._here.subscribe(topic, listener)
        self._changed.set()

    def unsubscribe(self, topic: str, listener: Listener) -> None:
        """Remove a listener; with the last one Redis stops sending the topic."""
        self._here.unsubscribe(topic, listener)
        self._changed.set()

    async def heard(self, topic: str) -> None:
        """Wait until Redis confirmed the topic. It gives up soon: the check of positions finds what was missed."""
        if topic in self._confirmed or not self._hears:
            return
        confirmed = self._waiting.setdefault(topic, asyncio.Event())
        with suppress(TimeoutError):
            async with asyncio.timeout(HEARD_SECONDS):
                await confirmed.wait()
        self._waiting.pop(topic, None)

    def state(self) -> State:
        """Say whether both connections work."""
        return "up" if self._hears and self._speaks else "degraded"

    def on_state(self, watcher: Watcher) -> None:
        """Call watcher(state) at every change from now on."""
        self._watchers.append(watcher)

    async def close(self) -> None:
        """Say what still waits, for a second at most, and let go."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_SECONDS):
                await self._written.wait()
        await _end(self._tasks)
        self._tasks.clear()
        await self._here.close()

    def _start(self) -> None:
        if not self._tasks:
            self._tasks = [asyncio.create_task(work) for work in (self._speak(), self._listen())]

    def _set(self, *, hears: bool | None = None, speaks: bool | None = None) -> None:
        """Remember what works; tell the watchers when that changes the state."""
        before = self.state()
        self._hears = self._hears if hears is None else hears
        self._speaks = self._speaks if speaks is None else speaks
        if self.state() == before:
            return
        if before == "up":
            log(Event.BUS_DEGRADED, component=Component.BUS, level="warning")
        for watcher in self._watchers:
            watcher(self.state())

    async def _speak(self) -> None:
        """Keep the connection that publishes. What fails on the way is not said again: it stands in the database."""
        tries = 0
        while True:
            with suppress(*LOST):
                async with _client(self._url) as redis:
                    await redis.ping()
                    self._set(speaks=True)
                    await self._write(redis)
            tries = 0 if self._speaks else tries + 1
            self._set(speaks=False)
            await asyncio.sleep(_pause(tries))

    async def _write(self, redis: Redis) -> None:
        """Write what queued: one PUBLISH per topic and tick, in one go. Raises when Redis does not answer."""
        while True:
            await self._queued.wait()
            self._queued.clear()
            batch = _by_topic(self._queue)
            self._queue.clear()
            async with asyncio.timeout(ANSWER_SECONDS), redis.pipeline(transaction=False) as pipe:
                for topic, payloads in batch.items():
                    pipe.publish(self._channel(topic), self._mark + _pack(payloads))
                await pipe.execute()
            if not self._queue:
                self._written.set()
            await asyncio.sleep(TICK_SECONDS)  # what comes meanwhile leaves together

    async def _listen(self) -> None:
        """Keep the connection that hears; when it breaks, say so, make another and subscribe again."""
        tries = 0
        while True:
            with suppress(*LOST):
                async with _client(self._url) as redis, redis.pubsub() as pubsub:
                    await self._hear(pubsub)
            tries = 0 if self._hears else tries + 1
            self._confirmed.clear()
            self._set(hears=False)
            await asyncio.sleep(_pause(tries))

    async def _hear(self, pubsub: PubSub) -> None:
        """Read, follow the topics and ping until one of them fails; then all of them end."""
        wanted = self._here.topics | {ALWAYS}
        await pubsub.subscribe(*map(self._channel, wanted))
        work = (self._read(pubsub), self._follow(pubsub, wanted), self._ping(pubsub))
        tasks = [asyncio.create_task(one) for one in work]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _end(tasks)
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception) and not isinstance(error, LOST):
                log(Event.BUS_DEGRADED, component=Component.BUS, level="error", error=error)

    async def _read(self, pubsub: PubSub) -> None:
        while True:
            message = await pubsub.get_message(timeout=None)
            if message is not None:
                self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        """Hand on what another process said; note what Redis says about the connection itself."""
        if message["type"] == "message":
            topic, said = self._topic(message["channel"]), message["data"]
            if said[:MARK_BYTES] != self._mark:  # our own listeners have had it
                for payload in _unpack(said[MARK_BYTES:]):
                    self._deliver(topic, payload)
        elif message["type"] == "subscribe":
            topic = self._topic(message["channel"])
            self._confirmed.add(topic)
            if (waiting := self._waiting.pop(topic, None)) is not None:
                waiting.set()
        elif message["type"] == "unsubscribe":
            self._confirmed.discard(self._topic(message["channel"]))
        elif message["type"] == "pong":
            self._ponged.set()

    def _deliver(self, topic: str, payload: bytes) -> None:
        try:
            self._here.deliver(topic, payload)
        except Exception as error:  # one bad payload may not silence all others
            log(Event.LISTENER_FAILED, component=Component.BUS, level="error", error=error)

    async def _follow(self, pubsub: PubSub, asked: frozenset[str]) -> None:
        """Tell Redis what we want to hear, whenever that changes."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            wanted = self._here.topics | {ALWAYS}
            if wanted - asked:
                await pubsub.subscribe(*map(self._channel, wanted - asked))
            if asked - wanted:
                self._confirmed -= asked - wanted
                await pubsub.unsubscribe(*map(self._channel, asked - wanted))
            asked = wanted

    async def _ping(self, pubsub: PubSub) -> None:
        """Ask every two seconds whether we would still hear something. Raises TimeoutError."""
        while True:
            self._ponged.clear()
            await pubsub.ping()
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._ponged.wait()
            self._set(hears=True)  # Redis answers in order: every topic asked for before this is confirmed
            await asyncio.sleep(PING_SECONDS)

    def _channel(self, topic: str) -> bytes:
        return self._prefix + topic.encode()

    def _topic(self, channel: bytes) -> str:
        return channel.removeprefix(self._prefix).decode()


@asynccontextmanager
async def _client(url: str) -> AsyncIterator[Redis]:
    """Give a client of its own and close it whatever happened, without waiting for a server that hangs."""
    redis = connect(url)
    try:
        yield redis
    finally:
        with suppress(*LOST):
            await redis.aclose()


async def _end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel tasks until they are over: a cancellation that meets the library while it writes may get lost in it."""
    while going := [task for task in tasks if not task.done()]:
        for task in going:
            task.cancel()
        await asyncio.wait(going, timeout=ANSWER_SECONDS)


def _pause(tries: int) -> float:
    """Return how long to wait before trying again: longer each time, and not all processes at once."""
    longest = min(SLOWEST_RETRY_SECONDS, 0.1 * 2.0 ** min(tries, 10))
    return longest * (0.5 + random.random() / 2)


def _by_topic(queue: Iterable[tuple[str, bytes]]) -> dict[str, list[bytes]]:
    topics: dict[str, list[bytes]] = {}
    for topic, payload in queue:
        topics.setdefault(topic, []).append(payload)
    return topics


def _pack(payloads: Iterable[bytes]) -> bytes:
    return b"".join(LENGTH.pack(len(payload)) + payload for payload in payloads)


def _unpack(said: bytes) -> Iterator[bytes]:
    """Give each payload of `_pack`; what is cut off is left out."""
    at = 0
    while at + LENGTH.size <= len(said):
        (length,) = LENGTH.unpack_from(said, at)
        at += LENGTH.size
        if at + length <= len(said):
            yield said[at : at + length]
        at += length
