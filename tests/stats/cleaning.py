"""Emptying what the database refuses to change: only a test may take the locks off, and it puts them back."""

from typing import Final

from sqlalchemy import text

from server.kit.db.database import Tx
from server.kit.runtime import Runtime
from server.stats import queries

TABLES: Final = ("release", "noise_spent", "release_note")


async def forget_releases(rt: Runtime) -> None:
    """Delete published figures, so that the next test starts without."""
    async with rt.stores.hoofd.reading() as tx:
        if not await queries.drawn(tx):
            return
    async with rt.stores.hoofd.transaction() as tx:
        sqlite = (await tx.connection()).dialect.name == "sqlite"
        for table in TABLES:
            await (_sqlite if sqlite else _postgres)(tx, table)


async def _sqlite(tx: Tx, table: str) -> None:
    connection = await tx.connection()
    query = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :name")
    locks = (await connection.execute(query, {"name": table})).all()
    for lock in locks:
        await connection.execute(text(f"DROP TRIGGER {lock.name}"))
    await connection.execute(text(f"DELETE FROM {table}"))
    for lock in locks:
        await connection.execute(text(lock.sql))


async def _postgres(tx: Tx, table: str) -> None:
    connection = await tx.connection()
    await connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    await connection.execute(text(f"DELETE FROM {table}"))
    await connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
