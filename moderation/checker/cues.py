"""Cues per clause: what a rule may need or be lowered by, as bits (moderation-spec 10.2, layer 3)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from moderation.checker.lexicon import LexiconError
from moderation.checker.phrases import likely, matches, occurs
from moderation.checker.reading import Reading
from moderation.checker.words import Phrase

CLAUSE, SENTENCE, MESSAGE = range(3)
SCOPES: Final = {"deel": CLAUSE, "zin": SENTENCE, "bericht": MESSAGE}
QUOTED: Final = "citaat"


@dataclass(frozen=True, slots=True)
class Cue:
    """One kind of hint, such as time-now or farewell. words: elements that are the cue by themselves."""

    name: str
    bit: int
    words: frozenset[int]
    phrases: tuple[Phrase, ...]
    exceptions: tuple[Phrase, ...]


@dataclass(slots=True)
class Marks:
    """Which cues stand where in one text: masks by clause, by sentence and of the whole."""

    by_clause: list[int]
    by_sentence: list[int]
    whole: int


@dataclass(frozen=True, slots=True)
class Condition:
    """A mask to look for in a scope."""

    scope: int
    mask: int


def conditions(names: Iterable[str], bits: Mapping[str, int], scope: str) -> tuple[Condition, ...]:
    """Read `nu`, `nu@bericht` … into one condition for each. Raises LexiconError for an unknown cue or scope."""
    read: list[Condition] = []
    for name in names:
        cue, _, where = name.partition("@")
        if cue not in bits or (where or scope) not in SCOPES:
            raise LexiconError(f"aanwijzing '{name}' bestaat niet")
        read.append(Condition(SCOPES[where or scope], bits[cue]))
    return tuple(read)


def mark(reading: Reading, cues: Sequence[Cue], quoted: int) -> Marks:
    """Return the cues of a text: those of its words, those of phrases, and quoted between quotation marks."""
    by_clause = reading.by_clause
    for at, phrase in likely(reading.cues, reading):
        cue, clause = cues[phrase.owner], reading.clause[at]
        if by_clause[clause] & cue.bit or not matches(phrase, reading, at):
            continue
        if not (cue.exceptions and occurs(cue.exceptions, reading, at)):
            by_clause[clause] |= cue.bit
    for clause in reading.quoted:
        by_clause[clause] |= quoted
    return _sum_up(reading, by_clause)


def _sum_up(reading: Reading, by_clause: list[int]) -> Marks:
    by_sentence = [0] * len(reading.present)
    whole = 0
    for sentence, mask in zip(reading.of_clause, by_clause, strict=True):
        by_sentence[sentence] |= mask
        whole |= mask
    return Marks(by_clause, by_sentence, whole)
