"""Citizen service numbers (BSN) and bank accounts (IBAN), with their own check digits (moderation-spec 3)."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from stdnum import iban
from stdnum.nl import bsn

from moderation.checker.detectors.numbers import Group, stretches
from moderation.checker.detectors.sight import Sight
from moderation.checker.rules import Hit

BSN_DIGITS: Final = 9
NAMED, UNNAMED = 3, 2
SEPARATORS: Final = re.compile(r"[ .\-_/·*]")
ACCOUNT: Final = re.compile(r"([a-z]{2})\d\d[a-z0-9]{11}")
FEWEST_DIGITS: Final = 10
LENGTHS: Final = {
    "nl": 18, "be": 16, "de": 22, "fr": 27, "gb": 22, "es": 24, "it": 27, "at": 20, "ch": 21, "lu": 20, "pt": 25,
    "ie": 22, "dk": 18, "se": 24, "no": 15, "fi": 18, "pl": 28, "cz": 24, "sk": 24, "hu": 28, "ro": 24, "bg": 22,
    "gr": 27, "hr": 21, "si": 19, "ee": 20, "lv": 21, "lt": 20, "mt": 31, "cy": 28, "tr": 26, "li": 21, "mc": 27,
    "sm": 27, "is": 26,
}  # fmt: skip


def find_bsn(sight: Sight, found: Sequence[list[Group]]) -> Iterator[Hit]:
    """Yield nine digits that pass the test of eleven; without the word nearby the severity is lower."""
    for row in found:
        for digits, start, end in stretches(row, BSN_DIGITS):
            named = sight.near((start, end), "bsn_woorden")
            if bsn.is_valid(digits) and (named or not sight.near((start, start), "andere_nummers", 30)):
                yield Hit("detector.bsn", "pii_bsn", NAMED if named else UNNAMED, (start, end))


def find_iban(sight: Sight) -> Iterator[Hit]:
    """Yield account numbers of the right length for their country whose check digits fit."""
    if sight.digits < FEWEST_DIGITS:
        return
    compact = SEPARATORS.sub("", sight.text)
    spans = [found.span() for found in _accounts(compact)]
    places = [at for at, char in enumerate(sight.text) if not SEPARATORS.match(char)] if spans else []
    for start, end in spans:
        yield Hit("detector.iban", "pii_iban", NAMED, (places[start], places[end - 1] + 1))


def _accounts(compact: str) -> Iterator[re.Match[str]]:
    end = 0
    while (found := ACCOUNT.search(compact, end)) is not None:
        size = LENGTHS.get(found[1], 0)
        whole = re.compile(rf"[a-z0-9]{{{size}}}").match(compact, found.start()) if size else None
        if whole is not None and iban.is_valid(whole[0], check_country=False):
            yield whole
            end = whole.end()
        else:
            end = found.start() + 1
