"""The words that rules are made of: classes of words, stems and fixed expressions, and other ways to spell them.

An *element* is one place in a phrase: any of several words. Compiled, every word knows the elements it can fill.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from moderation.checker.words import Meaning, Words, entry, tail

SHORTEST_STEM: Final = 2
CORE_FROM: Final = 4


class LexiconError(Exception):
    """A word file or phrase that cannot be read; the message names the cause."""


@dataclass(slots=True)
class Sorted:
    """The members of all elements by their kind."""

    exact: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    stems: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    named: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    follow: dict[str, dict[str, list[tuple[tuple[str, ...], int]]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )

    def place(self, word: str, element: int) -> None:
        """Put one member of an element where it belongs."""
        first, *rest = word.split("_")
        if rest:
            self.follow[first][rest[0]].append((tuple(rest[1:]), element))
        elif word.startswith("#"):
            self.named[word[1:]].add(element)
        elif word.endswith("*"):
            self.stems[word[:-1]].add(element)
        else:
            self.exact[word].add(element)

    def with_stems(self, word: str) -> frozenset[int]:
        """Return the elements of every stem that this word begins with."""
        sizes = range(SHORTEST_STEM, len(word) + 1)
        return frozenset().union(*(self.stems[word[:size]] for size in sizes if word[:size] in self.stems))


@dataclass(slots=True)
class Lexicon:
    """Collects elements while rules are read; `freeze` then makes the tables that reading uses.

    classes: name → its words as written. numbers: name → lowest and highest, for `#name`; `#klok` is a time of day.
    spellings: dialect, slang or haste → standard words; those in regional are Gronings. ambiguous: what a standard
    word means in a text in Gronings. counts: how often common words are met in 10,000.
    """

    classes: Mapping[str, Sequence[str]]
    numbers: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    regional: frozenset[str] = frozenset()
    ambiguous: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, float] = field(default_factory=dict)
    ids: dict[frozenset[str], int] = field(default_factory=dict)
    members: list[frozenset[str]] = field(default_factory=list)

    def element(self, source: str) -> int:
        """Return the number of an element such as `wil|wou`, `snij*`, `<ik>|men`, `#kind` or `een_eind|stop`.

        Raises LexiconError for a class that does not exist.
        """
        words = frozenset(self._expand(source.split("|"), ()))
        if words not in self.ids:
            self.ids[words] = len(self.members)
            self.members.append(words)
        return self.ids[words]

    def members_of(self, name: str) -> frozenset[str]:
        """Return the whole single words of a class. Raises LexiconError when there is no such class."""
        words = self._expand([f"<{name}>"], ())
        return frozenset(word for word in words if not ("_" in word or word.startswith("#") or word.endswith("*")))

    def freeze(self, meanings: Mapping[int, Meaning]) -> Words:
        """Return the tables for reading. meanings: what elements bring by themselves."""
        cut = self.element("<knip>")
        core = frozenset(self._expand(["<gevoelig>"], ()))
        parts = Sorted()
        for element, words in enumerate(self.members):
            for word in words:
                parts.place(word, element)
        numbers = tuple((*self.numbers[name], element) for name in parts.named for element in parts.named[name])
        for word in filter(str.isdigit, {*parts.exact, *parts.follow}):
            parts.exact[word] |= {element for low, high, element in numbers if low <= float(word) <= high}
        known = {
            word: entry(
                frozenset(parts.exact.get(word, ())) | parts.with_stems(word),
                {second: tail(rests, meanings, cut) for second, rests in parts.follow.get(word, {}).items()},
                meanings,
                cut,
            )
            for word in {*parts.exact, *parts.follow}
        }
        return Words(
            known=known,
            stems={stem: entry(parts.with_stems(stem), {}, meanings, cut) for stem in parts.stems},
            lengths=_lengths(parts.stems),
            meanings=meanings,
            spellings=self.spellings,
            regional=self.regional,
            ambiguous=self.ambiguous,
            numbers=tuple(row for row in numbers if row[0] >= 0),
            clock=frozenset(parts.named.get("klok", ())),
            cut=cut,
            core=frozenset(word for word in core if len(word) >= CORE_FROM and word in known),
        )

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
        if not part or any(char.isascii() and not char.isalnum() and char not in "_*#" for char in part):
            raise LexiconError(f"'{part}' is geen woord")
        if part.startswith("#") and part[1:] not in self.numbers:
            raise LexiconError(f"getal {part} bestaat niet")
        words = [self.spellings.get(word, (word,)) for word in part.split("_")]
        return part if part.endswith("*") else "_".join(word for standard in words for word in standard)


def _lengths(stems: Iterable[str]) -> dict[str, tuple[int, ...]]:
    by_letter: dict[str, set[int]] = defaultdict(set)
    for stem in stems:
        by_letter[stem[0]].add(len(stem))
    return {first: tuple(sorted(sizes, reverse=True)) for first, sizes in by_letter.items()}
