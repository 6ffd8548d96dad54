"""A store in one SQLite file: one pen for writing, a few readers (reliability-spec 5).

Writers take turns on one connection. What queued while somebody wrote is committed together: each block is a savepoint
inside the group's transaction, and nobody goes on before the group is on the disk.
"""

import asyncio
import fcntl
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, cast

from sqlalchemy import Connection as SyncConnection
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncTransaction, create_async_engine
from sqlalchemy.pool import QueuePool, StaticPool

from server.kit.db.database import Measure, Tx, shielded, unmeasured
from server.kit.db.direct_sqlite import Connection, opened, raw
from server.kit.db.plain import Plain, PlainSqlite, as_models_say

READERS: Final = 4
GROUP: Final = 64
STEP: Final = 200
FAILING_SECONDS: Final = 5
"""A write that failed so long ago, with none after it, is tried again as if nothing had been."""
PATIENCE: Final = "busy_timeout=5000"
PRAGMAS: Final = (
    "journal_mode=WAL",
    PATIENCE,
    "foreign_keys=ON",
    "secure_delete=ON",
    "cache_size=-32768",
    "temp_store=MEMORY",
    "mmap_size=0",
    "journal_size_limit=67108864",
)


class StoreInUse(Exception):
    """Another process has this store open; a second writer could damage it."""


