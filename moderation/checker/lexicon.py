"""The words that rules are made of: classes of words, stems and fixed expressions, and other ways to spell them.

An *element* is one place in a phrase: any of several words. Compiled, every word knows the elements it can fill.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

TYPED_WRONG_FROM: Final = 7
LONGEST_SENSITIVE: Final = 24
NOTHING: Final[frozenset[int]] = frozenset()


class LexiconError(Exception):
    """A word file or phrase that cannot be read; the message names file and cause."""


class Entry(NamedTuple):
    """What a word can be. fills: elements; follow: second word of fixed expressions → (further words, element)."""

    fills: frozenset[int]
    follow: Mapping[str, Sequence[tuple[tuple[str, ...], int]]]


UNKNOWN: Final = Entry(NOTHING, {})


@dataclass(slots=True)
class Lexicon:
    """Collects elements while rules are read; `freeze` then makes the tables that reading uses.

    classes: name → its words as written. numbers: name → lowest and highest, for `#name`; `#klok` is a time of day.
    spellings: dialect, slang or haste → standard words; those in regional are Gronings. ambiguous: what a standard
    word means in a text in Gronings.
    """

    classes: Mapping[str, Sequence[str]]
    numbers: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    regional: frozenset[str] = frozenset()
    ambiguous: Mapping[str, str] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    members: list[frozenset[str]] = field(default_factory=list)

    def element(self, source: str) -> int:
        """Return the number of an element such as `wil|wou`, `snij*`, `<ik>|men`, `#kind` or `een_eind|stop`.

        Raises LexiconError for a class that does not exist.
        """
        words = frozenset(self._expand(source.split("|"), ()))
        key = "|".join(sorted(words))
        if key not in self.ids:
            self.ids[key] = len(self.members)
            self.members.append(words)
        return self.ids[key]

    def _expand(self, parts: Iterable[str], inside: tuple[str, ...]) -> Iterable[str]:
        for part in parts:
            if not (part.startswith("<") and part.endswith(">")):
                yield self._standard(part.replace("'", ""))
                continue
            name = part[1:-1]
            if name not in self.classes or name in inside:
                raise LexiconError(f"klasse <{name}> bestaat niet of verwijst naar zichzelf")
            yield from self._expand(self.classes[name], (*inside, name))

    def _standard(self, part: str) -> str:
        """Return an entry in the spelling that texts are brought to, so that editors may write either."""
        if any(char.isascii() and not char.isalnum() and char not in "_*#" for char in part):
            raise LexiconError(f"'{part}' is geen woord")
        words = [self.spellings.get(word, (word,)) for word in part.split("_")]
        return part if part.endswith("*") else "_".join(word for standard in words for word in standard)

    def freeze(self) -> "Words":
        """Return the tables for reading."""
        cut = self.element("<knip>") if "knip" in self.classes else -1
        exact: dict[str, set[int]] = defaultdict(set)
        stems: dict[str, set[int]] = defaultdict(set)
        follow: dict[str, dict[str, list[tuple[tuple[str, ...], int]]]] = defaultdict(lambda: defaultdict(list))
        named: dict[str, set[int]] = defaultdict(set)
        for number, words in enumerate(self.members):
            for word in words:
                first, *rest = word.split("_")
                if rest:
                    follow[first][rest[0]].append((tuple(rest[1:]), number))
                elif word.startswith("#"):
                    named[word[1:]].add(number)
                elif word.endswith("*"):
                    stems[word[:-1]].add(number)
                else:
                    exact[word].add(number)
        numbers = tuple((*self.numbers[name], frozenset(ids)) for name, ids in named.items() if name != "klok")
        for word in filter(str.isdigit, {*exact, *follow}):
            exact[word] |= _in_range(numbers, float(word))
        known = _entries(exact, stems, follow)
        sensitive = frozenset(self._expand(["<gevoelig>"], ())) if "gevoelig" in self.classes else frozenset()
        return Words(
            known=known,
            stems={stem: Entry(frozenset(_with_shorter(stem, stems)), {}) for stem in stems},
            lengths=_lengths(stems),
            spellings=self.spellings,
            regional=self.regional,
            ambiguous=self.ambiguous,
            numbers=numbers,
            clock=frozenset(named.get("klok", ())),
            cut=cut,
            core=frozenset(word for word in sensitive if len(word) >= 4 and word in known),
        )


@dataclass(frozen=True, slots=True)
class Words:
    """The compiled lexicon. stems: stem → entry with all shorter stems in it; lengths: by first letter, longest first.

    core: the words that are looked for in wrong spellings too. wrong: such a word with one letter left out → the word.
    """

    known: Mapping[str, Entry]
    stems: Mapping[str, Entry]
    lengths: Mapping[str, tuple[int, ...]]
    spellings: Mapping[str, tuple[str, ...]]
    regional: frozenset[str]
    ambiguous: Mapping[str, str]
    numbers: tuple[tuple[float, float, frozenset[int]], ...]
    clock: frozenset[int]
    cut: int
    core: frozenset[str]
    wrong: dict[str, str] = field(default_factory=dict)
    by_shape: dict[tuple[int, str], list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Prepare the search for wrongly typed and starred words."""
        for word in sorted(self.core):
            self.by_shape.setdefault((len(word), word[0]), []).append(word)
            if len(word) >= TYPED_WRONG_FROM:
                self.wrong.update(dict.fromkeys(_one_left_out(word), word))

    def by_stem(self, word: str) -> Entry | None:
        """Return the entry of the longest stem this word begins with."""
        for length in self.lengths.get(word[0], ()):
            if len(word) >= length and (entry := self.stems.get(word[:length])) is not None:
                return entry
        return None

    def find(self, word: str) -> Entry | None:
        """Return what a word in standard spelling can be, or None."""
        return self.known.get(word) or (self.by_stem(word) if word else None)

    def number(self, value: float) -> frozenset[int]:
        """Return the elements that a number fills."""
        return _in_range(self.numbers, value)

    def typed_wrong(self, word: str) -> str | None:
        """Return the sensitive word that differs from this long word in one letter, or by two letters swapped."""
        if len(word) < TYPED_WRONG_FROM - 1 or len(word) > LONGEST_SENSITIVE:
            return None
        meant = self.wrong.get(word)
        for shorter in () if meant else _one_left_out(word):
            if (meant := shorter if shorter in self.core else self.wrong.get(shorter)) is not None:
                break
        close = meant is not None and meant[0] == word[0] and meant[-2:] == word[-2:] and len(meant) > len(word) - 2
        return meant if close else None

    def censored(self, word: str) -> list[str]:
        """Return the sensitive words that fit `k*nker`."""
        plausible = self.by_shape.get((len(word), word[0]), ())
        return [one for one in plausible if all(a in ("*", b) for a, b in zip(word, one, strict=True))]


def _in_range(numbers: Iterable[tuple[float, float, frozenset[int]]], value: float) -> frozenset[int]:
    return frozenset().union(*(ids for low, high, ids in numbers if low <= value <= high))


def _one_left_out(word: str) -> list[str]:
    return [word[:at] + word[at + 1 :] for at in range(1, len(word))]


def _with_shorter(word: str, stems: Mapping[str, set[int]]) -> set[int]:
    return set().union(*(stems[word[:size]] for size in range(2, len(word) + 1) if word[:size] in stems))


def _lengths(stems: Iterable[str]) -> dict[str, tuple[int, ...]]:
    by_letter: dict[str, set[int]] = defaultdict(set)
    for stem in stems:
        by_letter[stem[0]].add(len(stem))
    return {first: tuple(sorted(sizes, reverse=True)) for first, sizes in by_letter.items()}


def _entries(
    exact: Mapping[str, set[int]],
    stems: Mapping[str, set[int]],
    follow: Mapping[str, Mapping[str, list[tuple[tuple[str, ...], int]]]],
) -> dict[str, Entry]:
    return {
        word: Entry(frozenset(exact.get(word, set()) | _with_shorter(word, stems)), dict(follow.get(word, {})))
        for word in {*exact, *follow}
    }
