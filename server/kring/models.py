"""What is planned, in `hoofd`; each kring that comes of it, in `vluchtig`. Its room has the same id."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field

from server.kit.db.columns import UtcDateTime, choice
from server.kit.db.tables import Hoofd, Vluchtig
from server.kit.ids import new_id


class State(StrEnum):
    """Where a kring stands, in this order. A cancelled one never opens."""

    PLANNED = "gepland"
    DOOR = "deur"
    OPEN = "open"
    CLOSING = "afronden"
    ENDED = "klaar"
    WIPED = "gewist"
    CANCELLED = "afgelast"


class Debrief(StrEnum):
    """How it went, in the host's eyes; only counted."""

    CALM = "rustig"
    BUSY = "druk"
    HEAVY = "zwaar"


class Plan(Hoofd, table=True):
    """A kring to be held once or every week, from its first moment on, by one host. minutes: how long it takes."""

    __tablename__ = "kring_plan"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    theme: str = Field(max_length=40)
    host: str = Field(max_length=32)
    starts: datetime = Field(sa_type=UtcDateTime)
    weekly: bool = False
    minutes: int
    places: int


class Kring(Vluchtig, table=True):
    """One kring. taken: how many places are gone; who has them is known by the members of its room alone.

    wipe_at: when what was said is erased; debriefed: the host said how it went, or nobody was there.
    """

    __tablename__ = "kring"
    __table_args__ = (Index("ix_kring_starts", "starts"), {"sqlite_with_rowid": False})

    id: str = Field(primary_key=True, max_length=32)
    plan_id: str = Field(max_length=32)
    theme: str = Field(max_length=40)
    host: str = Field(max_length=32)
    starts: datetime = Field(sa_type=UtcDateTime)
    ends: datetime = Field(sa_type=UtcDateTime)
    places: int
    taken: int = 0
    extended: int = 0
    state: State = Field(default=State.PLANNED, sa_type=choice(State))
    wipe_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    debriefed: bool = False
