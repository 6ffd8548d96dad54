"""Whole phrases that say somebody may want to die (directory-booking-spec 5.9).

Not the checker of the groups: a question to the directory is never held or judged. A phrase only brings the crisis
panel and puts 113 first, so the list leans towards seeing one too many; single words such as `dood` never count.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rapidfuzz.distance import DamerauLevenshtein

from server.directory.words import words_of

WHOLE: Final = "="
"""A line that starts with it must be the whole question."""
FILLERS: Final = frozenset(
    {"al", "altijd", "echt", "eigenlijk", "er", "even", "gewoon", "heel", "het", "liever", "maar", "nu", "ook", "soms"}
    | {"hij", "ik", "steeds", "vanavond", "vandaag", "vannacht", "wel", "ze", "zij", "zo"}
)
"""Words that may stand between the words of a phrase; `niet` is none of them."""
MIN_FUZZY: Final = 5
_LEET: Final = str.maketrans("013457$@", "oieastsa")
_SPACED: Final = re.compile(r"\b(?:\w ){2,}\w\b")


@dataclass(frozen=True, slots=True)
class CrisisPhrases:
    """Phrases that may stand anywhere, and questions that count only as a whole."""

    anywhere: tuple[tuple[str, ...], ...]
    whole: frozenset[tuple[str, ...]]

    def heard_in(self, text: str) -> bool:
        """Say whether the text holds one of the phrases, allowing fillers, small typing errors and spaced letters."""
        words = _plain_words(text)
        if tuple(words) in self.whole:
            return True
        return any(_stands_in(phrase, words) for phrase in self.anywhere)


def read_crisis_phrases(path: Path) -> CrisisPhrases:
    """Read the list: one phrase a line, `#` starts a comment, `=` means the whole question."""
    lines = [line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines()]
    whole = frozenset(tuple(words_of(line[1:])) for line in lines if line.startswith(WHOLE))
    anywhere = tuple(tuple(words_of(line)) for line in lines if line and not line.startswith(WHOLE))
    return CrisisPhrases(anywhere, whole)


def _plain_words(text: str) -> list[str]:
    """Return the words with spaced letters joined (`d o o d`) and digits read as letters (`z3lfm00rd`)."""
    joined = _SPACED.sub(lambda match: match[0].replace(" ", ""), re.sub(r"[ \t]{2,}", "  ", text))
    words = words_of(joined)
    return [word.translate(_LEET) if not word.isdigit() and not word.isalpha() else word for word in words]


def _stands_in(phrase: tuple[str, ...], words: Sequence[str]) -> bool:
    return any(_follows(phrase, words, start) for start in range(len(words)))


def _follows(phrase: tuple[str, ...], words: Sequence[str], start: int) -> bool:
    position = start
    for number, word in enumerate(phrase):
        while number and position < len(words) and words[position] in FILLERS and words[position] != word:
            position += 1
        if position >= len(words) or not _alike(word, words[position]):
            return False
        position += 1
    return True


def _alike(word: str, typed: str) -> bool:
    if len(word) < MIN_FUZZY:
        return word == typed
    return DamerauLevenshtein.distance(word, typed, score_cutoff=1) <= 1
