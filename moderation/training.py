"""Learn the weights of words from labelled sentences: logistic regression, the same file from the same sentences.

The sentences are invented, never those of visitors (moderation-spec 1.4). Those that measure how good the checker is
(`tests/moderation/unseen.csv`) take no part.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from json import dumps
from math import exp, sqrt
from random import Random
from textwrap import wrap
from typing import Final

from moderation.checker.normalise import fold
from moderation.checker.reading import read
from moderation.checker.rulebook import load, read_lexicon
from moderation.checker.weights import CONCERN, CRISIS, HARM, KINDS, SMOOTH, SUPPORT, classes_of, features

Feature = tuple[str, str]
ROUNDS: Final = 30
RATE: Final = 0.2
SHRINK: Final = 0.005
FEWEST: Final = {"woorden": 2, "klassen": 2, "begin": 2, "paren": 3}
"""A feature of fewer sentences says nothing, and makes what is looked up for every message larger."""
RARE: Final = 1.5
"""Missing somebody in need weighs more than a panel too many."""
SMALLEST: Final = 0.15


@dataclass(frozen=True)
class Step:
    """One step up: which labels it is about, from which score on, beside which cues never."""

    name: str
    label: str
    severity: int
    about: frozenset[str]
    floor: float
    never: tuple[str, ...] = ()


ORDINARY: Final = ("lach", "gewoon_medicijn", "koken")
STEPS: Final = (
    Step("nu", CRISIS, 4, frozenset({CRISIS}), 1.5, ORDINARY),
    Step("naaste", CONCERN, 1, frozenset({CONCERN}), 1.0, (*ORDINARY, "media")),
    Step("zorg", SUPPORT, 2, frozenset({CRISIS, SUPPORT, HARM}), 0.8, (*ORDINARY, "media")),
)
"""From the most urgent down.

At these floors, learned a fifth at a time, the weights find one in nine of the crises that the rules miss, and call 1
of 1,000 harmless sentences a crisis, most of which were written to look like one.
"""


def trained(sentences: Iterable[tuple[str, str]]) -> str:
    """Return the file with the weights, from (text, label) pairs."""
    classes, words = classes_of(read_lexicon()[0]), load(weighed=False).words
    rows = []
    for text, label in sentences:
        read_words = read(fold(text), words).words
        rows.append((list(features(read_words, classes)), len(read_words), label))
    parts = [_section(step, *_learn([(row, size, label in step.about) for row, size, label in rows])) for step in STEPS]
    return "# Gemaakt door `python -m moderation train`; niet met de hand aanpassen.\n" + "\n".join(parts)


def _learn(rows: Sequence[tuple[list[Feature], int, bool]]) -> tuple[Mapping[Feature, float], float]:
    """Return weight by feature, and the base."""
    often = Counter(feature for row, _, _ in rows for feature in set(row))
    known = [
        ([one for one in row if often[one] >= FEWEST[one[0]]], sqrt(size + SMOOTH), wanted)
        for row, size, wanted in rows
    ]
    weights: defaultdict[Feature, float] = defaultdict(float)
    moved: defaultdict[Feature, float] = defaultdict(float)
    base, order = -1.0, Random(1)
    totals: Counter[Feature] = Counter()
    for turn in range(ROUNDS):
        order.shuffle(known)
        for row, size, wanted in known:
            score = base + sum(weights[one] for one in row) / size
            wrong = (1 / (1 + exp(-score)) - wanted) * (RARE if wanted else 1.0)
            base -= 0.05 * wrong
            for one in row:
                slope = wrong / size + SHRINK * weights[one]
                moved[one] += slope * slope
                weights[one] -= RATE * slope / sqrt(moved[one] + 1e-4)
        if turn >= ROUNDS // 2:  # the mean of the later turns depends less on the order of the last one
            totals.update(weights)
    return {one: total / (ROUNDS - ROUNDS // 2) for one, total in totals.items()}, base


def _section(step: Step, weights: Mapping[Feature, float], base: float) -> str:
    lines = [
        f"[{step.name}]", f'label = "{step.label}"', f"ernst = {step.severity}", f"drempel = {step.floor}",
        f"basis = {base:.2f}", f"nooit = {dumps(step.never)}",
    ]  # fmt: skip
    for kind in KINDS:
        lines.append(f"[{step.name}.{kind}]")
        by_weight: defaultdict[float, list[str]] = defaultdict(list)
        for (of, name), weight in sorted(weights.items()):
            if of == kind and abs(weight) >= SMALLEST:
                by_weight[round(weight, 1)].append(name)
        for weight, names in sorted(by_weight.items()):
            rows = wrap(" ".join(names), 108)
            lines += [f'"{weight}" = "{rows[0]}"'] if len(rows) == 1 else [f'"{weight}" = """', *rows, '"""']
    return "\n".join(lines) + "\n"
