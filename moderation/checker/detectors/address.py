"""Postal addresses: postcode with house number, or a street with a number and a town or a word for living (3)."""

import re
from collections.abc import Iterator
from typing import Final

from moderation.checker.detectors.sight import Sight
from moderation.checker.rules import Hit

OWN, OTHER = 2, 3
POSTCODE: Final = re.compile(r"(?<![\w])([1-9]\d{3}) ?([a-z] ?[a-z])(?![a-z])")
NOT_LETTERS: Final = frozenset(
    {
        "sa",
        "sd",
        "ss",
        "en",
        "in",
        "op",
        "is",
        "de",
        "ik",
        "om",
        "of",
        "ze",
        "we",
        "km",
        "kg",
        "mg",
        "ml",
        "jr",
        "m2",
        "nu",
        "al",
        "er",
        "je",
        "na",
        "te",
        "xd",
    }
)
AFTER: Final = re.compile(
    r"[\s,:.\-]{0,3}(?:(?:huis)?(?:nummer|nr|num|no)\.?[\s:]{0,2}|op )?(\d{1,4})(?: ?(?:[a-z]|bis|[1-9]hoog))?(?![\w:]|[.,]\d| (?:mensen|jaar|euro|uur|minuten|keer))"
)
BEFORE: Final = re.compile(
    r"(?:nummer|nr\.?|huisnummer|[a-z]{4,}|op)[\s:]{1,2}(\d{1,4})(?: ?[a-z])?[\s,.]{1,3}(?:(?:met )?postcode(?: is)?[\s:]{0,2}|in )?$"
)
STREET: Final = re.compile(
    r"(?<![\w@])((?:(?:de|het|'t|oude|nieuwe|korte|lange|grote|kleine|noorder|zuider|ooster|wester|van|der|den|'s|st|sint|"
    r"prins|prinses|koningin|koning|burgemeester|burg|dokter|dr|professor|prof|jan|pieter|piet|hendrik|willem)\.? ){0,3}"
    r"[a-z'\-]{0,24}(?:straat|str|laan|weg|kade|singel|dijk|pad|hof|steeg|gracht|wal|dreef|ring|haven|diep|"
    r"akker|kamp|veld|horst|burg|oord|baan|brink|es|plein|wijk|streek|gang|kanaal|laantje|straatje|weggetje|"
    r"park|erf|borg|heem|daal|lanen|wegje|zijde|stee|hoek|tuin|stede|kwartier|loan|stroat|stroade|daip))"
    r"(?: (?:op )?(?:nummer|nr|huisnummer)\.?)?[ ,:]{1,2}(\d{1,4})(?: ?(?:[a-h]|bis)(?![a-z])|-\d{1,3})?"
    r"(?![\w:%]|[.,]\d| (?:mensen|jaar|euro|uur|minuten|keer|km|kilometer|meter|dagen|weken|graden|procent))"
)
SHORT_ENDINGS: Final = (
    "es",
    "hof",
    "pad",
    "ring",
    "wal",
    "park",
    "veld",
    "kamp",
    "baan",
    "hoek",
    "diep",
    "wijk",
    "tuin",
    "haven",
    "weg",
    "borg",
    "erf",
    "daal",
    "gang",
    "oord",
    "burg",
)
REVERSED: Final = re.compile(
    r"(?:nummer|nr|huisnummer)\.? (\d{1,4})[a-h]? (?:in|aan|op|van) (?:de |het |'t )?[a-z'\-]{0,24}(?:straat|laan|weg|kade|singel|dijk|steeg|gracht|dreef|plein|diep|hof)(?![a-z])"
)
REACH: Final = 60
DIGIT: Final = re.compile(r"\d")


def find(sight: Sight) -> Iterator[Hit]:
    """Yield the addresses of people; public places and loose postcode digits pass."""
    if not DIGIT.search(sight.text):
        return
    for start, end in (*_by_postcode(sight.text), *_by_street(sight)):
        if not sight.near((start, end), "openbare_plekken", 30):
            yield Hit("detector.adres", "pii_address", OTHER if _is_others(sight, start) else OWN, (start, end))


def _by_postcode(text: str) -> Iterator[tuple[int, int]]:
    for found in POSTCODE.finditer(text):
        letters = found[2].replace(" ", "")
        if letters in NOT_LETTERS and not text[max(0, found.start() - 14) : found.start()].rstrip(": ").endswith(
            "postcode"
        ):
            continue
        if after := AFTER.match(text, found.end()):
            yield found.start(), after.end()
        elif before := BEFORE.search(text[max(0, found.start() - REACH) : found.start()]):
            yield max(0, found.start() - REACH) + before.start(1), found.end()


def _by_street(sight: Sight) -> Iterator[tuple[int, int]]:
    for found in (*STREET.finditer(sight.text), *REVERSED.finditer(sight.text)):
        if _is_home(sight, found.span()):
            yield found.span()


def _is_home(sight: Sight, span: tuple[int, int]) -> bool:
    around = sight.text[max(0, span[0] - REACH) : span[1] + REACH]
    words = set(re.findall(r"[a-z]+", around))
    return bool(words & sight.lists["plaatsen"] or words & sight.lists["woonwoorden"])


def _is_others(sight: Sight, start: int) -> bool:
    return sight.is_about_other(start)
