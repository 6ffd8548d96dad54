"""Two people in one group never look the same: the second of a name gets a number there, for that day.

A name is no key and may exist many times on the site (privacy 2.3), so who is first in a group is decided there, under
the author key of that group and day. The table holds a keyed hash that is another one tomorrow, and no name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from server.chat.models import Room, RoomKind
from server.chat.rules import Speaker
from server.kit.clock import local_day
from server.kit.db.plain import Plain
from server.kit.errors import Unavailable
from server.kit.runtime import Runtime
from server.visitors.nicknames import skeleton

TRIES: Final = 5
KNOWN: Final = "SELECT author_key, number FROM room_name WHERE author_key = ANY($1)"
HIGHEST: Final = "SELECT mark, max(number) FROM room_name WHERE mark = ANY($1) GROUP BY mark"
TAKE: Final = "INSERT INTO room_name (author_key, mark, number, day) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who comes into which group under which name. mark: keyed hash of both, another one tomorrow."""

    author_key: str
    mark: str
    day: date


def wanted(rt: Runtime, room: Room, speaker: Speaker) -> Wanted | None:
    """Return what a first message of the day needs before it can be stored; None where a name needs no number."""
    if speaker.role is not None or room.kind is RoomKind.TALK:
        return None
    mark = rt.keyring.of_today("room-name", f"{room.id}/{skeleton(speaker.name)}")
    return Wanted(speaker.key, mark, local_day(rt.clock.now()))


def numbered(name: str, number: int) -> str:
    """Return a name as it is, or with its number; nobody can choose a name with brackets."""
    return name if number == 1 else f"{name} ({number})"


async def take(plain: Plain, asked: Sequence[Wanted]) -> dict[str, int]:
    """Return which of their name these authors are today, by author key: 1 for the first.

    Names that look alike are one name.
    Raises Unavailable when another process was first again and again.
    """
    left = {one.author_key: one for one in sorted(asked, key=lambda one: one.mark)}
    for _ in range(TRIES if left else 0):
        highest = {row[0]: row[1] for row in await plain.rows(HIGHEST, list({one.mark for one in left.values()}))}
        rows = []
        for one in left.values():
            highest[one.mark] = highest.get(one.mark, 0) + 1
            rows.append([one.author_key, one.mark, highest[one.mark], one.day])
        await plain.many(TAKE, rows)
        known = {row[0]: row[1] for row in await plain.rows(KNOWN, [one.author_key for one in asked])}
        left = {key: one for key, one in left.items() if key not in known}
        if not left:
            return known
    if left:
        raise Unavailable
    return {}
