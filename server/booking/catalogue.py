"""Locations from a file: one row per place, with opening hours as editors write them."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from functools import cache
from pathlib import Path
from typing import Final

from server.booking.models import Location, Room, RosterRule
from server.booking.slots import location_owner, room_owner
from server.kit.ids import stable_id

FOLDER: Final = Path(__file__).resolve().parents[2] / "content" / "afspraak"
DAYS: Final = ("ma", "di", "wo", "do", "vr", "za", "zo")
HOURS: Final = re.compile(r"(ma|di|wo|do|vr|za|zo) (\d\d:\d\d)-(\d\d:\d\d)")


class FictionalInProduction(Exception):
    """A file with invented locations was loaded where real people book."""


@dataclass(frozen=True)
class Municipality:
    """A municipality and the ones next to it. number: the digits of its CBS code, used in addresses."""

    code: str
    name: str
    neighbours: tuple[str, ...]

    @property
    def number(self) -> int:
        """The digits of the code, for a filter in an address."""
        return int(self.code.removeprefix("GM"))


@dataclass(frozen=True)
class Entry:
    """One row of the file as rows of the store, without hosts."""

    location: Location
    rooms: list[Room]
    hours: list[tuple[int, time, time]]

    def rules(self, owner: str) -> Iterator[RosterRule]:
        """Return the weekly hours as rules of one owner."""
        for weekday, start, end in self.hours:
            key = stable_id("regel", owner, str(weekday), start.isoformat(), end.isoformat())
            yield RosterRule(
                id=key, owner=owner, weekday=weekday, start=start, end=end, valid_from=self.location.active_from
            )

    def all_rules(self, *owners: str) -> list[RosterRule]:
        """Return the same hours for the location, its rooms and these owners."""
        everybody = (location_owner(self.location.id), *(room_owner(room.id) for room in self.rooms), *owners)
        return [rule for owner in everybody for rule in self.rules(owner)]


@cache
def municipalities() -> dict[str, Municipality]:
    """Return the ten municipalities by code, in order of name."""
    with (FOLDER / "gemeenten.csv").open(encoding="utf-8", newline="") as file:
        rows = [Municipality(row["code"], row["naam"], tuple(row["buren"].split(";"))) for row in csv.DictReader(file)]
    return {each.code: each for each in sorted(rows, key=lambda each: each.name)}


def read_locations(path: Path, *, production: bool) -> list[Entry]:
    """Read a file of locations. Raises FictionalInProduction, and ValueError on a cell that cannot be read."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    if production and any(_yes(row["fictief"]) for row in rows):
        raise FictionalInProduction(path.name)
    return [_entry(row) for row in rows]


def opening_hours(text: str) -> list[tuple[int, time, time]]:
    """Read "di 09:00-12:00; do 18:30-21:00" as (weekday, from, to). Raises ValueError."""
    found = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        match = HOURS.fullmatch(part)
        if match is None:
            raise ValueError(f"hours not understood: {part!r}; write for example di 09:00-12:00")
        start, end = time.fromisoformat(match[2]), time.fromisoformat(match[3])
        if start >= end:
            raise ValueError(f"hours end before they begin: {part!r}")
        found.append((DAYS.index(match[1]), start, end))
    return found


def _entry(row: dict[str, str]) -> Entry:
    key = stable_id("vg_location", row["id"])
    location = Location(
        id=key,
        name=row["name"],
        municipality=row["gemeente"],
        municipality_code=row["gemeente_code"],
        kind=row["kind"],
        address=row["address"],
        town=row["town"],
        entrance=row["entrance"],
        bus_stop=row["bus_stop"],
        phone=row["phone"],
        wheelchair=_yes(row["wheelchair"]),
        step_free=_yes(row["step_free"]),
        quiet_waiting=_yes(row["quiet_waiting"]),
        home_visit=_yes(row["home_visit"]),
        video=_yes(row["video"]),
        fictional=_yes(row["fictief"]),
        talk_minutes=int(row["talk_minutes"]),
        buffer_minutes=int(row["buffer_minutes"]),
        lead_hours=int(row["lead_hours"]),
        horizon_days=int(row["horizon_days"]),
        active_from=date.fromisoformat(row["active_from"]),
    )
    rooms = [
        Room(
            id=stable_id("vg_room", row["id"], str(number)),
            location_id=key,
            name=f"Ruimte {number}",
            seats=int(row["seats_per_room"]),
        )
        for number in range(1, int(row["rooms"]) + 1)
    ]
    return Entry(location, rooms, opening_hours(row["weekly_hours"]))


def _yes(cell: str) -> bool:
    return cell.strip().lower() == "ja"
