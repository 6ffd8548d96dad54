"""What narrows the list, as numbers in the address: `?t=3&g=7` says nothing to who looks over a shoulder (D21)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from server.directory.hours import openness_at
from server.directory.services import Service
from server.directory.terms import AREA, AUDIENCE, FORM, THEME, Terms

MAX_NUMBER: Final = 999
SWITCHES: Final = ("free", "no_referral", "open_now", "evening", "wheelchair")
LETTERS: Final = {
    "themes": "t", "area": "g", "audience": "d", "form": "v",
    "free": "k", "no_referral": "r", "open_now": "o", "evening": "a", "wheelchair": "w",
}  # fmt: skip
"""Field → the letter it has in an address and in the form."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Chosen filters; numbers are those of taxonomies.csv, 0 means not chosen."""

    themes: tuple[int, ...] = ()
    area: int = 0
    audience: int = 0
    form: int = 0
    free: bool = False
    no_referral: bool = False
    open_now: bool = False
    evening: bool = False
    wheelchair: bool = False

    def pairs(self) -> list[tuple[str, int]]:
        """Return what stands in an address, in a fixed order."""
        found = [(LETTERS["themes"], number) for number in self.themes]
        for each in fields(self):
            if each.name != "themes" and (value := getattr(self, each.name)):
                found.append((LETTERS[each.name], int(value)))
        return found

    def address(self, path: str, sealed: str = "", page: int = 1) -> str:
        """Return path with these filters, the sealed words and the page number."""
        query: list[tuple[str, object]] = list(self.pairs())
        if sealed:
            query.append(("z", sealed))
        if page > 1:
            query.append(("p", page))
        return f"{path}?{urlencode(query)}" if query else path

    def without_each(self) -> list[tuple[str, int, "Filters"]]:
        """Return (field, number, the filters without it) for everything that can be taken off, to widen a search."""
        fewer = [
            ("themes", number, replace(self, themes=tuple(t for t in self.themes if t != number)))
            for number in self.themes
        ]
        for name in (*SWITCHES, "form", "audience", "area"):
            if value := getattr(self, name):
                fewer.append((name, int(value), replace(self, **{name: type(value)(0)})))
        return fewer


def read_filters(numbers: Mapping[str, Sequence[str]], terms: Terms) -> Filters:
    """Read filters from an address or form. What is unknown is left out: an old link never gives an error."""

    def number(letter: str) -> int:
        return next(iter(_numbers(numbers.get(letter, ()))), 0)

    def term(letter: str, taxonomy: str) -> int:
        found = number(letter)
        return found if terms.numbered(taxonomy, found) else 0

    themes = tuple(dict.fromkeys(n for n in _numbers(numbers.get("t", ())) if terms.numbered(THEME, n)))
    switches = {name: number(LETTERS[name]) == 1 for name in SWITCHES}
    return Filters(themes, term("g", AREA), term("d", AUDIENCE), term("v", FORM), **switches)


@dataclass(frozen=True, slots=True)
class Sieve:
    """Filters as codes, ready to hold against services. moment is local."""

    filters: Filters
    terms: Terms
    moment: datetime
    themes: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Turn the theme numbers into codes once."""
        found = (self.terms.numbered(THEME, number) for number in self.filters.themes)
        object.__setattr__(self, "themes", frozenset(term.code for term in found if term))

    def lets_through(self, service: Service) -> bool:
        """Say whether the service meets every filter but the municipality, which orders and does not remove (5.5)."""
        chosen = self.filters
        return (
            (not self.themes or not self.themes.isdisjoint(service.themes))
            and self._has(AUDIENCE, chosen.audience, service.audiences)
            and self._has(FORM, chosen.form, service.forms)
            and not (chosen.free and service.free is not True)
            and not (chosen.no_referral and service.referral is not False)
            and not (chosen.evening and not service.hours.in_the_evening)
            and not (chosen.wheelchair and service.wheelchair is not True)
            and not (chosen.open_now and not self._is_open(service))
        )

    def _has(self, taxonomy: str, number: int, codes: Sequence[str]) -> bool:
        term = self.terms.numbered(taxonomy, number)
        return term is None or term.code in codes

    def _is_open(self, service: Service) -> bool:
        """Take what may be open too: the card then says that the times are not certain (5.8)."""
        return openness_at(service.hours, self.moment, service.assured).may_be_open


def _numbers(texts: Sequence[str]) -> list[int]:
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= len(str(MAX_NUMBER))]
