"""SQLite without a thread between: a statement takes microseconds, handing it to a thread took twenty times more.

Only a commit waits for the disk, so only that is handed over. The classes speak as `aiosqlite` does, which SQLAlchemy's
dialect of that name expects; a coroutine here never waits, except in `commit`.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any


def opened(path: Path, commits: Executor | None) -> Callable[[], Any]:
    """Return what opens one connection to a file. commits: where commits wait for the disk; None for a reader."""

    async def open_it(**_: Any) -> Connection:
        return Connection(raw(path), commits)

    return open_it


def raw(path: Path) -> sqlite3.Connection:
    """Open a file. Commits run in another thread, one at a time."""
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False)


class Connection:
    """One connection, used by one task at a time."""

    def __init__(self, connection: sqlite3.Connection, commits: Executor | None) -> None:
        """Wrap a connection that is open."""
        self._connection = self._conn = connection
        self._commits = commits
        self._tx = SimpleNamespace(put_nowait=_at_once)

    @property
    def raw(self) -> sqlite3.Connection:
        """Return the connection itself, for plain statements."""
        return self._conn

    @property
    def isolation_level(self) -> str | None:
        """Return None: BEGIN is said by us."""
        return self._conn.isolation_level

    def cursor(self) -> "Cursor":
        """Return a cursor."""
        return Cursor(self._conn.cursor())

    async def create_function(self, *parts: Any, **named: Any) -> None:
        """Register a function of SQL."""
        self._conn.create_function(*parts, **named)

    async def commit(self) -> None:
        """Make the transaction durable; the loop goes on meanwhile."""
        if self._commits is None:
            self._conn.commit()
        elif not self._conn.in_transaction:  # a full or broken disk ended it: what was written in it is gone
            raise sqlite3.OperationalError("the transaction was rolled back")
        else:
            await asyncio.get_running_loop().run_in_executor(self._commits, self._conn.commit)

    async def rollback(self) -> None:
        """Undo the transaction."""
        self._conn.rollback()

    async def close(self) -> None:
        """Close the file; the writer's last one does the final checkpoint."""
        self._conn.close()

    def stop(self) -> None:
        """Close without waiting."""
        self._conn.close()


class Cursor:
    """One cursor."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        """Wrap it."""
        self._cursor = cursor
        self.execute = partial(_call, cursor.execute)
        self.executemany = partial(_call, cursor.executemany)
        self.fetchone = partial(_call, cursor.fetchone)
        self.fetchmany = partial(_call, cursor.fetchmany)
        self.fetchall = partial(_call, cursor.fetchall)
        self.close = partial(_call, cursor.close)

    async def __aenter__(self) -> "Cursor":
        """Need no preparation."""
        return self

    @property
    def description(self) -> Any:
        """Return the columns of the last query."""
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        """Return how many rows the last statement changed."""
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        """Return the id of the last row that was added."""
        return self._cursor.lastrowid

    @property
    def arraysize(self) -> int:
        """Return how many rows `fetchmany` gives."""
        return self._cursor.arraysize


async def _call(deed: Callable[..., Any], *parts: Any, **named: Any) -> Any:
    return deed(*parts, **named)


def _at_once(item: Sequence[Any]) -> None:
    """Do what the dialect puts in the thread's queue: there is no thread."""
    answer, deed = item
    answer.set_result(deed())
