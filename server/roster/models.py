"""Shifts and closed doors in `hoofd`; signs of life of who is at work in `vluchtig`."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from server.kit.db.columns import UtcDateTime, choice
from server.kit.db.tables import Hoofd, Vluchtig
from server.kit.ids import new_id

TALKS: Final = "gesprekken"
MODERATION: Final = "moderatie"
EVERYWHERE: Final = ""
"""As the place of a closing: every door."""


class Reason(StrEnum):
    """Why a door is shut by hand. Visitors read the text of `deur.reden`."""

    ILL = "ziek"
    MEETING = "overleg"
    HOLIDAY = "feestdag"
    UNREST = "onrust"
    FAULT = "storing"


class Shift(Hoofd, table=True):
    """Somebody of the team is at one place from start to end. place: id of a group, or a name of this module."""

    __tablename__ = "roster_shift"
    __table_args__ = (
        UniqueConstraint("place", "account_id", "starts", name="uq_roster_shift_once"),
        Index("ix_roster_shift_ends", "ends"),
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    place: str = Field(max_length=32)
    account_id: str = Field(max_length=32)
    starts: datetime = Field(sa_type=UtcDateTime)
    ends: datetime = Field(sa_type=UtcDateTime)


class Closing(Hoofd, table=True):
    """A door is shut whatever the shifts say: by whom, why, and until when; without an end until somebody opens it."""

    __tablename__ = "roster_closing"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    place: str = Field(max_length=32)
    begins: datetime = Field(sa_type=UtcDateTime)
    ends: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: Reason = Field(sa_type=choice(Reason))
    account_id: str = Field(max_length=32)


class Sign(Vluchtig, table=True):
    """When an open page of somebody of the team last gave a sign of life; gone a few minutes after they leave."""

    __tablename__ = "roster_sign"
    __table_args__ = {"sqlite_with_rowid": False}

    account_id: str = Field(primary_key=True, max_length=32)
    seen_at: datetime = Field(sa_type=UtcDateTime)
