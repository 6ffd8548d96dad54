"""What every fault needs: an installation, people in rooms, something being said, and the report afterwards."""

import asyncio
import platform
import random
import re
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from server.app import make_runtime
from server.kit.runtime import Runtime
from server.kit.settings import load
from server.seed import seed as seed_stores
from tests.faults import stored
from tests.faults.checker import clean, judge
from tests.faults.cluster import Cluster
from tests.faults.figures import Figures
from tests.faults.history import History, What
from tests.faults.lines import Door
from tests.faults.loadclient import Ended, LoadClient
from tests.faults.server import ROOT
from tests.faults.tcpfault import TcpFault
from tests.services import binary

Report = dict[str, Any]
Prepare = Callable[[Runtime], Awaitable[dict[str, Any]]]
"""Makes test data through the deeds themselves. Returns what is added to that of `server seed`."""
CATCH_UP_SECONDS = 60.0
PROGRAMS = {
    "postgres": ("postgres", "--version"),
    "redis": ("redis-server", "--version"),
    "haproxy": ("haproxy", "-v"),
}
PLAIN = (
    *("water", "regen", "soep", "prei", "wortel", "appel", "straat", "fiets"),
    *("bomen", "dijk", "wolken", "brood", "kaas", "tuin", "molen", "zolder"),
)


@dataclass(frozen=True)
class Options:
    """How to run a fault. db: sqlite (one process) or pg (PostgreSQL and Redis, procs processes)."""

    db: str = "sqlite"
    procs: int = 1
    seed: int = 1
    long: bool = False

    def bound(self, seconds: float) -> float:
        """Return a bound of the specification; the short form runs beside other work."""
        return seconds if self.long else 2 * seconds

    def pick(self, short: int, long: int) -> int:
        """Return the number for the short form or the long one."""
        return long if self.long else short


