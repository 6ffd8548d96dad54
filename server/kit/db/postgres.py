"""A store in one schema of a PostgreSQL database, under its own role (D2, reliability-spec 5)."""

import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, cast

import asyncpg
from sqlalchemy import event, text
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import QueuePool

from server.kit.db.breaker import Breaker
from server.kit.db.database import Measure, Tx, unmeasured
from server.kit.db.plain import AfterCommit, Plain, Rows
from server.kit.db.tables import role_of

POOLS: Final = {"vluchtig": (5, 5), "hoofd": (3, 2), "afspraken": (1, 1), "tellingen": (1, 1)}
TIMEOUTS: Final = {
    "statement_timeout": "5000",
    "lock_timeout": "2000",
    "idle_in_transaction_session_timeout": "10000",
    "tcp_keepalives_idle": "10",
    "jit": "off",
    "timezone": "UTC",
}
CONNECT_SECONDS: Final = 3
CALL_SECONDS: Final = 6  # a frozen server never fires its own time-outs
POOL_SECONDS: Final = 2
WAITS: Final = 1000
WAITS_SECONDS: Final = 5
AWAY: Final = ("08", "57P", "53300")
"""SQLSTATE of a server that breaks off, starts, stops, or has no connection left: the beginnings that mean so."""


def connect_arguments(store: str) -> dict[str, Any]:
    """Return what every connection of a store is opened with."""
    settings = TIMEOUTS | {"search_path": store, "role": role_of(store), "application_name": f"moi-{store}"}
    return {
        "server_settings": settings,
        "timeout": CONNECT_SECONDS,
        "command_timeout": CALL_SECONDS,
        "connection_class": Impatient,
    }


class Impatient(asyncpg.Connection):
    """A connection that is cut where its goodbye is given a limit: a frozen server answers no goodbye."""

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as the library has it
        """Close politely only when there is all the time in the world; the pool names a limit for what failed."""
        if timeout is None:
            await super().close()
        else:
            self.terminate()


def is_away(error: BaseException) -> bool:
    """Say whether an error means that the server does not answer, rather than that it refused something."""
    if isinstance(error, DBAPIError):
        code = getattr(error.orig, "sqlstate", None)
        return error.connection_invalidated if code is None else code.startswith(AWAY)
    return isinstance(error, OSError | TimeoutError)


class PostgresEngine:
    """One schema, one pool."""

    def __init__(self, url: str, store: str, measure: Measure = unmeasured) -> None:
        """Prepare the pool; nothing is opened yet."""
        self._measure = measure
        size, extra = POOLS[store]
        self._engine = create_async_engine(
            make_url(url).set(drivername="postgresql+asyncpg"),
            pool_size=size,
            max_overflow=extra,
            pool_timeout=POOL_SECONDS,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args=connect_arguments(store),
        )
        self._breaker = Breaker()
        self._waits: deque[tuple[float, float]] = deque(maxlen=WAITS)
        event.listen(self._engine.sync_engine, "handle_error", _cut_what_hangs)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        """Open a transaction that the database itself refuses to let write."""
        with self._breaker.attempt(is_away):
            async with Tx(self._engine, expire_on_commit=False, autoflush=False) as tx:
                connection = await self._connected(tx)
                await connection.execute(text("SET TRANSACTION READ ONLY"))
                yield tx

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Tx]:
        """Open a transaction and commit it at the end of the block."""
        with self._breaker.attempt(is_away):
            async with Tx(self._engine, expire_on_commit=False) as tx, tx.begin():
                await self._connected(tx)
                yield tx

    async def _connected(self, tx: Tx) -> AsyncConnection:
        """Take a connection out of the pool."""
        begun = time.monotonic()
        try:
            return await tx.connection()
        finally:
            self._note_wait(begun)

    def _note_wait(self, begun: float) -> None:
        now = time.monotonic()
        self._waits.append((now, now - begun))
        self._measure("pool", now - begun)

    def pool_wait(self) -> float:
        """Return how long the slowest waited for a connection in the last five seconds, one in a hundred left out."""
        since = time.monotonic() - WAITS_SECONDS
        waits = sorted(wait for at, wait in self._waits if at >= since)
        return waits[len(waits) * 99 // 100] if waits else 0.0

    @asynccontextmanager
    async def reading_plain(self) -> AsyncIterator[Plain]:
        """Take a connection of the pool for plain queries, each a transaction of its own."""
        async with self._plain() as connection:
            yield PlainPostgres(connection)

    @asynccontextmanager
    async def writing_plain(self) -> AsyncIterator[Plain]:
        """Open a transaction for plain statements and commit it at the end of the block."""
        async with self._plain() as connection, connection.transaction():
            yield PlainPostgres(connection)

    @asynccontextmanager
    async def _plain(self) -> AsyncIterator["asyncpg.Connection[Any]"]:
        """Take a connection past the models. One that hung or was lost is cut and never used again."""
        begun = time.monotonic()
        with self._breaker.attempt(is_away):
            async with self._engine.connect() as connection:
                self._note_wait(begun)
                driver = (await connection.get_raw_connection()).driver_connection
                try:
                    yield cast("asyncpg.Connection[Any]", driver)
                except (OSError, OperationalError):
                    await connection.invalidate()
                    raise
                except (asyncpg.InterfaceError, asyncpg.PostgresError) as error:  # beginning or ending the transaction
                    await connection.invalidate()
                    raise OperationalError("", None, error, connection_invalidated=True) from error

    @property
    def in_use(self) -> int:
        """Return how many connections of the pool are taken now."""
        return cast("QueuePool", self._engine.sync_engine.pool).checkedout()

    def answers(self) -> bool:
        """Say whether it has not just failed several times in a row."""
        return not self._breaker.is_resting()

    async def close(self) -> None:
        """Close the pool."""
        await self._engine.dispose()


def _cut_what_hangs(context: ExceptionContext) -> None:
    """Treat a call that got no answer as a lost connection: it is cut, and no connection of before is used again."""
    if isinstance(context.original_exception, TimeoutError):
        context.is_disconnect = True


class PlainPostgres:
    """Statements on one connection of the pool."""

    def __init__(self, connection: "asyncpg.Connection[Any]") -> None:
        """Use an open connection."""
        self.deeds: list[AfterCommit] = []
        self._connection = connection

    async def rows(self, sql: str, *values: Any) -> Rows:
        """Return what one statement gives."""
        try:
            return await self._connection.fetch(sql, *values)
        except asyncpg.IntegrityConstraintViolationError as error:
            raise IntegrityError(sql, None, error) from error
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise OperationalError(sql, None, error, _is_lost(error)) from error

    async def many(self, sql: str, rows: Rows) -> None:
        """Run one statement for many rows of values."""
        try:
            await self._connection.executemany(sql, rows)
        except asyncpg.IntegrityConstraintViolationError as error:
            raise IntegrityError(sql, None, error) from error
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise OperationalError(sql, None, error, _is_lost(error)) from error


def _is_lost(error: Exception) -> bool:
    return isinstance(error, asyncpg.InterfaceError | asyncpg.PostgresConnectionError)
