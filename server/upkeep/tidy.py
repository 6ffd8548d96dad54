"""Every night: give the pages of what was deleted back, so that it lingers in no file (privacy 5.1, reliability 5)."""

from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from server.kit.db.sqlite import SqliteEngine
from server.kit.db.tables import STORES, role_of
from server.kit.runtime import Runtime
from server.migrations.tables import METADATA

MOST_STEPS: Final = 1000


async def tidy(rt: Runtime, now: datetime) -> None:
    """Tidy all four stores, a little at a time: nobody waits for the pen longer than one step."""
    for store in STORES:
        engine = rt.stores[store].engine
        if isinstance(engine, SqliteEngine):
            for _ in range(MOST_STEPS):
                if not await engine.tidy():
                    break
        else:
            await _vacuum(rt.settings.database_url, store)


async def _vacuum(url: str, store: str) -> None:
    """Vacuum each table of a schema as its owner; outside any transaction, and without the time-outs of a request."""
    engine = create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        connect_args={"server_settings": {"role": role_of(store), "search_path": store}},
    )
    try:
        async with engine.connect() as connection:
            for metadata in METADATA[store]:
                for table in metadata.sorted_tables:
                    await connection.execute(text(f'VACUUM "{table.name}"'))
    finally:
        await engine.dispose()
