"""Events become counts at once: no time, no person, no row per event (privacy-spec 9.1, 3.2).

Counts wait in memory. Each process writes its own as one sealed blob of constant length, rewritten as a whole every
hour; once a night whoever merges takes all blobs. A blob that was taken is left alone: its process goes on with what
came later.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from sqlmodel import Field, col, delete, select, update

from server.kit.clock import local_day
from server.kit.crypto import Unreadable, derive, seal, unseal
from server.kit.db.columns import Sealed
from server.kit.db.database import Database
from server.kit.db.tables import Vluchtig
from server.kit.ids import new_id
from server.kit.keys import KeyGone, Keyring

Cell = tuple[str, str, str]
"""Month such as "2026-11", table, cell."""

DIGITS: Final = 9


class Countable(Protocol):
    """What the allow-list says about a table."""

    @property
    def cells(self) -> Collection[str]: ...


class NotCountable(Exception):
    """This table or cell is not on the allow-list."""


class TallyBuffer(Vluchtig, table=True):
    """The counts of one process that wait for the night. taken: somebody is adding them up, so no more may go in."""

    __tablename__ = "tally_buffer"
    __table_args__ = {"sqlite_with_rowid": False}

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    key_version: int
    taken: bool = False
    blob: bytes = Field(sa_type=Sealed)


@dataclass(frozen=True)
class Batch:
    """What one blob held. counts is None when its key is gone: those counts are lost."""

    id: str
    counts: Mapping[Cell, int] | None


class Tally:
    """The counts of this process."""

    def __init__(self, allowed: Mapping[str, Countable], now: Callable[[], datetime]) -> None:
        """Count what is on the allow-list only. now says in which month something is registered."""
        self._allowed = allowed
        self._now = now
        self._counts: Counter[Cell] = Counter()
        self._written: Counter[Cell] = Counter()
        self._id = new_id()

    def count(self, table: str, cell: str) -> None:
        """Add one to a cell, in the month of now. Raises NotCountable."""
        self._check(table, cell)
        self._counts[month_of(self._now()), table, cell] += 1

    def waiting(self) -> dict[tuple[str, str], int]:
        """Return what waits in this process by (table, cell), months together; for tests and for nobody else."""
        totals: Counter[tuple[str, str]] = Counter()
        for (_month, table, cell), number in self._counts.items():
            totals[table, cell] += number
        return dict(totals)

    def clear(self) -> None:
        """Forget everything that waits here."""
        self._counts.clear()
        self._written.clear()
        self._id = new_id()

    async def write_down(self, db: Database, keyring: Keyring) -> None:
        """Rewrite this process's blob, in a transaction of its own. Safe to repeat.

        Every hour, also when nothing happened: otherwise the hour of writing would tell that something did.
        """
        if not await self._write(db, keyring):
            # Taken for the night since the last time, or never written: what that blob held is not ours any more.
            self._counts -= self._written
            self._written = Counter()
            self._id = new_id()
            await self._write(db, keyring, fresh=True)

    async def _write(self, db: Database, keyring: Keyring, *, fresh: bool = False) -> bool:
        snapshot = Counter(self._counts)
        version, key = keyring.current("vluchtig")
        blob = seal(derive(key, b"tally"), self._plain(snapshot), self._id.encode())
        async with db.transaction() as tx:
            if fresh:
                tx.add(TallyBuffer(id=self._id, key_version=version, blob=blob))
            else:
                mine = (col(TallyBuffer.id) == self._id) & col(TallyBuffer.taken).is_(False)
                done = await tx.exec(update(TallyBuffer).where(mine).values(key_version=version, blob=blob))
                if done.rowcount == 0:
                    return False
        self._written = snapshot
        return True

    def _plain(self, counts: Counter[Cell]) -> bytes:
        """Return all cells of every month in it, zeros too and digits filled up: its length says nothing."""
        months = {month for month, _, _ in counts} | {month_of(self._now())}
        whole = {
            month: {
                code: {cell: f"{counts[month, code, cell]:0{DIGITS}}" for cell in sorted(table.cells)}
                for code, table in sorted(self._allowed.items())
            }
            for month in sorted(months)
        }
        return json.dumps(whole, separators=(",", ":")).encode()

    def _check(self, table: str, cell: str) -> None:
        if table not in self._allowed or cell not in self._allowed[table].cells:
            raise NotCountable(f"{table}/{cell}")


async def take(db: Database, keyring: Keyring) -> list[Batch]:
    """Close all blobs and return what they hold, those of an earlier try that stopped half-way included."""
    async with db.transaction() as tx:
        await tx.exec(update(TallyBuffer).values(taken=True))
        rows = (await tx.exec(select(TallyBuffer).order_by(col(TallyBuffer.id)))).all()
        taken = [(row.id, row.key_version, row.blob) for row in rows]
    return [Batch(id, _open(keyring, id, version, blob)) for id, version, blob in taken]


async def drop(db: Database, batches: Collection[Batch]) -> None:
    """Delete blobs whose counts are safe elsewhere."""
    async with db.transaction() as tx:
        await tx.exec(delete(TallyBuffer).where(col(TallyBuffer.id).in_([batch.id for batch in batches])))


def month_of(now: datetime) -> str:
    """Return the calendar month in Groningen, as "2026-11"."""
    return local_day(now).strftime("%Y-%m")


def _open(keyring: Keyring, id: str, version: int, blob: bytes) -> Mapping[Cell, int] | None:
    try:
        plain = unseal(derive(keyring.version("vluchtig", version), b"tally"), blob, id.encode())
    except (KeyGone, Unreadable):
        return None
    whole: dict[str, dict[str, dict[str, str]]] = json.loads(plain)
    return {
        (month, table, cell): int(number)
        for month, tables in whole.items()
        for table, cells in tables.items()
        for cell, number in cells.items()
        if int(number)
    }
