"""The revisions make exactly the tables of the code, once, and lock what was published."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from server.kit.db.tables import STORES
from server.kit.runtime import Runtime
from server.kit.settings import Settings
from server.migrations.schema import alembic_config, check, head, in_store, migrate
from server.migrations.tables import METADATA, MODULES
from server.stats.models import Release

ROOT = Path(__file__).resolve().parents[2]
LOCKED = ("release", "noise_spent", "release_note")


def differences(connection: Connection, store: str) -> list[Any]:
    """Return what a new revision would have to change; rules of PostgreSQL only are no difference on SQLite."""
    context = MigrationContext.configure(connection, opts={"compare_type": True, "target_metadata": METADATA[store]})
    return list(compare_metadata(context, METADATA[store]))  # type: ignore[arg-type]  # a list is taken as well


@pytest.mark.parametrize("store", STORES)
async def test_revisions_make_the_tables_of_the_code(rt: Runtime, settings: Settings, store: str) -> None:
    """On the database of this run: nothing is missing, nothing is left over, no type differs."""
    assert await in_store(settings, store, lambda connection: differences(connection, store)) == []


@pytest.mark.parametrize("store", STORES)
async def test_store_has_no_other_tables(rt: Runtime, settings: Settings, store: str) -> None:
    """Alembic's own line aside."""
    wanted = {table.name for metadata in METADATA[store] for table in metadata.sorted_tables}
    found = await in_store(settings, store, lambda connection: set(inspect(connection).get_table_names()))
    assert found == wanted | {"alembic_version"}


async def test_migrating_again_changes_nothing(rt: Runtime, settings: Settings) -> None:
    """Each start of a demonstration does it."""

    def sight(connection: Connection) -> list[tuple[str, list[str]]]:
        names = sorted(inspect(connection).get_table_names())
        return [(name, [str(column["name"]) for column in inspect(connection).get_columns(name)]) for name in names]

    before = [await in_store(settings, store, sight) for store in STORES]
    if settings.database_url:  # files are held by the runtime of this run
        await migrate(settings)
    else:
        for store in STORES:
            await in_store(settings, store, _upgrade_again(store))
    assert [await in_store(settings, store, sight) for store in STORES] == before
    await check(settings)


def _upgrade_again(store: str) -> Any:
    return lambda connection: command.upgrade(alembic_config(store, connection), "head")


@pytest.mark.parametrize("store", STORES)
def test_revisions_are_numbered_in_one_line(store: str) -> None:
    """0001, 0002, …: the file name says the order."""
    files = sorted((ROOT / "server/migrations/versions" / store).glob("[0-9]*.py"))
    assert [path.stem.split("_")[0] for path in files] == [f"{number:04d}" for number in range(1, len(files) + 1)]
    assert head(store) == f"{len(files):04d}"


def test_every_module_with_tables_is_known() -> None:
    """A models module that nobody imports would make no table."""
    known = {module.__name__ for module in MODULES}
    slices = {f"server.{path.parent.name}.models" for path in (ROOT / "server").glob("*/models.py")}
    assert slices | {"moderation.models"} <= known


@pytest.mark.parametrize("table", LOCKED)
async def test_what_was_published_cannot_be_changed(rt: Runtime, table: str) -> None:
    """The database itself refuses (privacy 9.2, rule 7)."""
    async with rt.stores.hoofd.reading() as tx:
        connection = await tx.connection()
        if connection.dialect.name == "sqlite":
            query = text("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :name")
        else:
            query = text("SELECT count(*) FROM pg_trigger WHERE tgrelid = to_regclass(:name) AND NOT tgisinternal")
        found = (await connection.execute(query, {"name": table})).scalar()
    assert found == 2


@pytest.mark.parametrize("deed", ["UPDATE release SET body = 'anders'", "DELETE FROM release"])
async def test_a_release_row_stays(rt: Runtime, deed: str) -> None:
    """Also for whoever has the database open."""
    async with rt.stores.hoofd.transaction() as tx:
        tx.add(a_release())
    with pytest.raises(DBAPIError, match="published figures are never changed"):
        async with rt.stores.hoofd.transaction() as tx:
            await (await tx.connection()).execute(text(deed))


def a_release() -> Release:
    """Return a row as the nightly job writes it."""
    return Release(number=1, period="2026-K3", drawn_on=date(2026, 10, 5), digest="0" * 64, body="{}")
