"""Rooms, messages and the order of events; all in `vluchtig`, texts under keys that die (privacy 3.2)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Index, String, UniqueConstraint
from sqlmodel import Field

from server.kit.db.columns import Sealed, UtcDateTime, choice
from server.kit.db.tables import Vluchtig
from server.kit.ids import new_id


class RoomKind(StrEnum):
    """Open to every visitor, or only to its members: the two of a talk, those with a place in a kring."""

    GROUP = "group"
    TALK = "talk"
    KRING = "kring"


class RoomState(StrEnum):
    """Whether people can write now."""

    OPEN = "open"
    PAUSED = "paused"
    ENDED = "ended"


class MessageState(StrEnum):
    """What became of a message."""

    PLACED = "placed"
    HELD = "held"
    REFUSED = "refused"
    HIDDEN = "hidden"
    RETRACTED = "retracted"


class SignKind(StrEnum):
    """What one press under a message can say."""

    RECOGNISE = "herkenbaar"
    STRENGTH = "sterkte"
    THANKS = "dank"


class EventKind(StrEnum):
    """What happened in a room, in the order of seq."""

    MESSAGE = "message"
    EDITED = "edited"
    HIDDEN = "hidden"
    RESTORED = "restored"
    RETRACTED = "retracted"
    NOTICE = "notice"
    ASSIGNED = "assigned"
    RETURNED = "returned"
    ENDED = "ended"


class Room(Vluchtig, table=True):
    """A place with one order of events. wrapped: the key of a talk, itself sealed under K_vluchtig of that version."""

    __tablename__ = "room"
    __table_args__ = {"sqlite_with_rowid": False}

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    kind: RoomKind = Field(sa_type=choice(RoomKind))
    state: RoomState = Field(default=RoomState.OPEN, sa_type=choice(RoomState))
    reason_key: str = Field(default="", max_length=60)
    theme: str = Field(default="", max_length=40)
    """Of a kring: its theme in content/groepen."""
    shut: str = Field(default="", max_length=20)
    """Why its door is shut, in a word of the roster; empty when it is open."""
    opens: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closes: datetime | None = Field(default=None, sa_type=UtcDateTime)
    measure: str = Field(default="", max_length=32)
    """Id of the act by which it stands still or goes slower; empty when nothing holds. reason_key says why."""
    measure_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    pace: int = 0
    """Seconds between two messages of one person, 0 without a measure."""
    epoch: str = Field(default_factory=lambda: new_id()[:8], max_length=8)
    last_seq: int = 0
    first_seq: int = 1
    key_version: int | None = None
    wrapped: bytes | None = Field(default=None, sa_column=Column(Sealed, nullable=True))


class Member(Vluchtig, table=True):
    """Who may read and write in a room that is not open to all. team: its author key belongs to a team member."""

    __tablename__ = "member"
    __table_args__ = {"sqlite_with_rowid": False}

    room_id: str = Field(primary_key=True, max_length=32)
    author_key: str = Field(primary_key=True, max_length=32)
    team: bool = False


class Message(Vluchtig, table=True):
    """One message. sealed holds text, name and what the author was answered; seq is given when it is placed."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("client_id"),
        Index("ix_message_room_seq", "room_id", "seq"),
        Index("ix_message_author_seq", "author_key", "seq"),
        {"sqlite_with_rowid": False},
    )

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    room_id: str = Field(max_length=32)
    seq: int | None = None
    client_id: str = Field(max_length=36)
    author_key: str = Field(max_length=32)
    role: str | None = Field(default=None, max_length=20)
    state: MessageState = Field(sa_type=choice(MessageState))
    rev: int = 0
    reply_to: str | None = Field(default=None, max_length=32)
    at: datetime = Field(sa_type=UtcDateTime)
    key_version: int
    digest: bytes = Field(sa_column=Column(Sealed, nullable=False))
    sealed: bytes | None = Field(default=None, sa_column=Column(Sealed, nullable=True))


class Sign(Vluchtig, table=True):
    """One press of one sign. author_key is of this room and of no message, so that presses cannot be joined."""

    __tablename__ = "sign"
    __table_args__ = {"sqlite_with_rowid": False}

    message_id: str = Field(
        sa_column=Column(String(32), ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, nullable=False)
    )
    author_key: str = Field(primary_key=True, max_length=32)
    kind: SignKind = Field(primary_key=True, sa_type=choice(SignKind))


class RoomName(Vluchtig, table=True):
    """Which of a name an author is in a room today. mark: keyed hash of room and name; no name stands here."""

    __tablename__ = "room_name"
    __table_args__ = (UniqueConstraint("mark", "number"), {"sqlite_with_rowid": False})

    author_key: str = Field(primary_key=True, max_length=32)
    mark: str = Field(max_length=64)
    number: int
    day: date


class RoomEvent(Vluchtig, table=True):
    """What happened, without text: a message is read when it is sent out, so hidden words never leave (P6)."""

    __tablename__ = "room_event"
    __table_args__ = {"sqlite_with_rowid": False}

    room_id: str = Field(primary_key=True, max_length=32)
    seq: int = Field(primary_key=True)
    kind: EventKind = Field(sa_type=choice(EventKind))
    message_id: str | None = Field(default=None, max_length=32)
    at: datetime = Field(sa_type=UtcDateTime)
    args: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
