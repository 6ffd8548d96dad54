"""The categories and content notes that editors describe in content/forum."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

Row = TypeVar("Row")
FOLDER: Final = Path(__file__).resolve().parents[2] / "content" / "forum"


@dataclass(frozen=True)
class Category:
    """One part of the forum. number stands in addresses and rows, so it never changes."""

    number: int
    name: str
    line: str


@cache
def categories() -> dict[int, Category]:
    """Return the categories by number, in the editors' order. Raises ValueError when a number is used twice."""
    made = [Category(row["nummer"], row["naam"], row["zin"]) for row in _rows("categorie")]
    return _by_number({category.number: category for category in made}, len(made))


@cache
def content_notes() -> dict[int, str]:
    """Return what a post can be folded for, by number. Raises ValueError when a number is used twice."""
    rows = _rows("let_op")
    return _by_number({row["nummer"]: row["naam"] for row in rows}, len(rows))


@cache
def stopwords() -> frozenset[str]:
    """Return the words that do not count in a search with other words."""
    return frozenset((FOLDER / "stopwoorden.txt").read_text(encoding="utf-8").split())


def _rows(table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads((FOLDER / "forum.toml").read_text(encoding="utf-8"))[table]
    return rows


def _by_number(rows: dict[int, Row], count: int) -> dict[int, Row]:
    if len(rows) != count:
        raise ValueError("forum.toml: a number is used twice")
    return rows
