"""A store in one SQLite file: one pen for writing, a few readers (reliability-spec 5).

Writers take turns on one connection. What queued while somebody wrote is committed together: each block is a savepoint
inside the group's transaction, and nobody goes on before the group is on the disk.
"""

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, cast

from sqlalchemy import Connection as SyncConnection
from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncTransaction, create_async_engine
from sqlalchemy.pool import StaticPool

from server.kit.db.database import Tx, shielded
from server.kit.db.direct_sqlite import Connection, opened, raw
from server.kit.db.plain import Plain, PlainSqlite

READERS: Final = 4
GROUP: Final = 64
STEP: Final = 200
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
    """Blocks that are committed together."""

    def __init__(self, begun: AsyncTransaction) -> None:
        self.begun = begun
        self.size = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class SqliteEngine:
    """One file, opened by one process."""

    def __init__(self, path: Path, *, fsync: bool) -> None:
        """Lock the file for this process and prepare both engines. Raises StoreInUse."""
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
        _set_up(self._writer, [*PRAGMAS, f"synchronous={'FULL' if fsync else 'OFF'}"], "BEGIN IMMEDIATE")
        _set_up(self._readers, [*PRAGMAS, "query_only=ON", "wal_autocheckpoint=0"], "BEGIN")
        event.listen(self._writer.sync_engine, "handle_error", _keep_when_left)
        self._connection: AsyncConnection | None = None
        self._pen = asyncio.Lock()
        self._waiting = 0
        self._group: _Group | None = None

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        """Open a read transaction on one of the readers."""
        async with Tx(self._readers, expire_on_commit=False, autoflush=False) as tx:
            yield tx

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Tx]:
        """Take the pen, write inside a savepoint, and leave when the group is durable."""
        async with self._turn(), self._savepoint() as tx:
            yield tx

    @asynccontextmanager
    async def reading_plain(self) -> AsyncIterator[Plain]:
        """Give the connection for plain queries; none of them waits, so one is enough."""
        if self._plain is None:
            self._plain = raw(self._path)
            for pragma in [*PRAGMAS, "query_only=ON", "wal_autocheckpoint=0"]:
                self._plain.execute(f"PRAGMA {pragma}")
        yield PlainSqlite(self._plain)

    @asynccontextmanager
    async def writing_plain(self) -> AsyncIterator[Plain]:
        """Take the pen for plain statements, as `writing` does."""
        async with self._turn():
            assert self._connection is not None
            driver = (await self._connection.get_raw_connection()).driver_connection
            plain = PlainSqlite(cast("Connection", driver).raw)
            plain.run("SAVEPOINT plain")
            try:
                yield plain
            except BaseException:
                plain.run("ROLLBACK TO plain")
                plain.run("RELEASE plain")
                raise
            plain.run("RELEASE plain")

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Hold the pen for one block of a group; go on when the group is durable."""
        await self._take_pen()
        group: _Group | None = None
        written = False
        try:
            group = await self._open_group()
            yield
            written = True
            group.size += 1
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
    async def _savepoint(self) -> AsyncIterator[Tx]:
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
        """Return the group to write in. It is begun as a whole, also when its writer leaves: half of one would stay."""
        if self._group is None:
            await shielded(self._begin_group())
        assert self._group is not None
        return self._group

    async def _begin_group(self) -> None:
        if self._connection is None:
            self._connection = await self._writer.connect()
        self._group = _Group(await self._connection.begin())

    async def _pass_on(self, group: _Group | None) -> None:
        """Commit when nobody waits or the group is full; else leave that to the next, and hand over the pen."""
        try:
            if group is not None and (self._waiting == 0 or group.size >= GROUP):
                await self._finish(group)
        finally:
            self._pen.release()

    async def _finish(self, group: _Group) -> None:
        self._group = None
        if not await _commit(group):
            await self._begin_anew()

    async def _begin_anew(self) -> None:
        """Give up the connection after a commit that failed: what it thinks it is doing may not be true any more."""
        lost, self._connection = self._connection, None
        if lost is not None:
            with suppress(Exception):
                await lost.invalidate()
            with suppress(Exception):
                await lost.close()

    def answers(self) -> bool:
        """A file in our own process does."""
        return True

    async def tidy(self) -> bool:
        """Give freed pages back and empty the log beside the file: one step, with the pen, between two groups.

        Returns whether there is more. Only the writer may do this (reliability-spec 5).
        """
        await self._take_pen()
        try:
            if self._group is not None:
                await self._finish(self._group)
            if self._connection is None:
                self._connection = await self._writer.connect()
            before, left = await self._connection.run_sync(_give_back)
            return 0 < left < before
        finally:
            self._pen.release()

    def pool_wait(self) -> float:
        """Writers queue for the pen, and its groups grow under load: no sign of too much."""
        return 0.0

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


async def _commit(group: _Group) -> bool:
    """Make the group durable and tell all of it how that went. Returns whether it did."""
    try:
        if group.size:
            await group.begun.commit()
        else:
            await group.begun.rollback()
    except BaseException as error:
        group.done.set_exception(error)
        group.done.exception()  # somebody may have left; that is no news for the event loop
        return False
    group.done.set_result(None)
    return True


def _keep_when_left(context: ExceptionContext) -> None:
    """Keep the shared connection when one writer leaves: its statement is finished and rolled back like any other."""
    if isinstance(context.original_exception, asyncio.CancelledError):
        context.is_disconnect = False


def _set_up(engine: AsyncEngine, pragmas: list[str], begin: str) -> None:
    """Give every connection its pragmas, and let us say BEGIN ourselves."""

    @event.listens_for(engine.sync_engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        if begin == "BEGIN IMMEDIATE":
            cursor.execute("PRAGMA auto_vacuum=INCREMENTAL")
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begun(connection: SyncConnection) -> None:
        connection.exec_driver_sql(begin)


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
