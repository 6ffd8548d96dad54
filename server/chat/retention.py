"""What goes from rooms by itself: texts after a day, their shells after two (privacy 5)."""

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import col, delete, select, update

from server.chat.models import Message, Room, RoomEvent, RoomKind, RoomName, Sign
from server.kit.clock import local_day
from server.kit.db.database import Tx, repeats_collisions
from server.kit.runtime import Runtime

TEXT_KEPT: Final = timedelta(hours=24)
SHELL_KEPT: Final = timedelta(hours=48)
PER_ROOM_KEPT: Final = 200


async def forget(rt: Runtime, now: datetime) -> None:
    """Delete group texts after 24 hours or beyond 200 per room, and their shells after 48 hours (privacy 5).

    Room by room, so that nobody who says something waits for all of them.
    """
    async with rt.stores.vluchtig.reading() as tx:
        room_ids = (await tx.exec(select(Room.id).where(col(Room.kind) != RoomKind.TALK))).all()
    for room_id in room_ids:
        await _forget_in(rt, room_id, now)
    async with rt.stores.vluchtig.transaction() as tx:
        await tx.exec(delete(RoomName).where(col(RoomName.day) < local_day(now) - timedelta(days=1)))
    rt.keyring.rotate_if_older("vluchtig", timedelta(hours=6))
    rt.keyring.destroy_older("vluchtig", timedelta(hours=30))


@repeats_collisions
async def _forget_in(rt: Runtime, room_id: str, now: datetime) -> None:
    async with rt.stores.vluchtig.transaction() as tx:
        if (room := await tx.get(Room, room_id)) is not None:
            await _forget_texts(tx, room, now)
            await _forget_events(tx, room, now)


async def _forget_texts(tx: Tx, room: Room, now: datetime) -> None:
    here = col(Message.room_id) == room.id
    old = (col(Message.at) < now - TEXT_KEPT) | (col(Message.seq) <= room.last_seq - PER_ROOM_KEPT)
    await tx.exec(delete(Sign).where(col(Sign.message_id).in_(select(Message.id).where(here, old))))
    await tx.exec(update(Message).where(here, old, col(Message.sealed).is_not(None)).values(sealed=None))
    await tx.exec(delete(Message).where(here, col(Message.at) < now - SHELL_KEPT))


async def _forget_events(tx: Tx, room: Room, now: datetime) -> None:
    here = col(RoomEvent.room_id) == room.id
    old = (col(RoomEvent.at) < now - TEXT_KEPT) | (col(RoomEvent.seq) <= room.last_seq - PER_ROOM_KEPT)
    gone = await tx.exec(delete(RoomEvent).where(here, old))
    if gone.rowcount:
        first = select(RoomEvent.seq).where(here).order_by(col(RoomEvent.seq))
        room.first_seq = (await tx.exec(first)).first() or room.last_seq + 1
        tx.add(room)
