"""What is kept of a visit while it lasts, of a return phrase while it is used, and of who asked to be forgotten."""

from datetime import date, datetime

from sqlmodel import Field

from server.kit.db.columns import Sealed, UtcDateTime
from server.kit.db.tables import Hoofd, Vluchtig


class VisitRow(Vluchtig, table=True):
    """One visit. ref: HMAC(K_sess, token) in hex; record: sealed with the token; ends_at in steps of 10 minutes."""

    __tablename__ = "visit"
    __table_args__ = {"sqlite_with_rowid": False}

    ref: str = Field(primary_key=True, max_length=64)
    record: bytes = Field(sa_type=Sealed)
    ends_at: datetime = Field(sa_type=UtcDateTime, index=True)


class ReturnPhrase(Hoofd, table=True):
    """One return phrase: exactly what privacy 2.8 allows, and no day on which it was made."""

    __tablename__ = "return_phrase"
    __table_args__ = {"sqlite_with_rowid": False}

    id: str = Field(primary_key=True, max_length=32)
    lookup: bytes = Field(sa_type=Sealed, unique=True)
    vault: bytes = Field(sa_type=Sealed)
    version: str = Field(max_length=40)
    last_quarter: int


class Tombstone(Hoofd, table=True):
    """Something that was forgotten on request and must not come back with an old dump; kept 30 days (privacy 5.3)."""

    __tablename__ = "tombstone"
    __table_args__ = {"sqlite_with_rowid": False, "info": {"dump": "keys"}}

    mark: str = Field(primary_key=True, max_length=64)
    day: date = Field(index=True)
