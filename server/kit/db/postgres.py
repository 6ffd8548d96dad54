"""A store in one schema of a PostgreSQL database, under its own role (D2, reliability-spec 5)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from server.kit.db.database import Tx

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


def role_of(store: str) -> str:
    """Return the database role that may see this store and no other."""
    return f"moi_{store}"


def connect_arguments(store: str) -> dict[str, Any]:
    """Return what every connection of a store is opened with."""
    settings = TIMEOUTS | {"search_path": store, "role": role_of(store), "application_name": f"moi-{store}"}
    return {"server_settings": settings, "timeout": CONNECT_SECONDS, "command_timeout": CALL_SECONDS}


class PostgresEngine:
    """One schema, one pool."""

    def __init__(self, url: str, store: str) -> None:
        """Prepare the pool; nothing is opened yet."""
        size, extra = POOLS[store]
        self._engine = create_async_engine(
            make_url(url).set(drivername="postgresql+asyncpg"),
            pool_size=size,
            max_overflow=extra,
            pool_timeout=2,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args=connect_arguments(store),
        )

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        """Open a transaction that the database itself refuses to let write."""
        async with Tx(self._engine, expire_on_commit=False, autoflush=False) as tx:
            connection = await tx.connection()
            await connection.execute(text("SET TRANSACTION READ ONLY"))
            yield tx

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Tx]:
        """Open a transaction and commit it at the end of the block."""
        async with Tx(self._engine, expire_on_commit=False) as tx, tx.begin():
            yield tx

    async def close(self) -> None:
        """Close the pool."""
        await self._engine.dispose()
