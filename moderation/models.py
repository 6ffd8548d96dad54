"""Cases, reports, acts, sanctions, appeals and the log, as rows of the store `hoofd`."""

from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

from sqlalchemy import JSON, Column, DateTime, Dialect, LargeBinary, MetaData, UniqueConstraint
from sqlalchemy.orm import registry
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC moment on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite forgets the zone; give it back."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


NAMING = {"pk": "pk_%(table_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s", "ix": "ix_%(column_0_N_label)s"}


class ModerationTable(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """Base of the tables below."""


def new_id() -> str:
    """Return 128 random bits as 32 hex characters."""
    return token_hex(16)


class Case(ModerationTable, table=True):
    """One target before the moderators. snapshot: its text as it was, sealed by whoever filed it.

    version rises with every change, so that a late act on an old state is refused. subject_rev: the state of the
    subject that snapshot shows. priority 0 is the most urgent.
    """

    __tablename__ = "moderation_case"
    __table_args__ = (UniqueConstraint("kind", "subject_id"), {"sqlite_with_rowid": False})

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    kind: str = Field(max_length=20)
    subject_id: str = Field(max_length=32)
    subject_rev: int = 0
    place_id: str = Field(max_length=32)
    author_key: str = Field(max_length=32, index=True)
    label: str = Field(max_length=30)
    severity: int
    priority: int
    cause: str = Field(max_length=20)
    decision: str = Field(max_length=20)
    open: bool = True
    version: int = 1
    opened_at: datetime = Field(sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    first_look_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reports: int = 0
    categories: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    rules: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    snapshot: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    claimed_by: str | None = Field(default=None, max_length=32)
    claimed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Report(ModerationTable, table=True):
    """One person's report on a case; the author never learns whose."""

    __tablename__ = "moderation_report"
    __table_args__ = {"sqlite_with_rowid": False}

    case_id: str = Field(primary_key=True, max_length=32)
    reporter_key: str = Field(primary_key=True, max_length=32)
    category: str = Field(max_length=20)


class Act(ModerationTable, table=True):
    """What a moderator did. reason: what the author reads, sealed like a snapshot. until: end of a sanction."""

    __tablename__ = "moderation_act"
    __table_args__ = {"sqlite_with_rowid": False}

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    case_id: str = Field(max_length=32, index=True)
    kind: str = Field(max_length=20)
    moderator_id: str = Field(max_length=32)
    author_key: str = Field(max_length=32, index=True)
    place_id: str = Field(max_length=32)
    subject_id: str = Field(max_length=32)
    category: str = Field(max_length=30)
    house_rule: str = Field(max_length=10)
    reason: bytes = Field(default=b"", sa_column=Column(LargeBinary, nullable=False))
    at: datetime = Field(sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reverted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reverted_by: str | None = Field(default=None, max_length=32)


class Appeal(ModerationTable, table=True):
    """The author asks another moderator to look again; one for each act. text and reason (the answer) are sealed."""

    __tablename__ = "moderation_appeal"
    __table_args__ = {"sqlite_with_rowid": False}

    act_id: str = Field(primary_key=True, max_length=32)
    author_key: str = Field(max_length=32)
    text: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    at: datetime = Field(sa_type=UtcDateTime)
    decided_by: str | None = Field(default=None, max_length=32)
    outcome: str | None = Field(default=None, max_length=20)
    reason: bytes = Field(default=b"", sa_column=Column(LargeBinary, nullable=False))


class LogRow(ModerationTable, table=True):
    """One line of the append-only log: hour, not minute; ids, no words. hash covers the line and the one before it."""

    __tablename__ = "moderation_log"

    number: int | None = Field(default=None, primary_key=True)
    hour: str = Field(max_length=13)
    staff_id: str = Field(max_length=32)
    act: str = Field(max_length=20)
    case_id: str = Field(max_length=32)
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    previous: str = Field(max_length=64)
    hash: str = Field(max_length=64, unique=True)
