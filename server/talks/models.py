"""Who waits and who is with whom; in `vluchtig`. The indexes keep two helpers from one person (promise P7)."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, Column, Index, text
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

    order_at: the earliest goes first: when they asked, plus ten minutes for every step of priority, so that waiting
    lifts everybody one step in ten minutes. returned: was taken before; goes before who stands equal. kept_until: until
    when place or talk is kept without a further sign of life, in whole minutes. missed: had a turn and did not come;
    nobody takes them until they say that they are there. answer_by: until when a turn waits for them. closes_at: when a
    talk that is being rounded off ends. wish: a topic that the peer worker should know from life, peer: whom one would
    rather meet again; both emptied when taken. again: the peer worker who would like to go on later. signal: what the
    peer worker pressed, after the event of that seq. name: the nickname, note: what the team writes to itself, both
    sealed. counts: the first talk of this visit today, the only one that adds to the figures (privacy 9.1).
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
    order_at: datetime = Field(sa_type=UtcDateTime)
    enqueued_at: datetime = Field(sa_type=UtcDateTime)
    returned: bool = False
    kept_until: datetime = Field(sa_type=UtcDateTime)
    missed: bool = False
    answer_by: datetime | None = Field(default=None, sa_type=UtcDateTime)
    begun_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closes_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    topic: str = Field(default="", max_length=20)
    wish: str = Field(default="", max_length=20)
    peer: str = Field(default="", max_length=32)
    again: str = Field(default="", max_length=32)
    counts: bool = False
    invite: str = Field(default="", max_length=10)
    signal: str = Field(default="", max_length=10)
    signal_seq: int = 0
    key_version: int
    name: bytes = Field(sa_column=Column(Sealed, nullable=False))
    note: bytes | None = Field(default=None, sa_column=Column(Sealed, nullable=True))


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


class AskKind(StrEnum):
    """What a peer worker asks a visitor about a colleague."""

    HAND_OVER = "overdracht"
    BACKUP = "achterwacht"


class AskState(StrEnum):
    """How far it is. A colleague is rung first; only then the visitor is asked."""

    RUNG = "gebeld"
    OPEN = "gevraagd"
    YES = "ja"
    NO = "nee"


class Ask(Vluchtig, table=True):
    """One question about a colleague in a talk; gone with the talk. note: words both may read, sealed.

    helper and helper_name: the professional who says to be there.
    """

    __tablename__ = "talk_ask"
    __table_args__ = {"sqlite_with_rowid": False}

    talk_id: str = Field(primary_key=True, max_length=32)
    kind: AskKind = Field(primary_key=True, sa_type=choice(AskKind))
    state: AskState = Field(sa_type=choice(AskState))
    helper: str = Field(default="", max_length=32)
    helper_name: str = Field(default="", max_length=60)
    note: bytes | None = Field(default=None, sa_column=Column(Sealed, nullable=True))


class Status(StrEnum):
    """Whether a peer worker takes talks now."""

    HERE = "beschikbaar"
    PAUSE = "pauze"
    LAST = "klaar_hierna"


class Duty(Vluchtig, table=True):
    """How a peer worker works today; deleted the day after. here_until: the last sign of life of their page, and more.

    most: talks at the same time; knows: topics they know from their own life and want to talk about today.
    """

    __tablename__ = "duty"
    __table_args__ = {"sqlite_with_rowid": False}

    helper: str = Field(primary_key=True, max_length=32)
    name: str = Field(max_length=60)
    day: date
    status: Status = Field(default=Status.HERE, sa_type=choice(Status))
    most: int
    knows: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    here_until: datetime = Field(sa_type=UtcDateTime)
