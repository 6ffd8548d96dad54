"""The compiled lexicon: what every word can be, and which phrases are looked for when it is met."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

TYPED_WRONG_FROM: Final = 7
LONGEST_SENSITIVE: Final = 24
FEWEST_BONES: Final = 5
NO_VOWELS: Final = str.maketrans("", "", "aeiouy")


@dataclass(frozen=True, slots=True)
class Phrase:
    """One compiled phrase. anchor: place of the rarest element in elements. owner: number of the rule or cue it is of.

    mask: a bit for every element. opens, closes: the first element begins a clause, the last one ends it.
    """

    elements: tuple[int, ...]
    window: int
    ordered: bool
    anchor: int
    owner: int
    mask: int
    source: str
    opens: bool = False
    closes: bool = False


class Meaning(NamedTuple):
    """What an element brings by itself: cue bits, and the phrases of cues and rules that are anchored in it."""

    bits: int
    cues: tuple[Phrase, ...]
    rules: tuple[Phrase, ...]


class Entry(NamedTuple):
    """What a word can be. fills: elements; mask: the same as bits; follow: second word → expressions they begin.

    bits, cues and rules: those of all its elements together. cuts: it begins a new clause.
    """

    fills: frozenset[int]
    mask: int
    follow: "Mapping[str, Tail]"
    bits: int
    cues: tuple[Phrase, ...]
    rules: tuple[Phrase, ...]
    cuts: bool


class Tail(NamedTuple):
    """Fixed expressions that begin with the same two words. here: those of two words; more: third word → the rest."""

    here: Entry | None
    more: Mapping[str, tuple[tuple[tuple[str, ...], Entry], ...]]


UNKNOWN: Final = Entry(frozenset(), 0, {}, 0, (), (), False)


def entry(fills: frozenset[int], follow: Mapping[str, Tail], meanings: Mapping[int, Meaning], cut: int) -> Entry:
    """Return the entry of a word that fills these elements; cut is the element of words that begin a clause."""
    found = [meanings[element] for element in sorted(fills) if element in meanings]
    bits = mask = 0
    for meaning in found:
        bits |= meaning.bits
    for element in fills:
        mask |= 1 << element
    cues = tuple(phrase for meaning in found for phrase in meaning.cues)
    rules = tuple(phrase for meaning in found for phrase in meaning.rules)
    return Entry(fills, mask, follow, bits, cues, rules, cut in fills)


def tail(rests: Sequence[tuple[tuple[str, ...], int]], meanings: Mapping[int, Meaning], cut: int) -> Tail:
    """Return the expressions of a pair of words; rests: what follows the pair, and the element that the whole fills."""
    by_rest: dict[tuple[str, ...], set[int]] = {}
    for rest, element in rests:
        by_rest.setdefault(rest, set()).add(element)
    whole = {rest: entry(frozenset(elements), {}, meanings, cut) for rest, elements in by_rest.items()}
    more: dict[str, tuple[tuple[tuple[str, ...], Entry], ...]] = {}
    for rest, what in whole.items():
        if rest:
            more[rest[0]] = (*more.get(rest[0], ()), (rest[1:], what))
    return Tail(whole.get(()), more)


@dataclass(frozen=True, slots=True)
class Words:
    """The tables for reading. stems: stem → entry with all shorter ones in it; lengths: by first letter, longest first.

    core: the words that are looked for in wrong spellings too. wrong: such a word with one letter left out → the word.
    spellings, regional, ambiguous: see Lexicon. cut: the element of words that begin a new clause. small: the numbers
    up to 999, which are nobody's.
    """

    known: Mapping[str, Entry]
    stems: Mapping[str, Entry]
    lengths: Mapping[str, tuple[int, ...]]
    meanings: Mapping[int, Meaning]
    spellings: Mapping[str, tuple[str, ...]]
    regional: frozenset[str]
    ambiguous: Mapping[str, str]
    numbers: tuple[tuple[float, float, int], ...]
    clock: frozenset[int]
    cut: int
    core: frozenset[str]
    wrong: dict[str, str] = field(default_factory=dict)
    by_shape: dict[tuple[int, str], list[str]] = field(default_factory=dict)
    outlines: set[str] = field(default_factory=set)
    skeletons: dict[str, str] = field(default_factory=dict)
    small: dict[str, Entry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Prepare the search for wrongly typed and starred words."""
        for word in sorted(self.core):
            self.by_shape.setdefault((len(word), word[0]), []).append(word)
            if len(word) >= TYPED_WRONG_FROM:
                self.wrong.update(dict.fromkeys(one_left_out(word), word))
                self.outlines.add(outline(word))
                if len(bones := skeleton(word)) >= FEWEST_BONES:
                    self.skeletons.setdefault(bones, word)
        self.small.update((str(value), self.number(value)) for value in range(1_000) if str(value) not in self.known)

    def find(self, word: str) -> Entry | None:
        """Return what a word in standard spelling can be, or None."""
        known = self.known.get(word)
        if known is not None or not word:
            return known
        for length in self.lengths.get(word[0], ()):
            if len(word) >= length and (stem := self.stems.get(word[:length])) is not None:
                return stem
        return None

    def number(self, value: float, *, clock: bool = False) -> Entry:
        """Return what a number can be; clock: it is written as a time of day."""
        fills = frozenset(element for low, high, element in self.numbers if low <= value <= high)
        return entry(fills | (self.clock if clock else frozenset()), {}, self.meanings, self.cut)

    def typed_wrong(self, word: str) -> str | None:
        """Return the sensitive word that differs from this word in one letter, in order or in its vowels alone."""
        if (bare := self.skeletons.get(skeleton(word))) is not None and bare[0] == word[0] and len(word) < len(bare):
            return bare
        if outline(word) not in self.outlines or not TYPED_WRONG_FROM - 1 <= len(word) <= LONGEST_SENSITIVE:
            return None
        meant = self.wrong.get(word)
        for shorter in () if meant else one_left_out(word):
            if (meant := shorter if shorter in self.core else self.wrong.get(shorter)) is not None:
                break
        close = meant is not None and outline(meant) == outline(word) and len(meant) > len(word) - 2
        return meant if close else None

    def censored(self, word: str) -> list[str]:
        """Return the sensitive words that fit `k*nker`."""
        plausible = self.by_shape.get((len(word), word[0]), ())
        return [one for one in plausible if all(a in ("*", b) for a, b in zip(word, one, strict=True))]


def outline(word: str) -> str:
    """Return the letters that people who type in haste still get right: the first and the last two."""
    return word[0] + word[-2:]


def skeleton(word: str) -> str:
    """Return the consonants of a word, which stay when vowels are dropped: zlfmrd for zelfmoord."""
    return word.translate(NO_VOWELS)


def one_left_out(word: str) -> list[str]:
    """Return the word without its second, third … letter."""
    return [word[:at] + word[at + 1 :] for at in range(1, len(word))]
