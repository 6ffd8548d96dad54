"""The course of a kring: what the clock makes of it, who may do what when. Decisions from values alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from server.kit.clock import week_later
from server.kit.errors import Conflict, Forbidden, Invalid, NotFound
from server.kring.models import Plan, State

MINUTES: Final = (30, 45, 60, 75, 90)
PLACES: Final = range(3, 16)
HOST_LATE: Final = timedelta(minutes=15)
LONGER: Final = timedelta(minutes=10)
MOST_LONGER: Final = 3
ALMOST: Final = 2
KEPT: Final = timedelta(days=1)
AHEAD: Final = timedelta(days=14)
LIVE: Final = frozenset({State.OPEN, State.CLOSING})
TO_COME: Final = frozenset({State.PLANNED, State.DOOR})
OVER: Final = frozenset({State.ENDED, State.WIPED, State.CANCELLED})


class KringUnknown(NotFound):
    """No such kring, or not one of this person's."""

    code = "kamer_onbekend"
    key = "fout.geen_toegang"


class KringFull(Conflict):
    """The last place went a moment ago."""

    code = "kamer_vol"
    key = "kring.fout.vol"


class DoorShut(Forbidden):
    """Too early, or it is rounding off or over."""

    code = "dicht"
    key = "kring.fout.dicht"


class NotNow(Conflict):
    """The host pressed something that no longer, or not yet, fits."""

    code = "kring_gewijzigd"
    key = "kring.fout.nu_niet"


class BadPlan(Invalid):
    """A moment that is past or too far away, or a length, theme or number of places that is not on the list."""

    key = "kring.fout.plan"


@dataclass(frozen=True)
class Pace:
    """How long the parts take. door: before the beginning; closing: the last round; wipe: from the end on."""

    door: timedelta
    closing: timedelta
    wipe: timedelta


def due(state: State, starts: datetime, ends: datetime, wipe_at: datetime | None, pace: Pace, now: datetime) -> State:
    """Return what the clock makes of a kring. Who opens it is the host, never the clock."""
    if state in TO_COME:
        if now >= starts + HOST_LATE:
            return State.ENDED
        return State.DOOR if now >= starts - pace.door else State.PLANNED
    if state in LIVE:
        if now >= ends:
            return State.ENDED
        return State.CLOSING if now >= ends - pace.closing else State.OPEN
    if state is State.ENDED and wipe_at is not None and now >= wipe_at:
        return State.WIPED
    return state


def may_enter(state: State, taken: int, places: int) -> KringFull | DoorShut | None:
    """Return why nobody can take a place now, or None. Nobody comes in during the last round."""
    if state not in (State.DOOR, State.OPEN):
        return DoorShut()
    return KringFull() if taken >= places else None


def room_left(taken: int, places: int) -> str:
    """Return in a word how much room there is; never how many people (privacy 7.8)."""
    left = places - taken
    return "vol" if left <= 0 else "bijna_vol" if left <= ALMOST else "plek"


def longer(state: State, ends: datetime, extended: int) -> datetime:
    """Return the new end of a kring that goes on for ten minutes. Raises NotNow."""
    if state not in LIVE or extended >= MOST_LONGER:
        raise NotNow
    return ends + LONGER


def rounded_off(state: State, ends: datetime, pace: Pace, now: datetime) -> datetime:
    """Return the end of a kring whose last round begins now. Raises NotNow."""
    if state is not State.OPEN:
        raise NotNow
    return min(ends, now + pace.closing)


def occurrences(plan: Plan, now: datetime) -> Iterator[datetime]:
    """Yield the beginnings of a plan that lie ahead, within two weeks."""
    starts = plan.starts
    while starts < now + AHEAD:
        if starts > now - HOST_LATE:
            yield starts
        if not plan.weekly:
            return
        starts = week_later(starts)


def check_plan(starts: datetime, minutes: int, places: int, now: datetime) -> None:
    """Raise BadPlan for what cannot be planned."""
    if minutes not in MINUTES:
        raise BadPlan(field="minuten")
    if places not in PLACES:
        raise BadPlan(field="plekken")
    if not now - timedelta(minutes=5) < starts < now + timedelta(days=180):
        raise BadPlan(key="kring.fout.moment", field="dag")
