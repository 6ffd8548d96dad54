"""Two people in one group never look the same: the second of a name gets a number there, for that day.

A name is no key and may exist many times on the site (privacy 2.3), so who is first in a group is decided there, under
the author key of that group and day. The table holds a keyed hash that is another one tomorrow, and no name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy.exc import IntegrityError

from server.chat.models import Room, RoomKind
from server.chat.rules import Speaker
from server.kit.clock import local_day
from server.kit.db.plain import Plain
from server.kit.errors import Unavailable
from server.kit.runtime import Runtime
from server.visitors.nicknames import skeleton

TRIES: Final = 5
KNOWN: Final = "SELECT number FROM room_name WHERE author_key = $1"
NEXT: Final = "SELECT coalesce(max(number), 0) + 1 FROM room_name WHERE mark = $1"
TAKEN: Final = "INSERT INTO room_name (author_key, mark, number, day) VALUES ($1, $2, $3, $4)"


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
    asked = Asked(speaker.key, mark, local_day(rt.clock.now()))
    for _ in range(TRIES):
        try:
            return await rt.stores.vluchtig.write_plain(_take, asked)
        except IntegrityError:  # somebody of that name came at the same moment
            continue
    raise Unavailable


@dataclass(frozen=True)
class Asked:
    """Who takes which name for which day."""

    author_key: str
    mark: str
    day: date


async def _take(plain: Plain, asked: Sequence[Asked]) -> list[int]:
    """Return the numbers for all who ask at the same moment."""
    numbers = []
    for one in asked:
        if not (known := await plain.rows(KNOWN, one.author_key)):
            known = await plain.rows(NEXT, one.mark)
            await plain.many(TAKEN, [[one.author_key, one.mark, known[0][0], one.day]])
        numbers.append(int(known[0][0]))
    return numbers
