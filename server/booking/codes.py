"""The appointment code: four words that open one booking and nothing else (directory-booking-spec 14.3)."""

import re
import unicodedata
from typing import Final

from server.kit.crypto import Secret, keyed_hash
from server.kit.words import WordList

WORDS: Final = 4
MAX_INPUT: Final = 200


def draw(words: WordList) -> str:
    """Return a new code."""
    return " ".join(words.draw(WORDS))


def meant(text: str, words: WordList) -> str:
    """Return the code that somebody typed: small letters, one space between, one slip per word put right.

    Capitals, accents, dots and commas do not matter. What is no word of the list stays as it is; it opens nothing.
    """
    folded = unicodedata.normalize("NFKD", text[:MAX_INPUT].casefold())
    plain = "".join(character for character in folded if not unicodedata.combining(character))
    typed = re.findall(r"[a-z]+", plain)
    return " ".join(words.closest(word) or word for word in typed[: WORDS + 1])


def code_hash(key: Secret, code: str) -> bytes:
    """Return what stands in the row instead of the code; guessing along needs the key, which is in no database."""
    return keyed_hash(key, b"afspraakcode", code.encode())
