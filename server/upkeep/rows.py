"""One store as lines of JSON, ordered by key: the same for SQLite and PostgreSQL, and from one to the other.

A physical copy would tell the order in which rows came; sorted by their random ids they do not (privacy 2.5, 5.3).
"""

import base64
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any, Final, Literal

import orjson
from sqlalchemy import JSON, Connection, Integer, MetaData, Select, Table, func, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from server.kit.db.tables import role_of
from server.kit.settings import Settings
from server.migrations.schema import engine_of
from server.migrations.tables import METADATA

Part = Literal["rows", "keys"]
FETCHED: Final = 500
DUMP: Final = "dump"
"""What a table says in its info: "never" stands in no dump, "keys" in those that are kept for two days only."""


class Damaged(Exception):
    """The database says that its own file is not whole, or a dump does not hold what it counts."""


@asynccontextmanager
async def snapshot(settings: Settings, store: str) -> AsyncIterator[AsyncConnection]:
    """Give a connection that sees one store as it is now, cannot write, and disturbs no server.

    Raises Damaged when SQLite finds the file broken.
    """
    engine = engine_of(settings, store)
    try:
        async with engine.connect() as connection:
            if settings.database_url:
                await connection.execution_options(isolation_level="REPEATABLE READ")
                await connection.execute(text("SET TRANSACTION READ ONLY"))
                await connection.execute(text(f"SET LOCAL search_path TO {store}"))
                await connection.execute(text(f"SET LOCAL ROLE {role_of(store)}"))
                await connection.execute(text("SET LOCAL statement_timeout TO 0"))
            else:
                await _begin_sqlite(connection)
            yield connection
            await connection.rollback()
    finally:
        await engine.dispose()


async def _begin_sqlite(connection: AsyncConnection) -> None:
    for pragma in ("query_only=ON", "wal_autocheckpoint=0", "mmap_size=0"):
        await connection.exec_driver_sql(f"PRAGMA {pragma}")
    try:
        found = (await connection.exec_driver_sql("PRAGMA integrity_check")).scalars().all()
    except DBAPIError as error:  # so broken that it cannot be looked at
        raise Damaged from error
    if found != ["ok"]:
        raise Damaged
    await connection.exec_driver_sql("BEGIN")


def tables(store: str, part: Part) -> list[Table]:
    """Return the tables of one part of a store, those that others refer to first."""
    found = [table for metadata in METADATA[store] for table in metadata.sorted_tables]
    wanted = None if part == "rows" else "keys"
    return [table for table in found if table.info.get(DUMP) == wanted]


async def lines(
    connection: AsyncConnection, store: str, part: Part, more: Mapping[str, Select[Any]] | None = None
) -> AsyncIterator[bytes]:
    """Yield one part of a store: a heading per table, its rows, and at the end how many there were.

    more: further questions under a name of their own, whose answers are rows as well.
    """
    counts: Counter[str] = Counter()
    asked = {str(table.name): select(table).order_by(*table.primary_key) for table in tables(store, part)}
    for name, query in {**asked, **(more or {})}.items():
        yield _line({"table": name, "columns": [str(column.name) for column in query.selected_columns]})
        counts[name] = 0
        answer = await connection.stream(query.execution_options(yield_per=FETCHED))
        kinds = [isinstance(column.type, JSON) for column in query.selected_columns]
        async for row in answer:
            counts[name] += 1
            yield _line([_packed(value, is_json=kind) for value, kind in zip(row, kinds, strict=True)])
    yield _line({"counts": counts})


def read(store_lines: Iterator[bytes]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield (table, some rows) from lines. Raises Damaged when the numbers at the end are others, or are missing."""
    counts: Counter[str] = Counter()
    name, columns, rows, promised = "", list[str](), list[dict[str, Any]](), None
    for line in store_lines:
        found = orjson.loads(line)
        if isinstance(found, list):
            rows.append(dict(zip(columns, map(_unpacked, found), strict=True)))
            counts[name] += 1
        if rows and (isinstance(found, dict) or len(rows) >= FETCHED):
            yield name, rows
            rows = []
        if isinstance(found, dict):
            promised = found.get("counts", promised)
            name, columns = found.get("table", ""), found.get("columns", [])
    if promised is None or counts != {table: number for table, number in promised.items() if number}:
        raise Damaged


def load(connection: Connection, store: str, found: Iterator[tuple[str, list[dict[str, Any]]]]) -> None:
    """Put rows into the tables as the database has them now; its schema may be an older one."""
    schema = store if connection.dialect.name == "postgresql" else None
    metadata = MetaData()
    metadata.reflect(connection, schema=schema)
    known = {table.name: table for table in metadata.tables.values()}
    for name, rows in found:
        connection.execute(insert(known[name]), rows)
    if schema:
        for table in known.values():
            _count_on(connection, table)


def number_of_rows(connection: Connection, store: str) -> dict[str, int]:
    """Return how many rows each table of a store holds."""
    found = [table for metadata in METADATA[store] for table in metadata.sorted_tables]
    return {
        table.name: connection.execute(select(func.count()).select_from(text(table.name))).scalar_one()
        for table in found
    }


def _count_on(connection: Connection, table: Table) -> None:
    """Let the numbers that PostgreSQL gives go on after the highest that was loaded."""
    (key, *others) = table.primary_key.columns or [None]
    if key is None or others or not isinstance(key.type, Integer) or key.server_default is None:
        return
    highest = connection.execute(select(func.max(key))).scalar()
    if highest is not None:
        counter = func.pg_get_serial_sequence(f"{table.schema}.{table.name}", key.name)
        connection.execute(select(func.setval(counter, highest)))


def _line(value: object) -> bytes:
    return orjson.dumps(value) + b"\n"


def _packed(value: Any, *, is_json: bool) -> Any:
    """Return a value as JSON can hold it; what JSON has no word for becomes {kind: text}."""
    if value is None:
        return None
    if is_json:
        return {"j": value}
    if isinstance(value, bytes | memoryview):
        return {"b": base64.b64encode(value).decode()}
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    if isinstance(value, time):
        return {"h": value.isoformat()}
    return value.value if isinstance(value, StrEnum) else value


UNPACKED: Final = {
    "j": lambda value: value,
    "b": base64.b64decode,
    "t": datetime.fromisoformat,
    "d": date.fromisoformat,
    "h": time.fromisoformat,
}


def _unpacked(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, kept),) = value.items()
    return UNPACKED[kind](kept)
