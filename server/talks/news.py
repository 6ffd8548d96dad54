"""What who waits and who talks hears on an open page: the own place in the line, and whether the other one is there.

Every process tells its own pages. It looks when the line rings, and every five seconds for what rings no bell, such as
a sign of life that ran out. Frames that are lost cost a page at most the seconds until it looks by itself.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from server.chat.feed import Listener
from server.chat.frames import frame
from server.chat.hub import SIGN_SECONDS, UNKNOWN, Hub
from server.kit.ids import stable_id
from server.kit.live.store import Presence
from server.kit.run.overload import Part
from server.kit.runtime import Runtime
from server.talks import queries
from server.talks.frames import place_frame

LOOK_SECONDS: Final = 5
BETWEEN_SECONDS: Final = 5
"""Between two changes of one place (reliability-spec 2: at most one `queue` in so many seconds)."""
AWAY_SECONDS: Final = 10
"""So long nobody says that somebody is away: a page that is loaded anew, or changes process, comes back sooner."""
KEPT_SECONDS: Final = 60
"""So long a talk is remembered without a page: a poll has none between two questions."""
HERE: Final = "hier"
AWAY: Final = "weg"


@dataclass
class _Open:
    """A talk that is open here. seen: when a page last was; moved: when its place changed; there: who was last when."""

    seen: float = 0.0
    moved: float = float("-inf")
    there: dict[str, float] = field(default_factory=dict)


class News:
    """One per process."""

    def __init__(self, hub: Hub) -> None:
        """Begin without talks."""
        self._hub = hub
        self._open: dict[str, _Open] = {}
        self._helpers: dict[str, str] = {}
        self._inside: set[tuple[str, str]] = set()
        self._places: set[str] = set()
        self._rings = -1
        self._looked = float("-inf")

    async def tell(self, rt: Runtime, now: datetime) -> None:
        """Say what changed; called every second."""
        moment = rt.clock.monotonic()
        self._note_open(moment)
        self._be_seen(rt.presence)
        if self._open and (self._rings != self._hub.rings or moment - self._looked >= LOOK_SECONDS):
            await self._look(rt, moment, now)
        if not rt.overload.gives_up(Part.PRESENCE):
            self._tell_presence(rt.presence, moment)

    def _note_open(self, moment: float) -> None:
        for talk_id in self._hub.talks():
            self._open.setdefault(talk_id, _Open()).seen = moment
        for talk_id in [one for one, talk in self._open.items() if moment - talk.seen > KEPT_SECONDS]:
            del self._open[talk_id]
            for team in (True, False):
                self._hub.standing.pop((talk_id, team), None)

    def _be_seen(self, presence: Presence) -> None:
        """Let all processes know who is here: visitors in their talks, peer workers on any page."""
        talks = self._hub.talks().items()
        inside = {(_of_visitor(id_), one.ref) for id_, heard in talks for one in heard if _shows(one)}
        inside |= {(_of_helper(account), account) for account in self._hub.team_refs()}
        for place, who in inside - self._inside:
            presence.enter(place, who)
        for place, who in self._inside - inside:
            presence.leave(place, who)
        self._inside, self._places = inside, {place for place, _ in inside}

    async def _look(self, rt: Runtime, moment: float, now: datetime) -> None:
        """Read the line and who is with whom."""
        self._rings, self._looked = self._hub.rings, moment
        async with rt.stores.vluchtig.reading() as tx:
            lines = await queries.lines(tx, now)
            self._helpers = await queries.helpers(tx, self._open)
        for talk_id, talk in self._open.items():
            if talk_id in lines:
                self._tell_place(talk_id, talk, place_frame(lines[talk_id]), moment)

    def _tell_place(self, talk_id: str, talk: _Open, place: bytes, moment: float) -> None:
        before = self._hub.standing.get((talk_id, False))
        if place == before:
            return
        if before is not None and moment - talk.moved < BETWEEN_SECONDS:
            self._rings = -1  # looked at again every second, until it may be said
            return
        talk.moved = moment if before is not None else talk.moved
        self._hub.stand(talk_id, place, team=False)

    def _tell_presence(self, presence: Presence, moment: float) -> None:
        """Tell both sides of every talk whether the other one is there, once that is known."""
        for talk_id, helper in self._helpers.items():
            if (talk := self._open.get(talk_id)) is None:
                continue
            for team, place in ((True, _of_visitor(talk_id)), (False, _of_helper(helper))):
                if peer := self._stands(presence, talk, place, moment):
                    self._hub.stand(talk_id, frame("presence", room=talk_id, peer=peer), team=team)

    def _stands(self, presence: Presence, talk: _Open, place: str, moment: float) -> str:
        """Return hier, weg or onbekend; "" for who was never seen here, such as somebody without script."""
        here = place in self._places or presence.count(place)
        if here:
            talk.there[place] = moment
        elif place not in talk.there:
            return ""
        elif here is None:
            return UNKNOWN
        return HERE if moment - talk.there[place] < AWAY_SECONDS else AWAY


def _shows(listener: Listener) -> bool:
    """Say whether a visitor's page gave a sign of life just now."""
    return not listener.team and not listener.silent(SIGN_SECONDS)


def _of_visitor(talk_id: str) -> str:
    return f"gesprek:{talk_id}"


def _of_helper(account_id: str) -> str:
    return f"collega:{stable_id('aanwezig', account_id)}"
