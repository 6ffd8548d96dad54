"""Search words on their way through an address: sealed with a key of this visit, so that nobody else can read them."""

import base64
import binascii
from typing import Final

from server.forum.catalogue import stopwords
from server.kit import search
from server.kit.crypto import Secret, Unreadable, derive, seal, unseal
from server.kit.errors import Invalid
from server.kit.text import Empty, clean
from server.visitors.visit import Visit

PURPOSE: Final = b"forum/zoekwoorden"


def taken_in(words: str) -> str:
    """Return what somebody asked for, cut at 200 characters, or "" when there is nothing to look for."""
    try:
        return clean(words[: search.MAX_QUERY].replace("\n", " "), "woorden", max_chars=search.MAX_QUERY)
    except Invalid:
        return ""


def seal_words(visit: Visit, words: str) -> str:
    """Return the words as they may stand in an address (D21)."""
    return base64.urlsafe_b64encode(seal(_key(visit), words.encode(), PURPOSE)).decode().rstrip("=")


def open_words(visit: Visit, sealed: str) -> str | None:
    """Return the words, "" when there are none, None when they are of another visit or damaged."""
    if not sealed:
        return ""
    try:
        blob = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
        return unseal(_key(visit), blob, PURPOSE).decode()
    except (Unreadable, binascii.Error, ValueError):
        return None


def wanted(words: str | None) -> list[str]:
    """Return the stems to look for; an empty list means that there is nothing to look for."""
    try:
        return search.query_stems(words or "", stopwords())
    except Empty:
        return []


def _key(visit: Visit) -> Secret:
    return derive(visit.root, PURPOSE)
