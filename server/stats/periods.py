"""Months and quarters in Groningen: which period a count belongs to and when it may be published."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from server.stats.tables import Calendar

MONTHS: Final = {Calendar.MONTH: 1, Calendar.QUARTER: 3}
FREEZE: Final = timedelta(days=7)
KEPT: Final = timedelta(days=14)


CODE: Final = re.compile(r"(\d{4})-(?:(0[1-9]|1[0-2])|K([1-4]))")


class UnknownPeriod(ValueError):
    """This is no month or quarter."""


@dataclass(frozen=True)
class Period:
    """One period of a calendar. number: 1–12 for a month, 1–4 for a quarter."""

    calendar: Calendar
    year: int
    number: int

    @property
    def code(self) -> str:
        """Return "2026-11" for a month and "2026-K4" for a quarter."""
        return f"{self.year}-{self.number:02}" if self.calendar is Calendar.MONTH else f"{self.year}-K{self.number}"

    @property
    def first(self) -> date:
        """Return the first day."""
        return date(self.year, (self.number - 1) * MONTHS[self.calendar] + 1, 1)

    @property
    def last(self) -> date:
        """Return the last day."""
        return self.next.first - timedelta(days=1)

    @property
    def due(self) -> date:
        """Return the day from which the release is drawn: a week after the period, when all counts are in."""
        return self.last + FREEZE

    @property
    def next(self) -> "Period":
        """Return the period after this one."""
        return period_of(self.calendar, self.first + timedelta(days=31 * MONTHS[self.calendar]))

    @property
    def months(self) -> tuple[str, ...]:
        """Return the months in it, as "2026-11"."""
        first = self.first
        return tuple(f"{first.year}-{first.month + step:02}" for step in range(MONTHS[self.calendar]))


def period_of(calendar: Calendar, day: date) -> Period:
    """Return the period a day falls in."""
    return Period(calendar, day.year, (day.month - 1) // MONTHS[calendar] + 1)


def parse(code: str) -> Period:
    """Return the period of a code. Raises UnknownPeriod."""
    found = CODE.fullmatch(code)
    if found is None:
        raise UnknownPeriod(code)
    year, month, quarter = found.groups()
    return Period(Calendar.MONTH if month else Calendar.QUARTER, int(year), int(month or quarter))


def between(calendar: Calendar, first: date, last: date) -> Iterator[Period]:
    """Give the periods that hold these days and all between them."""
    period = period_of(calendar, first)
    while period.first <= last:
        yield period
        period = period.next


def upcoming(published: Iterable[Period], today: date) -> Period:
    """Return the period that is published next, of either calendar; published: oldest first."""
    newest = {period.calendar: period for period in published}
    following = [
        newest[calendar].next if calendar in newest else period_of(calendar, today - FREEZE) for calendar in Calendar
    ]
    return min(following, key=lambda period: period.due)
