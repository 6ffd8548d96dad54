"""Postal addresses: postcode with house number, or a street with a number and a town or a word for living (spec 3)."""

import re
from collections.abc import Iterator
from typing import Final

from moderation.checker.detectors.sight import Sight
from moderation.checker.rules import Hit

OWN, OTHER = 2, 3
POSTCODE: Final = re.compile(r"(?<!\w)([1-9]\d{3}) ?([a-z] ?[a-z])(?![a-z])")
NUMBER: Final = re.compile(r"(?<![\w.,:€])(\d{1,4})(?: ?([a-h]|bis)(?![a-z0-9])|-\d{1,3})?(?![\d:%])")
UNIT: Final = re.compile(
    r"[.,]\d| ?(?:mensen|jaar|jr|euro|uur|min|km|kilo|meter|m2|dagen|weken|maanden|keer|x|graden|procent|stuks|st)\b"
)
STREET_BEFORE: Final = re.compile(r"([a-z][a-z'\-]{2,30})(?:[ ,]{1,2}(?:op )?(?:huisnummer|nummer|nr)\b\.?:?| ?,)? ?$")
STREET_AFTER: Final = re.compile(r" (?:in|aan|op|van|vd) (?:de |het |'t )?([a-z'\-]{3,30})\b")
AFTER_POSTCODE: Final = re.compile(
    r"[\s,:.\-]{0,3}(?:en |ik |zit |woon |op |het |is |huis){0,5}(?:(?:nummer|huisnummer|nr)\b\.?:? ?)?(\d{1,4})(?!\d)"
)
BEFORE_POSTCODE: Final = re.compile(
    r"(?:\b[a-z'\-]{3,30}|nr\.?)[ :]{1,2}(\d{1,4}) ?[a-h]?[\s,.\-]{1,3}(?:postcode(?: is)?:? ?|in )?$"
)
NAMED: Final = re.compile(r"\bpostcode(?: is)?:? ?$")
REACH: Final = 60
LEAD: Final = 40


def find(sight: Sight) -> Iterator[Hit]:
    """Yield the addresses of people; public places and loose postcode digits pass."""
    if not sight.digits:
        return
    end = -1
    for start, stop in sorted((*_by_postcode(sight), *_by_street(sight))):
        if start >= end:
            end = stop
            yield Hit("detector.adres", "pii_address", OTHER if sight.is_about_other(start) else OWN, (start, stop))


def _by_postcode(sight: Sight) -> Iterator[tuple[int, int]]:
    text = sight.text
    for found in POSTCODE.finditer(text):
        before = text[max(0, found.start() - REACH) : found.start()]
        if found[2] in sight.lists["geen_postcodeletters"] and not NAMED.search(before):
            continue
        house = BEFORE_POSTCODE.search(before)
        if (after := AFTER_POSTCODE.match(text, found.end())) and not UNIT.match(text, after.end()):
            yield found.start(), after.end()
        elif house is not None:
            yield found.start() - len(before) + house.start(), found.end()


def _by_street(sight: Sight) -> Iterator[tuple[int, int]]:
    text = sight.text
    for found in NUMBER.finditer(text):
        if UNIT.match(text, found.end()):
            continue
        before = STREET_BEFORE.search(text[max(0, found.start() - LEAD) : found.start()])
        after = STREET_AFTER.match(text, found.end())
        if before and _is_street(before[1], sight):
            span = found.start() - len(before[0]), found.end()
        elif after and _is_street(after[1], sight) and re.search(r"(?:nummer|nr\.?) ?$", text[: found.start()]):
            span = found.start(), after.end()
        else:
            continue
        if _is_home(sight, span):
            yield span


def _is_street(word: str, sight: Sight) -> bool:
    return word.endswith(sight.endings["straateinden"]) and word not in sight.lists["geen_straat"]


def _is_home(sight: Sight, span: tuple[int, int]) -> bool:
    """Say whether somebody lives there: a town or a word for living nearby, and no public place."""
    if sight.near(span, "thuiswoorden", REACH):
        return True
    if sight.near(span, "openbare_plekken", REACH):
        return False
    return sight.near(span, "plaatsen", REACH) or sight.near(span, "woonwoorden", REACH)
