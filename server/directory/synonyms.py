"""Ordinary words for themes, people and forms: `proatje` is meeting people (directory-booking-spec 5.4)."""

import csv
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from server.directory.terms import AREA, AUDIENCE, FORM, THEME, Terms
from server.directory.words import stems, words_of

MAX_GAP: Final = 1
"""Words that may stand between two words of a phrase: `zorgen voor mijn zieke man`."""
EXACT: Final = 1.0
BY_STEM: Final = 0.9


@dataclass(frozen=True, slots=True)
class Synonym:
    """A word or phrase and the codes it means in one taxonomy; the first code is meant most."""

    term: str
    words: tuple[str, ...]
    taxonomy: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A word of a question: what was typed, what it may also be (correction, parts) and how sure that is (0…1)."""

    typed: str
    readings: tuple[tuple[str, float], ...]
    parts: tuple[tuple[str, float], ...] = ()
    """Parts of a known compound: they say what is meant (`lotgenoten-groep`), but not which words to look for."""

    @property
    def meanings(self) -> tuple[tuple[str, float], ...]:
        """Return everything that may be looked up in the phrasebook."""
        return self.readings + self.parts


@dataclass(frozen=True, slots=True)
class Hit:
    """A synonym found in a question: at which word positions, and how sure (0…1)."""

    synonym: Synonym
    positions: frozenset[int]
    certainty: float


def read_synonyms(path: Path, terms: Terms) -> list[Synonym]:
    """Read synonyms.csv. Raises ValueError for a code that does not exist."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [_synonym(row, terms) for row in csv.DictReader(file)]


def _synonym(row: dict[str, str], terms: Terms) -> Synonym:
    taxonomy = row["taxonomy"]
    codes = [code.strip() for code in row["codes"].split(";")]
    if taxonomy == AREA:
        codes = [terms.area_code(code) for code in codes]
    unknown = [code for code in codes if not terms.has(taxonomy, code)]
    if unknown or taxonomy not in (THEME, AUDIENCE, FORM, AREA):
        raise ValueError(f"synonyms.csv: {row['term']!r} names {taxonomy} {unknown}")
    return Synonym(row["term"], tuple(words_of(row["term"])), taxonomy, tuple(codes))


class Phrasebook:
    """Finds synonyms in a question, longest first; a word serves one phrase length only."""

    def __init__(self, synonyms: Iterable[Synonym]) -> None:
        """Index the synonyms by the keys of their first word."""
        self._by_first: dict[str, list[Synonym]] = defaultdict(list)
        for synonym in synonyms:
            for key in {synonym.words[0], *stems(synonym.words[0])}:
                self._by_first[key].append(synonym)

    def find(self, question: Sequence[Spoken]) -> list[Hit]:
        """Return the hits; a shorter phrase inside a longer one is left out."""
        hits = sorted(
            self._all(question), key=lambda hit: (-len(hit.positions), -hit.certainty, -len(hit.synonym.term))
        )
        chosen: list[Hit] = []
        for hit in hits:
            overlapping = [other for other in chosen if other.positions & hit.positions]
            if all(_go_together(hit, other) for other in overlapping):
                chosen.append(hit)
        return chosen

    def _all(self, question: Sequence[Spoken]) -> Iterator[Hit]:
        for start, spoken in enumerate(question):
            keys = {key for word, _ in spoken.meanings for key in {word, *stems(word)}}
            found = {id(synonym): synonym for key in keys for synonym in self._by_first.get(key, ())}
            for synonym in found.values():
                if hit := _match(synonym, question, start):
                    yield hit


def _go_together(hit: Hit, other: Hit) -> bool:
    """Say whether two readings of the same words may both hold: equally sure, or about different things."""
    alike = other.certainty == hit.certainty or other.synonym.taxonomy != hit.synonym.taxonomy
    return other.positions == hit.positions and alike


def _match(synonym: Synonym, question: Sequence[Spoken], start: int) -> Hit | None:
    """Return the hit when the phrase stands in the question from start on, with small gaps."""
    positions: list[int] = []
    certainty, at = EXACT, start
    for word in synonym.words:
        window = range(at, min(len(question), at + (1 if not positions else 1 + MAX_GAP)))
        sure, position = max(
            ((_sureness(word, question[place].meanings), -place) for place in window), default=(0.0, 0)
        )
        if not sure:
            return None
        positions.append(-position)
        certainty, at = min(certainty, sure), -position + 1
    return Hit(synonym, frozenset(positions), certainty)


def _sureness(word: str, readings: Collection[tuple[str, float]]) -> float:
    return max((sure * _alike(word, reading) for reading, sure in readings), default=0.0)


def _alike(word: str, reading: str) -> float:
    if word == reading:
        return EXACT
    return 0.0 if stems(word).isdisjoint(stems(reading)) else BY_STEM