class _Group:
    """Blocks that are committed together. begun: the transaction as models know it, once one of them writes."""

    def __init__(self) -> None:
        self.begun: AsyncTransaction | None = None
        self.size = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class SqliteEngine:
    """One file, opened by one process."""

    def __init__(self, path: Path, *, fsync: bool, measure: Measure = unmeasured) -> None:
        """Lock the file for this process and prepare both engines. Raises StoreInUse."""
        self._measure = measure
        self._lock_file = _lock(path)
        self._path = path
        self._plain: sqlite3.Connection | None = None
        url = f"sqlite+aiosqlite:///{path}"
        self._commits = ThreadPoolExecutor(1, f"commit-{path.stem}")
        self._writer = create_async_engine(
            url, poolclass=StaticPool, hide_parameters=True, async_creator=opened(path, self._commits)
        )
        self._readers = create_async_engine(
            url,
            pool_size=READERS,
            max_overflow=0,
            pool_timeout=2,
            hide_parameters=True,
            async_creator=opened(path, None),
        )
        _set_up(self._writer, [*PRAGMAS, f"synchronous={'FULL' if fsync else 'OFF'}"], writes=True)
        _set_up(self._readers, [*PRAGMAS, "query_only=ON", "wal_autocheckpoint=0"], writes=False)
        event.listen(self._writer.sync_engine, "handle_error", _keep_when_left)
        self._connection: AsyncConnection | None = None
        self._driver: Connection | None = None
        self._pen = asyncio.Lock()
        self._waiting = 0
        self._group: _Group | None = None
        self._failed_at: float | None = None
        if path.exists() and path.stat().st_size:  # what is new is first opened by who makes its tables
            self._opened_plain()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        """Open a read transaction on one of the readers."""
        async with Tx(self._readers, expire_on_commit=False, autoflush=False) as tx:
            yield tx

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Tx]:
        """Take the pen, write inside a savepoint, and leave when the group is durable."""
        async with self._turn() as group, self._savepoint(group) as tx:
            yield tx

    @asynccontextmanager
    async def reading_plain(self) -> AsyncIterator[Plain]:
        """Give the connection for plain queries; none of them waits, so one is enough."""
        yield PlainSqlite(self._opened_plain())

    def _opened_plain(self) -> sqlite3.Connection:
        """Return the connection that stays open as long as the store does.

        With the last one SQLite takes away the files beside its own; a full disk has no room to make them anew, and
        then nobody could read either.
        """
        if self._plain is None:
            self._plain = raw(self._path)
            for pragma in [*PRAGMAS, "query_only=ON", "wal_autocheckpoint=0"]:
                self._plain.execute(f"PRAGMA {pragma}")
            self._plain.execute("SELECT 1 FROM sqlite_master").fetchone()
        return self._plain

    @asynccontextmanager
    async def writing_plain(self) -> AsyncIterator[Plain]:
        """Take the pen for plain statements, as `writing` does; the first of a group needs no savepoint."""
        async with self._turn() as group:
            assert self._driver is not None
            plain, first = PlainSqlite(self._driver.raw), not group.size and group.begun is None
            if not first:
                plain.run("SAVEPOINT plain")
            try:
                yield plain
            except BaseException:
                if first:
                    self._driver.raw.rollback()
                    self._group = None
                else:
                    plain.run("ROLLBACK TO plain")
                    plain.run("RELEASE plain")
                raise
            if not first:
                plain.run("RELEASE plain")

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[_Group]:
        """Hold the pen for one block of a group; go on when the group is durable."""
        begun = time.monotonic()
        await self._take_pen()
        self._measure("pool", time.monotonic() - begun)
        group: _Group | None = None
        written = False
        try:
            group = await self._open_group()
            yield group
            written = True
            group.size += 1
        except OperationalError:
            self._failed_at = time.monotonic()
            raise
        finally:
            await shielded(self._pass_on(self._group))  # also the one that was begun while its writer left
        if written and group is not None:
            await asyncio.shield(group.done)

    async def _take_pen(self) -> None:
        """Wait for a turn. Who leaves while waiting may be the one that the group before left the commit to."""
        self._waiting += 1
        try:
            await self._pen.acquire()
        except BaseException:
            self._waiting -= 1
            await shielded(self._commit_left_over())
            raise
        self._waiting -= 1

    async def _commit_left_over(self) -> None:
        await self._pen.acquire()
        await self._pass_on(self._group)

    @asynccontextmanager
    async def _savepoint(self, group: _Group) -> AsyncIterator[Tx]:
        assert self._connection is not None
        group.begun = group.begun or await self._connection.begin()
        tx = Tx(bind=self._connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        try:
            yield tx
            await shielded(tx.commit())
        except BaseException:
            await shielded(tx.rollback())
            raise
        finally:
            await shielded(tx.close())

    async def _open_group(self) -> _Group:
        """Return the group to write in, begun without the models: most need none, and theirs cost more than a message.

        Connecting is done as a whole, also when its writer leaves: half of it would stay.
        """
        if self._group is None:
            if self._connection is None:
                await shielded(self._connected())
            assert self._driver is not None
            PlainSqlite(self._driver.raw).run("BEGIN IMMEDIATE")
            self._group = _Group()
        return self._group

    async def _connected(self) -> AsyncConnection:
        if self._connection is None:
            connection = await self._writer.connect()
            self._driver = cast("Connection", (await connection.get_raw_connection()).driver_connection)
            self._connection = connection
        return self._connection

    async def _pass_on(self, group: _Group | None) -> None:
        """Commit when nobody waits or the group is full; else leave that to the next, and hand over the pen."""
        try:
            if group is not None and (self._waiting == 0 or group.size >= GROUP):
                await self._finish(group)
        finally:
            self._pen.release()

    async def _finish(self, group: _Group) -> None:
        self._group = None
        if self._driver is None or not await _commit(group, self._driver):
            self._failed_at = time.monotonic()
            await self._begin_anew()
        elif group.size:
            self._failed_at = None

    async def _begin_anew(self) -> None:
        """Give up the connection after a commit that failed: what it thinks it is doing may not be true any more."""
        lost, self._connection, self._driver = self._connection, None, None
        if lost is not None:
            with suppress(Exception):
                await lost.invalidate()
            with suppress(Exception):
                await lost.close()

    def answers(self) -> bool:
        """Say whether writing has not just failed: a disk that is full or broken."""
        return self._failed_at is None or time.monotonic() - self._failed_at > FAILING_SECONDS

    async def tidy(self) -> bool:
        """Give freed pages back and empty the log beside the file: one step, with the pen, between two groups.

        Returns whether there is more. Only the writer may do this (reliability-spec 5).
        """
        await self._take_pen()
        try:
            if self._group is not None:
                await self._finish(self._group)
            before, left = await (await self._connected()).run_sync(_give_back)
            return 0 < left < before
        finally:
            self._pen.release()

    def pool_wait(self) -> float:
        """Writers queue for the pen, and its groups grow under load: no sign of too much."""
        return 0.0

    @property
    def in_use(self) -> int:
        """Return whether the pen is held, and how many readers are taken now."""
        return self._pen.locked() + cast("QueuePool", self._readers.sync_engine.pool).checkedout()

    async def close(self) -> None:
        """Close the readers first and the writer last, so that it does the final checkpoint."""
        await self._readers.dispose()
        if self._plain is not None:
            self._plain.close()
        if self._connection is not None:
            await self._connection.close()
        await self._writer.dispose()
        self._commits.shutdown()
        os.close(self._lock_file)


def _give_back(connection: SyncConnection) -> tuple[int, int]:
    """Free some pages and empty the log, outside any transaction. Returns how many were free before and are left.

    It waits for no reader: one that is busy would keep everybody waiting, and the log is emptied the next time.
    """
    steps = (
        *("freelist_count", f"incremental_vacuum({STEP})", "busy_timeout=0", "wal_checkpoint(TRUNCATE)"),
        *(PATIENCE, "freelist_count"),
    )
    cursor = connection.connection.cursor()
    found = []
    for pragma in steps:
        cursor.execute(f"PRAGMA {pragma}")
        found.append(cursor.fetchall())
    cursor.close()
    return int(found[0][0][0]), int(found[-1][0][0])


async def _commit(group: _Group, driver: Connection) -> bool:
    """Make the group durable and tell all of it how that went. Returns whether it did."""
    end = group.begun or driver
    try:
        await (end.commit() if group.size else end.rollback())
    except BaseException as error:
        group.done.set_exception(as_models_say(error))
        group.done.exception()  # somebody may have left; that is no news for the event loop
        return False
    group.done.set_result(None)
    return True


def _keep_when_left(context: ExceptionContext) -> None:
    """Keep the shared connection when one writer leaves: its statement is finished and rolled back like any other."""
    if isinstance(context.original_exception, asyncio.CancelledError):
        context.is_disconnect = False


def _set_up(engine: AsyncEngine, pragmas: list[str], *, writes: bool) -> None:
    """Give every connection its pragmas, and let us say BEGIN ourselves: for the writer a group does."""

    @event.listens_for(engine.sync_engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        if writes:
            cursor.execute("PRAGMA auto_vacuum=INCREMENTAL")
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begun(connection: SyncConnection) -> None:
        if not writes:
            connection.exec_driver_sql("BEGIN")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a store for work outside a server. Raises StoreInUse."""
    descriptor = _lock(path)
    try:
        yield
    finally:
        os.close(descriptor)


def _lock(path: Path) -> int:
    """Hold a lock beside the file as long as this process lives."""
    descriptor = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise StoreInUse(path.name) from None
    return descriptor
