"""Phrases of rules: elements in order with a window, or together in any order; found through their rarest element.

`<ik> wil dood /3`   these words in this order, at most 3 others between two of them; `^` and `$`: a clause's ends
`eind|einde & maak*` these words in any order, at most 4 (or /N) places from each other
A phrase never crosses the end of a sentence. No free regular expressions, so the time is linear in the text.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from moderation.checker.lexicon import Lexicon, LexiconError
from moderation.checker.reading import Reading

WINDOW: Final = 2
TOGETHER: Final = 4
NEARBY: Final = 12
"""An exception counts at most this many words from what it takes away, in the same sentence."""
WIDTH: Final = re.compile(r"(.*?)(?: ?/(\d+))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Phrase:
    """One compiled phrase. anchor: place of the rarest element in elements. owner: number of the rule or cue it is of.

    opens, closes: the first element begins a clause, the last one ends it. needs: the elements as bits,
    to leave out at once what a text cannot hold.
    """

    elements: tuple[int, ...]
    window: int
    ordered: bool
    anchor: int
    owner: int = -1
    source: str = ""
    opens: bool = False
    closes: bool = False
    needs: int = 0


def compile_phrase(lexicon: Lexicon, source: str, owner: int = -1) -> Phrase:
    """Read a phrase. Raises LexiconError when it is empty or names an unknown class."""
    found = WIDTH.fullmatch(source.strip())
    body, width = found.groups() if found else ("", None)
    ordered = "&" not in body
    parts = body.replace("&", " ").split()
    opens, closes = parts[:1] == ["^"], parts[-1:] == ["$"]
    parts = parts[opens : len(parts) - closes]
    if not parts:
        raise LexiconError(f"zin '{source}' is leeg")
    elements = tuple(lexicon.element(part) for part in parts)
    window = int(width) if width else (WINDOW if ordered else TOGETHER)
    anchor = min(range(len(elements)), key=lambda place: _commonness(lexicon, elements[place]))
    needs = sum({1 << element for element in elements})
    return Phrase(elements, window, ordered, anchor, owner, source, opens, closes, needs)


def by_anchor(phrases: Iterable[Phrase]) -> Mapping[int, tuple[Phrase, ...]]:
    """Return element → the phrases that are looked for when it is met."""
    index: dict[int, tuple[Phrase, ...]] = {}
    for phrase in phrases:
        element = phrase.elements[phrase.anchor]
        index[element] = (*index.get(element, ()), phrase)
    return index


def matches(phrase: Phrase, reading: Reading, at: int) -> bool:
    """Say whether the phrase stands around the word `at`, which fills its anchor."""
    if not phrase.ordered:
        return _together(phrase, reading, *reading.around(at, phrase.window))
    first, last = _walk(phrase, reading, at, -1), _walk(phrase, reading, at, 1)
    if first < 0 or last < 0:
        return False
    clause = reading.clause
    if phrase.opens and first and clause[first - 1] == clause[first]:
        return False
    return not (phrase.closes and last + 1 < len(clause) and clause[last + 1] == clause[last])


def occurs(phrases: Sequence[Phrase], reading: Reading, low: int, high: int) -> bool:
    """Say whether one of the phrases stands among the words low to high."""
    return any(
        phrase.elements[phrase.anchor] in reading.fills[at] and matches(phrase, reading, at)
        for phrase in phrases
        for at in range(low, high)
    )


def _together(phrase: Phrase, reading: Reading, low: int, high: int) -> bool:
    """Say whether every element has a word of its own among the words low to high."""
    fills = reading.fills
    used: set[int] = set()
    for element in phrase.elements:
        for at in range(low, high):
            if element in fills[at] and at not in used:
                used.add(at)
                break
        else:
            return False
    return True


def _walk(phrase: Phrase, reading: Reading, at: int, step: int) -> int:
    """Return the place of the outermost word of the phrase on one side of its anchor, -1 when it is not there."""
    fills, sentence = reading.fills, reading.sentence
    here, size = sentence[at], len(fills)
    place = phrase.anchor + step
    while 0 <= place < len(phrase.elements):
        element = phrase.elements[place]
        for distance in range(1, phrase.window + 2):
            other = at + step * distance
            if not 0 <= other < size or sentence[other] != here:
                return -1
            if element in fills[other]:
                at = other
                break
        else:
            return -1
        place += step
    return at


def _commonness(lexicon: Lexicon, element: int) -> float:
    """Return how often about an element is met: common words weigh 1,000, others 1."""
    common = lexicon.classes.get("gewoon", ())
    words = lexicon.members[element]
    return sum(1_000 if word in common or len(word) <= 2 else 1 for word in words) - max(map(len, words)) / 100
