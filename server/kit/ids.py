"""Identifiers that say nothing: not who, not when, not how many."""

import hashlib
import secrets


def new_id() -> str:
    """Return 128 random bits as 32 lower hex characters (privacy 2.5)."""
    return secrets.token_hex(16)


def is_id(text: str) -> bool:
    """Say whether a text has the form of an id, so that a path can be refused before any query."""
    return len(text) == 32 and all(character in "0123456789abcdef" for character in text)


def stable_id(*parts: str) -> str:
    """Return the id that is always the same for these words; for rows that come from content files."""
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:32]
