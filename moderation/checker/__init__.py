"""The checker: normalise → detectors → phrases → cues → verdict. Pure; it knows no store, no web and no person."""

from collections.abc import Sequence
from time import thread_time
from typing import Final

from moderation.checker import shelf
from moderation.checker.detectors.phone import SHORT
from moderation.checker.judge import FOREVER, TooSlow, hits
from moderation.checker.normalise import fold
from moderation.checker.verdict import decide, unavailable
from moderation.verdicts import Place, Verdict

BUDGET: Final = 0.050
"""Seconds for one text; after that a person looks (moderation-spec 10.4)."""
ALWAYS_IN_TIME: Final = 400
"""Characters that no words make slow: the time is linear in the text (see phrases)."""
PARTS: Final = 3

__all__ = ["check", "looks_back"]


def check(
    text: str, *, place: Place, newcomer: bool = False, recent: Sequence[str] = (), from_team: bool = False
) -> Verdict:
    """Judge one text. recent: earlier texts of the same author in the same place, oldest first; the last 3 count.

    newcomer: links are not placed. from_team: only personal data, links and contact are looked for. Never raises and
    never takes much longer than 50 ms: then the verdict is checker_unavailable, which waits for a person.
    """
    book = shelf.current()
    try:
        folded = fold(text)
        deadline = thread_time() + BUDGET if len(text) > ALWAYS_IN_TIME else FOREVER
        found = hits(folded, book, tuple(recent[-PARTS:]), deadline)
    except TooSlow:
        return unavailable(text, place)
    return decide(found, folded, place, from_team=from_team, newcomer=newcomer)


def looks_back(text: str) -> bool:
    """Say whether earlier texts of the author can change the verdict: only short ones continue a number or a word."""
    return len(fold(text).text) <= SHORT
