"""View A: one spelling for look-alike characters, with the way back to the raw text (spec 10.1)."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from confusable_homoglyphs import confusables

LONGEST: Final = 5_000
IGNORABLE: Final = frozenset([0x00AD, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065)])
BY_HAND: Final = {
    **dict.fromkeys("’‘´`ʼ′", "'"), **dict.fromkeys("“”„«»‟", '"'), **dict.fromkeys("‐‑‒–—―−", "-"),
    "…": ".", "•": "·", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "€": "€",
}  # fmt: skip
CYRILLIC_AND_GREEK: Final = dict(
    zip("абвгдезиклмнопрстухіјѕԁԛԝһαβγεικμνορτυχω", "abbrgezuklmhonpctyxijsdqwhabyeikuvoptuxw", strict=True)
)
NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]")
REMEMBERED: Final = 20_000


@dataclass(frozen=True, slots=True)
class Folded:
    """A text in one spelling. origin: for each of its characters the index in the raw text, None when equal."""

    raw: str
    text: str
    origin: list[int] | None

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Return the part of the raw text that text[start:end] came from."""
        if self.origin is None:
            return start, end
        return self.origin[start], self.origin[end - 1] + 1


def fold(raw: str) -> Folded:
    """Return lower case, without accents, invisible characters and letters from other alphabets that look Latin.

    Reads the first 5,000 characters; linear in their number.
    """
    raw = raw[:LONGEST]
    if raw.isascii():
        return Folded(raw, raw.lower(), None)
    special = {char: fold_character(char) for char in NOT_ASCII.findall(raw)}
    text = NOT_ASCII.sub(lambda found: special[found[0]], raw).lower()
    if all(len(piece) == 1 for piece in special.values()):
        return Folded(raw, text, None)
    return Folded(raw, text, [at for at, char in enumerate(raw) for _ in special.get(char, char)])


@lru_cache(maxsize=REMEMBERED)
def fold_character(char: str) -> str:
    """Return what one character is read as: "" for the invisible, several letters for a ligature."""
    if ord(char) in IGNORABLE:
        return ""
    if char in BY_HAND:
        return BY_HAND[char]
    plain = "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))
    return "".join(_latin(part) for part in plain.casefold())


def _latin(char: str) -> str:
    if char.isascii() or not char.isalpha():
        return char
    if char in CYRILLIC_AND_GREEK:
        return CYRILLIC_AND_GREEK[char]
    found = confusables.is_confusable(char, preferred_aliases=["latin"]) or []
    looks = [shape["c"] for entry in found for shape in entry["homoglyphs"]]
    return next((look.lower() for look in looks if look.isascii() and look.isalpha()), BY_HAND.get(char, char))
