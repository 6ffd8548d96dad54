"""What the pages show, worked out before a template sees it: lists of places and moments, rows to check."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final

from server.booking.catalogue import Municipality, municipalities
from server.booking.models import Location
from server.booking.queries import Choice, Moment, distinct_times
from server.booking.rules import LIMIT_DAYS, promise
from server.booking.stay import Stay
from server.kit.clock import local_day

FIRST: Final = 3
DAYS_SHOWN: Final = 14
PLACE: Final = "/afspraak/plek"
MOMENT: Final = "/afspraak/moment"
NAME: Final = "/afspraak/naam"
CHECK: Final = "/afspraak/controle"


@dataclass(frozen=True)
class DayList:
    """The free moments of one day."""

    day: date
    moments: list[Moment]


@dataclass(frozen=True)
class MomentChoice:
    """What the page with moments shows.

    first: the three soonest. days: the rest of the coming days. more_days: how many days to ask for next, None when
    everything is shown. promise: snel, gewoon, lang or geen.
    """

    first: list[Moment]
    days: list[DayList]
    more_days: int | None
    promise: str
    elsewhere: list[Choice]


@dataclass(frozen=True)
class PlaceChoice:
    """The places to choose from: in the chosen municipality, next to it, and the others."""

    chosen: Municipality | None
    here: list[Choice]
    near: list[Choice]
    further: list[Choice]


def next_step(stay: Stay) -> str:
    """Return the first page that still needs an answer; the check when nothing is missing."""
    if not stay.location_id:
        return PLACE
    if not stay.slot_id:
        return MOMENT
    return CHECK if stay.told else NAME


def municipality_of(number: str) -> Municipality | None:
    """Return the municipality of a number in an address, if it is one of ours."""
    return next((each for each in municipalities().values() if str(each.number) == number), None)


def place_choice(options: Sequence[Choice], chosen: Municipality | None) -> PlaceChoice:
    """Sort places around a municipality; without one they all stand together, the soonest first."""
    if chosen is None:
        return PlaceChoice(None, list(options), [], [])
    here = [each for each in options if each.location.municipality_code == chosen.code]
    near = [each for each in options if each.location.municipality_code in chosen.neighbours]
    further = [each for each in options if each not in here and each not in near]
    return PlaceChoice(chosen, here, near, further)


def moment_choice(
    location: Location, moments: Sequence[Moment], options: Sequence[Choice], now: datetime, days: int
) -> MomentChoice:
    """Return the moments of one location, and others nearby when people would have to wait there too long (11.4)."""
    today = local_day(now)
    mine = distinct_times(moment for moment in moments if moment.location.id == location.id)
    first, rest = mine[:FIRST], mine[FIRST:]
    last = today + timedelta(days=days)
    shown = [moment for moment in rest if moment.day <= last]
    how_soon = promise(mine[0].day if mine else None, today)
    return MomentChoice(
        first,
        [DayList(day, list(group)) for day, group in groupby(shown, key=lambda moment: moment.day)],
        days + DAYS_SHOWN if len(shown) < len(rest) else None,
        how_soon,
        sooner_elsewhere(location, options, today) if how_soon in ("lang", "geen") else [],
    )


def sooner_elsewhere(location: Location, options: Sequence[Choice], today: date) -> list[Choice]:
    """Return up to three other places where somebody can come within two weeks, those next door first."""
    own = municipalities().get(location.municipality_code)
    near = (location.municipality_code, *(own.neighbours if own else ()))
    soon = [
        each
        for each in options
        if each.first and each.location.id != location.id and (each.first.day - today).days <= LIMIT_DAYS
    ]
    return sorted(soon, key=lambda each: each.location.municipality_code not in near)[:FIRST]
