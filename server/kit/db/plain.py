"""Plain SQL without models, for the few statements that run for every message and every connection.

A statement through the models costs some hundred microseconds, like this some ten. The text is PostgreSQL's (`$1`,
`= ANY($1)`, `unnest($1::text[]) AS asked(value)`); for SQLite four replacements make it its own. Everything else is
written with the models.
"""

import re
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any, Final, Protocol

import orjson
from sqlalchemy import Boolean, Enum, Table
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.types import TypeEngine

from server.kit.db.columns import UtcDateTime

ANY: Final = re.compile(r"= ANY\(\$(\d+)\)")
ROWS: Final = re.compile(r"unnest\(\$(\d+)::text\[\]\) AS (\w+)\(value\)")
PLACE: Final = re.compile(r"\$(\d+)")
AS_IT_IS: Final = frozenset({str, int, float, bytes, bool, type(None)})
AfterCommit = Callable[[], Awaitable[None] | None]
Rows = Sequence[Sequence[Any]]


class Plain(Protocol):
    """An open connection of one store. deeds: what waits for the commit, of who writes."""

    deeds: list[AfterCommit]

    async def rows(self, sql: str, *values: Any) -> Rows:
        """Return what one statement gives. Raises IntegrityError or OperationalError."""
        ...

    async def many(self, sql: str, rows: Rows) -> None:
        """Run one statement for many rows of values. Raises IntegrityError or OperationalError."""
        ...


class PlainSqlite:
    """Statements on one connection; each takes microseconds, so nobody waits."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Use an open connection."""
        self.deeds: list[AfterCommit] = []
        self._connection = connection

    async def rows(self, sql: str, *values: Any) -> Rows:
        """Return what one statement gives."""
        return self.run(sql, values)

    def run(self, sql: str, values: Sequence[Any] = ()) -> Rows:
        """Return what one statement gives."""
        try:
            return self._connection.execute(for_sqlite(sql), [*map(_stored, values)]).fetchall()
        except sqlite3.Error as error:
            raise as_models_say(error, sql) from error

    async def many(self, sql: str, rows: Rows) -> None:
        """Run one statement for many rows of values."""
        try:
            self._connection.executemany(for_sqlite(sql), [[*map(_stored, row)] for row in rows])
        except sqlite3.Error as error:
            raise as_models_say(error, sql) from error


class Reader:
    """Reads rows of one table as values with the names of its columns, ten times faster than as models.

    columns: what a SELECT has to name.
    """

    def __init__(self, table: Table) -> None:
        """Learn the columns."""
        self._names = [column.name for column in table.columns]
        self._makers = [_maker(column.type) for column in table.columns]
        self.columns = ", ".join(self._names)

    def row(self, values: Sequence[Any]) -> Any:
        """Return one row; it has what the model has, and no more than that."""
        made = [None if value is None else make(value) for make, value in zip(self._makers, values, strict=True)]
        return SimpleNamespace(**dict(zip(self._names, made, strict=True)))


def _maker(kind: TypeEngine[Any]) -> Callable[[Any], Any]:
    if isinstance(kind, Enum) and kind.enum_class is not None:
        return {member.value: member for member in kind.enum_class}.__getitem__
    if isinstance(kind, UtcDateTime):
        return moment
    return bool if isinstance(kind, Boolean) else _same


def _same(value: Any) -> Any:
    return value


def moment(value: Any) -> datetime:
    """Return a stored moment; SQLite keeps them as text without a zone, in UTC."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def as_models_say(error: BaseException, sql: str = "COMMIT") -> BaseException:
    """Return an error of SQLite as the models would raise it; any other as it is."""
    if isinstance(error, sqlite3.IntegrityError):
        return IntegrityError(sql, None, error)
    return OperationalError(sql, None, error) if isinstance(error, sqlite3.Error) else error


@cache
def for_sqlite(sql: str) -> str:
    """Return a statement as SQLite reads it."""
    own = sql.replace(" FOR UPDATE", "")  # whoever writes there has the only pen
    own = ROWS.sub(r"json_each(?\1) AS \2", ANY.sub(r"IN (SELECT value FROM json_each(?\1))", own))
    return PLACE.sub(r"?\1", own)


def _stored(value: Any) -> Any:
    """Return a value as SQLAlchemy's types would store it."""
    if type(value) in AS_IT_IS:
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(" ", "microseconds")[:26]
    if isinstance(value, date):
        return value.isoformat()
    return orjson.dumps(value).decode() if isinstance(value, list) else str(value)
