"""E-mail addresses and names on other platforms (moderation-spec 3)."""

import re
from collections.abc import Iterator
from typing import Final

from moderation.checker.detectors.sight import Sight
from moderation.checker.rules import Hit

OWN, OTHER = 2, 3
AT: Final = r"(?: ?@ ?| ?[(\[{<] ?(?:at|ap[ea]n?staart(?:je)?|@) ?[)\]}>] ?| (?:ap[ea]n?staart(?:je)?|at) )"
DOT: Final = r"(?: ?\. ?| ?[(\[{<] ?(?:dot|punt|\.) ?[)\]}>] ?| (?:punt|dot) )"
TOP: Final = r"(?:nl|com|net|org|eu|be|de|info|me|frl|example|test|invalid|co|uk|fr|io|online|email)"
PLAIN: Final = re.compile(r"[a-z0-9._+\-]+@[a-z0-9\-]+(?:\.[a-z0-9\-]+)*\.[a-z]{2,}")
LOOSE: Final = re.compile(
    rf"[a-z0-9_+\-]+(?:{DOT}[a-z0-9_+\-]+){{0,4}}{AT}[a-z0-9\-]+(?:{DOT}[a-z0-9\-]+){{0,3}}?{DOT}{TOP}(?![a-z0-9])"
)
PROVIDER: Final = re.compile(
    rf"[a-z0-9._+\-]+(?: punt [a-z0-9_\-]+)*{AT}"
    r"(?:gmail|hotmail|outlook|ziggo|kpnmail|protonmail|proton|icloud|yahoo|xs4all|telfort|upcmail)(?![a-z])"
)
TAG: Final = re.compile(r"(?<![\w#])[\w.\-]{2,32}#\d{4}(?!\d)")
MENTION: Final = re.compile(r"(?<![\w@.])@([a-z0-9_.]{3,30})")
MARKED: Final = re.compile(r"(?=.*[a-z])[\w.\-]*[_\d.][\w.\-]*")
"""A name with a digit, underscore or dot in it: no ordinary word."""
JOINS: Final = (
    r"(?P<told>(?: ?[:=] ?| is(?: gewoon| trouwens)?:? | naam(?: is)?:? | account(?: is)?:? | heet (?:ik (?:daar )?)?(?:gewoon )?))?"
    r"(?:(?:onder|als|op|de|naam|daar|ben|ik|mij|me|ook) |[ \-]){0,4}"
)
NAME: Final = r"(?P<name>@?\w[\w.\-]{2,30})"


def may_be_mail(text: str) -> bool:
    """Say whether a text has a sign or word that every e-mail address has."""
    if "@" in text or " at " in text or "staart" in text:
        return True
    return "at" in text and ("(at" in text or "[at" in text or "{at" in text or "<at" in text)


def may_be_handle(sight: Sight) -> bool:
    """Say whether a text names a platform, or has the sign of a name."""
    return "@" in sight.text or "#" in sight.text or not sight.lists["platforms"].isdisjoint(sight.words)


def find_mail(sight: Sight) -> Iterator[Hit]:
    """Yield e-mail addresses, also with spaces, `(at)` or written out."""
    text = sight.text
    end = -1
    for pattern in (PLAIN, LOOSE, PROVIDER):
        for found in pattern.finditer(text):
            if found.start() >= end and not re.search(r"@ \w+ \. ", found[0][:-8]):
                end = found.end()
                severity = OTHER if sight.is_about_other(found.start()) else OWN
                yield Hit("detector.mail", "pii_email", severity, found.span())


def find_handle(sight: Sight) -> Iterator[Hit]:
    """Yield a name beside a platform, `name#1234`, and an @name that can only be an account."""
    text = sight.text
    platforms = sight.words & sight.lists["platforms"]
    spans = {found.span() for found in TAG.finditer(text)} if "#" in text else set()
    if "@" in text:
        spans |= {at.span() for at in MENTION.finditer(text) if platforms or re.search(r"[_\d.]\w", at[1])}
    for platform in platforms:
        spans |= set(_beside(text, platform))
    for start, end in sorted(spans):
        yield Hit("detector.account", "pii_handle", OTHER if sight.is_about_other(start) else OWN, (start, end))


def _beside(text: str, platform: str) -> Iterator[tuple[int, int]]:
    """Yield what follows the name of a platform and is a name: marked as one, or after a colon or `is`."""
    for found in re.finditer(rf"(?<![\w.]){re.escape(platform)}(?!\w){JOINS}{NAME}", text):
        name = found["name"].rstrip(".-").lstrip("@")
        told = found["told"] is not None and (":" in found["told"] or "=" in found["told"])
        if (MARKED.fullmatch(name) or told) and not name.isdigit() and not name.startswith("www"):
            start = found.start("name")
            yield start, start + len(found["name"].rstrip(".-"))
