"""The Dutch words of an appointment code: the list of the return phrase, which a test keeps free of heavy words."""

from functools import cache
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).resolve().parents[2] / "content" / "woorden" / "terugkeerzin.txt"


@cache
def words() -> tuple[str, ...]:
    """Return the list. Raises FileNotFoundError when it is missing: the booking pages cannot work without."""
    lines = (line.strip() for line in FILE.read_text(encoding="utf-8").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))
