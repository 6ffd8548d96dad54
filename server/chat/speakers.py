"""Who somebody is in one room: another key in every room, and in groups another one every day (privacy 2.4)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from server.chat.models import MessageState, RoomKind
from server.chat.rules import Speaker
from server.kit.clock import local_day
from server.kit.ids import stable_id
from server.kit.runtime import Runtime
from server.team.logins import Login, is_open
from server.visitors import service as visitors
from server.visitors.visit import Visit

Sight = Callable[[str, RoomKind, datetime], Speaker]
AfterSaying = Callable[[MessageState, RoomKind], Awaitable[None]]
TOOK_PART: Final = {
    RoomKind.GROUP: "T1/open_groep",
    RoomKind.TALK: "T1/een_op_een",
    RoomKind.KRING: "T1/themagroep",
}


@dataclass(frozen=True)
class Actor:
    """Somebody at the door of chat. ref: opaque, the same for all tabs; sight: who they are in a room.

    still_there: says whether the visit or login behind it goes on. who: that visit or login, for slices above.
    """

    ref: str
    csrf: str
    sight: Sight
    said: AfterSaying
    still_there: Callable[[], Awaitable[bool]]
    who: Visit | Login
    team: bool = False

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


def visiting(rt: Runtime, visit: Visit) -> Actor:
    """Return a visitor at the door of chat; what they say is noted for the careful start and the figures."""

    now = visit

    async def said(state: MessageState, kind: RoomKind) -> None:
        nonlocal now
        if state is MessageState.PLACED:
            now = await visitors.note_said(rt, now, TOOK_PART[kind], most=2)

    async def still_there() -> bool:
        return await visitors.load(rt, visit.token) is not None

    def sight(room_id: str, kind: RoomKind, now: datetime) -> Speaker:
        return visitor_in(visit, room_id, kind, now)

    return Actor(visit.ref.hex(), visit.csrf, sight, said, still_there, visit)


def working(rt: Runtime, login: Login) -> Actor:
    """Return a team member at the door of chat; nothing is counted about the team."""

    async def said(state: MessageState, kind: RoomKind) -> None:
        return None

    async def still_there() -> bool:
        return await is_open(rt, login.id)

    def sight(room_id: str, kind: RoomKind, now: datetime) -> Speaker:
        return team_in(login, room_id)

    return Actor(f"team-{login.account_id}", login.csrf, sight, said, still_there, login, team=True)
