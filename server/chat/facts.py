"""What has to be known before a message may be placed; read for all who send at the same moment (performance 2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

import moderation
from server.chat import queries
from server.chat.models import Message, Room, RoomKind
from server.chat.rules import RoomUnknown, Speaker
from server.kit.db.plain import Plain, Reader
from server.kit.errors import Invalid
from server.kit.keys import Keyring

RECENT: Final = 3
ROOM: Final = Reader(Room.metadata.tables["room"])
ROOMS: Final = "SELECT " + ROOM.columns + " FROM room WHERE id = ANY($1)"  # noqa: S608 - the names are the model's
MEMBERS: Final = "SELECT room_id, author_key FROM member WHERE room_id = ANY($1)"
REPEATED: Final = "SELECT client_id FROM message WHERE client_id = ANY($1)"
NUMBERS: Final = "SELECT author_key, number FROM room_name WHERE author_key = ANY($1)"
ANSWERED: Final = "SELECT id, room_id FROM message WHERE id = ANY($1) AND seq IS NOT NULL"
NEWEST: Final = """
    SELECT said.author_key, said.id, said.key_version, said.sealed
    FROM unnest($1::text[]) AS asked(value)
    JOIN message AS said ON said.author_key = asked.value AND said.seq >= COALESCE((
        SELECT seq FROM message WHERE author_key = asked.value AND seq IS NOT NULL ORDER BY seq DESC LIMIT 1 OFFSET $2
    ), 0)
    ORDER BY said.seq
"""


@dataclass(frozen=True)
class Question:
    """Who wants to say something where. client_id: of the message; reply_to: what it answers.

    looks_back: what the author said before is wanted too.
    """

    room: str
    speaker: Speaker
    client_id: str
    reply_to: str | None
    looks_back: bool
    keyring: Keyring


@dataclass(frozen=True)
class Facts:
    """The room; whether a message came with this client_id before; the author's last texts here, oldest first.

    The texts, none when they were not asked for, are for numbers split over messages. number: which of that name the
    author is here, None before the first message of the day.
    """

    room: Room
    repeated: bool
    recent: list[str]
    number: int | None


@dataclass(slots=True)
class SealedRow:
    """What of a message has to be known to open it."""

    id: str
    key_version: int
    sealed: bytes | None


async def read(plain: Plain, asked: Sequence[Question]) -> list[Facts | Exception]:
    """Return the facts for all who ask, or RoomUnknown or Invalid for one of them."""
    rooms = await _readable(plain, asked)
    repeated = {row[0] for row in await plain.rows(REPEATED, [one.client_id for one in asked])}
    answered = await _answered(plain, [one.reply_to for one in asked if one.reply_to])
    recent = await _recent(plain, [one.speaker.key for one in asked if one.looks_back])
    numbers = {row[0]: row[1] for row in await plain.rows(NUMBERS, [one.speaker.key for one in asked])}
    found: list[Facts | Exception] = []
    for one in asked:
        room = rooms.get((one.room, one.speaker.key))
        if room is None:
            found.append(RoomUnknown())
        elif one.reply_to and (one.reply_to, one.room) not in answered:
            found.append(Invalid(field="reply_to"))
        else:
            texts = [queries.content(one.keyring, room, row) for row in recent.get(one.speaker.key, [])]
            words = [content.text for content in texts if content is not None]
            found.append(Facts(room, one.client_id in repeated, words, numbers.get(one.speaker.key)))
    return found


async def _readable(plain: Plain, asked: Sequence[Question]) -> dict[tuple[str, str], Room]:
    """Return the rooms by room id and author key: groups, what one is a member of; the team any kring."""
    rows = await plain.rows(ROOMS, list({one.room for one in asked}))
    rooms = {room.id: cast("Room", room) for room in map(ROOM.row, rows)}
    closed = [room.id for room in rooms.values() if room.kind is not RoomKind.GROUP]
    members = {(row[0], row[1]) for row in await plain.rows(MEMBERS, closed)} if closed else set()
    return {
        (one.room, one.speaker.key): room
        for one in asked
        if (room := rooms.get(one.room)) is not None and _may_read(room, one.speaker, members)
    }


def _may_read(room: Room, speaker: Speaker, members: set[tuple[str, str]]) -> bool:
    if room.kind is RoomKind.GROUP or (room.kind is RoomKind.KRING and speaker.role is not None):
        return True
    return any((room.id, key) in members for key in speaker.keys)


async def _answered(plain: Plain, ids: list[str]) -> set[tuple[str, str]]:
    """Return (message, room) of what was placed: only that can be answered."""
    return {(row[0], row[1]) for row in await plain.rows(ANSWERED, ids)} if ids else set()


async def _recent(plain: Plain, authors: list[str]) -> dict[str, list[Message]]:
    """Return the last three placed messages of each author, oldest first; an author key belongs to one room.

    However much somebody wrote, no more than these are read.
    """
    found: dict[str, list[Message]] = {}
    for author, *rest in await plain.rows(NEWEST, list(set(authors)), RECENT - 1) if authors else ():
        found.setdefault(author, []).append(cast("Message", SealedRow(*rest)))
    return found


@dataclass(frozen=True)
class Author:
    """Whose limits on writing are asked for, and when."""

    keys: frozenset[str]
    now: datetime


async def paces(plain: Plain, asked: Sequence[Author]) -> list[moderation.Pace]:
    """Return for all who ask how a moderator lets them write now."""
    keys = frozenset().union(*(one.keys for one in asked))
    limited = await moderation.limited(plain, list(keys), asked[0].now)
    if not limited:  # nearly always
        return [moderation.Pace.FREE] * len(asked)
    return [max(limited.get(key, moderation.Pace.FREE) for key in one.keys) for one in asked]
