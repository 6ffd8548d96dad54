"""What the desk decides without looking anything up: who may not judge, what a deed counts as."""

from datetime import datetime, timedelta
from typing import Final

from moderation import ActKind, Case, Reason, suggested
from server.kit.ids import stable_id
from server.team.audit import Action
from server.team.logins import Login

UNDO: Final = timedelta(seconds=60)
HEAVY_PER_SHIFT: Final = 3
PAUSE_AFTER: Final = timedelta(minutes=60)
HELD: Final = "hold"

ACTIONS: Final = {
    ActKind.APPROVE: Action.CASE_APPROVE,
    ActKind.HIDE: Action.CASE_HIDE,
    ActKind.WARN: Action.CASE_WARN,
    ActKind.SLOW: Action.CASE_PAUSE,
    ActKind.TIMEOUT: Action.CASE_PAUSE,
    ActKind.REMOVE: Action.CASE_PAUSE,
    ActKind.PAUSE_ROOM: Action.ROOM_PAUSE,
    ActKind.SLOW_ROOM: Action.ROOM_PAUSE,
}
OFFERED: Final = (ActKind.APPROVE, ActKind.HIDE, ActKind.WARN, ActKind.SLOW, ActKind.TIMEOUT)
IN_NEED: Final = frozenset({"crisis_now", "suicidal_passive", "self_harm", "concern_other"})
"""Labels of people in need, whom no rule text may answer (moderation-spec 1)."""
KEYS: Final = {ActKind.APPROVE: "l", ActKind.HIDE: "v", ActKind.WARN: "w", ActKind.TIMEOUT: "t"}
"""The single keys of ux-spec 11."""


def is_about(login: Login, case: Case) -> bool:
    """Say whether a case is about something this team member wrote: nobody judges themselves (moderation-spec 6).

    Team members write with the same key in one place, in groups and in the forum.
    """
    return case.author_key == stable_id("team", login.account_id, case.place_id)


def fitting(label: str) -> Reason:
    """Return the reason a form starts with: for somebody in need the one that says we want to be there."""
    return suggested("crisis_now" if label in IN_NEED else label)


def may_undo(done_at: datetime, now: datetime) -> bool:
    """Say whether the author has not heard of an act yet."""
    return timedelta(0) <= now - done_at < UNDO


def outcome_cell(kind: ActKind) -> str:
    """Return the cell of T16 that a decision counts in (privacy-spec 9.1)."""
    if kind is ActKind.APPROVE:
        return "geen_actie"
    return "verborgen" if kind is ActKind.HIDE else "maatregel"


def first_look_cell(waited: timedelta) -> str:
    """Return the cell of T17 that a first look counts in."""
    bounds = ((timedelta(minutes=15), "tot_15_minuten"), (timedelta(hours=1), "tot_1_uur"))
    return next(
        (cell for bound, cell in bounds if waited <= bound), on_time_cell(waited, late="later", soon="tot_24_uur")
    )


def on_time_cell(waited: timedelta, *, late: str = "later", soon: str = "binnen_24_uur") -> str:
    """Return the cell that says whether something took at most a day."""
    return soon if waited <= timedelta(hours=24) else late
