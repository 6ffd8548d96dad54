"""The group rooms that editors describe in content/groepen, and when each is open."""

import re
import tomllib
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from server.kit.clock import AMSTERDAM
from server.kit.ids import stable_id

FILE: Final = Path(__file__).resolve().parents[2] / "content" / "groepen" / "groepen.toml"
DAYS: Final = ("ma", "di", "wo", "do", "vr", "za", "zo")
RULE: Final = re.compile(r"(dagelijks|(?:(?:ma|di|wo|do|vr|za|zo) ?)+) ?(\d\d:\d\d)-(\d\d:\d\d)")
ALL_DAYS: Final = frozenset(range(7))


class BadOpening(ValueError):
    """Opening times that do not read as `dagelijks 10:00-22:00` or `ma wo 19:00-21:00`."""


@dataclass(frozen=True)
class Opening:
    """Days (Monday is 0) and local times. A closing time of 24:00 is midnight."""

    days: frozenset[int]
    start: time
    minutes: int

    def at(self, now: datetime) -> bool:
        """Say whether it is open at an aware moment."""
        local = now.astimezone(AMSTERDAM)
        since = local.hour * 60 + local.minute - (self.start.hour * 60 + self.start.minute)
        return local.weekday() in self.days and 0 <= since < self.minutes

    def next(self, now: datetime) -> datetime:
        """Return the next opening after now, as an aware local moment."""
        local = now.astimezone(AMSTERDAM)
        for ahead in range(8):
            day = local.date() + timedelta(days=ahead)
            moment = datetime.combine(day, self.start, AMSTERDAM)
            if day.weekday() in self.days and moment > local:
                return moment
        raise BadOpening("no day")


@dataclass(frozen=True)
class Group:
    """One group as editors describe it."""

    id: str
    slug: str
    name: str
    line: str
    welcome: str
    opening: str


def read_opening(text: str) -> Opening:
    """Read one rule. Raises BadOpening."""
    if not (match := RULE.fullmatch(text.strip())):
        raise BadOpening(text)
    days = ALL_DAYS if match[1] == "dagelijks" else frozenset(DAYS.index(day) for day in match[1].split())
    start, end = (int(part[:2]) * 60 + int(part[3:]) for part in (match[2], match[3]))
    return Opening(days, time(start // 60, start % 60), end - start)


@cache
def groups() -> dict[str, Group]:
    """Return the groups by room id, in the order of the file."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))
    made = [
        Group(stable_id("groep", slug), slug, row["naam"], row["zin"], row["welkom"], row["open"])
        for slug, row in rows.items()
    ]
    return {group.id: group for group in made}


def opening_of(group: Group, staffed: str) -> Opening:
    """Return when a group is open: its own times, or those of the team."""
    return read_opening(group.opening or f"dagelijks {staffed}")
