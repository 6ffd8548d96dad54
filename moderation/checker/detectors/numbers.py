"""View N: digits, number words and `o` between digits as one row of digits; only for personal data (10.1, point 6)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

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
ITEM: Final = re.compile(r"(?<![a-z])(?:o*\d[\do]*|o(?=[^\w\n]{0,2}\d))(?![a-z])|\d+|[a-z]+")
DATE_OR_TIME: Final = re.compile(
    r"(?<!\d)(?:\d{1,2}([-/.])\d{1,2}\1(?:19|20)\d\d|(?:19|20)\d\d-\d\d-\d\d|\d{1,2}:\d\d)(?!\d)"
)
WIDEST_GAP: Final = 3
FEWEST_DIGITS: Final = 6
FEWEST_WORDS: Final = 3


@dataclass(frozen=True, slots=True)
class Group:
    """Digits that stand together: as read, and where they came from in the folded text."""

    digits: str
    start: int
    end: int


def rows(text: str, words: frozenset[str]) -> list[list[Group]]:
    """Return the rows of digits of a text: groups with at most 3 other characters, and no letters, between them."""
    digits = len(re.findall(r"\d", text))
    if digits < FEWEST_DIGITS and len(words & TELLING) + digits < FEWEST_WORDS:
        return []
    found: list[list[Group]] = [[]]
    for group in _groups(text):
        row = found[-1]
        if row and (group is None or not _joins(text[row[-1].end : group.start])):
            found.append(row := [])
        if group is not None:
            row.append(group)
    return [row for row in found if row]


def stretches(row: list[Group], total: int) -> Iterator[tuple[str, int, int]]:
    """Yield (digits, start, end) for each stretch of whole groups that has exactly `total` digits."""
    for first in range(len(row)):
        digits = ""
        for group in row[first:]:
            digits += group.digits
            if len(digits) >= total:
                break
        if len(digits) == total:
            yield digits, row[first].start, group.end


def _groups(text: str) -> Iterator[Group | None]:
    """Yield the groups in order, and None where a word or a date breaks the row."""
    closed = {at for found in DATE_OR_TIME.finditer(text) for at in range(*found.span())}
    twice = False
    for found in ITEM.finditer(text):
        item = found[0]
        if item in DOUBLE:
            twice = True
            continue
        digits = WORDS.get(item, "") if item[0].isalpha() and not _has_digit(item) else item.replace("o", "0")
        if item == "o":
            digits = "0"
        if not digits or found.start() in closed:
            yield None
        else:
            yield Group(digits * 2 if twice and len(digits) == 1 else digits, found.start(), found.end())
        twice = False


def _has_digit(item: str) -> bool:
    return any(char.isdigit() for char in item)


def _joins(gap: str) -> bool:
    between = gap.strip(" ")
    return len(gap) <= WIDEST_GAP + between.count("\ufe0f") + between.count("\u20e3") or (
        between in DOUBLE and len(gap) <= 10
    )
