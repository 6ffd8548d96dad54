"""Opening hours: the grammar of directory-booking-spec 8.4 and the answer to "is it open now" of 5.8.

All times are wall clock in Europe/Amsterdam, so a rule says the same on both sides of a clock change.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

DAYS: Final = ("ma", "di", "wo", "do", "vr", "za", "zo")
EXAMPLE: Final = "ma-vr 10:00-15:00; za 10:00-12:00"
CONFIRMED_FOR: Final = timedelta(days=365)
"""Hours confirmed longer ago than this are not certain any more (5.8)."""
EVENING: Final = time(18, 0)
LOOK_AHEAD_DAYS: Final = 7
END_OF_DAY: Final = time(23, 59)

_RULE: Final = re.compile(r"(ma|di|wo|do|vr|za|zo)(?:-(ma|di|wo|do|vr|za|zo))? (\d{2}):(\d{2})-(\d{2}):(\d{2})")


class HoursError(ValueError):
    """A cell with opening hours does not follow the grammar. The message holds the cell and an example."""

    def __init__(self, cell: str) -> None:
        """Name the cell and show how it should look."""
        super().__init__(f"opening hours {cell!r}: write for example {EXAMPLE!r}, '24/7' or 'tekst: ...'")


@dataclass(frozen=True, slots=True)
class Block:
    """Open from opens to closes on one day of the week (0 = Monday). closes ≤ opens means: until the next day."""

    weekday: int
    opens: time
    closes: time

    @property
    def past_midnight(self) -> bool:
        """Say whether the block ends on the next day."""
        return self.closes <= self.opens


@dataclass(frozen=True, slots=True)
class Hours:
    """Parsed opening hours: always open, weekly blocks, free text, or nothing known (all three empty)."""

    always: bool = False
    blocks: tuple[Block, ...] = ()
    text: str = ""

    @property
    def structured(self) -> bool:
        """Say whether a computer can tell when it is open."""
        return self.always or bool(self.blocks)

    @property
    def in_the_evening(self) -> bool:
        """Say whether it is open on some evening after 18:00."""
        return self.always or any(block.closes > EVENING or block.past_midnight for block in self.blocks)


class Openness(StrEnum):
    """How an opening is known: certainly open or closed, perhaps (not confirmed), or not known at all."""

    OPEN = "open"
    CLOSED = "dicht"
    PERHAPS_OPEN = "misschien open"
    PERHAPS_CLOSED = "misschien dicht"
    UNKNOWN = "onbekend"


@dataclass(frozen=True, slots=True)
class Now:
    """The answer for one moment: how open, until when, and when it opens again (local times)."""

    openness: Openness
    until: time | None = None
    next_opening: datetime | None = None
    around_the_clock: bool = False

    @property
    def may_be_open(self) -> bool:
        """Say whether it is open as far as anyone wrote down."""
        return self.openness in (Openness.OPEN, Openness.PERHAPS_OPEN)


def parse(cell: str) -> Hours:
    """Read one cell. Raises HoursError for anything outside the grammar."""
    cell = cell.strip()
    if not cell:
        return Hours()
    if cell == "24/7":
        return Hours(always=True)
    rules, _, text = cell.partition("tekst:")
    blocks: list[Block] = []
    for rule in filter(None, (part.strip() for part in rules.split(";"))):
        blocks.extend(_blocks(rule, cell))
    return Hours(blocks=tuple(blocks), text=text.strip())


def _blocks(rule: str, cell: str) -> list[Block]:
    match = _RULE.fullmatch(rule)
    if match is None:
        raise HoursError(cell)
    first, last, *numbers = match.groups()
    opens, closes = _clock(*numbers[:2], cell=cell), _clock(*numbers[2:], cell=cell)
    start, end = DAYS.index(first), DAYS.index(last or first)
    if end < start:
        raise HoursError(cell)
    return [Block(weekday, opens, closes) for weekday in range(start, end + 1)]


def _clock(hour: str, minute: str, *, cell: str) -> time:
    if (hour, minute) == ("24", "00"):
        return time(0, 0)
    try:
        return time(int(hour), int(minute))
    except ValueError as error:
        raise HoursError(cell) from error


def openness_at(hours: Hours, local: datetime, confirmed: date | None) -> Now:
    """Say whether it is open at a local moment (Europe/Amsterdam).

    confirmed is the day the provider confirmed the row; older than a year or never means "not certain". On a public
    holiday weekly hours are unknown, around the clock stays open. Source: directory-booking-spec 5.8.
    """
    certain = confirmed is not None and local.date() - confirmed <= CONFIRMED_FOR
    if hours.always:
        return Now(Openness.OPEN if certain else Openness.PERHAPS_OPEN, around_the_clock=True)
    if not hours.blocks or is_holiday(local.date()):
        return Now(Openness.UNKNOWN)
    until = _open_until(hours, local)
    if until is not None:
        return Now(Openness.OPEN if certain else Openness.PERHAPS_OPEN, until=until)
    closed = Openness.CLOSED if certain else Openness.PERHAPS_CLOSED
    return Now(closed, next_opening=_next_opening(hours, local))


def _open_until(hours: Hours, local: datetime) -> time | None:
    clock, today, yesterday = local.time(), local.weekday(), (local.weekday() - 1) % 7
    for block in hours.blocks:
        ends = END_OF_DAY if block.past_midnight else block.closes
        if block.weekday == today and block.opens <= clock and (clock < ends or block.past_midnight):
            return block.closes
        if block.weekday == yesterday and block.past_midnight and clock < block.closes:
            return block.closes
    return None


def _next_opening(hours: Hours, local: datetime) -> datetime | None:
    for ahead in range(LOOK_AHEAD_DAYS + 1):
        day = local.date() + timedelta(days=ahead)
        if is_holiday(day):
            continue
        starts = [datetime.combine(day, block.opens) for block in hours.blocks if block.weekday == day.weekday()]
        later = [start for start in starts if start > local.replace(tzinfo=None)]
        if later:
            return min(later)
    return None


def is_holiday(day: date) -> bool:
    """Say whether the day is a public holiday in the Netherlands."""
    return day in _holidays(day.year)


@lru_cache(maxsize=8)
def _holidays(year: int) -> frozenset[date]:
    import holidays  # loads slowly: the countries around ours come along

    return frozenset(holidays.country_holidays("NL", years=year))
