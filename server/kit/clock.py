"""The time, as a value that is passed in: aware UTC for what is kept, monotonic seconds for what is measured."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """Return the present moment as an aware UTC datetime."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go back; only differences mean something."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Return the present moment as an aware UTC datetime."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()


class FixedClock:
    """A clock that moves only when told to; for tests and for generated pasts."""

    def __init__(self, now: datetime) -> None:
        """Start at an aware moment."""
        self._now = now.astimezone(UTC)
        self._elapsed = 0.0

    def now(self) -> datetime:
        """Return the moment it was set to."""
        return self._now

    def monotonic(self) -> float:
        """Return the seconds it was moved forward."""
        return self._elapsed

    def advance(self, step: timedelta) -> None:
        """Move both hands forward."""
        self._now += step
        self._elapsed += step.total_seconds()

    def set(self, now: datetime) -> None:
        """Jump to another wall-clock moment; the monotonic hand stays."""
        self._now = now.astimezone(UTC)


def local_day(now: datetime) -> date:
    """Return the calendar day in Groningen of an aware moment."""
    return now.astimezone(AMSTERDAM).date()


def whole_hour(now: datetime) -> datetime:
    """Return the moment cut down to its hour; logs and audit rows carry no more (privacy 4.2)."""
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def whole_minute(now: datetime) -> datetime:
    """Return the moment cut down to its minute; chat keeps and sends no more (privacy 4.7)."""
    return now.astimezone(UTC).replace(second=0, microsecond=0)


def week_later(moment: datetime) -> datetime:
    """Return the same local day of the week and clock time a week on; over a change of the clock too."""
    local = moment.astimezone(AMSTERDAM)
    return datetime.combine(local.date() + timedelta(days=7), local.time(), AMSTERDAM).astimezone(UTC)
