"""How the doors stand now: the one question that groups, talks, forum and home ask."""

from collections.abc import Iterable
from datetime import timedelta

from server.kit.runtime import Runtime
from server.roster import queries
from server.roster.models import EVERYWHERE, MODERATION
from server.roster.rules import Standing, fixed_hours, stand
from server.team import queries as team

__all__ = ["Standing", "standing", "standings"]


async def standing(rt: Runtime, place: str) -> Standing:
    """Return whether a place is open, why not, and when that changes."""
    return (await standings(rt, [place]))[place]


async def standings(rt: Runtime, places: Iterable[str]) -> dict[str, Standing]:
    """Return the same for several places, from one look at each store."""
    now = rt.clock.now()
    turns, shuts = await rt.stores.hoofd.read_plain(queries.deciding, now)
    everywhere = shuts.get(EVERYWHERE, [])
    fixed = fixed_hours(rt.settings.standing_hours, now) if rt.settings.standing_hours else []
    present = await _present(rt)
    return {
        place: stand(
            [*turns.get(place, []), *fixed], [*shuts.get(place, []), *everywhere], present, _minimum(rt, place), now
        )
        for place in places
    }


def _minimum(rt: Runtime, place: str) -> int:
    """Return how many must be signed in. When texts are read is no door: there the roster alone counts."""
    return 0 if place == MODERATION else rt.settings.staff_minimum


async def _present(rt: Runtime) -> frozenset[str]:
    """Return who is at work: within the grace they opened a page, or one that is open gave a sign of life."""
    if not rt.settings.staff_minimum:
        return frozenset()
    since = rt.clock.now() - timedelta(minutes=rt.settings.door_grace)
    async with rt.stores.vluchtig.reading() as tx:
        signs = await queries.present(tx, since)
    async with rt.stores.hoofd.reading() as tx:
        return signs | await team.seen_since(tx, since)
