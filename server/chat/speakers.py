"""Who somebody is in one room: another key in every room, and in groups another one every day (privacy 2.4)."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from server.chat.models import MessageState, RoomKind
from server.chat.rules import Speaker
from server.kit.clock import local_day
from server.kit.errors import Unavailable
from server.kit.ids import stable_id
from server.kit.runtime import Runtime
from server.team.logins import Login
from server.visitors import service as visitors
from server.visitors.visit import Visit

Sight = Callable[[str, RoomKind, datetime], Speaker]


class Unsaved(Protocol):
    """Writes down what was said."""

    def __call__(self, *, leaving: bool) -> Coroutine[Any, Any, None] | None:
        """Return what does it, None when there is nothing to write."""
        ...


AfterSaying = Callable[[MessageState, RoomKind], Awaitable[None]]
CELLS: Final = 2
"""Of the table of taking part, each visit adds to two cells a day at most (privacy 9.1)."""
TOOK_PART: Final = {
    RoomKind.GROUP: "T1/open_groep",
    RoomKind.TALK: "T1/een_op_een",
    RoomKind.KRING: "T1/themagroep",
}


@dataclass(frozen=True)
class Actor:
    """Somebody at the door of chat. ref: opaque, the same for all tabs; sight: who they are in a room.

    who: the visit or login behind it, for slices above.
    unsaved: writes down what was said, see `Noted`; None when there is nothing to write.
    newcomer: says whether the careful rules for new names still hold.
    """

    ref: str
    csrf: str
    sight: Sight
    said: AfterSaying
    who: Visit | Login
    newcomer: Callable[[datetime], bool]
    team: bool = False
    unsaved: Unsaved = lambda *, leaving: None

    def in_room(self, room_id: str, kind: RoomKind, now: datetime) -> Speaker:
        """Return the speaker of one room."""
        return self.sight(room_id, kind, now)


def visitor_in(visit: Visit, room_id: str, kind: RoomKind, now: datetime) -> Speaker:
    """Return a visitor as speaker of a room; yesterday's key still finds the own messages after midnight."""
    if kind is RoomKind.TALK:
        keys = [visit.author_key(f"gesprek/{room_id}")]
    else:
        today = local_day(now)
        keys = [visit.author_key(f"kamer/{room_id}/{day}") for day in (today, today - timedelta(days=1))]
    return Speaker(
        keys[0],
        frozenset(keys),
        visit.nickname,
        None,
        visit.newcomer(now),
        limit=visit.author_key(f"grens/{room_id}"),
        reporter_key=visit.author_key("melding"),
        sign_key=sign_key(visit, room_id),
    )


def sign_key(visit: Visit, room_id: str) -> str:
    """Return the key under which a visitor presses signs in a room, all days of the visit."""
    return visit.author_key(f"steun/{room_id}")


def took_part(visit: Visit, kind: RoomKind, now: datetime) -> bool:
    """Say whether this visitor has said something in a room of this kind today."""
    return f"{local_day(now).isoformat()}/{TOOK_PART[kind]}" in visit.counted


def team_in(login: Login, room_id: str) -> Speaker:
    """Return a team member as speaker of a room, with name and role."""
    key = team_key(login.account_id, room_id)
    signs = stable_id("steun", login.account_id, room_id)
    return Speaker(
        key, frozenset({key}), login.name, login.role.value, newcomer=False, limit=key, reporter_key=key, sign_key=signs
    )


def team_key(account_id: str, room_id: str) -> str:
    """Return the author key of a team member in a room."""
    return stable_id("team", account_id, room_id)


class Noted:
    """What one visitor has said: noted for the careful start and for the figures.

    lasting: a connection that stays open. It keeps the count and writes when told (see `unsaved`); any other at once.
    """

    def __init__(self, rt: Runtime, visit: Visit, *, lasting: bool) -> None:
        """Begin with nothing said."""
        self._rt, self._visit, self._lasting = rt, visit, lasting
        self._cell = ""
        self._count = 0

    async def said(self, state: MessageState, kind: RoomKind) -> None:
        """Note a message that was placed."""
        if state is MessageState.PLACED:
            if self._count and self._cell != TOOK_PART[kind]:  # a group and a talk in the same moment
                await self._save()
            self._cell = TOOK_PART[kind]
            self._count += 1
            if not self._lasting:
                await self._save()

    def newcomer(self, now: datetime) -> bool:
        """Say whether the careful rules still hold, with what was said since."""
        return self._visit.newcomer(now, self._count)

    def unsaved(self, *, leaving: bool) -> Coroutine[Any, Any, None] | None:
        """Return what writes down what was said; while somebody stays, only what matters to others by now."""
        if not self._count:
            return None
        matters = leaving or visitors.must_note(self._rt, self._visit, self._cell, CELLS, self._count)
        return self._save() if matters else None

    async def _save(self) -> None:
        count, self._count = self._count, 0
        try:
            self._visit = await visitors.note_said(self._rt, self._visit, self._cell, CELLS, count)
        except Unavailable:  # the message is placed all the same; noted the next time, of who is there then
            self._count += count


def visiting(rt: Runtime, visit: Visit, *, lasting: bool = False) -> Actor:
    """Return a visitor at the door of chat. lasting: see Noted."""
    noted = Noted(rt, visit, lasting=lasting)

    def sight(room_id: str, kind: RoomKind, now: datetime) -> Speaker:
        return visitor_in(visit, room_id, kind, now)

    return Actor(visit.ref.hex(), visit.csrf, sight, noted.said, visit, noted.newcomer, unsaved=noted.unsaved)


def working(rt: Runtime, login: Login) -> Actor:
    """Return a team member at the door of chat; nothing is counted about the team."""

    async def said(state: MessageState, kind: RoomKind) -> None:
        return None

    def sight(room_id: str, kind: RoomKind, now: datetime) -> Speaker:
        return team_in(login, room_id)

    def newcomer(moment: datetime) -> bool:
        return False

    return Actor(f"team-{login.account_id}", login.csrf, sight, said, login, newcomer, team=True)
