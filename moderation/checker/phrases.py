"""Phrases of rules: elements in order with a window, or together in any order; found through their rarest element.

`<ik> wil dood /3`   these words in this order, at most 3 others between two of them
`eind|einde & maak*` these words in any order, at most 4 (or /N) places from each other
`^` and `$`          the first word opens a clause, the last one closes it
A phrase never crosses the end of a sentence. No free regular expressions, so the time is linear in the text.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from moderation.checker.lexicon import Lexicon, LexiconError
from moderation.checker.reading import Reading
from moderation.checker.words import Phrase

WINDOW: Final = 2
TOGETHER: Final = 4
NEARBY: Final = 12
"""An exception counts at most this many words from what it takes away, in the same sentence."""
WIDTH: Final = re.compile(r"(.*?)(?: ?/(\d+))?", re.DOTALL)
RARE: Final = 0.3
NUMBERS: Final = 60.0
MOST_TRIES: Final = 8
"""A phrase is looked for at most this often in one sentence, so that repeating a word costs no time."""


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
    mask = sum(1 << element for element in set(elements))
    return Phrase(elements, window, ordered, anchor, owner, mask, source, opens, closes)


def by_anchor(phrases: Iterable[Phrase]) -> Mapping[int, tuple[Phrase, ...]]:
    """Return element → the phrases that are looked for when it is met."""
    index: dict[int, tuple[Phrase, ...]] = {}
    for phrase in phrases:
        element = phrase.elements[phrase.anchor]
        index[element] = (*index.get(element, ()), phrase)
    return index


def likely(found: Iterable[tuple[int, Sequence[Phrase]]], reading: Reading) -> list[tuple[int, Phrase]]:
    """Return the places where a phrase may stand: all its elements occur in the sentence."""
    present, sentence = reading.present, reading.sentence
    kept: list[tuple[int, Phrase]] = []
    for at, phrases in found:
        there = present[sentence[at]]
        kept += [(at, one) for one in phrases if there & one.mask == one.mask]
    if len(kept) < MOST_TRIES:
        return kept
    tries: dict[tuple[int, int], int] = {}
    few: list[tuple[int, Phrase]] = []
    for at, one in kept:
        key = (id(one), sentence[at])
        tries[key] = tries.get(key, 0) + 1
        if tries[key] <= MOST_TRIES:
            few.append((at, one))
    return few


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


def occurs(phrases: Sequence[Phrase], reading: Reading, at: int) -> bool:
    """Say whether one of the phrases stands near the word `at`."""
    present = reading.present[reading.sentence[at]]
    possible = [phrase for phrase in phrases if present & phrase.mask == phrase.mask]
    low, high = reading.around(at, NEARBY) if possible else (0, 0)
    return any(
        phrase.elements[phrase.anchor] in reading.fills[place] and matches(phrase, reading, place)
        for phrase in possible
        for place in range(low, high)
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
    """Return about how often an element is met in 10,000 words; stems and words that are not counted are rare."""
    words = lexicon.members[element]
    return (
        sum(NUMBERS if word[0] == "#" else lexicon.counts.get(word.split("_")[0], RARE) for word in words)
        - max(map(len, words)) / 1_000
    )
