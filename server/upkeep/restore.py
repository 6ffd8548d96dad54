"""Bringing stores back from dumps: rows, the newest keys, and then all that was to be forgotten before anybody reads.

`vluchtig` begins empty, so every room begins a new epoch and nobody resumes what is no longer there.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Connection

from server.app import make_runtime
from server.booking import retention as booking
from server.forum import retention as forum
from server.forum.service import hide_post
from server.jobs import RETENTION
from server.kit.clock import Clock
from server.kit.db.tables import STORES
from server.kit.errors import NotFound
from server.kit.locked_file import read_locked
from server.kit.runtime import Runtime
from server.kit.settings import Settings
from server.migrations.schema import in_store, migrate, migrate_to
from server.upkeep.dumps import ENDING, FOUR_HOURLY, dumps
from server.upkeep.retain import retain
from server.upkeep.rows import load, number_of_rows, read
from server.visitors import returning

HIDDEN: Final = "hidden_post"


class NotEmpty(Exception):
    """A store holds something already; a restore never writes over it."""


class DumpMissing(Exception):
    """The folder has no dump, or none of that time, for one of the stores."""


@dataclass(frozen=True)
class Set:
    """The files of one restore, by store: rows of one time, and the newest keys whatever that time is (privacy 4.6)."""

    rows: dict[str, Path]
    keys: dict[str, Path]


@dataclass(frozen=True)
class Restored:
    """What came back, as rows per table of each store, and what was taken out again before opening."""

    rows: dict[str, dict[str, int]]
    forgotten: int
    hidden: int
    unreadable: int


def choose(folder: Path, at: str = "") -> Set:
    """Return the newest dumps of a folder; at: the time in their names instead. Raises DumpMissing."""
    rows: dict[str, Path] = {}
    keys: dict[str, Path] = {}
    for dump in dumps(folder):
        if dump.store in FOUR_HOURLY and (not at or dump.path.stem.endswith(f"-{at}")):
            rows[dump.store] = dump.path
        elif dump.store.startswith("sleutels-"):
            keys[dump.store.removeprefix("sleutels-")] = dump.path
    for store in FOUR_HOURLY:
        if store not in rows or store not in keys:
            raise DumpMissing(store)
    if (weekly := folder / f"tellingen{ENDING}").exists():
        rows["tellingen"] = weekly
    return Set(rows, keys)


async def restore(settings: Settings, found: Set, key: X25519PrivateKey, clock: Clock | None = None) -> Restored:
    """Fill empty stores from dumps.

    Raises NotEmpty, Damaged, or Unreadable for another key. Until it returns nothing may be opened to people.
    """
    for store in STORES:
        await migrate_to(settings, store, _revision(found.rows[store], key) if store in found.rows else "head")
        if any((await _numbers(settings, store)).values()):
            raise NotEmpty(store)
    hidden: list[str] = []
    for store, path in found.rows.items():
        await in_store(settings, store, partial(_load, store=store, rows=_rows(path, key)))
        if store in found.keys:
            await in_store(settings, store, partial(_load, store=store, rows=_keys(found.keys[store], key, hidden)))
    await migrate(settings)
    rows = {store: await _numbers(settings, store) for store in found.rows}
    rt = make_runtime(settings, clock)
    try:
        return Restored(rows, *await _forget_first(rt, hidden))
    finally:
        await rt.close()


async def _forget_first(rt: Runtime, hidden: list[str]) -> tuple[int, int, int]:
    """Do again what was done since the dumps, then what time did: forgotten, hidden, unreadable, too old."""
    forgotten = await forum.forget_again(rt) + await returning.forget_again(rt)
    unreadable = await forum.erase_unreadable(rt) + await booking.erase_unreadable(rt)
    for post_id in hidden:
        with suppress(NotFound):  # it came after the dump of the rows
            await hide_post(rt, post_id)
    await retain(rt, RETENTION)
    await forum.rebuild_index(rt)
    return forgotten, len(hidden), unreadable


def _revision(path: Path, key: X25519PrivateKey) -> str:
    return str(orjson.loads(next(read_locked(path, key)))["revision"])


def _load(connection: Connection, store: str, rows: Iterator[tuple[str, list[dict[str, Any]]]]) -> None:
    load(connection, store, rows)
    connection.commit()


def _rows(path: Path, key: X25519PrivateKey) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    content = read_locked(path, key)
    next(content)
    return read(content)


def _keys(path: Path, key: X25519PrivateKey, hidden: list[str]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield what is kept with the keys; the ids of what was hidden are set apart."""
    for table, rows in _rows(path, key):
        if table == HIDDEN:
            hidden += [row["id"] for row in rows]
        else:
            yield table, rows


async def _numbers(settings: Settings, store: str) -> dict[str, int]:
    found: dict[str, int] = await in_store(settings, store, partial(number_of_rows, store=store))
    return found
