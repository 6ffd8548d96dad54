"""All layers on one text: which rules and detectors fire (moderation-spec 10.2)."""

from collections.abc import Sequence
from time import thread_time
from typing import Final

from moderation.checker.cues import Marks, mark
from moderation.checker.detectors import Sight, detect
from moderation.checker.normalise import Folded, fold
from moderation.checker.reading import Reading, read
from moderation.checker.rulebook import Rulebook
from moderation.checker.rules import Hit, fired
from moderation.checker.weights import raised

FOREVER: Final = float("inf")
SHORT: Final = 24


class TooSlow(Exception):
    """The time for one text is over."""


def hits(folded: Folded, book: Rulebook, recent: Sequence[str] = (), deadline: float = FOREVER) -> list[Hit]:
    """Return every rule and detector that fires. Raises TooSlow after the deadline (thread_time seconds)."""
    reading = read(folded, book.words)
    _in_time(deadline)
    marks = mark(reading, book.cues, book.bits.quoted)
    _in_time(deadline)
    found = list(fired(book.rules, book.by_cues, reading, marks, book.bits))
    _in_time(deadline)
    found += detect(_sight(reading, marks, book, recent))
    _in_time(deadline)
    if recent and len(folded.text) <= SHORT:
        found += _split_word(folded, book, recent)
    found += raised(book.weights, reading.words, marks, found)
    return found


def _sight(reading: Reading, marks: Marks, book: Rulebook, recent: Sequence[str]) -> Sight:
    plain = reading.plain or reading
    return Sight(plain, marks, book.bits, book.lists, book.endings, recent, joined=plain is not reading)


def _split_word(folded: Folded, book: Rulebook, recent: Sequence[str]) -> list[Hit]:
    """Judge a word that was cut over several short messages (moderation-spec 1.4)."""
    short = [part for part in recent if len(part) <= SHORT]
    if not short:
        return []
    joined = [fold("".join(short) + folded.raw), fold(" ".join(short) + " " + folded.raw)]
    return [hit for whole in joined for hit in hits(whole, book) if hit.span is None and hit.severity >= 2]


def _in_time(deadline: float) -> None:
    if deadline < FOREVER and thread_time() > deadline:  # asking costs more than judging a word
        raise TooSlow
