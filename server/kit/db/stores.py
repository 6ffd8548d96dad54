"""The four stores of one installation, and which of them a zone may see."""

from collections.abc import Iterable
from typing import Final

from server.kit.db.database import Database
from server.kit.db.postgres import PostgresEngine
from server.kit.db.sqlite import SqliteEngine
from server.kit.db.tables import STORES
from server.kit.settings import Settings

ALL: Final = frozenset(STORES)


class StoreNotGranted(Exception):
    """Code of one zone asked for a store of another."""


class Stores:
    """Databases by name; asking for one that was not granted is an error in our code."""

    def __init__(self, databases: dict[str, Database], granted: Iterable[str] = ALL) -> None:
        """Keep the open databases and the names this zone may use."""
        self._databases = databases
        self._granted = frozenset(granted)

    def only(self, *names: str) -> "Stores":
        """Return the same stores for a zone that may see fewer of them."""
        return Stores(self._databases, self._granted & frozenset(names))

    def __getitem__(self, name: str) -> Database:
        """Return one database. Raises StoreNotGranted."""
        if name not in self._granted:
            raise StoreNotGranted(name)
        return self._databases[name]

    @property
    def hoofd(self) -> Database:
        """Forum, team, cases, return phrases, releases."""
        return self["hoofd"]

    @property
    def vluchtig(self) -> Database:
        """Visits, rooms, messages, queue."""
        return self["vluchtig"]

    @property
    def afspraken(self) -> Database:
        """Slots and appointments."""
        return self["afspraken"]

    @property
    def tellingen(self) -> Database:
        """Counts that wait for their release."""
        return self["tellingen"]

    def answer(self) -> bool:
        """Say whether every store answers."""
        return all(database.engine.answers() for database in self._databases.values())

    def pool_wait(self) -> float:
        """Return the longest wait for a connection of all stores, in seconds."""
        return max(database.engine.pool_wait() for database in self._databases.values())

    async def close(self) -> None:
        """Close all of them."""
        for database in self._databases.values():
            await database.close()


def open_stores(settings: Settings) -> Stores:
    """Open the four stores that the settings name. Raises StoreInUse when another process has the files."""
    if settings.database_url:
        return Stores({name: Database(name, PostgresEngine(settings.database_url, name)) for name in STORES})
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Stores(
        {
            name: Database(name, SqliteEngine(settings.data_dir / f"{name}.sqlite", fsync=settings.fsync))
            for name in STORES
        }
    )
