"""Reading rooms: last messages for a page, events for a reader who was away, the surroundings of one message."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Protocol

from sqlmodel import col, select

from server.chat.attachments import drawn
from server.chat.envelopes import Content, open_envelope
from server.chat.frames import frame
from server.chat.groups import described
from server.chat.models import EventKind, Member, Message, MessageState, Room, RoomEvent, RoomKind
from server.chat.rules import NoPlace, RoomUnknown, Speaker, public_id
from server.kit.crypto import Unreadable
from server.kit.db.database import Tx
from server.kit.keys import Keyring

AWAY: Final = "away"
OFFER: Final = "offer"
DECIDED: Final = "decided"
ALONE: Final = frozenset({OFFER, DECIDED})
"""Notices that only the one reads whom they are about."""


@dataclass(frozen=True)
class Shown:
    """One message as a page shows it. text is None when it may not or can no longer be read."""

    id: str
    seq: int | None
    at: datetime
    pid: str
    name: str
    role: str | None
    text: str | None
    state: MessageState
    mine: bool
    reply_to: str | None
    answer: dict[str, Any]
    attached: dict[str, Any] | None = None
    edited: bool = False
    mark: str | None = None


class Spoken(Protocol):
    """What a frame says of a message beside its words: a stored row, or one on its way into the store."""

    author_key: str
    role: str | None
    at: datetime
    reply_to: str | None
    rev: int


@dataclass(frozen=True)
class Event:
    """One durable event, ready to be sent. payload is the frame for everybody, own the one for its author."""

    seq: int
    kind: str
    message_id: str | None
    author_key: str
    payload: bytes
    own: bytes

    @property
    def tag(self) -> str:
        """Return what its frame is about, for taking words out of a queue."""
        return self.message_id or ""

    def changed(self, kind: str, change: Callable[[bytes], bytes]) -> "Event":
        """Return the event with other frames, in its old place."""
        return replace(self, kind=kind, payload=change(self.payload), own=change(self.own))


async def room(tx: Tx, room_id: str) -> Room:
    """Return a room. Raises RoomUnknown."""
    found = await tx.get(Room, room_id)
    if found is None:
        raise RoomUnknown
    return found


async def rooms(tx: Tx, room_ids: Sequence[str]) -> list[Room | RoomUnknown]:
    """Return rooms for all who ask at the same moment; RoomUnknown for an id that is none."""
    rows = (await tx.exec(select(Room).where(col(Room.id).in_(set(room_ids))))).all()
    found = {row.id: row for row in rows}
    return [found.get(room_id) or RoomUnknown() for room_id in room_ids]


async def last_seqs(tx: Tx, room_ids: Sequence[str]) -> dict[str, int]:
    """Return the last seq of each of these rooms."""
    if not room_ids:
        return {}
    found = await tx.exec(select(Room.id, Room.last_seq).where(col(Room.id).in_(room_ids)))
    return {row[0]: row[1] for row in found.all()}


def name_of(place: Room) -> str:
    """Return the name of a group or kring. Raises RoomUnknown for anything else."""
    if (group := described(place.id, place.theme)) is None:
        raise RoomUnknown
    return group.name


async def readable_room(tx: Tx, room_id: str, keys: Iterable[str], *, team: bool = False) -> Room:
    """Return a room that the owner of these author keys may read: any group, a talk or kring only as its member.

    team: somebody of the team, who reads along in every kring. Raises RoomUnknown, or NoPlace for a kring.
    """
    found = await room(tx, room_id)
    if found.kind is RoomKind.TALK or (found.kind is RoomKind.KRING and not team):
        query = select(Member.room_id).where(col(Member.room_id) == room_id, col(Member.author_key).in_(list(keys)))
        if (await tx.exec(query)).first() is None:
            raise NoPlace if found.kind is RoomKind.KRING else RoomUnknown
    return found


async def last_messages(
    tx: Tx, keyring: Keyring, place: Room, speaker: Speaker, *, limit: int, before: int | None = None
) -> list[Shown]:
    """Return the newest placed or hidden messages, oldest first, and the own ones that wait for a moderator."""
    query = select(Message).where(col(Message.room_id) == place.id, col(Message.seq).is_not(None))
    if before is not None:
        query = query.where(col(Message.seq) < before)
    rows = list((await tx.exec(query.order_by(col(Message.seq).desc()).limit(limit))).all())[::-1]
    if before is None:
        rows += await waiting(tx, place, speaker)
    return [shown(keyring, place, row, speaker.keys) for row in rows]


async def last_ids(tx: Tx, place: Room, *, limit: int) -> list[str]:
    """Return the ids of the newest messages that have a place."""
    query = select(Message.id).where(col(Message.room_id) == place.id, col(Message.seq).is_not(None))
    return list((await tx.exec(query.order_by(col(Message.seq).desc()).limit(limit))).all())


async def waiting(tx: Tx, place: Room, speaker: Speaker) -> Sequence[Message]:
    """Return the speaker's own messages that a moderator has not seen yet."""
    query = select(Message).where(
        col(Message.room_id) == place.id,
        col(Message.state) == MessageState.HELD,
        col(Message.seq).is_(None),
        col(Message.author_key).in_(list(speaker.keys)),
    )
    return (await tx.exec(query.order_by(col(Message.at)))).all()


