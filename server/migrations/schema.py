"""Bring the stores to the schema this release knows, or say that they are not there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from server.kit.db.sqlite import locked
from server.kit.db.tables import STORES, role_of
from server.kit.settings import Settings

FOLDER: Final = Path(__file__).parent
LOCK: Final = 0x6D6F69  # "moi": one process migrates at a time


class UnknownSchema(Exception):
    """A store has another schema than this release; `migrate` brings it there."""


def head(store: str) -> str:
    """Return the newest revision of a store; files are named in their order."""
    return sorted(path.stem for path in (FOLDER / "versions" / store).glob("[0-9]*.py"))[-1].split("_")[0]


async def migrate(settings: Settings) -> None:
    """Bring all stores to the newest schema. Safe to repeat; Alembic is only loaded when something is to be done."""
    for store in STORES:
        await migrate_to(settings, store, "head")


async def migrate_to(settings: Settings, store: str, revision: str) -> None:
    """Bring one store to one revision: that of a dump, so that its rows fit. Raises StoreInUse."""
    if settings.database_url:
        await _migrate(settings, store, revision)
        return
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with locked(settings.data_dir / f"{store}.sqlite"):
        await _migrate(settings, store, revision)


async def _migrate(settings: Settings, store: str, revision: str = "head") -> None:
    engine = engine_of(settings, store)
    try:
        async with engine.connect() as connection:
            if settings.database_url:
                await _prepare_postgres(connection, store)
            elif not await connection.run_sync(_has_tables):
                await connection.exec_driver_sql("PRAGMA auto_vacuum=INCREMENTAL")
                await connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            if await connection.run_sync(_revision) != head(store):
                await connection.run_sync(_upgrade, store, revision)
            await connection.commit()
    finally:
        await engine.dispose()


async def check(settings: Settings) -> None:
    """Raise UnknownSchema when a store is not at the newest revision."""
    for store in STORES:
        if not settings.database_url and not (settings.data_dir / f"{store}.sqlite").exists():
            raise UnknownSchema(store)
        engine = engine_of(settings, store)
        try:
            async with engine.connect() as connection:
                if settings.database_url:
                    await connection.execute(text(f"SET search_path TO {store}"))
                if await connection.run_sync(_revision) != head(store):
                    raise UnknownSchema(store)
        finally:
            await engine.dispose()


async def in_store(settings: Settings, store: str, work: Callable[[Connection], Any]) -> Any:
    """Run work with a connection to one store, as its owner; for making and testing revisions."""
    engine = engine_of(settings, store)
    try:
        async with engine.connect() as connection:
            if settings.database_url:
                await _prepare_postgres(connection, store)
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


def engine_of(settings: Settings, store: str) -> AsyncEngine:
    """Return an engine for schema work only."""
    if settings.database_url:
        return create_async_engine(make_url(settings.database_url).set(drivername="postgresql+asyncpg"))
    return create_async_engine(f"sqlite+aiosqlite:///{settings.data_dir / f'{store}.sqlite'}")


def alembic_config(store: str, connection: Connection) -> Any:
    """Return Alembic's configuration for one store."""
    from alembic.config import Config  # takes a second to load, and most starts need no migration

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("version_locations", str(FOLDER / "versions" / store))
    config.set_main_option("path_separator", "os")
    config.attributes.update(connection=connection, store=store)
    return config


def _upgrade(connection: Connection, store: str, revision: str) -> None:
    from alembic import command

    command.upgrade(alembic_config(store, connection), revision)


async def _prepare_postgres(connection: AsyncConnection, store: str) -> None:
    """Make role and schema when they are missing, and work as that role in that schema."""
    await connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
    known = await connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": role_of(store)})
    if known.first() is None:
        await connection.execute(text(f"CREATE ROLE {role_of(store)}"))
        await connection.execute(text(f"GRANT {role_of(store)} TO CURRENT_USER"))
    await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {store} AUTHORIZATION {role_of(store)}"))
    await connection.execute(text(f"SET LOCAL search_path TO {store}"))
    await connection.execute(text(f"SET LOCAL ROLE {role_of(store)}"))


def _has_tables(connection: Connection) -> bool:
    return bool(inspect(connection).get_table_names())


def _revision(connection: Connection) -> str | None:
    schema = (
        connection.exec_driver_sql("SELECT current_schema()").scalar() if connection.dialect.name != "sqlite" else None
    )
    if not inspect(connection).has_table("alembic_version", schema=schema):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)
