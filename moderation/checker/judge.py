"""All layers on one text: which rules and detectors fire (moderation-spec 10.2)."""

from collections.abc import Sequence
from time import thread_time
from typing import Final

from moderation.checker.cues import mark
from moderation.checker.detectors import Sight, detect
from moderation.checker.normalise import Folded, fold
from moderation.checker.reading import read
from moderation.checker.rulebook import Rulebook
from moderation.checker.rules import Hit, fired

SHORT: Final = 24


class TooSlow(Exception):
    """The time for one text is over."""


def hits(folded: Folded, book: Rulebook, recent: Sequence[str] = (), deadline: float = float("inf")) -> list[Hit]:
    """Return every rule and detector that fires. Raises TooSlow after the deadline (thread_time seconds)."""
    reading = read(folded, book.words)
    _in_time(deadline)
    opened = [book.opens(fills) for fills in reading.fills]
    present = 0
    for one in opened:
        present |= one.elements
    absent = ~present
    cues = [(at, cue) for at, one in enumerate(opened) for cue in one.cues if not cue.needs & absent]
    rules = [(at, rule) for at, one in enumerate(opened) for rule in one.rules if not rule.needs & absent]
    marks = mark(reading, book.cues, [one.bits for one in opened], cues, book.bits.quoted)
    _in_time(deadline)
    found = list(fired(book.rules, book.cue_rules, rules, reading, marks, book.bits))
    _in_time(deadline)
    found += detect(Sight(reading, marks, book.bits, book.lists, recent))
    _in_time(deadline)
    if recent and len(folded.text) <= SHORT:
        found += _split_word(folded, book, recent)
    return found


def _split_word(folded: Folded, book: Rulebook, recent: Sequence[str]) -> list[Hit]:
    """Judge a word that was cut over several short messages (moderation-spec 1.4)."""
    short = [part for part in recent if len(part) <= SHORT]
    if not short:
        return []
    joined = [fold("".join(short) + folded.raw), fold(" ".join(short) + " " + folded.raw)]
    return [hit for whole in joined for hit in hits(whole, book) if hit.span is None and hit.severity >= 2]


def _in_time(deadline: float) -> None:
    if thread_time() > deadline:
        raise TooSlow
