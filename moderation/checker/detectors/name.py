"""Full names of people who are not publicly known. First names alone, initials and public persons pass (spec 3)."""

import re
from collections.abc import Iterator
from typing import Final

from moderation.checker.detectors.sight import Sight
from moderation.checker.rules import Hit

SELF, OTHER = 2, 3
PART: Final = r"[A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ']+(?:-[A-ZÀ-ÖØ-Þ]?[a-zà-öø-ÿ']+)*"
LINK_WORDS: Final = r"(?:van der |van den |van de |van 't |van het |van |de |den |der |ter |ten |te |el |al |la |di |da |in 't |op 't |op de )"
FULL: Final = re.compile(rf"(?<![\w.])({PART}) (?:{PART} )?({LINK_WORDS}?{PART}(?: {LINK_WORDS}?{PART})?)(?![\w])")
INTRO: Final = re.compile(
    r"(?:(?:ik|k) heet|(?:mijn|mn|m'n|mien) (?:echte |volledige |volle |hele )?naam is|mijn naam:|(?:ik|k) (?:ben|bin)|kben|noem me|noem mij|(?:zoek|vind|kijk|volg|voeg) (?:me|mij)(?: toe)? (?:op|onder) .{0,24}?(?:onder|als|op)|hait ik|k hait|ik hait|met vriendelijke groet,?|groeten?,?|gr\.?,?|groetjes,?)\s+$",
    re.IGNORECASE,
)
TOLD: Final = re.compile(
    rf"(?:(?:ik|k) heet|(?:mijn|mn|m'n|mien) (?:echte |volledige |volle |hele )?naam is|hait ik|k hait|ik hait)(?: trouwens| eigenlijk| gewoon)? ([a-z'\-]{{2,}}(?: {LINK_WORDS}?[a-z'\-]{{3,}}){{1,3}})"
)
SURNAME: Final = re.compile(
    r".*(?:sma|stra|inga|enga|ema|ma|huis|huizen|man|sen|sens|ing|ink|veld|berg|bergen|dijk|dijkstra|meijer|meyer|mulder|bakker|visser|jansen|smit|de vries|de boer|kamp|stee|poort|wijk|hof|horst|ters|kema|tema|boom|hout|burg|rts|ers)"
)


def find(sight: Sight) -> Iterator[Hit]:
    """Yield full names: of the writer after words such as `ik heet`, of others when they look like one."""
    raw = sight.reading.folded.raw
    for found in FULL.finditer(raw):
        if (severity := _severity(found, raw, sight)) is not None:
            yield Hit("detector.naam", "pii_name", severity, None)
    for found in TOLD.finditer(sight.text):
        last = found[1].split()[-1]
        if last not in sight.lists["gewone_woorden"] and SURNAME.fullmatch(last) and not _is_public(found[1], sight):
            yield Hit("detector.naam", "pii_name", SELF, None)


def _severity(found: re.Match[str], raw: str, sight: Sight) -> int | None:
    first, last = found[1], found[2].split()[-1]
    before = raw[max(0, found.start() - 60) : found.start()]
    introduced = INTRO.search(before) is not None
    if _is_public(found[0].casefold(), sight) or _is_none(first, last, sight):
        return None
    if introduced:
        return SELF
    if first.casefold().split("-")[0] not in sight.lists["voornamen"]:
        return OTHER if _is_titled(before, sight) else None
    if _in_media(sight, found.start()) and not _is_titled(before, sight):
        return None
    return OTHER


def _is_public(name: str, sight: Sight) -> bool:
    joined = re.sub(r"[^a-z ]", "", sight.reading.folded.text.__class__(name).casefold()).replace(" ", "_")
    return any(known in joined for known in sight.lists["bekende_namen"])


def _is_none(first: str, last: str, sight: Sight) -> bool:
    lists = sight.lists
    low, high = first.casefold(), last.casefold()
    return (
        low in lists["geen_naam"] or high in lists["geen_naam"] or high in lists["plaatsen"] or low in lists["plaatsen"]
    )


def _is_titled(before: str, sight: Sight) -> bool:
    words = re.findall(r"[a-zà-ÿ']+", before.casefold())[-3:]
    return bool(set(words) & sight.lists["titels"])


def _in_media(sight: Sight, start: int) -> bool:
    return bool(sight.words & sight.lists["mediawoorden"])