async def by_client_id(tx: Tx, client_id: str) -> Message | None:
    """Return the message that came with this client_id."""
    return (await tx.exec(select(Message).where(col(Message.client_id) == client_id))).first()


async def events(
    tx: Tx, keyring: Keyring, place: Room, *, after: int, limit: int, before: int | None = None
) -> list[Event]:
    """Return events with seq > after (or the last ones < before), oldest first.

    The text is read now: what was hidden in the meantime goes out as `hidden`, without it (promise P6).
    """
    query = select(RoomEvent).where(col(RoomEvent.room_id) == place.id, col(RoomEvent.seq) > after)
    if before is not None:
        query = query.where(col(RoomEvent.seq) < before).order_by(col(RoomEvent.seq).desc()).limit(limit)
        rows = list((await tx.exec(query)).all())[::-1]
    else:
        rows = list((await tx.exec(query.order_by(col(RoomEvent.seq)).limit(limit))).all())
    ids = [row.message_id for row in rows if row.message_id]
    found = (await tx.exec(select(Message).where(col(Message.id).in_(ids)))).all() if ids else []
    messages = {message.id: message for message in found}
    return [event(keyring, place, row, messages.get(row.message_id or "")) for row in rows]


@dataclass(frozen=True)
class After:
    """A question for what a room's listeners missed: events with seq > seq, at most limit."""

    room_id: str
    seq: int
    limit: int
    keyring: Keyring


async def events_after(tx: Tx, asked: Sequence[After]) -> list[list[Event]]:
    """Return events for all who ask at the same moment; the same question is read once."""
    places = {place.id: place for place in await rooms(tx, [one.room_id for one in asked]) if isinstance(place, Room)}
    found: dict[After, list[Event]] = {}
    for one in dict.fromkeys(asked):
        if one.room_id in places:
            found[one] = await events(tx, one.keyring, places[one.room_id], after=one.seq, limit=one.limit)
    return [found.get(one, []) for one in asked]


async def context(tx: Tx, keyring: Keyring, message_id: str, around: int = 5) -> list[Shown]:
    """Return a message with those before and after it, for a moderator."""
    middle = await tx.get(Message, message_id)
    if middle is None:
        return []
    place = await room(tx, middle.room_id)
    seq = middle.seq if middle.seq is not None else place.last_seq + 1
    near = select(Message).where(col(Message.room_id) == place.id, col(Message.seq).is_not(None))
    earlier = near.where(col(Message.seq) < seq).order_by(col(Message.seq).desc()).limit(around)
    later = near.where(col(Message.seq) > seq).order_by(col(Message.seq)).limit(around)
    rows = [*list((await tx.exec(earlier)).all())[::-1], middle, *(await tx.exec(later)).all()]
    return [shown(keyring, place, row, frozenset()) for row in rows]


