"""What an unknown word may stand for: haste, dialect, digits for letters, stars, words cut in two (views C and D)."""

import re
from collections.abc import Iterator
from itertools import islice, product
from typing import Final

from moderation.checker.words import UNKNOWN, Entry, Words

Pairs = tuple[tuple[str, Entry], ...]

RUN: Final = re.compile(r"(.)\1{2,}")
NUMBER: Final = re.compile(r"\d+(?:[.,:]\d+)*")
CLOCK: Final = re.compile(r"(?:[01]?\d|2[0-4])[.:][0-5]\d")
WITH_UNIT: Final = re.compile(r"(\d+(?:[.,]\d+)?)([a-z]{1,9})")
LEET: Final = {
    "0": "o", "1": "il", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s",
}  # fmt: skip
MOST_VARIANTS: Final = 16
LONGEST_WORD: Final = 40
TYPED_WRONG_FROM: Final = 7


def respell(token: str, lexicon: Words, before: str) -> Pairs:
    """Return the word, or words, that a token stands for. before: the word in front of it, for a word cut in two."""
    if (small := lexicon.small.get(token)) is not None:
        return ((token, small),)
    if token[0].isdigit() and NUMBER.fullmatch(token):
        return ((token, _number(token, lexicon)),)
    token = token[:LONGEST_WORD]
    if (known := _known(token, lexicon)) is not None:
        return known
    for variant in _variants(token, lexicon):
        if (known := _known(variant, lexicon)) is not None:
            return known
    if (
        token[0].isdigit()
        and (pair := WITH_UNIT.fullmatch(token)) is not None
        and (unit := lexicon.find(pair[2])) is not None
    ):
        return ((pair[1], _number(pair[1], lexicon)), (pair[2], unit))
    if before and before + token in lexicon.core:
        return ((token, lexicon.known[before + token]),)
    if (meant := lexicon.typed_wrong(token)) is not None:
        return ((meant, lexicon.known[meant]),)
    return ((token, UNKNOWN),)


def _known(word: str, lexicon: Words) -> Pairs | None:
    if (standard := lexicon.spellings.get(word)) is not None:
        return tuple((part, lexicon.find(part) or UNKNOWN) for part in standard)
    entry = lexicon.find(word)
    return None if entry is None else ((word, entry),)


def _variants(token: str, lexicon: Words) -> Iterator[str]:
    """Yield what a token may have been: runs of letters shortened, digits read as letters."""
    if RUN.search(token):
        yield RUN.sub(r"\1\1", token)
        token = RUN.sub(r"\1", token)
        yield token
    if token.isalpha():
        return
    if "*" in token:
        yield from lexicon.censored(token)
    if any(char.isalpha() for char in token):
        options = [LEET.get(char, char) for char in token]
        for choice in islice(product(*options), MOST_VARIANTS):
            yield "".join(choice)
            if RUN.search("".join(choice)):
                yield RUN.sub(r"\1", "".join(choice))


def _number(token: str, lexicon: Words) -> Entry:
    digits = re.sub(r"\.(?=\d{3}\b)", "", token).replace(",", ".").replace(":", ".")
    value = float(digits) if digits.count(".") <= 1 and len(digits) <= 9 else -1.0
    return lexicon.number(value, clock=CLOCK.fullmatch(token) is not None)
