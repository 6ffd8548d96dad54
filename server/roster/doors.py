"""How the doors stand now: the one question that groups, talks, forum and home ask."""

from collections.abc import Iterable
from datetime import timedelta

from server.kit.runtime import Runtime
from server.roster import queries
from server.roster.models import EVERYWHERE
from server.roster.rules import Standing, fixed_hours, stand

__all__ = ["Standing", "standing", "standings"]


async def standing(rt: Runtime, place: str) -> Standing:
    """Return whether a place is open, why not, and when that changes."""
    return (await standings(rt, [place]))[place]


async def standings(rt: Runtime, places: Iterable[str]) -> dict[str, Standing]:
    """Return the same for several places, from one look at each store."""
    now = rt.clock.now()
    async with rt.stores.hoofd.reading() as tx:
        turns, shuts = await queries.deciding(tx, now)
    everywhere = shuts.get(EVERYWHERE, [])
    fixed = fixed_hours(rt.settings.standing_hours, now) if rt.settings.standing_hours else []
    present = await _present(rt)
    minimum = rt.settings.staff_minimum
    return {
        place: stand([*turns.get(place, []), *fixed], [*shuts.get(place, []), *everywhere], present, minimum, now)
        for place in places
    }


async def _present(rt: Runtime) -> frozenset[str]:
    """Return who is at work: a page of theirs gave a sign of life within the grace."""
    if not rt.settings.staff_minimum:
        return frozenset()
    since = rt.clock.now() - timedelta(minutes=rt.settings.door_grace)
    async with rt.stores.vluchtig.reading() as tx:
        return await queries.present(tx, since)
