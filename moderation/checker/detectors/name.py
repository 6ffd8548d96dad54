"""Full names of people who are not publicly known. First names alone, initials and public persons pass (spec 3)."""

import re
from collections.abc import Iterator
from typing import Final

from moderation.checker.detectors.sight import Sight
from moderation.checker.rules import Hit

SELF, OTHER = 2, 3
RULE: Final = "detector.naam"
PART: Final = r"[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ']+(?:-[A-ZÀ-ÖØ-Þ]?[a-zà-öø-ÿ']+)*"
BETWEEN: Final = r"(?:(?:van|de|der|den|het|'t|ter|ten|te|el|al|la|di|in|op) ){0,2}"
FULL: Final = re.compile(rf"(?<![\w.])({PART}) (?:{PART} )?({BETWEEN}{PART}(?: {BETWEEN}{PART})?)(?!\w)")
INTRODUCED: Final = re.compile(
    r"(?:\b(?:ik|k) (?:heet|hait|ben|bin)|\bkben|\bhait ik|\bheet|naam(?: is|:)|\bnoem (?:me|mij)|"
    r"\b(?:zoek|vind|kijk|volg|voeg)\b.{0,40}\b(?:onder|als|op)|\bgroet(?:en|jes)?,?|\bgr\.?,?)"
    r"(?: trouwens| eigenlijk| gewoon)?\s+$",
    re.IGNORECASE,
)
TOLD: Final = re.compile(
    r"\b(?:(?:ik|k) (?:heet|hait)|hait ik|naam is)(?: trouwens| eigenlijk| gewoon)?"
    rf" ([a-z'\-]{{2,20}}(?: {BETWEEN}[a-z'\-]{{3,24}}){{1,3}})"
)
TWO_CAPITALS: Final = re.compile(r"[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ'\-]+ (?:[a-z't]{2,3} ){0,2}[A-ZÀ-ÖØ-Þ]")
LEAD: Final = 60


def may_be(sight: Sight) -> bool:
    """Say whether a text has two words with a capital, or tells a name."""
    text = sight.text
    if " heet " in text or "naam is " in text or "hait " in text:
        return True
    return TWO_CAPITALS.search(sight.reading.folded.raw) is not None


def find(sight: Sight) -> Iterator[Hit]:
    """Yield full names: of the writer after words such as `ik heet`, of others when they look like one."""
    raw = sight.reading.folded.raw
    for found in FULL.finditer(raw):
        severity = _severity(found, raw[max(0, found.start() - LEAD) : found.start()], sight)
        if severity:
            yield Hit(RULE, "pii_name", severity)
    if " heet " in sight.text or "naam is " in sight.text or "hait " in sight.text:
        yield from _without_capitals(sight)


def _without_capitals(sight: Sight) -> Iterator[Hit]:
    for found in TOLD.finditer(sight.text):
        last = found[1].split()[-1]
        if _is_surname(last, sight) and last not in sight.lists["gewone_woorden"] and not _is_public(found[1], sight):
            yield Hit(RULE, "pii_name", SELF)


def _severity(found: re.Match[str], before: str, sight: Sight) -> int:
    lists = sight.lists
    first, last = found[1].casefold(), _surname(found[0].casefold(), sight)
    no_name = {first, last} & (lists["geen_naam"] | lists["plaatsen"])
    if no_name or _is_public(found[0], sight):
        return 0
    if INTRODUCED.search(before):
        return SELF
    titled = bool(set(re.findall(r"[a-zà-ÿ']+", before.casefold())[-3:]) & lists["titels"])
    known = first.split("-")[0] in lists["voornamen"]
    if known and not titled and sight.words & lists["mediawoorden"]:
        return 0
    return OTHER if known or titled else 0


def _surname(name: str, sight: Sight) -> str:
    """Return the last part of a name: `Anne Visser van Lentis` ends with Visser."""
    words = name.split()
    while len(words) > 3 and words[-1] in sight.lists["geen_naam"] | sight.lists["plaatsen"]:
        words = words[:-2]
    return words[-1]


def _is_surname(last: str, sight: Sight) -> bool:
    return last.endswith(sight.endings["achternaameinden"]) or last in sight.lists["achternamen"]


def _is_public(name: str, sight: Sight) -> bool:
    joined = re.sub(r"[^a-z ]", "", name.casefold()).replace(" ", "_")
    return any(known in joined for known in sight.lists["bekende_namen"])
