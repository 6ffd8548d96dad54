"""E-mail addresses and names on other platforms (moderation-spec 3)."""

import re
from collections.abc import Iterator
from typing import Final

from moderation.checker.detectors.sight import Sight
from moderation.checker.rules import Hit

OWN, OTHER = 2, 3
AT: Final = r"(?: ?@ ?| ?[(\[{<] ?(?:at|apenstaart(?:je)?|apestaart(?:je)?|@) ?[)\]}>] ?| (?:apenstaart(?:je)?|apestaart(?:je)?|at) )"
SIGN: Final = re.compile(r"@|staart|\bat\b")
DOT: Final = r"(?: ?\. ?| ?[(\[{<] ?(?:dot|punt|\.) ?[)\]}>] ?| (?:punt|dot) )"
TOP: Final = r"(?:nl|com|net|org|eu|be|de|info|me|nu|frl|gmail|example|test|invalid|co|uk|fr|io|online|email)"
MAIL: Final = re.compile(
    rf"[a-z0-9_+\-]+(?:{DOT}[a-z0-9_+\-]+){{0,4}}{AT}[a-z0-9\-]+(?:{DOT}[a-z0-9\-]+){{0,3}}?{DOT}{TOP}(?![a-z0-9])"
)
CLOSE: Final = re.compile(r"[a-z0-9._+\-]+@[a-z0-9\-]+(?:\.[a-z0-9\-]+)*\.[a-z]{2,}")
PROVIDER: Final = re.compile(
    rf"[a-z0-9._+\-]+(?: punt [a-z0-9_\-]+)*{AT}(?:gmail|hotmail|outlook|live|ziggo|kpnmail|kpn|planet|home|protonmail|proton|icloud|yahoo|xs4all|telfort|upcmail)(?![a-z])"
)
TAG: Final = re.compile(r"(?<![\w#])[\w.\-]{2,32}#\d{4}(?!\d)")
MENTION: Final = re.compile(r"(?<![\w@.])@([a-z0-9_.]{3,30})")
MARKED: Final = re.compile(r"[\w.\-]*(?:[a-z][\w.\-]*[_\d]|[_\d][\w.\-]*[a-z]|[a-z]{2,}\.[a-z\d]{2,})[\w.\-]*")
NAME: Final = re.compile(r"@?[\w][\w.\-]{2,30}")
JOINS: Final = r"(?:[ ]?[:=\-][ ]?| is (?:gewoon |trouwens )?:?[ ]?| heet ik (?:daar )?(?:gewoon )?| onder (?:de naam )?| als | (?:naam|account|gebruikersnaam|id|tag)(?: is)?[:]? | ben ik | mij op:? | me op:? | op:? |[ ])"
FEWEST: Final = 3


def find_mail(sight: Sight) -> Iterator[Hit]:
    """Yield e-mail addresses, also with spaces, `(at)` or written out."""
    text = sight.text
    if not SIGN.search(text):
        return
    end = -1
    for pattern in (CLOSE, MAIL, PROVIDER):
        for found in pattern.finditer(text):
            if found.start() >= end and "  " not in found[0]:
                end = found.end()
                severity = OTHER if sight.is_about_other(found.start()) else OWN
                yield Hit("detector.mail", "pii_email", severity, found.span())


def find_handle(sight: Sight) -> Iterator[Hit]:
    """Yield a name beside a platform, `name#1234`, and an @name that can only be an account."""
    text = sight.text
    spans = {found.span() for found in TAG.finditer(text)}
    platform = sight.words & sight.lists["platforms"]
    for found in MENTION.finditer(text):
        if platform or re.search(r"[_\d.]", found[1].rstrip(".")):
            spans.add(found.span())
    for name in platform:
        spans.update(_beside(text, name, sight))
    for start, end in sorted(spans):
        yield Hit("detector.account", "pii_handle", OTHER if sight.is_about_other(start) else OWN, (start, end))


def _beside(text: str, platform: str, sight: Sight) -> Iterator[tuple[int, int]]:
    pattern = re.compile(rf"(?<![\w.])(?:{re.escape(platform)}){JOINS}({NAME.pattern})")
    for found in pattern.finditer(text):
        name = found[1].rstrip(".-")
        told = ":" in found[0] or "=" in found[0] or name.startswith("@")
        if MARKED.fullmatch(name.lstrip("@")) or (told and name not in sight.reading.folded.text.split(":")[0].split()):
            if not name.isdigit() and "www" not in name:
                yield found.span(1)
