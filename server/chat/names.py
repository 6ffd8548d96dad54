"""Two people in one group never look the same: the second of a name gets a number there, for that day.

A name is no key and may exist many times on the site (privacy 2.3), so who is first in a group is decided there, under
the author key of that group and day. The table holds a keyed hash that is another one tomorrow, and no name.
"""

from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, func, select

from server.chat.models import Room, RoomKind, RoomName
from server.chat.rules import Speaker
from server.kit.clock import local_day
from server.kit.errors import Unavailable
from server.kit.runtime import Runtime
from server.visitors.nicknames import skeleton

TRIES: Final = 5


async def shown(rt: Runtime, room: Room, speaker: Speaker, number: int | None) -> str:
    """Return the name under which somebody writes in a room. number: as it is known, None for the first message."""
    if speaker.role is not None or room.kind is RoomKind.TALK:
        return speaker.name
    return numbered(speaker.name, number or await take(rt, room, speaker))


def numbered(name: str, number: int) -> str:
    """Return a name as it is, or with its number; nobody can choose a name with brackets."""
    return name if number == 1 else f"{name} ({number})"


async def take(rt: Runtime, room: Room, speaker: Speaker) -> int:
    """Return which of that name this author is here today: 1 for the first. Names that look alike are one name.

    Raises Unavailable when others kept coming in between.
    """
    mark = rt.keyring.of_today("room-name", f"{room.id}/{skeleton(speaker.name)}")
    for _ in range(TRIES):
        try:
            return await _take(rt, speaker, mark)
        except IntegrityError:  # somebody of that name came at the same moment
            continue
    raise Unavailable


async def _take(rt: Runtime, speaker: Speaker, mark: str) -> int:
    async with rt.stores.vluchtig.transaction() as tx:
        known = await tx.get(RoomName, speaker.key)
        if known is not None:
            return known.number
        highest = select(func.coalesce(func.max(RoomName.number), 0)).where(col(RoomName.mark) == mark)
        number = (await tx.exec(highest)).one() + 1
        tx.add(RoomName(author_key=speaker.key, mark=mark, number=number, day=local_day(rt.clock.now())))
        await tx.flush()
        return number
