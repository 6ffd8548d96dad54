"""Phone numbers, however they are written. Public numbers of help lines pass (moderation-spec 3)."""

from collections.abc import Iterator, Sequence
from typing import Final

import phonenumbers

from moderation.checker.detectors.numbers import Group, in_rows, stretches
from moderation.checker.detectors.sight import Sight
from moderation.checker.normalise import fold
from moderation.checker.reading import WORD
from moderation.checker.rules import Hit

NATIONAL: Final = 10
RULE: Final = "detector.telefoon"
OWN, OTHER = 2, 3
MOST_RECENT: Final = 3
SHORT: Final = 80


def find(sight: Sight, found: Sequence[list[Group]]) -> Iterator[Hit]:
    """Yield the phone numbers in the rows of digits; also one that began in an earlier message of this author."""
    hit = False
    for span, digits in _spans(sight.text, found):
        if not _is_public(digits, sight) and not _is_order(digits, span, sight):
            hit = True
            yield Hit(RULE, "pii_phone", OTHER if sight.is_about_other(span[0]) else OWN, span)
    if not hit and sight.recent and len(sight.text) <= SHORT:
        yield from _split(sight)


def _spans(text: str, found: Sequence[list[Group]]) -> Iterator[tuple[tuple[int, int], str]]:
    for row in found:
        end = -1
        for digits, start, stop in _candidates(text, row):
            if start >= end:
                end = stop
                yield (start, stop), digits


def _candidates(text: str, row: list[Group]) -> Iterator[tuple[str, int, int]]:
    """Yield national numbers as 0 and nine digits, others as they are dialled."""
    options = [(digits, start, end) for size in (13, 12, 11) for digits, start, end in stretches(row, size)]
    for digits, start, end in options:
        if digits.startswith("0031"):
            digits = digits[4:]
        elif digits.startswith("31") and (digits[2] in "06" or text[start - 1 : start] == "+"):
            digits = digits[2:]
        elif not (text[start - 1 : start] == "+" and _is_foreign("+" + digits)):
            continue
        if text[start - 1 : start] == "+":
            start -= 1
        digits = "0" + digits.lstrip("0") if len(digits.lstrip("0")) == NATIONAL - 1 else digits
        if len(digits) >= NATIONAL:
            yield digits, start, end
    for digits, start, end in stretches(row, NATIONAL):
        if digits[0] == "0" and digits[1] != "0" and _is_dutch(digits):
            yield digits, start, end


def _is_dutch(digits: str) -> bool:
    return bool(phonenumbers.is_possible_number(phonenumbers.parse(digits, "NL")))


def _is_foreign(dialled: str) -> bool:
    try:
        return bool(phonenumbers.is_valid_number(phonenumbers.parse(dialled)))
    except phonenumbers.NumberParseException:
        return False


def _is_public(digits: str, sight: Sight) -> bool:
    return digits in sight.lists["openbare_nummers"] or digits.startswith(("0800", "0900"))


def _is_order(digits: str, span: tuple[int, int], sight: Sight) -> bool:
    return not digits.startswith("06") and sight.near((span[0], span[0]), "andere_nummers", 30)


def _split(sight: Sight) -> Iterator[Hit]:
    """Yield the part in this message of a number that was cut over several."""
    before = " ".join(fold(text).text[-SHORT:] for text in sight.recent[-MOST_RECENT:]) + " "
    whole = before + sight.text
    for (start, end), digits in _spans(whole, in_rows(whole, list(WORD.finditer(whole)))):
        if start < len(before) < end and not _is_public(digits, sight):
            yield Hit(RULE, "pii_phone", OWN, (0, end - len(before)))
