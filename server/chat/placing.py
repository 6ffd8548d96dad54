"""Storing messages for all who send at the same moment: number, row and event (reliability-spec 2, rule 1)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import bindparam, insert, update

from server.chat import live
from server.chat.envelopes import Content
from server.chat.frames import frame
from server.chat.models import EventKind, Message, MessageState, Room, RoomEvent
from server.chat.queries import Event, spoken
from server.kit.db.database import Tx
from server.kit.runtime import Runtime

MESSAGES: Final = Message.metadata.tables["message"]
EVENTS: Final = RoomEvent.metadata.tables["room_event"]
ROOMS: Final = Room.metadata.tables["room"]
TAKE: Final = (
    update(ROOMS)
    .where(ROOMS.c.id == bindparam("room"))
    .values(last_seq=ROOMS.c.last_seq + bindparam("count"))
    .returning(ROOMS.c.last_seq)
)
ADD_MESSAGES, ADD_EVENTS = insert(MESSAGES), insert(EVENTS)


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
    sealed: bytes
    seq: int | None = None
    rev: int = 0


@dataclass(frozen=True)
class Placing:
    """A message that is to be stored, with what is inside its envelope; placed ones get a number and are passed on."""

    rt: Runtime
    message: Said
    content: Content


async def store(tx: Tx, asked: Sequence[Placing]) -> list[Said]:
    """Store messages; those that are placed get the next number of their room, without gaps, and go on the bus.

    Raises IntegrityError when a client_id is known: then nothing of this transaction is stored.
    """
    placed = [one for one in asked if one.message.state is MessageState.PLACED]
    numbers = await take_numbers(tx, Counter(one.message.room_id for one in placed))
    for one in placed:
        one.message.seq = numbers[one.message.room_id]
        numbers[one.message.room_id] += 1
        tx.after_commit(partial(live.publish, one.rt.bus, one.message.room_id, _event(one)))
    messages = [one.message for one in asked]
    connection = await tx.connection()
    await connection.execute(ADD_MESSAGES, [_message_row(message) for message in messages])
    if placed:
        await connection.execute(ADD_EVENTS, [_event_row(one.message) for one in placed])
    return messages


async def take_numbers(tx: Tx, wanted: Counter[str]) -> dict[str, int]:
    """Lock rooms, in a fixed order, and take so many numbers of each. Returns the first number by room."""
    await tx.flush()
    connection, first = await tx.connection(), {}
    for room_id in sorted(wanted):
        taken = await connection.execute(TAKE, {"room": room_id, "count": wanted[room_id]})
        first[room_id] = int(taken.scalar_one()) - wanted[room_id] + 1
    return first


def _event(placing: Placing) -> Event:
    said, words = placing.message, spoken(placing.message, placing.content)
    base = {"room": said.room_id, "seq": said.seq, "id": said.id}
    own = frame(EventKind.MESSAGE, **base, **words, client_id=said.client_id)
    everybody = frame(EventKind.MESSAGE, **base, **words)
    return Event(said.seq or 0, EventKind.MESSAGE, said.id, said.author_key, everybody, own)


def _message_row(said: Said) -> dict[str, Any]:
    return {name: getattr(said, name) for name in Said.__slots__}


def _event_row(said: Said) -> dict[str, Any]:
    event = {"room_id": said.room_id, "seq": said.seq, "kind": EventKind.MESSAGE}
    return event | {"message_id": said.id, "at": said.at, "args": {}}
