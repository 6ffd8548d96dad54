"""Storing messages for all who send at the same moment: number, row and event (reliability-spec 2, rule 1)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Final

from sqlmodel import col, update

from server.chat import live, names
from server.chat.envelopes import Content, close_envelope
from server.chat.frames import frame
from server.chat.models import EventKind, MessageState, Room
from server.chat.names import Wanted
from server.chat.queries import Event, spoken
from server.kit.crypto import Secret
from server.kit.db.database import Tx
from server.kit.db.plain import Plain
from server.kit.runtime import Runtime


@dataclass(slots=True)
class Said:
    """A message row on its way into the store, field by field as in `Message`, which takes ten times longer to make."""

    id: str
    room_id: str
    client_id: str
    author_key: str
    role: str | None
    state: MessageState
    reply_to: str | None
    at: datetime
    key_version: int
    digest: bytes
    sealed: bytes = b""
    seq: int | None = None
    rev: int = 0


VALUES: Final = attrgetter(*Said.__slots__)
ADD_MESSAGE: Final = """
    INSERT INTO message
        (id, room_id, client_id, author_key, role, state, reply_to, at, key_version, digest, sealed, seq, rev)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""
ADD_EVENT: Final = """
    INSERT INTO room_event (room_id, seq, kind, message_id, at, args) VALUES ($1, $2, 'message', $3, $4, '{}')
"""
TAKE: Final = "UPDATE room SET last_seq = last_seq + $2 WHERE id = $1 RETURNING last_seq"


@dataclass(slots=True)
class Placing:
    """A message that is to be stored, and what goes into its envelope under a key.

    first: of an author whose name has no number here yet. Placed messages get a number and are passed on.
    """

    rt: Runtime
    message: Said
    content: Content
    key: Secret
    first: Wanted | None = None


async def store(plain: Plain, asked: Sequence[Placing]) -> list[Said]:
    """Store messages; those that are placed get the next number of their room, without gaps, and go on the bus.

    Raises IntegrityError when a client_id is known: then nothing of this transaction is stored.
    """
    await _seal(plain, asked)
    placed = [one for one in asked if one.message.state is MessageState.PLACED]
    numbers = await _take(plain, Counter(one.message.room_id for one in placed))
    for one in placed:
        one.message.seq = numbers[one.message.room_id]
        numbers[one.message.room_id] += 1
        plain.deeds.append(partial(live.publish, one.rt.bus, one.message.room_id, _event(one)))
    messages = [one.message for one in asked]
    await plain.many(ADD_MESSAGE, [*map(VALUES, messages)])
    if placed:
        await plain.many(ADD_EVENT, [[each.room_id, each.seq, each.id, each.at] for each in messages if each.seq])
    return messages


async def _seal(plain: Plain, asked: Sequence[Placing]) -> None:
    """Close the envelopes, after whoever speaks for the first time today has got a number beside the name."""
    numbers = await names.take(plain, [one.first for one in asked if one.first is not None])
    for one in asked:
        if one.first is not None:
            name = names.numbered(one.content.name, numbers[one.first.author_key])
            one.content = replace(one.content, name=name)
        one.message.sealed = close_envelope(one.key, one.message.id, one.content)


async def _take(plain: Plain, wanted: Counter[str]) -> dict[str, int]:
    """Lock rooms, in a fixed order, and take so many numbers of each. Returns the first number by room."""
    first = {}
    for room_id in sorted(wanted):
        last = (await plain.rows(TAKE, room_id, wanted[room_id]))[0][0]
        first[room_id] = last - wanted[room_id] + 1
    return first


async def next_number(tx: Tx, room_id: str) -> int:
    """Lock a room and take its next number, in a transaction of models."""
    await tx.flush()
    counted = update(Room).where(col(Room.id) == room_id).values(last_seq=Room.last_seq + 1)
    return int((await tx.exec(counted.returning(col(Room.last_seq)))).scalar_one())


def _event(placing: Placing) -> Event:
    said, words = placing.message, spoken(placing.message, placing.content)
    everybody = frame(EventKind.MESSAGE, room=said.room_id, seq=said.seq, id=said.id, **words)
    own = everybody[:-1] + b',"client_id":"' + said.client_id.encode() + b'"}'
    return Event(said.seq or 0, EventKind.MESSAGE, said.id, said.author_key, everybody, own)
