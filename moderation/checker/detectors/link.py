"""Links, also disguised ones: known domains pass, shorteners and invitations do not, the rest waits (spec 3)."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from moderation.checker.detectors.sight import Sight
from moderation.checker.rules import Hit

if TYPE_CHECKING:
    from tldextract import TLDExtract

UNKNOWN, SHORTENED = 1, 2
DOT: Final = r"(?:\.|\s?[\[({]\s?(?:\.|dot|punt)\s?[\])}]\s?|\s(?:punt|dot)\s)"
HOST: Final = re.compile(
    r"(?<![\w@.\-])(?P<scheme>h[tx]{2}ps?\s?:?\s?/{1,2}\s?)?"
    rf"(?P<www>www\s?{DOT})?(?P<host>[a-z0-9][a-z0-9\-]*(?:{DOT}[a-z0-9\-]+){{0,4}}{DOT}(?P<top>[a-z]{{2,24}}))"
    r"(?![\w@])(?P<path>/\S*)?"
)
DOTS: Final = re.compile(r"\s?[\[({]\s?(?:\.|dot|punt)\s?[\])}]\s?|\s(?:punt|dot)\s")
DOTTED: Final = re.compile(r"\.[a-z]|[\])}]")
SIGNS: Final = (" punt ", " dot ", "[punt", "(punt", "[dot", "(dot", "{dot", "://")
RESERVED: Final = frozenset({"example", "test", "invalid", "local", "onion"})
COMMON: Final = frozenset(
    {
        "nl", "com", "net", "org", "eu", "be", "info", "online", "shop", "site", "store", "xyz", "app", "io", "gg",
        "ly", "club", "live", "blog", "space", "website", "link", "click", "biz", "frl", "amsterdam", "tv", "co", "uk",
        "ru", "dev", "ai", "pro", "life", "email", "health", "care", "coach", "community", "group", "chat", "foundation",
    }
)  # fmt: skip
"""Endings that are no Dutch word, so that `moe.ga zo naar bed` is no link."""


def may_be(text: str) -> bool:
    """Say whether a text has what every link has: a point with a letter behind it, or a word or sign in its place."""
    return (
        ("." in text and DOTTED.search(text) is not None)
        or "://" in text
        or (("punt" in text or "dot" in text) and any(sign in text for sign in SIGNS))
    )


def find(sight: Sight, taken: Sequence[tuple[int, int]]) -> Iterator[Hit]:
    """Yield the links in a text. taken: parts that are something else already, such as an e-mail address."""
    for found in HOST.finditer(sight.text):
        overlaps = any(start < found.end() and found.start() < end for start, end in taken)
        severity = 0 if overlaps else _severity(found, sight)
        if severity:
            yield Hit("detector.link", "link", severity, found.span())


def _severity(found: re.Match[str], sight: Sight) -> int:
    host = DOTS.sub(".", found["host"])
    parts = _suffixes()(host)
    sure = bool(found["scheme"] or found["www"] or found["path"] or found["top"] in RESERVED)
    if not (parts.suffix or found["top"] in RESERVED) or not (sure or _looks_like_one(host, found["top"])):
        return 0
    names = {parts.top_domain_under_public_suffix or host, host}
    if names & sight.lists["domeinen_bekend"]:
        return 0
    return SHORTENED if names & sight.lists["domeinen_kort"] else UNKNOWN


@cache
def _suffixes() -> "TLDExtract":
    """Read the list of public suffixes that comes with the package, once; never the network or a cache on disk.

    Loaded with the first text that looks like a link: it is slow, and a start need not wait for it.
    """
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None, fallback_to_snapshot=True)


def _looks_like_one(host: str, top: str) -> bool:
    """Tell a domain from two sentences without a space between them, and from `o.a.`."""
    labels = host.split(".")
    if all(len(label) <= 2 for label in labels):
        return False
    return top in COMMON or len(labels) > 2 or bool(re.search(r"[\d\-]", host))
