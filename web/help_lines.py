"""The crisis numbers and help lines, from content/hulplijnen.toml. They stand on every page, so they live here."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent.parent / "content" / "hulplijnen.toml"


@dataclass(frozen=True)
class HelpLine:
    """One line of the checked list.

    phones: as written on the page; between: the words between two of them. question: who it is for.
    cost: empty unless confirmed.
    checked_on: the day a person verified number, times and cost.
    """

    code: str
    name: str
    phones: tuple[str, ...]
    question: str
    action: str
    times: str
    cost: str
    website: str
    crisis: bool
    between: str
    checked_on: date

    @property
    def phone(self) -> str:
        """Return the number of the button, empty for a line that everyone has another number for (the own doctor)."""
        return self.phones[0] if self.phones else ""


class HelpLines(dict[str, HelpLine]):
    """All lines by code, in the order of the file (the order of the crisis page)."""

    @property
    def crisis(self) -> list[HelpLine]:
        return [line for line in self.values() if line.crisis]


@cache
def help_lines() -> HelpLines:
    """Return the list. Raises KeyError or TypeError when a line misses something: the server then does not start."""
    raw = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return HelpLines({code: _line(code, value) for code, value in raw["hulplijn"].items()})


def _line(code: str, value: dict[str, object]) -> HelpLine:
    checked, phones = value["checked_on"], value["phones"]
    if not isinstance(checked, date) or not isinstance(phones, list):
        raise TypeError(f"hulplijnen.toml: {code} needs a date in checked_on and a list in phones")
    words = {name: str(value[name]) for name in ("name", "question", "action", "times", "cost", "website")}
    numbers = tuple(str(phone) for phone in phones)
    between = str(value.get("between", "of"))
    return HelpLine(
        code=code, crisis=bool(value["crisis"]), checked_on=checked, phones=numbers, between=between, **words
    )
