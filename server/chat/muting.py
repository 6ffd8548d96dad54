"""Not reading one person for a while: only for this visit and this room, and nobody else knows (ux-spec 4.3)."""

from dataclasses import replace
from typing import Final

from server.chat.models import Message
from server.chat.rules import RoomUnknown, Speaker, public_id
from server.kit.runtime import Runtime
from server.visitors import service as visitors
from server.visitors.visit import Visit

MOST: Final = 50


def muted_in(visit: Visit, room_id: str) -> frozenset[str]:
    """Return the public ids this visitor does not want to read in a room. They change every day, and so does this."""
    return frozenset(mark.split("/")[1] for mark in visit.muted if mark.startswith(f"{room_id}/"))


async def mute(rt: Runtime, visit: Visit, speaker: Speaker, room_id: str, message_id: str) -> None:
    """Fold away whoever wrote a message; it stays inside the sealed visit. Raises RoomUnknown.

    Nobody mutes themselves, and the team is always read: it says when something is wrong.
    """
    async with rt.stores.vluchtig.reading() as tx:
        message = await tx.get(Message, message_id)
    if message is None or message.room_id != room_id or message.role is not None or message.author_key in speaker.keys:
        raise RoomUnknown
    mark = f"{room_id}/{public_id(message.author_key)}"
    await visitors.change(rt, visit, lambda known: _with(known, mark))


async def unmute(rt: Runtime, visit: Visit, room_id: str, pid: str) -> None:
    """Show somebody again."""
    mark = f"{room_id}/{pid}"
    await visitors.change(rt, visit, lambda known: _without(known, mark))


def _with(visit: Visit, mark: str) -> Visit:
    if mark in visit.muted:
        return visit
    return replace(visit, muted=(*visit.muted, mark)[-MOST:])


def _without(visit: Visit, mark: str) -> Visit:
    if mark not in visit.muted:
        return visit
    return replace(visit, muted=tuple(known for known in visit.muted if known != mark))
