"""From text to words and stems: the folding of directory-booking-spec 5.1 and the three forms of 5.2."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

import snowballstemmer

MAX_CHARS: Final = 200
"""Longest question that is read; the rest is cut off without an error (5.10)."""
MIN_STEM: Final = 4
"""A stem of three letters or fewer never matches alone: `geweld` becomes `wel`, `gezin` becomes `zin` (5.2)."""

_DUTCH: Final = snowballstemmer.stemmer("dutch")
_PORTER: Final = snowballstemmer.stemmer("dutch_porter")
_APOSTROPHES: Final = re.compile("['’‘`´]")
_WORD: Final = re.compile(r"[^\W_]+")
_HYPHENED: Final = re.compile(r"[^\W_]+(?:[-‐‑–][^\W_]+)+")
_INVISIBLE: Final = {"Cf", "Cc", "Cs", "Co", "Cn"}
# Cyrillic and Greek letters that look Latin: who copies a text from elsewhere does not see the difference.
_LOOKALIKES: Final = str.maketrans("аеорсухіјѕԁоαορεικν", "aeopcyxijsdoaopeikv")


def fold(text: str) -> str:
    """Return the text in lower case without accents, apostrophes and invisible characters."""
    split = unicodedata.normalize("NFKD", text.casefold())
    kept = (" " if sign in "\n\t\r" else sign for sign in split if _visible(sign))
    return _APOSTROPHES.sub("", "".join(kept)).translate(_LOOKALIKES)


def words_of(text: str) -> list[str]:
    """Return the folded words in order; a hyphen splits (`lotgenoten-groep` gives two words)."""
    return _WORD.findall(fold(text))


def joined_words(text: str) -> list[str]:
    """Return what hyphens and neighbours make when written as one: `lotgenotengroep`, `buurthuis`."""
    hyphened = ["".join(_WORD.findall(whole)) for whole in _HYPHENED.findall(fold(text))]
    return hyphened + pairs(words_of(text))


def pairs(words: Sequence[str]) -> list[str]:
    """Return each word joined to the next one."""
    return [left + right for left, right in pairwise(words)]


@lru_cache(maxsize=50_000)
def stems(word: str) -> frozenset[str]:
    """Return both Snowball stems of a folded word, marked with their stemmer, without those that are too short.

    Two stemmers because each fails where the other does not: `dutch` parts schuld from schulden and eenzaam from
    eenzame, `dutch_porter` parts huis from huizen.
    """
    found = {"d:" + _DUTCH.stemWord(word), "p:" + _PORTER.stemWord(word)}
    return frozenset(stem for stem in found if len(stem) >= MIN_STEM + 2)


@lru_cache(maxsize=50_000)
def same_word(left: str, right: str) -> bool:
    """Say whether two folded words are one word or share a stem."""
    return left == right or not stems(left).isdisjoint(stems(right))


def _visible(sign: str) -> bool:
    return sign in "\n\t\r" or (not unicodedata.combining(sign) and unicodedata.category(sign) not in _INVISIBLE)
