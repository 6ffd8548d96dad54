"""Stores that are kept between faults: one PostgreSQL and one Redis for all, an empty database for each fault.

Making a server and bringing four stores up to date costs more than many a fault; copying what is empty costs little.
"""

import asyncio
import itertools
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from server.kit.settings import random_port_settings
from server.migrations.schema import migrate
from tests.faults.nursery import Nursery
from tests.services import Postgres, Redis

CLEAN = "clean"


@dataclass
class Stores:
    """A PostgreSQL with the database of one fault, and a Redis with nothing in it."""

    postgres: Postgres
    redis: Redis


class Kept:
    """What nobody uses at this moment, and what everything is copied from."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._free: list[Stores] = []
        self._folder = Path(tempfile.mkdtemp(prefix="moi-kept-"))
        self._numbers = itertools.count(1)
        self._nurseries: dict[str, Nursery] = {}
        self.clock = self._folder / "clock"

    def files(self, folder: Path) -> None:
        """Put four empty SQLite stores of today's schema into a folder."""
        if not (self._folder / CLEAN).exists():
            asyncio.run(migrate(random_port_settings(self._folder / CLEAN, 8000)))
        shutil.copytree(self._folder / CLEAN, folder, dirs_exist_ok=True)

    def take(self) -> Stores:
        """Return running stores that are empty and of today's schema."""
        found = self._free.pop() if self._free else _made()
        asyncio.run(_fresh(found.postgres, f"fault_{next(self._numbers)}"))
        return found

    def empty(self, postgres: Postgres) -> None:
        """Put an empty database in the place of the one that is used."""
        name = postgres.database
        asyncio.run(_drop(postgres))
        asyncio.run(_fresh(postgres, name))

    def give_back(self, stores: Stores) -> None:
        """Keep stores for the next fault if they came through this one; else leave nothing of them behind."""
        try:
            stores.postgres.thaw()
            asyncio.run(_drop(stores.postgres))
            stores.redis.thaw()
            stores.redis.stop()
            stores.redis.start()
        except (OSError, asyncpg.PostgresError, TimeoutError):
            _end(stores)
        else:
            self._free.append(stores)

    def nursery(self, beside: Mapping[str, str]) -> Nursery:
        """Return where processes come from that have this in their environment from the first moment."""
        key = " ".join(sorted(beside))
        if key not in self._nurseries:
            self._nurseries[key] = Nursery(beside)
        return self._nurseries[key]

    def close(self) -> None:
        """Leave nothing behind."""
        for nursery in self._nurseries.values():
            nursery.close()
        for stores in self._free:
            _end(stores)
        self._free.clear()
        shutil.rmtree(self._folder, ignore_errors=True)


def _made() -> Stores:
    made = Stores(Postgres(), Redis())
    made.postgres.start()
    made.redis.start()
    made.postgres.database = CLEAN
    asyncio.run(_say(made.postgres, f"CREATE DATABASE {CLEAN}"))
    with tempfile.TemporaryDirectory() as nothing:
        asyncio.run(migrate(random_port_settings(Path(nothing), 8000, database_url=made.postgres.url)))
    return made


async def _fresh(postgres: Postgres, name: str) -> None:
    await _say(postgres, f"CREATE DATABASE {name} TEMPLATE {CLEAN} STRATEGY file_copy")
    postgres.database = name


async def _drop(postgres: Postgres) -> None:
    await _say(postgres, f"DROP DATABASE {postgres.database} WITH (FORCE)")
    postgres.database = CLEAN


async def _say(postgres: Postgres, words: str) -> None:
    connection = await asyncpg.connect(postgres.root_url, timeout=10)
    try:
        await connection.execute(words, timeout=30)
    finally:
        await connection.close()


def _end(stores: Stores) -> None:
    stores.redis.stop()
    stores.postgres.stop()
    stores.postgres.remove()


_open: list[Kept] = []


@contextmanager
def keeping() -> Iterator[Kept]:
    """Keep stores as long as this block lasts; inside another such block, those of that one are used."""
    if _open:
        yield _open[0]
        return
    kept = Kept()
    _open.append(kept)
    try:
        yield kept
    finally:
        _open.clear()
        kept.close()
