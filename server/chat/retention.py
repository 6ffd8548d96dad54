"""What goes from rooms by itself: texts after a day, their shells after two (privacy 5)."""

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import col, delete, select, update

from server.chat.models import Message, Room, RoomEvent, RoomKind, RoomName, Sign
from server.kit.clock import local_day
from server.kit.db.database import Tx
from server.kit.runtime import Runtime

TEXT_KEPT: Final = timedelta(hours=24)
SHELL_KEPT: Final = timedelta(hours=48)
PER_ROOM_KEPT: Final = 200


async def forget(rt: Runtime, now: datetime) -> None:
    """Delete group texts after 24 hours or beyond 200 per room, and their shells after 48 hours (privacy 5)."""
    async with rt.stores.vluchtig.transaction() as tx:
        for room in (await tx.exec(select(Room).where(col(Room.kind) != RoomKind.TALK))).all():
            await _forget_in(tx, room, now)
        await tx.exec(delete(RoomName).where(col(RoomName.day) < local_day(now) - timedelta(days=1)))
    rt.keyring.rotate_if_older("vluchtig", timedelta(hours=6))
    rt.keyring.destroy_older("vluchtig", timedelta(hours=30))


async def _forget_in(tx: Tx, room: Room, now: datetime) -> None:
    here = col(Message.room_id) == room.id
    old = (col(Message.at) < now - TEXT_KEPT) | (col(Message.seq) <= room.last_seq - PER_ROOM_KEPT)
    await tx.exec(delete(Sign).where(col(Sign.message_id).in_(select(Message.id).where(here, old))))
    await tx.exec(update(Message).where(here, old, col(Message.sealed).is_not(None)).values(sealed=None))
    await tx.exec(delete(Message).where(here, col(Message.at) < now - SHELL_KEPT))
    event_old = (col(RoomEvent.at) < now - TEXT_KEPT) | (col(RoomEvent.seq) <= room.last_seq - PER_ROOM_KEPT)
    gone = await tx.exec(delete(RoomEvent).where(col(RoomEvent.room_id) == room.id, event_old))
    if gone.rowcount:
        first = select(RoomEvent.seq).where(col(RoomEvent.room_id) == room.id).order_by(col(RoomEvent.seq))
        room.first_seq = (await tx.exec(first)).first() or room.last_seq + 1
        tx.add(room)
