"""View N: digits, number words and `o` between digits as one row of digits; only for personal data (10.1, point 6)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from moderation.checker.detectors.sight import Sight

UNITS: Final = ["nul", "een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen"]
TEENS: Final = [
    "tien",
    "elf",
    "twaalf",
    "dertien",
    "veertien",
    "vijftien",
    "zestien",
    "zeventien",
    "achttien",
    "negentien",
]
TENS: Final = ["twintig", "dertig", "veertig", "vijftig", "zestig", "zeventig", "tachtig", "negentig"]
ENGLISH: Final = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
DOUBLE: Final = frozenset({"dubbel", "dubbele", "double", "tweemaal"})


def _number_words() -> dict[str, str]:
    found = {word: str(value) for value, word in enumerate(UNITS + TEENS)} | {"oh": "0", "zeuven": "7", "twei": "2"}
    found |= {word: str(value) for value, word in enumerate(ENGLISH)} | {"ein": "1", "nul": "0", "zeven": "7"}
    for ten, word in enumerate(TENS, start=2):
        found[word] = str(ten * 10)
        for unit, name in enumerate(UNITS[1:], start=1):
            found[f"{name}en{word}"] = found[f"{name}{word}"] = str(ten * 10 + unit)
    return found


WORDS: Final = _number_words()
TELLING: Final = frozenset(WORDS) - {"een", "ein", "acht", "one", "drie", "twee"}
DIGITS: Final = frozenset("0123456789o")
WRITTEN: Final = re.compile(r"o{0,2}\d[\do.,:]*|o")
NO_DIGIT: Final = re.compile(r"\D")
DATE_OR_TIME: Final = re.compile(
    r"(?<!\d)(?:\d{1,2}([-/.])\d{1,2}\1(?:19|20)\d\d|(?:19|20)\d\d-\d\d-\d\d|\d{1,2}:\d\d)(?!\d)"
)
WIDEST_GAP: Final = 3
FEWEST_DIGITS: Final = 6
FEWEST_WORDS: Final = 3
MOST_ROWS: Final = 40
LONGEST_ROW: Final = 60


@dataclass(frozen=True, slots=True)
class Group:
    """Digits that stand together: as read, and where they came from in the folded text."""

    digits: str
    start: int
    end: int


def rows(sight: Sight) -> list[list[Group]]:
    """Return the rows of digits of a text: groups with at most 3 other characters, and no letters, between them."""
    if sight.digits < FEWEST_DIGITS:
        if TELLING.isdisjoint(sight.words):
            return []
        spoken = [word in TELLING for word in sight.reading.words].count(True)
        if spoken + sight.digits < FEWEST_WORDS:
            return []
    return in_rows(sight.text, sight.places)


def in_rows(text: str, tokens: Sequence[re.Match[str]]) -> list[list[Group]]:
    """Return the rows of digits among these tokens of a text."""
    found: list[list[Group]] = [[]]
    for group in _groups(text, tokens):
        row = found[-1]
        if row and (group is None or not _joins(text[row[-1].end : group.start])):
            found.append(row := [])
        if group is not None:
            row.append(group)
    return [row for row in found if row][:MOST_ROWS]


def stretches(row: list[Group], total: int) -> Iterator[tuple[str, int, int]]:
    """Yield (digits, start, end) for each stretch of whole groups that has exactly `total` digits."""
    for first in range(min(len(row), LONGEST_ROW)):
        digits = ""
        for group in row[first:]:
            digits += group.digits
            if len(digits) >= total:
                break
        if len(digits) == total:
            yield digits, row[first].start, group.end


def _groups(text: str, tokens: Sequence[re.Match[str]]) -> Iterator[Group | None]:
    """Yield the groups in order, and None where a date or time breaks the row."""
    dates = [found.span() for found in DATE_OR_TIME.finditer(text)] if "20" in text or ":" in text else []
    twice = False
    for token in tokens:
        word = token[0]
        if word in DOUBLE:
            twice = True
            continue
        digits = WORDS.get(word, "")
        if word[0] in DIGITS and WRITTEN.fullmatch(word):
            digits = NO_DIGIT.sub("", word.replace("o", "0"))
        if digits and any(start <= token.start() < end for start, end in dates):
            yield None
        elif digits:
            yield Group(digits * 2 if twice and len(digits) == 1 else digits, token.start(), token.end())
        twice = False


def _joins(gap: str) -> bool:
    """Say whether what stands between two groups keeps them in one row."""
    between = gap.strip(" ")
    if between in DOUBLE:
        return True
    letters = any(char.isalpha() for char in between)
    return not letters and len(gap) <= WIDEST_GAP + gap.count("\ufe0f") + gap.count("\u20e3")
