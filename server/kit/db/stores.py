"""The four stores of one installation, and which of them a zone may see."""

from collections.abc import Iterable
from typing import Final

from server.kit.db.database import Database, Engine, Measure, unmeasured
from server.kit.db.sqlite import SqliteEngine
from server.kit.db.tables import STORES
from server.kit.settings import Settings

ALL: Final = frozenset(STORES)
CHAT: Final = "vluchtig"


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

    def in_use(self) -> int:
        """Return how many connections of all stores are taken now."""
        return sum(database.engine.in_use for database in self._databases.values())

    async def close(self) -> None:
        """Close all of them."""
        for database in self._databases.values():
            await database.close()


def open_stores(settings: Settings, measure: Measure = unmeasured) -> Stores:
    """Open the four stores that the settings name. Raises StoreInUse when another process has the files.

    measure hears of every wait for the store of the chat: its step (pool, commit) and the seconds.
    """
    if not settings.database_url:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    measures = {name: measure if name == CHAT else unmeasured for name in STORES}
    return Stores({name: Database(name, _engine(settings, name, measures[name]), measures[name]) for name in STORES})


def _engine(settings: Settings, name: str, measure: Measure) -> Engine:
    if settings.database_url:
        from server.kit.db.postgres import PostgresEngine  # its driver takes long to load, and SQLite needs none

        return PostgresEngine(settings.database_url, name, measure)
    return SqliteEngine(settings.data_dir / f"{name}.sqlite", fsync=settings.fsync, measure=measure)
