"""Steps that the deeds of talks share, each inside an open transaction."""

from typing import Any

from sqlmodel import col, delete

from server.chat import service as chat
from server.chat.envelopes import room_key
from server.chat.hub import DESK
from server.chat.models import EventKind, Member, Message, Room, RoomEvent, RoomState
from server.kit.crypto import Unreadable, seal, unseal
from server.kit.db.database import Tx
from server.kit.keys import Keyring
from server.kit.runtime import Runtime
from server.talks import queries
from server.talks.models import Ask, AskKind, Assignment, Waiting, WaitingState

RUNG = b'{"t":"desk"}'


def ring(tx: Tx, rt: Runtime) -> None:
    """Tell every desk after the commit that the line or a talk changed."""
    tx.after_commit(lambda: rt.bus.publish(DESK, RUNG))


def count(tx: Tx, rt: Runtime, waiting: Waiting, table: str, cell: str) -> None:
    """Add to the figures after the commit, for the talk that counts today; without time or person."""
    if waiting.counts:
        tx.after_commit(lambda: rt.tally.count(table, cell))


async def tell(tx: Tx, rt: Runtime, talk_id: str, kind: str, key: str, **args: Any) -> None:
    """Add a notice to the order of a talk, for both sides: kind is for the script, key for people."""
    room = await tx.get_one(Room, talk_id)
    await chat.record(tx, rt, room, EventKind.NOTICE, args={"kind": kind, "key": key, "args": args})


async def give_back(tx: Tx, rt: Runtime, waiting: Waiting, key: str) -> None:
    """Put a talk back in the line, at its old place. Whoever had it may write or read there no more."""
    taken = await queries.assignment(tx, waiting.id)
    if taken is None:
        return
    taken.ended_at = rt.clock.now()
    waiting.state, waiting.returned = WaitingState.WAITING, True
    waiting.answer_by = waiting.begun_at = waiting.closes_at = None
    waiting.signal = ""
    await tx.exec(delete(Member).where(col(Member.room_id) == waiting.id, col(Member.team)))
    await tx.exec(delete(Ask).where(col(Ask.talk_id) == waiting.id, col(Ask.kind) == AskKind.BACKUP))
    room = await tx.get_one(Room, waiting.id)
    args = {"gen": taken.gen, "key": key, "peer": {"name": taken.helper_name}}
    await chat.record(tx, rt, room, EventKind.RETURNED, args=args)
    ring(tx, rt)


async def finish(tx: Tx, rt: Runtime, waiting: Waiting, key: str) -> None:
    """End a talk or a wait; key says to both sides why."""
    now = rt.clock.now()
    taken = await queries.assignment(tx, waiting.id)
    if taken is not None:
        taken.ended_at = now
    waiting.state, waiting.ended_at, waiting.answer_by, waiting.closes_at = WaitingState.ENDED, now, None, None
    room = await tx.get_one(Room, waiting.id)
    room.state = RoomState.ENDED
    await chat.record(tx, rt, room, EventKind.ENDED, args={"key": key})
    ring(tx, rt)


async def erase(tx: Tx, talk_id: str) -> None:
    """Delete a talk with its words, its members and its key."""
    for table, column in ((Message, Message.room_id), (RoomEvent, RoomEvent.room_id), (Member, Member.room_id)):
        await tx.exec(delete(table).where(col(column) == talk_id))
    await tx.exec(delete(Ask).where(col(Ask.talk_id) == talk_id))
    await tx.exec(delete(Assignment).where(col(Assignment.waiting_id) == talk_id))
    await tx.exec(delete(Room).where(col(Room.id) == talk_id))
    await tx.exec(delete(Waiting).where(col(Waiting.id) == talk_id))


def close_note(room: Room, keyring: Keyring, words: str) -> bytes:
    """Return a note of the team sealed under the key of the talk, so that it dies with it."""
    return seal(room_key(room, keyring)[1], words.encode(), _place(room))


def open_note(room: Room, keyring: Keyring, note: bytes | None) -> str:
    """Return the words of a note, or "" when there is none or its key has died."""
    if note is None:
        return ""
    try:
        return unseal(room_key(room, keyring)[1], note, _place(room)).decode()
    except Unreadable:
        return ""


def _place(room: Room) -> bytes:
    return f"note/{room.id}".encode()
