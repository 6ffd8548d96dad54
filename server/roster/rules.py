"""When a door is open and what a shift may be: decisions from values alone."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from server.kit.clock import AMSTERDAM
from server.kit.errors import Conflict, Invalid

LONGEST: Final = timedelta(hours=12)
DAY: Final = timedelta(days=1)
WEEK: Final = re.compile(r"[0-9]{4}-W[0-9]{2}")
OUTSIDE_HOURS: Final = "rooster"
NOBODY: Final = "niemand"

Hours = tuple[datetime, datetime]


class BadHours(Invalid):
    """Times that are no times, or a shift of nothing or of more than twelve hours."""

    key = "rooster.fout.uren"


class AlreadyOn(Conflict):
    """This colleague is at this place then already."""

    key = "rooster.fout.dubbel"


@dataclass(frozen=True)
class Turn:
    """One shift as the rules need it. account_id is empty for fixed hours that ask for nobody."""

    starts: datetime
    ends: datetime
    account_id: str = ""


@dataclass(frozen=True)
class Shut:
    """One closing as the rules need it."""

    begins: datetime
    ends: datetime | None
    reason: str


@dataclass(frozen=True)
class Standing:
    """Whether a door is open, and when that changes. reason is "" when open; opens is None when nobody knows.

    closes is None when it is more than a day away: "open until ten" must not mean ten o'clock next week.
    """

    reason: str = ""
    opens: datetime | None = None
    closes: datetime | None = None

    @property
    def open(self) -> bool:
        """Say whether one can go in now."""
        return not self.reason


def stand(
    turns: Iterable[Turn], shuts: Sequence[Shut], present: Collection[str], minimum: int, now: datetime
) -> Standing:
    """Return how a door stands.

    present: accounts with a sign of life; minimum: how many of those on shift must be there, 0 asks for nobody.
    """
    turns = list(turns)
    hours = _without(merged((turn.starts, turn.ends) for turn in turns), shuts)
    opens = min((start for start, _ in hours if start > now), default=None)
    if reason := next((shut.reason for shut in shuts if _covers(shut, now)), None):
        return Standing(reason, opens)
    closes = next((end for start, end in hours if start <= now < end), None)
    if closes is None:
        return Standing(OUTSIDE_HOURS, opens)
    on_shift = {turn.account_id for turn in turns if turn.account_id and turn.starts <= now < turn.ends}
    fixed = any(not turn.account_id and turn.starts <= now < turn.ends for turn in turns)
    if not fixed and len(on_shift & set(present)) < minimum:
        return Standing(NOBODY, opens)
    return Standing(closes=closes if closes - now < DAY else None)


def merged(hours: Iterable[Hours]) -> list[Hours]:
    """Return hours that touch or overlap as one, in order."""
    found: list[Hours] = []
    for start, end in sorted(hours):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def fixed_hours(staffed: str, now: datetime) -> list[Turn]:
    """Return the same hours for every day around now. staffed: `10:00-22:00`, local time."""
    start, end = staffed.split("-")
    today = now.astimezone(AMSTERDAM).date()
    days = (today + timedelta(days=ahead) for ahead in range(-1, 9))
    return [Turn(*span(day, start, end)) for day in days]


def span(day: date, start: str, end: str) -> Hours:
    """Return the moments between two local times; an end that is not after its start lies on the next day.

    Raises BadHours.
    """
    first, last = _minutes(start), _minutes(end)
    if first == 24 * 60 or first is None or last is None:
        raise BadHours(field="van" if first in (None, 24 * 60) else "tot")
    if last <= first:
        last += 24 * 60
    return _moment(day, first), _moment(day, last)


def check_shift(hours: Hours) -> None:
    """Raise BadHours for a shift of more than twelve hours."""
    if hours[1] - hours[0] > LONGEST:
        raise BadHours(field="tot")


def monday_of(week: str, today: date) -> date:
    """Return the Monday of a week such as `2026-W48`; of this week when it is none or a year away."""
    monday = date.fromisoformat(f"{week}-1") if is_week(week) else today
    if abs((monday - today).days) > 366:
        monday = today
    return monday - timedelta(days=monday.weekday())


def is_week(week: str) -> bool:
    """Say whether a text names a week that exists."""
    if not WEEK.fullmatch(week):
        return False
    try:
        date.fromisoformat(f"{week}-1")
    except ValueError:
        return False
    return True


def week_name(monday: date) -> str:
    """Return a week as addresses write it: `2026-W48`."""
    year, number, _ = monday.isocalendar()
    return f"{year}-W{number:02d}"


def day_hours(day: date) -> Hours:
    """Return the moments at which a local day begins and ends."""
    return _moment(day, 0), _moment(day, 24 * 60)


def _covers(shut: Shut, now: datetime) -> bool:
    return shut.begins <= now and (shut.ends is None or now < shut.ends)


def _without(hours: Sequence[Hours], shuts: Sequence[Shut]) -> list[Hours]:
    """Cut the closings out of the hours; nobody knows when one without an end is over."""
    left = list(hours)
    for shut in shuts:
        end = shut.ends or datetime.max.replace(tzinfo=UTC)
        left = [piece for whole in left for piece in _cut(whole, shut.begins, end)]
    return left


def _cut(whole: Hours, begin: datetime, end: datetime) -> list[Hours]:
    pieces = [(whole[0], min(whole[1], begin)), (max(whole[0], end), whole[1])]
    return [(first, last) for first, last in pieces if first < last]


def _minutes(text: str) -> int | None:
    """Return the minutes since midnight of `09:30`; 24:00 is the end of the day."""
    if text == "24:00":
        return 24 * 60
    try:
        found = time.fromisoformat(text)
    except ValueError:
        return None
    return found.hour * 60 + found.minute


def _moment(day: date, minutes: int) -> datetime:
    days, rest = divmod(minutes, 24 * 60)
    local = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), AMSTERDAM)
    return local.astimezone(UTC)
