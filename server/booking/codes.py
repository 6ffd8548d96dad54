"""The appointment code: four words that open one booking and nothing else (directory-booking-spec 14.3)."""

import re
import secrets
import unicodedata
from collections.abc import Sequence
from typing import Final

from server.kit.crypto import Secret, keyed_hash

WORDS: Final = 4
MAX_INPUT: Final = 200


def draw(words: Sequence[str]) -> str:
    """Return a new code: four words, each drawn by the operating system's random numbers, with replacement."""
    return " ".join(secrets.choice(words) for _ in range(WORDS))


def normalised(text: str) -> str:
    """Return what was typed as lower-case words, one space between; accents, dots and commas do not matter."""
    folded = unicodedata.normalize("NFKD", text[:MAX_INPUT].casefold())
    plain = "".join(character for character in folded if not unicodedata.combining(character))
    return " ".join(re.findall(r"[a-z]+", plain))


def code_hash(key: Secret, code: str) -> bytes:
    """Return what stands in the row instead of the code; guessing along needs the key, which is in no database."""
    return keyed_hash(key, b"afspraakcode", normalised(code).encode())
