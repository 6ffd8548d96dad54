"""Goals and inhabitants from content/cijfers: entered by editors, with a year and a source, never in code."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from server.stats.tables import GEMEENTEN

FOLDER: Final = Path(__file__).parents[2] / "content" / "cijfers"


@dataclass(frozen=True)
class Goal:
    """What a plan aims for: per year, and in the end in each gemeente (None where it says nothing of that)."""

    source: str
    by_year: Mapping[int, int]
    per_gemeente: int | None


@dataclass(frozen=True)
class Inhabitants:
    """Official numbers of 1 January of a year, per gemeente. checked: compared with the source itself."""

    year: int
    source: str
    checked: bool
    by_gemeente: Mapping[str, int]

    @property
    def total(self) -> int:
        """Return the inhabitants of the province."""
        return sum(self.by_gemeente.values())


@cache
def goals() -> Mapping[str, Goal]:
    """Return the goals by name. Raises KeyError when one has no source."""
    raw = tomllib.loads((FOLDER / "doelen.toml").read_text(encoding="utf-8"))
    return MappingProxyType(
        {
            name: Goal(
                goal["bron"],
                {int(year): int(number) for year, number in goal["doel"].items()},
                goal.get("per_gemeente"),
            )
            for name, goal in raw.items()
        }
    )


@cache
def _inhabitants() -> tuple[Inhabitants, ...]:
    raw = tomllib.loads((FOLDER / "inwoners.toml").read_text(encoding="utf-8"))
    found = [
        Inhabitants(int(year), entry["bron"], entry["nagekeken"], entry["gemeenten"]) for year, entry in raw.items()
    ]
    for entry in found:
        if set(entry.by_gemeente) != set(GEMEENTEN):
            raise ValueError(f"inwoners.toml: {entry.year} does not hold the ten gemeenten")
    return tuple(sorted(found, key=lambda entry: entry.year))


def inhabitants(year: int) -> Inhabitants | None:
    """Return the newest numbers up to a year; None when nobody entered any. Raises ValueError on an incomplete year."""
    return next((entry for entry in reversed(_inhabitants()) if entry.year <= year), None)


def goal(name: str, year: int) -> int | None:
    """Return the goal of a year; None when the plan has none."""
    return goals()[name].by_year.get(year)
