"""A week as the page shows it: per day who is where, what is still empty, and what is shut."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from server.kit.clock import local_day
from server.roster.models import EVERYWHERE, Closing
from server.roster.queries import Line
from server.roster.rules import day_hours


def days(
    monday: date, shifts: Sequence[Line], closings: Sequence[Closing], names: Mapping[str, str], today: date
) -> list[dict[str, Any]]:
    """Return the seven days: places with their shifts in the order of names, the empty ones, the closings."""
    return [_day(monday + timedelta(days=ahead), shifts, closings, names, today) for ahead in range(7)]


def _day(
    day: date, shifts: Sequence[Line], closings: Sequence[Closing], names: Mapping[str, str], today: date
) -> dict[str, Any]:
    mine = [line for line in shifts if local_day(line.starts) == day]
    begin, end = day_hours(day)
    return {
        "day": day,
        "today": day == today,
        "past": day < today,
        "places": [
            {"name": name, "shifts": [line for line in mine if line.place == place]}
            for place, name in names.items()
            if any(line.place == place for line in mine)
        ],
        "empty": [name for place, name in names.items() if not any(line.place == place for line in mine)],
        "shut": [_shut(row, names) for row in closings if _touches(row, begin, end)],
    }


def _shut(row: Closing, names: Mapping[str, str]) -> dict[str, Any]:
    return {"id": row.id, "reason": row.reason.value, "name": names.get(row.place), "all": row.place == EVERYWHERE}


def _touches(row: Closing, begin: datetime, end: datetime) -> bool:
    return row.begins < end and (row.ends is None or row.ends > begin)
