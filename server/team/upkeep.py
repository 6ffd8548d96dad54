"""What the team has to look after: crisis numbers that a person should check again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from server.crisis.lines import STALE_AFTER
from web.help_lines import HelpLine

SOON: Final = timedelta(days=75)


@dataclass(frozen=True)
class Check:
    """One help line and how urgent a new check is: "goed", "binnenkort" or "te laat". The number stays on the page."""

    name: str
    phones: tuple[str, ...]
    checked_on: date
    state: str


def checks(lines: Iterable[HelpLine], today: date) -> list[Check]:
    """Return every line, the longest unchecked first."""
    found = [Check(line.name, line.phones, line.checked_on, _state(today - line.checked_on)) for line in lines]
    return sorted(found, key=lambda check: check.checked_on)


def due(lines: Iterable[HelpLine], today: date) -> list[Check]:
    """Return the lines that need a new check now or soon."""
    return [check for check in checks(lines, today) if check.state != "goed"]


def _state(age: timedelta) -> str:
    if age > STALE_AFTER:  # D18
        return "te laat"
    return "binnenkort" if age > SOON else "goed"
