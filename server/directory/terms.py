"""The lists that hulpbronnen are sorted by: theme, people, form, municipality, domain (directory-booking-spec 2)."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

THEME: Final = "thema"
AUDIENCE: Final = "doelgroep"
FORM: Final = "vorm"
AREA: Final = "gemeente"
DOMAIN: Final = "domein"
TAXONOMIES: Final = (THEME, AUDIENCE, FORM, AREA, DOMAIN)

PROVINCE: Final = "provincie"
COUNTRY: Final = "landelijk"
EVERYONE: Final = "iedereen"
GENERAL: Final = "algemeen"
"""Main theme of who helps with anything."""


@dataclass(frozen=True, slots=True)
class Term:
    """One term. number (1…) is its row within the taxonomy; links use it, so new terms go at the end."""

    taxonomy: str
    code: str
    label: str
    description: str
    domains: tuple[str, ...]
    number: int


class Terms:
    """All terms by taxonomy and code, in the order of the file."""

    def __init__(self, terms: Iterable[Term]) -> None:
        """Take the terms. Raises ValueError when a code stands twice in one taxonomy."""
        self._by_code: dict[str, dict[str, Term]] = {taxonomy: {} for taxonomy in TAXONOMIES}
        for term in terms:
            if term.code in self._by_code[term.taxonomy]:
                raise ValueError(f"term {term.code!r} stands twice in {term.taxonomy!r}")
            self._by_code[term.taxonomy][term.code] = term

    def of(self, taxonomy: str) -> tuple[Term, ...]:
        """Return the terms of one taxonomy in order."""
        return tuple(self._by_code[taxonomy].values())

    def get(self, taxonomy: str, code: str) -> Term:
        """Return one term. Raises KeyError."""
        return self._by_code[taxonomy][code]

    def has(self, taxonomy: str, code: str) -> bool:
        """Say whether the term exists."""
        return code in self._by_code[taxonomy]

    def numbered(self, taxonomy: str, number: int) -> Term | None:
        """Return the term with this number, or None."""
        return next((term for term in self.of(taxonomy) if term.number == number), None)

    def label(self, taxonomy: str, code: str) -> str:
        """Return what a visitor reads."""
        return self.get(taxonomy, code).label

    def area_code(self, name: str) -> str:
        """Return the code for a municipality written by name (`Het Hogeland`) or code. Raises KeyError."""
        folded = name.strip().lower().replace(" ", "-")
        if not self.has(AREA, folded):
            raise KeyError(name)
        return folded


def read_terms(path: Path) -> Terms:
    """Read taxonomies.csv. Raises ValueError for a taxonomy that is not known."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return Terms(_terms(csv.DictReader(file)))


def _terms(rows: Iterable[Mapping[str, str]]) -> list[Term]:
    counted = dict.fromkeys(TAXONOMIES, 0)
    terms: list[Term] = []
    for row in rows:
        taxonomy = row["taxonomy"]
        if taxonomy not in counted:
            raise ValueError(f"taxonomy {taxonomy!r} is not known")
        counted[taxonomy] += 1
        domains = tuple(filter(None, row["domeinen"].split(";")))
        terms.append(Term(taxonomy, row["code"], row["label_nl"], row["description_nl"], domains, counted[taxonomy]))
    return terms
