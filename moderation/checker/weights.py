"""Weights of words, learned from labelled sentences: they see a message that no rule knows, and only raise (spec 10.2).

A message goes up one step at most: from nothing to a supporting panel, or from thoughts of death that a rule of strong
cues found to a crisis; words alone, or with weak signs, call nobody. What a rule found is never lowered, and where a
cue of ordinary talk stands (`nooit`) the weights are silent.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
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
SUPPORT, CRISIS = "suicidal_passive", "crisis_now"


@dataclass(frozen=True, slots=True)
class Weights:
    """What each word, pair of words and beginning of a word adds. floor: from this score on the message goes up.

    never: cue bits beside which it does not. after: the rules of which one has to stand there; empty: none may.
    """

    rule: str
    label: str
    severity: int
    floor: float
    base: float
    never: int
    after: frozenset[str]
    words: Mapping[str, float]
    begins: Mapping[str, float]
    pairs: Mapping[tuple[str, str], float]

    def score(self, words: Sequence[str]) -> float:
        """Return how much a message speaks of what these weights are about; 0 is as likely as not."""
        if len(words) < FEW:
            return self.base
        known, begins, pairs = self.words, self.begins, self.pairs
        total = sum([known[word] for word in words if word in known])
        total += sum([begins.get(word[:BEGIN], 0.0) for word in words if word not in known and len(word) > BEGIN])
        total += sum([pairs[pair] for pair in zip((START, *words), words, strict=False) if pair in pairs])
        return self.base + total / sqrt(len(words) + SMOOTH)


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


def compiled(lexicon: Lexicon, bits: Mapping[str, int], rows: Mapping[str, Any]) -> tuple[Weights, ...]:
    """Read the sections of the file. Raises LexiconError for an unknown cue, or for numbers that are none."""
    classes = classes_of(lexicon)
    return tuple(_weights(name, row, bits, classes) for name, row in rows.items())


def _weights(name: str, row: Mapping[str, Any], bits: Mapping[str, int], classes: Mapping[str, list[str]]) -> Weights:
    try:
        parts = {kind: _by_name(row[kind]) for kind in ("woorden", "klassen", "begin", "paren")}
        never = reduce(or_, (bits[cue] for cue in row["nooit"]), 0)
        pairs = {_pair(name): weight for name, weight in parts["paren"].items()}
        after = frozenset(row["na"])
        label, severity, floor, base = row["label"], row["ernst"], row["drempel"], row["basis"]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise LexiconError(f"{name}: {error}") from error
    whole = {
        word: round(
            parts["woorden"].get(word, 0.0)
            + (parts["begin"].get(word[:BEGIN], 0.0) if len(word) > BEGIN else 0.0)
            + sum(parts["klassen"].get(one, 0.0) for one in classes.get(word, ())),
            3,
        )
        for word in {*parts["woorden"], *classes}
    }
    kept = {word: weight for word, weight in whole.items() if weight or word[:BEGIN] in parts["begin"]}
    return Weights(f"gewichten.{name}", label, severity, floor, base, never, after, kept, parts["begin"], pairs)


def _pair(name: str) -> tuple[str, str]:
    first, second = name.split("_")
    return first, second


def _by_name(rows: Mapping[str, str]) -> dict[str, float]:
    """Return name → weight; the file has them the other way round."""
    return {name: float(weight) for weight, names in rows.items() for name in names.split()}


def raised(steps: Sequence[Weights], words: Sequence[str], marks: Marks, hits: Sequence[Hit]) -> Iterator[Hit]:
    """Yield the one step that a message goes up, if any."""
    live = [hit for hit in hits if not hit.shadow]
    if any(hit.label != SUPPORT for hit in live):
        return
    rules = {hit.rule for hit in live}
    for step in steps:
        ready = rules & step.after if step.after else not rules
        if ready and not marks.whole & step.never and step.score(words) >= step.floor:
            yield Hit(step.rule, step.label, step.severity)
            return
