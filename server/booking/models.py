"""Tables of the store `afspraken`: places and moments (no people), and appointments (no names in the open).

Appointments keep days, never the time something was done, and no key of a visitor (privacy 6.1). Source of the tables:
directory-booking-spec 10, 13 and 14.2.
"""

from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, String
from sqlmodel import Field

from server.booking.rules import State
from server.kit.db.columns import Sealed, UtcDateTime, choice
from server.kit.db.tables import Afspraken
from server.kit.ids import new_id


class HostRole(StrEnum):
    """Two hosts sit at the table, one of each."""

    PEER = "ervaring"
    PROFESSIONAL = "professional"


class ClaimKind(StrEnum):
    """Why a moment is taken."""

    HOLD = "houd"
    FIXED = "vast"
    OFFERED = "aangeboden"


def _belongs_to(table: str, *, index: bool = False) -> Column[str]:
    return Column(String(32), ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=False, index=index)


def _word(kind: type[StrEnum]) -> "Column[str]":
    """Return a column that keeps the word of an enum; a new word needs no migration."""
    return Column(choice(kind), nullable=False)


class Location(Afspraken, table=True):
    """Where talks take place. lead in hours, horizon in days, talk and buffer in minutes."""

    __tablename__ = "vg_location"

    id: str = Field(primary_key=True, max_length=32)
    name: str = Field(max_length=120)
    municipality: str = Field(max_length=60)
    municipality_code: str = Field(max_length=6)
    kind: str = Field(max_length=60)
    address: str = Field(max_length=160)
    town: str = Field(max_length=80)
    entrance: str = Field(max_length=400)
    bus_stop: str = Field(max_length=160)
    phone: str = Field(max_length=30)
    wheelchair: bool
    step_free: bool
    quiet_waiting: bool
    home_visit: bool
    video: bool
    fictional: bool
    talk_minutes: int = 60
    buffer_minutes: int = 15
    lead_hours: int = 24
    horizon_days: int = 28
    active_from: date
    active_to: date | None = None


class Room(Afspraken, table=True):
    """A room with at least four seats, so that somebody may come along."""

    __tablename__ = "vg_room"

    id: str = Field(primary_key=True, max_length=32)
    location_id: str = Field(sa_column=_belongs_to("vg_location"))
    name: str = Field(max_length=60)
    seats: int = Field(ge=4)


class Host(Afspraken, table=True):
    """One of the two at the table, at one location.

    person is the same at every location where somebody sits: what cannot be in two places at once. account_id is the
    team account that sees this day, a reference without a foreign key.
    """

    __tablename__ = "vg_host"

    id: str = Field(primary_key=True, max_length=32)
    location_id: str = Field(sa_column=_belongs_to("vg_location"))
    role: HostRole = Field(sa_column=_word(HostRole))
    person: str = Field(max_length=32)
    account_id: str | None = Field(default=None, max_length=32, index=True)


class RosterRule(Afspraken, table=True):
    """A location, room or host is there every n weeks on a weekday (0 = Monday), in local time."""

    __tablename__ = "vg_roster_rule"

    id: str = Field(primary_key=True, max_length=32)
    owner: str = Field(max_length=50, index=True)
    weekday: int = Field(ge=0, le=6)
    start: time
    end: time
    every_weeks: int = Field(default=1, ge=1)
    valid_from: date
    valid_to: date | None = None


class RosterException(Afspraken, table=True):
    """One day is different: open adds a window, closed takes it (or the whole day) away."""

    __tablename__ = "vg_roster_exception"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    owner: str = Field(max_length=50, index=True)
    day: date
    is_open: bool
    start: time | None = None
    end: time | None = None


class Slot(Afspraken, table=True):
    """One moment at a location: local day and local start are the truth (11.3).

    peer_id and professional_id name persons as in Host. offered is off once the roster changed while somebody has an
    appointment here.
    """

    __tablename__ = "slot"
    __table_args__ = (Index("ix_slot_location_day", "location_id", "day"),)

    id: str = Field(primary_key=True, max_length=32)
    location_id: str = Field(sa_column=_belongs_to("vg_location"))
    room_id: str = Field(max_length=32)
    peer_id: str = Field(max_length=32, index=True)
    professional_id: str = Field(max_length=32, index=True)
    day: date = Field(index=True)
    start: time
    talk_minutes: int
    buffer_minutes: int
    offered: bool = True


class SlotUnit(Afspraken, table=True):
    """A quarter of an hour of a room or a host. The key makes two talks at once impossible (13.1)."""

    __tablename__ = "slot_unit"
    __table_args__ = {"sqlite_with_rowid": False}

    resource: str = Field(primary_key=True, max_length=50)
    unit: int = Field(primary_key=True)
    slot_id: str = Field(
        sa_column=Column(String(32), ForeignKey("slot.id", ondelete="CASCADE"), nullable=False, index=True)
    )


class Claim(Afspraken, table=True):
    """A row means: this moment is taken. The key decides who was first (13.1, 13.3)."""

    __tablename__ = "claim"
    __table_args__ = {"sqlite_with_rowid": False}

    # RESTRICT: the roster may take away a free moment, never one that somebody just took.
    slot_id: str = Field(sa_column=Column(String(32), ForeignKey("slot.id", ondelete="RESTRICT"), primary_key=True))
    appointment_id: str = Field(max_length=32, index=True)
    kind: ClaimKind = Field(sa_column=_word(ClaimKind))
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Appointment(Afspraken, table=True):
    """A confirmed booking: days, never times. details, contact and note are sealed under the appointment's own key."""

    __tablename__ = "appointment"
    __table_args__ = {"sqlite_with_rowid": False}

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    slot_id: str = Field(max_length=32, index=True)
    state: State = Field(default=State.CONFIRMED, sa_column=_word(State))
    sequence: int = 0
    uid: str = Field(default_factory=new_id, max_length=32)
    asked_on: date
    talk_day: date
    closed_on: date | None = None
    code_hash: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False, unique=True))
    details: bytes = Field(sa_column=Column(Sealed, nullable=False))
    contact: bytes | None = Field(default=None, sa_column=Column(Sealed, nullable=True))
    note: bytes | None = Field(default=None, sa_column=Column(Sealed, nullable=True))


class UsedTicket(Afspraken, table=True):
    """A ticket cannot be used twice. Kept as long as its week is valid, apart from the appointment (privacy 6.1)."""

    __tablename__ = "used_ticket"
    __table_args__ = {"sqlite_with_rowid": False}

    used_hash: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    week: str = Field(max_length=8, index=True)