def shown(keyring: Keyring, place: Room, row: Message, own: frozenset[str]) -> Shown:
    """Return a message as a page shows it."""
    mine = row.author_key in own
    found = content(keyring, place, row)
    visible = row.state is MessageState.PLACED or (mine and row.state is MessageState.HELD)
    text = found.text if found and visible else None
    answer = found.answer if found and mine else {}
    name = found.name if found else ""
    attached = drawn(found.attached) if found and visible else None
    return Shown(
        row.id, row.seq, row.at, public_id(row.author_key), name, row.role, text, row.state, mine, row.reply_to, answer,
        attached, found is not None and found.edited, found.mark if found else None,
    )  # fmt: skip


def event(keyring: Keyring, place: Room, row: RoomEvent, message: Message | None) -> Event:
    """Return one stored event ready to be sent."""
    said = content(keyring, place, message) if message is not None else None
    return as_event(row, message, said)


def as_event(row: RoomEvent, message: Message | None, said: Content | None) -> Event:
    """Return an event whose message has been opened. Without its words it says that they are gone."""
    base: dict[str, Any] = {"room": row.room_id, "seq": row.seq, "id": row.message_id} | row.args
    if message is None:
        payload = frame(row.kind, **base)
        return Event(row.seq, row.kind, row.message_id, "", payload, payload)
    if row.kind is EventKind.NOTICE:
        return _beside(row, message, said)
    kind = _kind_now(row.kind, message, said)
    if said is None or kind in (EventKind.HIDDEN, EventKind.RETRACTED):
        payload = frame(kind, **base, rev=message.rev)
        return Event(row.seq, kind, message.id, message.author_key, payload, payload)
    words = base | spoken(message, said)
    if kind is not EventKind.MESSAGE:
        words["of"] = message.seq  # where its words stand, for who has not seen them before
    own = frame(kind, **words, client_id=message.client_id)
    return Event(row.seq, kind, message.id, message.author_key, frame(kind, **words), own)


def _beside(row: RoomEvent, message: Message, said: Content | None) -> Event:
    """Return a notice that is about somebody: by name for all that they are away, the rest for its person alone."""
    quiet = frame(row.kind, room=row.room_id, seq=row.seq, kind="quiet")
    if row.args["kind"] == AWAY and said is not None and message.state is MessageState.PLACED:
        payload = own = frame(row.kind, room=row.room_id, seq=row.seq, **row.args, args={"naam": said.name})
    else:
        alone = row.args["kind"] in ALONE
        payload, own = quiet, frame(row.kind, room=row.room_id, seq=row.seq, **row.args) if alone else quiet
    return Event(row.seq, row.kind, message.id, message.author_key, payload, own)


def _kind_now(kind: EventKind, message: Message, said: Content | None) -> EventKind:
    """Return what an event is by now: words that were hidden meanwhile are not said (P6)."""
    if message.state is MessageState.RETRACTED:
        return EventKind.RETRACTED
    says = kind in (EventKind.MESSAGE, EventKind.EDITED, EventKind.RESTORED)
    out_of_sight = message.state in (MessageState.HIDDEN, MessageState.HELD) or said is None
    return EventKind.HIDDEN if says and out_of_sight else kind


def spoken(message: "Spoken", content: Content) -> dict[str, Any]:
    """Return the fields of a `message` frame that say who wrote what."""
    return {
        "at": message.at.strftime("%Y-%m-%dT%H:%MZ"),
        "author": {"pid": public_id(message.author_key), "name": content.name, "role": message.role},
        "text": content.text,
        "reply_to": message.reply_to,
        "rev": message.rev,
        "attached": drawn(content.attached),
        "edited": content.edited or None,
        "mark": content.mark,
    }


def content(keyring: Keyring, place: Room, row: Message) -> Content | None:
    """Return what is in a message, None once text or key are gone."""
    try:
        return open_envelope(place, row, keyring)
    except Unreadable:
        return None
