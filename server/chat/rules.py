"""What may happen in a room: decisions from values alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from moderation import Pace
from server.chat.models import Message, MessageState, Room, RoomState
from server.kit.errors import AppError, Conflict, Forbidden, NotFound

BANDS: Final = ((6, "rustig"), (16, "gezellig"))
NEWCOMER_SECONDS: Final = 10
RETRACT_MINUTES: Final = 15


class RoomUnknown(NotFound):
    """No such room, or not one this person may know of: the answer is the same."""

    code = "kamer_onbekend"
    key = "fout.geen_toegang"


class NoPlace(RoomUnknown):
    """A kring in which this person has no place; its door is there to look at."""


class RoomClosed(Forbidden):
    """The room is outside its hours, paused or ended."""

    code = "geen_toegang"
    key = "fout.kamer_dicht"


class WritingPaused(Forbidden):
    """A moderator paused writing for this person; reading goes on."""

    code = "geen_toegang"
    key = "groep.niet_schrijven"


class KeyReused(Conflict):
    """The same client_id came with another text, room or author."""

    code = "sleutel_hergebruikt"
    key = "fout.sleutel"


class WordsChanged(Conflict):
    """The writer changed a waiting text after a moderator read it."""

    code = "zaak_gewijzigd"
    key = "desk.fout.zaak_gewijzigd"


@dataclass(frozen=True)
class Speaker:
    """Who writes or reads in one room.

    key: author key of this room and day; keys: those under which own messages may still stand. role is None for
    a visitor. limit: opaque key for rate limits. reporter_key: for reports only, so that they lead to no message.
    sign_key: for signs of support in this room only.
    """

    key: str
    keys: frozenset[str]
    name: str
    role: str | None
    newcomer: bool
    limit: str
    reporter_key: str
    sign_key: str

    @property
    def pid(self) -> str:
        """Return the public part of the author key: 64 bits (privacy 2.4)."""
        return public_id(self.key)


def public_id(author_key: str) -> str:
    """Return what others may see of an author key."""
    return author_key[:16]


def band(people: int) -> str:
    """Return how busy a room looks; never a count (privacy 7.8)."""
    return next((name for limit, name in BANDS if people < limit), "druk")


def is_open(room: Room) -> bool:
    """Say whether a room can be written in now: its door is open and nobody paused it."""
    return room.state is RoomState.OPEN and not room.shut


def may_write(room: Room, pace: Pace) -> AppError | None:
    """Return why somebody with this pace cannot write here now, or None."""
    if not is_open(room):
        return RoomClosed()
    if pace is Pace.STOPPED:
        return WritingPaused()
    return None


def may_retract(message: Message, speaker: Speaker, now: datetime) -> bool:
    """Say whether this speaker may take the message back: an own one, held or at most 15 minutes old."""
    return may_retract_shown(message.author_key in speaker.keys, message.state, message.at, now)


def may_retract_shown(mine: bool, state: MessageState, at: datetime, now: datetime) -> bool:
    """Say the same of a message as a page shows it. at is cut to the minute, hence the minute extra."""
    if not mine:
        return False
    recent = now - at <= timedelta(minutes=RETRACT_MINUTES + 1)
    return state is MessageState.HELD or (state is MessageState.PLACED and recent)
