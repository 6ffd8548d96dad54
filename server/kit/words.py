"""Lists of words that people write down and type in again: checked when read, drawn from evenly, forgiving of one slip.

Any two words of a list lie at least two slips apart (a letter too many, too few, other or swapped), so that one slip
never makes another word. Source: privacy-spec 2.6.
"""

import re
import secrets
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final

from rapidfuzz.distance import OSA

FILE: Final = Path(__file__).resolve().parents[2] / "content" / "woorden" / "terugkeerzin.txt"
FORM: Final = re.compile("[a-z]{3,9}")
MIN_WORDS: Final = 7776


class BadWordList(Exception):
    """The list breaks its own rules; the message names the first word at fault. The server does not start with it."""


class WordList:
    """A checked list of words."""

    def __init__(self, words: Iterable[str], *, min_words: int = MIN_WORDS) -> None:
        """Check every rule of the list. Raises BadWordList."""
        self.words: Final = tuple(words)
        self._shapes: dict[str, list[str]] = {}
        if len(self.words) < min_words:
            raise BadWordList(f"{len(self.words)} words, {min_words} wanted")
        for word in self.words:
            self._take(word)

    def __contains__(self, word: object) -> bool:
        """Say whether a word, in small letters, is in the list."""
        return isinstance(word, str) and word in self._shapes.get(word, ())

    def __len__(self) -> int:
        """Count the words."""
        return len(self.words)

    def draw(self, count: int) -> list[str]:
        """Return words drawn evenly and independently by the operating system; the same word may come twice."""
        return [secrets.choice(self.words) for _ in range(count)]

    def near(self, word: str) -> list[str]:
        """Return the words at most one slip away, in order of the alphabet."""
        found = {other for shape in _shapes(word) for other in self._shapes.get(shape, ())}
        return sorted(other for other in found if OSA.distance(word, other) <= 1)

    def closest(self, word: str) -> str | None:
        """Return the one word that was meant: the word itself, or the only one a single slip away."""
        if word in self:
            return word
        near = self.near(word)
        return near[0] if len(near) == 1 else None

    def _take(self, word: str) -> None:
        if not FORM.fullmatch(word):
            raise BadWordList(f"{word}: not 3 to 9 letters a-z")
        if near := self.near(word):
            raise BadWordList(f"{word}: too much like {near[0]}")
        for shape in _shapes(word):
            self._shapes.setdefault(shape, []).append(word)


@cache
def word_list() -> WordList:
    """Return the list of the return phrase and the appointment code. Raises BadWordList or FileNotFoundError."""
    return WordList(FILE.read_text(encoding="utf-8").split())


def _shapes(word: str) -> Iterator[str]:
    """Give the word and all that is left of it without one letter: words one slip apart share at least one of these."""
    yield word
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]
