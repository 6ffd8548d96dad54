"""How the text of a setting becomes its value; each raises ValueError or KeyError for what it is not."""

import base64
import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

MOST_DRAIN_SECONDS: Final = 15
PREFIX_FORM: Final = re.compile(r"[A-Za-z0-9_.:-]{1,32}")


def choice(*allowed: str) -> Callable[[str], str]:
    """One of these words."""

    def read(text: str) -> str:
        if text not in allowed:
            raise ValueError(text)
        return text

    return read


def whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number from low to high."""

    def read(text: str) -> int:
        number = int(text)
        if not low <= number <= high:
            raise ValueError(text)
        return number

    return read


def seconds_or_mode(text: str) -> float | str:
    """Seconds, or the word mode."""
    if text == "mode":
        return text
    number = float(text)
    if not 0 <= number <= MOST_DRAIN_SECONDS:
        raise ValueError(text)
    return number


def switch(text: str) -> bool:
    """aan or uit."""
    return {"aan": True, "uit": False}[text.lower()]


def hours(text: str) -> str:
    """hh:mm-hh:mm, or nothing."""
    if text not in ("", "mode") and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)", text):
        raise ValueError(text)
    return text


def recipient(text: str) -> str:
    """A public key in base64, or nothing."""
    if text and len(base64.b64decode(text, validate=True)) != 32:
        raise ValueError(text)
    return text


def url(*schemes: str) -> Callable[[str], str]:
    """An address with one of these schemes, or nothing; without a slash at the end."""

    def read(text: str) -> str:
        parts = urlsplit(text)
        if text and (parts.scheme not in schemes or not parts.netloc):
            raise ValueError(text)
        return text.rstrip("/")

    return read


def prefix(text: str) -> str:
    """What names in Redis begin with."""
    if not PREFIX_FORM.fullmatch(text):
        raise ValueError(text)
    return text
