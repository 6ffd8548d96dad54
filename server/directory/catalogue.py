"""Everything the sociale kaart knows, read from content/sociale-kaart into memory.

The files are the source for now. What others see is `Catalogue`, so that a table with an editor's screen can fill the
same values later without a change in search, pages or open data.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from server.directory.crisis_phrases import CrisisPhrases, read_crisis_phrases
from server.directory.places import Gazetteer, read_gazetteer
from server.directory.services import Service, read_service
from server.directory.synonyms import Synonym, read_synonyms
from server.directory.terms import AREA, Terms, read_terms

FOLDER: Final = Path(__file__).parents[2] / "content" / "sociale-kaart"


class Role(StrEnum):
    """What a hulpbron is to us beside its own work (rollen.csv)."""

    LINE = "lijn"
    """A crisis or listening line: confirmed every 90 days and never taken off (4.3)."""
    SUICIDE_LINE = "zelfmoordpreventie"
    """On top when somebody may want to die (5.9)."""
    DOOR = "deur"
    """Where anyone can turn to with anything, wherever they live (5.10)."""
    WELFARE = "welzijn"
    """The same, for one municipality."""


class CatalogueError(ValueError):
    """The content files contradict each other; the server does not start with them."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Services in the order of the file, the word lists and the places, all checked against each other."""

    services: tuple[Service, ...]
    terms: Terms
    gazetteer: Gazetteer
    synonyms: tuple[Synonym, ...]
    stopwords: frozenset[str]
    ordinary_words: frozenset[str]
    """Right Dutch words that no hulpbron uses: they are never taken for typing errors."""
    crisis_phrases: CrisisPhrases
    roles: dict[Role, frozenset[str]]
    """Role → numbers of the services that have it."""


def read_catalogue(folder: Path = FOLDER) -> Catalogue:
    """Read and check all files. Raises CatalogueError, RowError or ValueError naming the file's row."""
    terms = read_terms(folder / "taxonomies.csv")
    synonyms = read_synonyms(folder / "synonyms.csv", terms)
    other_names = {found.term: found.codes[0] for found in synonyms if found.taxonomy == AREA}
    gazetteer = read_gazetteer(folder, other_names)
    services = tuple(read_service(row, terms, gazetteer) for row in _rows(folder / "hulpbronnen.csv"))
    _refuse_doubles(services)
    return Catalogue(
        services=services,
        terms=terms,
        gazetteer=gazetteer,
        synonyms=tuple(found for found in synonyms if found.taxonomy != AREA),
        stopwords=_read_words(folder / "stopwoorden.txt"),
        ordinary_words=_read_words(folder / "gewone-woorden.txt"),
        crisis_phrases=read_crisis_phrases(folder / "crisiszinnen.txt"),
        roles=_read_roles(folder / "rollen.csv", services),
    )


def _refuse_doubles(services: Iterable[Service]) -> None:
    seen: set[str] = set()
    for service in services:
        if service.number in seen or service.short_id in seen:
            raise CatalogueError(f"{service.number} stands twice in hulpbronnen.csv")
        seen |= {service.number, service.short_id}


def _read_roles(path: Path, services: Iterable[Service]) -> dict[Role, frozenset[str]]:
    rows = _rows(path)
    if missing := {row["id"] for row in rows} - {service.number for service in services}:
        raise CatalogueError(f"rollen.csv names unknown services: {', '.join(sorted(missing))}")
    return {role: frozenset(row["id"] for row in rows if row["rol"] == role) for role in Role}


def _read_words(path: Path) -> frozenset[str]:
    return frozenset(path.read_text(encoding="utf-8").split())


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