@dataclass
class Stage:
    """One running installation with people on it."""

    options: Options
    cluster: Cluster
    made: dict[str, Any]
    chance: random.Random
    history: History = field(default_factory=History)
    clients: list[LoadClient] = field(default_factory=list)
    figures: Figures = field(default_factory=Figures)
    pg_fault: TcpFault | None = None
    redis_fault: TcpFault | None = None
    _spoken: int = 0
    _talking: list[asyncio.Task[None]] = field(default_factory=list)
    _hushed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def rooms(self) -> list[str]:
        """Return the rooms of the test data."""
        return [row["id"] for row in self.made["rooms"]]

    @property
    def doors(self) -> list[Door]:
        """Return where people come in."""
        return [Door(port, self.cluster.origin) for port in self.cluster.ports]

    def client(self, visitor: int, *, doors: Sequence[Door] | None = None, **more: Any) -> LoadClient:
        """Make one client as one of the visitors, in the visitor's room unless told otherwise."""
        row = self.made["visitors"][visitor]
        room = more.pop("room", row["room"])
        chance = random.Random(self.chance.random())
        made = LoadClient(len(self.clients), doors or self.doors, row, room, self.history, chance, **more)
        self.clients.append(made)
        return made

    async def enter(self, count: int, **more: Any) -> list[LoadClient]:
        """Let the next visitors in, all at once."""
        first = len(self.clients)
        made = [self.client(number % len(self.made["visitors"]), **more) for number in range(first, first + count)]
        await asyncio.gather(*(client.start() for client in made))
        return made

    def talk(self, clients: Sequence[LoadClient], times: int, pause: float = 0.0) -> list[asyncio.Task[None]]:
        """Let each of these say so many things, one after another. Returns the tasks."""
        made = [asyncio.create_task(_talk(client, times, pause)) for client in clients]
        self._talking += made
        return made

    def talk_on(self, clients: Sequence[LoadClient], pause: float, length: int = 0) -> None:
        """Let each of these say something every so many seconds until they are hushed; length: at least so long."""
        self._hushed.clear()
        self._talking += [asyncio.create_task(self._talk_on(client, pause, length)) for client in clients]

    async def _talk_on(self, client: LoadClient, pause: float, length: int) -> None:
        while not self._hushed.is_set():
            self._spoken += 1
            await client.send(sentence(client.number, self._spoken, length))
            await asyncio.sleep(pause * client.chance.uniform(0.5, 1.5))

    async def hush(self, within: float = 90.0) -> bool:
        """Let everybody finish the sentence they are in. Returns whether all of them could."""
        self._hushed.set()
        return await self.said(within)

    async def said(self, within: float = 120.0) -> bool:
        """Wait until everything was said that anybody wanted to say. Returns whether that came to an end in time."""
        _, open_ = await asyncio.wait(self._talking, timeout=within) if self._talking else (set(), set())
        for task in open_:
            task.cancel()
        ended = await asyncio.gather(*self._talking, return_exceptions=True)
        self._talking.clear()
        return not open_ and not any(isinstance(one, Exception) for one in ended)

    async def held(self) -> dict[str, stored.Stored]:
        """Return what every room holds now."""
        return await self.held_in(sorted({client.room for client in self.clients}))

    async def held_in(self, rooms: Sequence[str]) -> dict[str, stored.Stored]:
        """Return what these rooms hold now."""
        return {room: await stored.room(self.cluster, room) for room in rooms}

    async def measured(self) -> Report:
        """Return what the processes measured of themselves up to now."""
        await self.figures.look(self.cluster.apps)
        return self.figures.report()

    async def kill(self, number: int) -> None:
        """kill -9 of one process, after a look at what it measured."""
        await self.figures.look(self.cluster.apps[number : number + 1])
        self.cluster.apps[number].kill()

    async def end(self, within: float = CATCH_UP_SECONDS) -> Report:
        """Let everybody who is still here catch up, and return the figures of reliability-spec 8."""
        held = await self.held()
        here = [client for client in self.clients if not client.left]
        done = await asyncio.gather(
            *(client.catch_up(held[client.room].last_seq, within) for client in here), return_exceptions=True
        )
        behind = sum(one is not True for one in done)
        await asyncio.gather(*(client.close() for client in self.clients))
        where = {client.number: client.room for client in self.clients}
        report = judge(self.history, await self.held(), where, {client.number for client in here}) | {"behind": behind}
        report |= await self.measured()
        report["printed_errors"] = sum(_errors(app.printed()) for app in self.cluster.apps)
        return report

    async def acked(self, number: int, within: float = 300.0) -> None:
        """Wait until so many messages were acknowledged."""
        await self.watch(lambda: self.history.counts[What.OK] >= number, within)

    async def watch(self, true: Callable[[], bool], within: float = 60.0) -> float:
        """Wait until something is true, looking every 10 ms. Returns the seconds it took. Raises TimeoutError."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.timeout(within):
            while not true():
                await asyncio.sleep(0.01)
        return loop.time() - began


def _errors(printed: str) -> int:
    """Count tracebacks: whatever happens, none may be printed."""
    return printed.count("Traceback (most recent call last)")


def sentence(number: int, nth: int, length: int = 0) -> str:
    """Return something to say that nobody else says, and that no rule of moderation minds."""
    said = f"Proefbericht {number} nummer {nth} met wat gewone woorden"
    more = random.Random(nth).choices(PLAIN, k=max(0, length - len(said)) // 7)
    return " ".join([said, *more])


async def _talk(client: LoadClient, times: int, pause: float) -> None:
    for nth in range(times):
        try:
            await client.send(sentence(client.number, nth))
        except Ended:
            return
        if pause:
            await asyncio.sleep(pause)


@asynccontextmanager
async def open_stage(
    options: Options,
    *,
    proxy: bool = False,
    between: bool = False,
    clock: bool = False,
    disk: bool = False,
    settings: dict[str, str] | None = None,
    prepare: Prepare | None = None,
    **seed: Any,
) -> AsyncIterator[Stage]:
    """Start an installation with test data (`visitors=…, rooms=…` as for `server seed`) and leave nothing behind.

    between: the stores are reached over a stretch of network that can be broken; clock: the processes' clock can be
    moved; disk: the stores are on one that can be full; prepare makes more of what is there before the processes start.
    """
    sqlite = options.db == "sqlite"
    apps = 1 if sqlite else options.procs
    async with AsyncExitStack() as stack:
        proxy, quick = proxy and not sqlite, not options.long
        cluster = Cluster(apps, sqlite=sqlite, proxy=proxy, quick=quick, disk=disk, **settings or {})
        await stack.enter_async_context(cluster)
        await asyncio.to_thread(cluster.prepare)
        stage = Stage(options, cluster, await _seeded(cluster, prepare, **seed), random.Random(options.seed))
        if between and not sqlite:
            await _put_between(stage, stack)
        if clock:
            cluster.own_clock()
        await cluster.start()
        try:
            yield stage
        finally:
            await asyncio.gather(*(client.close() for client in stage.clients), return_exceptions=True)


async def reseed(stage: Stage, **seed: Any) -> None:
    """Make test data anew, in stores that were lost meanwhile; no process may run."""
    stage.made = await _seeded(stage.cluster, None, **seed)


async def _seeded(
    cluster: Cluster,
    prepare: Prepare | None,
    visitors: int = 0,
    rooms: int = 0,
    waiting: int = 0,
    team: str = "",
) -> dict[str, Any]:
    """Make test data as `server seed` does, in this process, which has read everything already."""
    roles = dict(part.split("=") for part in team.split(",") if part)
    settings = load(cluster.apps[0].environment)
    people = {role: int(count) for role, count in roles.items()}
    made = await seed_stores(settings, visitors, rooms, waiting, people)
    if prepare is not None:
        rt = make_runtime(settings)
        try:
            made |= await prepare(rt)
        finally:
            await rt.close()
    return made


async def _put_between(stage: Stage, stack: AsyncExitStack) -> None:
    """Lead the processes to their stores over a network that can be broken."""
    postgres, redis = stage.cluster.postgres, stage.cluster.redis
    assert postgres is not None
    assert redis is not None
    stage.pg_fault = await stack.enter_async_context(TcpFault(postgres.port))
    stage.redis_fault = await stack.enter_async_context(TcpFault(redis.port))
    for app in stage.cluster.apps:
        app.environment |= {
            "MOI_DATABASE_URL": postgres.url.replace(str(postgres.port), str(stage.pg_fault.port)),
            "MOI_REDIS_URL": redis.url.replace(str(redis.port), str(stage.redis_fault.port)),
        }


def verdict(name: str, options: Options, report: Report, **conditions: bool) -> Report:
    """Return the finished report: passed when every condition holds and nothing was lost, doubled or leaked."""
    conditions = {"clean": clean(report) if "lost" in report else True, **conditions}
    if "behind" in report:
        conditions |= {"all_caught_up": report["behind"] == 0, "no_traceback": report["printed_errors"] == 0}
    head = {"name": name, "passed": all(conditions.values()), "broken": [k for k, v in conditions.items() if not v]}
    how = {"db": options.db, "procs": options.procs, "seed": options.seed, "long": options.long}
    return head | how | report | {"sha": _sha(), "versions": _versions()}


def _sha() -> str:
    found = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return found.stdout.strip()


@cache
def _versions() -> dict[str, str]:
    programs = {name: _version(*asked) for name, asked in PROGRAMS.items()}
    own = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version, "kernel": platform.release()}
    return own | programs


def _version(program: str, option: str) -> str:
    """Return the first number with a point that a program says about itself."""
    said = subprocess.run([binary(program), option], capture_output=True, text=True).stdout
    found = re.search(r"\d+\.\d[\w.-]*", said)
    return found[0] if found else "?"
