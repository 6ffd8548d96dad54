"""The doors of the groups: they turn as the roster says, and everybody inside hears it in the order of things."""

from datetime import datetime
from typing import Any

from sqlmodel import col, select

from server.chat import service
from server.chat.groups import groups
from server.chat.models import EventKind, Room
from server.kit.runtime import Runtime
from server.roster.doors import Standing, standings


async def turn(rt: Runtime, now: datetime) -> None:
    """Open and shut every group whose standing changed. Any process may do it at any time; nothing happens twice."""
    wanted = await standings(rt, groups())
    async with rt.stores.vluchtig.reading() as tx:
        rooms = (await tx.exec(select(Room).where(col(Room.id).in_(list(wanted))))).all()
    for room in rooms:
        if _differs(room, wanted[room.id]):
            await _turn(rt, room.id, wanted[room.id])


async def _turn(rt: Runtime, room_id: str, standing: Standing) -> None:
    async with rt.stores.vluchtig.transaction() as tx:
        room = await tx.get_one(Room, room_id, with_for_update=True)
        if not _differs(room, standing):
            return
        turned = bool(room.shut) == standing.open
        room.shut, room.opens, room.closes = standing.reason, standing.opens, standing.closes
        await tx.flush()
        if turned:
            await service.record(tx, rt, room, EventKind.NOTICE, args=notice(standing))


def notice(standing: Standing) -> dict[str, Any]:
    """Return what a page is told: that the door opened, or shut and why."""
    if standing.open:
        return {"kind": "open", "key": "deur.open"}
    return {"kind": "shut", "key": f"deur.reden.{standing.reason}"}


def _differs(room: Room, standing: Standing) -> bool:
    return (room.shut, room.opens, room.closes) != (standing.reason, standing.opens, standing.closes)
