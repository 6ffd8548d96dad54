"""Bring the stores to the schema this release knows."""

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from server.kit.db.postgres import role_of
from server.kit.db.tables import STORES
from server.kit.settings import Settings
from server.migrations.tables import METADATA


async def create_all(settings: Settings) -> None:
    """Interim: create every table that is missing."""
    for store in STORES:
        engine = _engine(settings, store)
        async with engine.begin() as connection:
            if settings.database_url:
                await connection.execute(
                    text(f"DO $$ BEGIN CREATE ROLE {role_of(store)}; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
                )
                await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {store} AUTHORIZATION {role_of(store)}"))
                await connection.execute(text(f"SET LOCAL search_path TO {store}"))
                await connection.execute(text(f"SET LOCAL ROLE {role_of(store)}"))
            for metadata in METADATA[store]:
                await connection.run_sync(metadata.create_all)
        await engine.dispose()


def _engine(settings: Settings, store: str) -> AsyncEngine:
    if settings.database_url:
        return create_async_engine(make_url(settings.database_url).set(drivername="postgresql+asyncpg"))
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    return create_async_engine(f"sqlite+aiosqlite:///{settings.data_dir / (store + '.sqlite')}")
