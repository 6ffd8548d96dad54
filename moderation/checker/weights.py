"""Weights of words, learned from labelled sentences: they see a message that no rule knows, and only raise (spec 10.2).

A message that no rule knows goes up to a supporting panel, any message to a crisis. What a rule found is never lowered,
and where a cue of ordinary talk stands (`nooit`) the weights are silent.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise, repeat
from math import sqrt
from operator import or_
from typing import Any, Final

from moderation.checker.cues import Marks
from moderation.checker.lexicon import Lexicon, LexiconError
from moderation.checker.rules import Hit

BEGIN: Final = 5
"""Words longer than this also count for how they begin, so that a form that was never met still weighs."""
SMOOTH: Final = 2
FEW: Final = 3
"""Fewer words than this are a name, a title or an answer: what they weigh says nothing."""
START: Final = "^"
KINDS: Final = ("woorden", "klassen", "begin", "paren")
Row = tuple[float, ...]
CRISIS, SUPPORT, HARM, CONCERN = "crisis_now", "suicidal_passive", "self_harm", "concern_other"


@dataclass(frozen=True, slots=True)
class Step:
    """How far a message goes up. floor: from this score on; never: cue bits beside which it does not."""

    rule: str
    label: str
    severity: int
    floor: float
    base: float
    never: int


@dataclass(frozen=True, slots=True)
class Weights:
    """What each word, pair of words and beginning of a word adds, one number for each step."""

    steps: tuple[Step, ...]
    words: Mapping[str, Row]
    begins: Mapping[str, Row]
    pairs: Mapping[tuple[str, str], Row]

    def scores(self, words: Sequence[str]) -> list[float]:
        """Return for each step how much a message speaks of it; 0 is as likely as not."""
        if len(words) < FEW:
            return [step.base for step in self.steps]
        rows = [*filter(None, map(self.words.get, words))]
        if len(rows) < len(words):
            unknown = [word[:BEGIN] for word in words if word not in self.words]
            rows += filter(None, map(self.begins.get, unknown))
        rows += filter(None, map(self.pairs.get, zip((START, *words), words, strict=False)))
        totals = map(sum, zip(*rows, strict=True)) if rows else repeat(0.0)
        scale = sqrt(len(words) + SMOOTH)
        return [step.base + total / scale for step, total in zip(self.steps, totals, strict=False)]


NOTHING: Final = Weights((), {}, {}, {})


def features(words: Sequence[str], classes: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    """Yield what weighs in a message: (kind, name), as the sections of the file are called."""
    for word in words:
        yield "woorden", word
        if len(word) > BEGIN:
            yield "begin", word[:BEGIN]
        for name in classes.get(word, ()):
            yield "klassen", name
    for before, word in pairwise((START, *words)):
        yield "paren", f"{before}_{word}"


def classes_of(lexicon: Lexicon) -> dict[str, list[str]]:
    """Return word → the classes it is in."""
    found: dict[str, list[str]] = {}
    for name in lexicon.classes:
        for word in lexicon.members_of(name):
            found.setdefault(word, []).append(name)
    return found


def compiled(lexicon: Lexicon, bits: Mapping[str, int], rows: Mapping[str, Any]) -> Weights:
    """Read the sections of the file. Raises LexiconError for an unknown cue, or for numbers that are none."""
    try:
        steps = tuple(_step(name, row, bits) for name, row in rows.items())
        parts = {kind: _by_name([row[kind] for row in rows.values()]) for kind in KINDS}
        pairs = {_pair(name): row for name, row in parts["paren"].items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise LexiconError(f"{type(error).__name__}: {error}") from error
    classes, begins = classes_of(lexicon), parts["begin"]
    whole = {
        word: _added(
            parts["woorden"].get(word),
            begins.get(word[:BEGIN]) if len(word) > BEGIN else None,
            *(parts["klassen"].get(one) for one in classes.get(word, ())),
        )
        for word in {*parts["woorden"], *classes}
    }
    return Weights(steps, {word: row for word, row in whole.items() if row}, begins, pairs)


def _step(name: str, row: Mapping[str, Any], bits: Mapping[str, int]) -> Step:
    never = reduce(or_, (bits[cue] for cue in row["nooit"]), 0)
    return Step(f"gewichten.{name}", row["label"], row["ernst"], row["drempel"], row["basis"], never)


def _added(*rows: Row | None) -> Row:
    """Return the sums of rows; () when there is none."""
    present = [row for row in rows if row]
    return tuple(round(sum(column), 3) for column in zip(*present, strict=True))


def _pair(name: str) -> tuple[str, str]:
    first, second = name.split("_")
    return first, second


def _by_name(sections: Sequence[Mapping[str, str]]) -> dict[str, Row]:
    """Return name → its weight in each step; the file has for each step the names by weight.

    Equal rows are one object: what is looked up for every message should fit in the processor's cache.
    """
    found: dict[str, list[float]] = {}
    for place, rows in enumerate(sections):
        for written, names in rows.items():
            weight = float(written)
            for name in names.split():
                found.setdefault(name, [0.0] * len(sections))[place] = weight
    known: dict[Row, Row] = {}
    return {name: known.setdefault(row, row) for name, row in ((name, tuple(row)) for name, row in found.items())}


def raised(weights: Weights, words: Sequence[str], marks: Marks, hits: Sequence[Hit]) -> Iterator[Hit]:
    """Yield how far a message goes up, if at all: the first step that it reaches. After a rule only up to a crisis."""
    live = [hit for hit in hits if not hit.shadow]
    if any(hit.label == CRISIS for hit in live):
        return
    for step, score in zip(weights.steps, weights.scores(words), strict=True):
        if score >= step.floor and not marks.whole & step.never and (step.label == CRISIS or not live):
            yield Hit(step.rule, step.label, step.severity)
            return
