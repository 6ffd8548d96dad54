"""The rulebook in use: loaded at start, replaced when editors save, the last good one stays (moderation-spec 10.3)."""

import gc
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from moderation.checker.judge import hits
from moderation.checker.normalise import fold
from moderation.checker.rulebook import FOLDER, Rulebook, RulebookError, load


@dataclass
class Shelf:
    """Which book is in use, and from which files, taken or refused."""

    book: Rulebook | None = None
    stamp: tuple[tuple[str, int, int], ...] = ()


SHELF: Final = Shelf()
SLOW_THE_FIRST_TIME: Final = "bel 06 12345678 of kijk op https://www.voorbeeld.nl"
"""Its detectors read long lists at their first use: before a text of somebody waits, with the clock running."""


def current() -> Rulebook:
    """Return the book in use; loads and proves it the first time. Raises RulebookError when there is none at all."""
    if SHELF.book is None:
        _take(proved(FOLDER), _stamp(FOLDER))
    assert SHELF.book is not None
    return SHELF.book


def refresh(folder: Path = FOLDER) -> bool:
    """Take the files into use when they changed; call it every few seconds. Returns whether a new book is in use.

    Raises RulebookError, once, for files that cannot be read or fail their own examples; then the last good book stays.
    """
    if (stamp := _stamp(folder)) == SHELF.stamp:
        return False
    SHELF.stamp = stamp
    _take(proved(folder), stamp)
    return True


def _take(book: Rulebook, stamp: tuple[tuple[str, int, int], ...]) -> None:
    """Put a book into use. Its many small objects stay, so the garbage collector need not walk them every time."""
    SHELF.book, SHELF.stamp = book, stamp
    gc.freeze()


def proved(folder: Path) -> Rulebook:
    """Load a book and run every rule on its own examples. Raises RulebookError with the examples that fail."""
    book = load(folder)
    hits(fold(SLOW_THE_FIRST_TIME), book)
    if wrong := failures(book):
        raise RulebookError("; ".join(wrong[:10]))
    return book


def failures(book: Rulebook) -> list[str]:
    """Return the examples that do not do what they promise."""
    wrong = []
    for example in book.examples:
        rules = {hit.rule for hit in hits(fold(example.text), book)}
        if (example.rule in rules) != example.hit:
            wrong.append(f"{example.rule}: '{example.text}' had {'wel' if example.hit else 'niet'} moeten raken")
    return wrong


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    files = sorted(folder.rglob("*.toml"))
    return tuple((path.name, (stat := path.stat()).st_mtime_ns, stat.st_size) for path in files)
