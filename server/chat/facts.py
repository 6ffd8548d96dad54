"""What has to be known before a message may be placed; read for all who send at the same moment (performance 2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from sqlalchemy import BindParameter, bindparam, func, select

import moderation
from server.chat import queries
from server.chat.models import Member, Message, Room, RoomKind
from server.chat.rules import RoomUnknown, Speaker
from server.kit.db.database import Tx
from server.kit.errors import Invalid
from server.kit.keys import Keyring

RECENT: Final = 3

# Made once: putting a statement together costs more than running it. Rows are read as the models they are rows of.
ROOM: Final = Room.metadata.tables["room"].c
MEMBER: Final = Member.metadata.tables["member"].c
MESSAGE: Final = Message.metadata.tables["message"].c
IDS: Final[BindParameter[list[str]]] = bindparam("ids", expanding=True)
ROOMS: Final = select(*ROOM).where(ROOM.id.in_(IDS))
MEMBERS: Final = select(MEMBER.room_id, MEMBER.author_key).where(MEMBER.room_id.in_(IDS))
REPEATED: Final = select(*MESSAGE).where(MESSAGE.client_id.in_(IDS))
ANSWERED: Final = select(MESSAGE.id, MESSAGE.room_id).where(MESSAGE.id.in_(IDS), MESSAGE.seq.is_not(None))
PLACED: Final = (
    select(
        *MESSAGE,
        func.row_number().over(partition_by=MESSAGE.author_key, order_by=MESSAGE.seq.desc()).label("place"),
    )
    .where(MESSAGE.author_key.in_(bindparam("authors", expanding=True)), MESSAGE.seq.is_not(None))
    .subquery()
)
NEWEST: Final = select(PLACED).where(PLACED.c.place <= bindparam("most")).order_by(PLACED.c.seq)


@dataclass(frozen=True)
class Question:
    """Who wants to say something where. client_id: of the message; reply_to: what it answers."""

    room: str
    speaker: Speaker
    client_id: str
    reply_to: str | None
    keyring: Keyring


@dataclass(frozen=True)
class Facts:
    """The room; the message that came with this client_id before; the author's last texts here, oldest first.

    The texts are for numbers split over messages.
    """

    room: Room
    repeated: Message | None
    recent: list[str]


async def read(tx: Tx, asked: Sequence[Question]) -> list[Facts | Exception]:
    """Return the facts for all who ask, or RoomUnknown or Invalid for one of them."""
    rooms = await _readable(tx, asked)
    repeated = await _repeated(tx, [one.client_id for one in asked])
    answered = await _answered(tx, {one.reply_to for one in asked if one.reply_to})
    recent = await _recent(tx, {one.speaker.key for one in asked if one.client_id not in repeated})
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
            found.append(Facts(room, repeated.get(one.client_id), words))
    return found


async def _readable(tx: Tx, asked: Sequence[Question]) -> dict[tuple[str, str], Room]:
    """Return the rooms by room id and author key: any group, a talk only for its members."""
    connection = await tx.connection()
    rows = await connection.execute(ROOMS, {"ids": list({one.room for one in asked})})
    rooms = {row.id: cast("Room", row) for row in rows}
    talks = [room.id for room in rooms.values() if room.kind is RoomKind.TALK]
    found = await connection.execute(MEMBERS, {"ids": talks}) if talks else ()
    members = {(row.room_id, row.author_key) for row in found}
    return {
        (one.room, one.speaker.key): rooms[one.room]
        for one in asked
        if one.room in rooms and (one.room not in talks or any((one.room, key) in members for key in one.speaker.keys))
    }


async def _repeated(tx: Tx, client_ids: Sequence[str]) -> dict[str, Message]:
    rows = await (await tx.connection()).execute(REPEATED, {"ids": list(set(client_ids))})
    return {row.client_id: cast("Message", row) for row in rows}


async def _answered(tx: Tx, ids: set[str]) -> set[tuple[str, str]]:
    """Return (message, room) of what was placed: only that can be answered."""
    if not ids:
        return set()
    return {(row.id, row.room_id) for row in await (await tx.connection()).execute(ANSWERED, {"ids": list(ids)})}


async def _recent(tx: Tx, authors: set[str]) -> dict[str, list[Message]]:
    """Return the last three placed messages of each author, oldest first; an author key belongs to one room."""
    if not authors:
        return {}
    found: dict[str, list[Message]] = {}
    for row in await (await tx.connection()).execute(NEWEST, {"authors": list(authors), "most": RECENT}):
        found.setdefault(row.author_key, []).append(cast("Message", row))
    return found


@dataclass(frozen=True)
class Author:
    """Whose limits on writing are asked for, and when."""

    keys: frozenset[str]
    now: datetime


async def sanctioned(tx: Tx, asked: Sequence[Author]) -> list[bool]:
    """Say for all who ask whether a limit on writing holds for them."""
    keys = frozenset().union(*(one.keys for one in asked))
    stopped = {one.author_key for one in await moderation.active_sanctions(tx, list(keys), asked[0].now)}
    return [not stopped.isdisjoint(one.keys) for one in asked]
