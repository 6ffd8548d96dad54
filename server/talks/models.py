"""Who waits and who is with whom; in `vluchtig`. The indexes keep two helpers from one person (promise P7)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, Index, text
from sqlmodel import Field

from server.kit.db.columns import Sealed, UtcDateTime, choice
from server.kit.db.tables import Vluchtig
from server.kit.ids import new_id


class WaitingState(StrEnum):
    """Where somebody's talk stands."""

    WAITING = "wacht"
    BUSY = "bezig"
    ENDED = "klaar"


class Waiting(Vluchtig, table=True):
    """One talk from asking to its end. id is the id of its room; person an author key used for nothing else.

    name: the nickname, sealed, for the peer worker who takes the talk. counts: the first talk of this visit today, the
    only one that adds to the figures (privacy 9.1).
    """

    __tablename__ = "waiting"
    __table_args__ = (
        Index(
            "uq_waiting_person_open",
            "person",
            unique=True,
            sqlite_where=text("state IN ('wacht', 'bezig')"),
            postgresql_where=text("state IN ('wacht', 'bezig')"),
        ),
        {"sqlite_with_rowid": False},
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    person: str = Field(max_length=32)
    state: WaitingState = Field(default=WaitingState.WAITING, sa_type=choice(WaitingState))
    prio: int = 0
    topic: str = Field(default="", max_length=20)
    enqueued_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    begun: bool = False
    counts: bool = False
    invite: str = Field(default="", max_length=10)
    key_version: int
    name: bytes = Field(sa_column=Column(Sealed, nullable=False))


class Assignment(Vluchtig, table=True):
    """A peer worker who has taken a talk. gen rises with every taking of the same talk and fences off older ones."""

    __tablename__ = "assignment"
    __table_args__ = (
        Index(
            "uq_assignment_waiting_open",
            "waiting_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "uq_assignment_helper_slot_open",
            "helper",
            "slot_no",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        {"sqlite_with_rowid": False},
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    waiting_id: str = Field(max_length=32)
    helper: str = Field(max_length=32)
    helper_name: str = Field(max_length=60)
    slot_no: int
    gen: int
    lease_until: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RecentWait(Vluchtig, table=True):
    """The last waits in whole minutes, for the range that a waiting person sees; no more than the newest fifty."""

    __tablename__ = "recent_wait"
    __table_args__ = {"sqlite_with_rowid": False}

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    at: datetime = Field(sa_type=UtcDateTime)
    minutes: int
