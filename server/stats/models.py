"""Rows: counts that wait (store `tellingen`), and what was published (store `hoofd`), which nobody can change."""

from datetime import date

from sqlalchemy import Connection, Table, event, text
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


READ_ONLY = ("release", "noise_spent", "release_note")
REFUSED = "published figures are never changed"


def read_only_ddl(dialect: str, table: str) -> list[str]:
    """Return the statements by which the database itself refuses every change to a table. dialect: of SQLAlchemy."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
            for deed in ("UPDATE", "DELETE")
        ]
    return [
        f"CREATE OR REPLACE FUNCTION {table}_is_read_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$",
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_is_read_only()",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_read_only()",
    ]


def _protect(target: Table, connection: Connection, **_: object) -> None:
    for statement in read_only_ddl(connection.dialect.name, target.name):
        connection.execute(text(statement))


for _name in READ_ONLY:
    event.listen(Hoofd.metadata.tables[_name], "after_create", _protect)
