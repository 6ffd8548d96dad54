"""Rows: counts that wait (store `tellingen`), and what was published (store `hoofd`).

What was published nobody can change: triggers of the first revisions refuse it.
"""

from datetime import date

from sqlmodel import Field

from server.kit.db.tables import Hoofd, Tellingen
from server.kit.ids import new_id


class PendingCount(Tellingen, table=True):
    """A cell of a period that is not published yet. All cells of a period come in together, zeros too."""

    __tablename__ = "pending_count"
    __table_args__ = {"sqlite_with_rowid": False}

    period: str = Field(primary_key=True, max_length=7)
    table_code: str = Field(primary_key=True, max_length=12)
    cell: str = Field(primary_key=True, max_length=20)
    count: int = 0


class MergedBatch(Tellingen, table=True):
    """A blob of counts that was added up, so that a night that stops half-way does not add it twice."""

    __tablename__ = "merged_batch"

    id: str = Field(primary_key=True, max_length=32)
    day: date


class Release(Hoofd, table=True):
    """One period, published once. body is canonical JSON, digest its SHA-256; body holds the digest before it."""

    __tablename__ = "release"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    period: str = Field(unique=True, max_length=7)
    drawn_on: date
    digest: str = Field(max_length=64)
    body: str


class NoiseSpent(Hoofd, table=True):
    """A line of the ledger: what noise on one table of one release cost. epsilon as a fraction, "1/2"."""

    __tablename__ = "noise_spent"

    period: str = Field(primary_key=True, max_length=7)
    table_code: str = Field(primary_key=True, max_length=12)
    epsilon: str = Field(max_length=12)
    sensitivity: int


class ReleaseNote(Hoofd, table=True):
    """A correction: a remark beside a release, never a new number."""

    __tablename__ = "release_note"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    period: str = Field(index=True, max_length=7)
    noted_on: date
    text: str = Field(max_length=1000)
