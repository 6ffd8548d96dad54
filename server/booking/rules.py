"""What may happen to an appointment, and when: pure decisions (directory-booking-spec 11.2, 12, 14, 16)."""

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final

from server.kit.clock import local_day

HORIZON_DAYS: Final = 28
MAX_HORIZON_DAYS: Final = 90
HOLD: Final = timedelta(minutes=10)
MAX_EXTENSIONS: Final = 3
CANCEL_UNTIL: Final = timedelta(hours=2)
NO_SHOW_AFTER: Final = timedelta(minutes=15)
NOTE_READABLE: Final = timedelta(hours=48)
NEW_MOMENTS_KEPT: Final = timedelta(hours=72)
KEEP_AFTER_TALK: Final = timedelta(days=7)
KEEP_AFTER_CANCEL: Final = timedelta(days=1)
GOAL_DAYS: Final = 7
LIMIT_DAYS: Final = 14


class State(StrEnum):
    """Where a booking is. The first three leave no row of an appointment (12)."""

    PROPOSED = "voorgesteld"
    INVITED = "uitgenodigd"
    HELD = "vastgehouden"
    CONFIRMED = "vast"
    MOVED = "verzet"
    TO_MOVE = "te_verplaatsen"
    CANCELLED = "afgezegd"
    DONE = "gehouden"
    NO_SHOW = "niet_verschenen"
    REGISTERED = "geregistreerd"
    EXPIRED = "verlopen"


class Actor(StrEnum):
    """Who lets a booking go from one state to another."""

    VISITOR = "bezoeker"
    HOST = "gastheer"
    ROSTER = "rooster"
    CLOCK = "klok"


class FollowUp(StrEnum):
    """Main advice after the talk (16.1); one per talk, counted and written nowhere else."""

    SELF = "zelf_naasten"
    COMMUNITY = "sociale_basis"
    SOCIAL = "sociaal_domein"
    GGZ = "ggz"
    POH_GGZ = "poh_ggz"


_V, _H, _R, _C = Actor.VISITOR, Actor.HOST, Actor.ROSTER, Actor.CLOCK
STEPS: Final[dict[tuple[State, State], frozenset[Actor]]] = {
    (State.PROPOSED, State.INVITED): frozenset({_V}),
    (State.PROPOSED, State.EXPIRED): frozenset({_C}),
    (State.INVITED, State.HELD): frozenset({_V}),
    (State.INVITED, State.EXPIRED): frozenset({_C}),
    (State.HELD, State.CONFIRMED): frozenset({_V}),
    (State.HELD, State.INVITED): frozenset({_V, _C}),
    (State.CONFIRMED, State.MOVED): frozenset({_V}),
    (State.MOVED, State.CONFIRMED): frozenset({_V}),
    (State.CONFIRMED, State.CANCELLED): frozenset({_V, _H}),
    (State.CONFIRMED, State.TO_MOVE): frozenset({_H, _R}),
    (State.CONFIRMED, State.DONE): frozenset({_H}),
    (State.CONFIRMED, State.NO_SHOW): frozenset({_H}),
    (State.TO_MOVE, State.CONFIRMED): frozenset({_V}),
    (State.TO_MOVE, State.CANCELLED): frozenset({_V, _H}),
    (State.DONE, State.REGISTERED): frozenset({_H}),
}


def may_become(state: State, to: State, by: Actor) -> bool:
    """Say whether this step stands in the table of section 12; anything else is refused."""
    return by in STEPS.get((state, to), frozenset())


def is_bookable(starts: datetime, now: datetime, *, lead_hours: int = 24, horizon_days: int = HORIZON_DAYS) -> bool:
    """Say whether a moment lies far enough ahead and not beyond the horizon. Source: 11.2, reliability-spec 7."""
    last_day = local_day(now) + timedelta(days=min(horizon_days, MAX_HORIZON_DAYS))
    return starts >= now + timedelta(hours=lead_hours) and local_day(starts) <= last_day


def too_late_to_cancel(starts: datetime, now: datetime) -> bool:
    """Say whether only the telephone is left; until two hours before the talk the code is enough (14.3)."""
    return now > starts - CANCEL_UNTIL


def may_register(starts: datetime, now: datetime) -> bool:
    """Say whether the hosts may already say that the talk took place: not before it began."""
    return now >= starts


def may_mark_no_show(starts: datetime, now: datetime) -> bool:
    """Say whether somebody may be marked absent: a quarter of an hour after the start, not before (12)."""
    return now >= starts + NO_SHOW_AFTER


def note_is_readable(starts: datetime, now: datetime) -> bool:
    """Say whether the two hosts may read the note: from 48 hours before the talk (14.5)."""
    return now >= starts - NOTE_READABLE


def hold_until(now: datetime) -> datetime:
    """Return how long a chosen moment is kept for somebody who is filling in the rest."""
    return now + HOLD


def erase_on(state: State, talk_day: date, closed_on: date | None) -> date:
    """Return the first day on which an appointment must be gone.

    The talk plus 7 days; when cancelled one day after that, unless the first comes sooner. Source: 14.6, privacy 5.
    """
    latest = talk_day + KEEP_AFTER_TALK
    if state is State.CANCELLED and closed_on is not None:
        return min(latest, closed_on + KEEP_AFTER_CANCEL)
    return latest


def waiting_class(asked_on: date, talk_day: date) -> str:
    """Return the class of the days between asking and talking, as counted in T13."""
    days = (talk_day - asked_on).days
    return next((f"tot_{limit}" for limit in (7, 14, 28, 56) if days <= limit), "langer")


def promise(first_free: date | None, today: date) -> str:
    """Return how soon somebody can come: "snel" within 7 days, "gewoon" within 14, "lang" after that, "geen" (11.4)."""
    if first_free is None:
        return "geen"
    days = (first_free - today).days
    return "snel" if days <= GOAL_DAYS else "gewoon" if days <= LIMIT_DAYS else "lang"


def epoch(now: datetime) -> int:
    """Return whole seconds, for a value that travels in a cookie."""
    return int(now.astimezone(UTC).timestamp())
