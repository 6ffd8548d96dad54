"""Links, also disguised ones: known domains pass, shorteners and invitations do not, the rest waits (spec 3)."""

import re
from collections.abc import Iterator
from typing import Final

import tldextract

from moderation.checker.detectors.sight import Sight
from moderation.checker.rules import Hit

UNKNOWN, SHORTENED = 1, 2
EXTRACT: Final = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, fallback_to_snapshot=True)
"""Reads the list of public suffixes that comes with the package, once; never the network or a cache on disk."""
EXTRACT("moi.nl")
DOT: Final = r"(?:\.|\s?[\[({]\s?(?:\.|dot|punt)\s?[\])}]\s?|\s(?:punt|dot)\s)"
HOST: Final = re.compile(
    rf"(?<![\w@.\-])(h[tx]{{2}}ps?\s?:?\s?/{{1,2}}\s?)?(www\s?{DOT})?([a-z0-9][a-z0-9\-]*(?:{DOT}[a-z0-9\-]+){{0,4}}{DOT}([a-z]{{2,24}}))(?![\w@])(/\S*)?"
)
RESERVED: Final = frozenset({"example", "test", "invalid", "local", "onion"})
WORDLIKE: Final = frozenset(
    ["de", "nu", "is", "je", "me", "in", "to", "al", "er", "so", "no", "do", "am", "la", "as", "at", "be", "by", "ma", "mi", "pm", "st", "sa", "top", "men", "art", "ing"]
)
HOW: Final = re.compile(r"\s?[\[({]\s?(?:\.|dot|punt)\s?[\])}]\s?|\s(?:punt|dot)\s|\s?\.\s?")
DISGUISED: Final = re.compile(r"[\[({]|\s(?:punt|dot)\s")


def find(sight: Sight, taken: list[tuple[int, int]]) -> Iterator[Hit]:
    """Yield the links in a text. taken: parts that are something else already, such as an e-mail address."""
    text = sight.text
    if "." not in text and "punt" not in text and "dot" not in text:
        return
    for found in HOST.finditer(text):
        if any(start < found.end() and found.start() < end for start, end in taken):
            continue
        severity = _severity(found, sight)
        if severity:
            yield Hit("detector.link", "link", severity, found.span())


def _severity(found: re.Match[str], sight: Sight) -> int:
    scheme, www, host, top, path = found.groups()
    plain = HOW.sub(".", host)
    parts = EXTRACT(plain)
    if not (parts.suffix or top in RESERVED):
        return 0
    sure = bool(scheme or www or path or top in RESERVED)
    if not sure and not _looks_like_one(plain, host, top):
        return 0
    domain = parts.top_domain_under_public_suffix or plain
    if domain in sight.lists["domeinen_bekend"] or plain in sight.lists["domeinen_bekend"]:
        return 0
    return SHORTENED if {domain, plain} & sight.lists["domeinen_kort"] else UNKNOWN


def _looks_like_one(plain: str, host: str, top: str) -> bool:
    """Tell `moe.de volgende dag` from a domain: short words that end a sentence are none."""
    if re.fullmatch(r"(?:[a-z]\.)+[a-z]{1,2}", plain):
        return False
    if top in WORDLIKE:
        return bool(re.search(r"[\d\-]", plain)) or plain.count(".") > 1
    return not DISGUISED.search(host) or len(top) <= 4
