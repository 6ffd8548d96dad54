"""Decisions about waiting and talking, from values alone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from server.kit.errors import Conflict, Forbidden, Invalid, NotFound

TALKS_AT_ONCE: Final = 3
LEASE: Final = timedelta(seconds=50)
TEXT_KEPT: Final = timedelta(minutes=30)
SILENT_AFTER: Final = timedelta(hours=6)
STEP_MINUTES: Final = 5
ENOUGH_WAITS: Final = 10
WAITS_KEPT: Final = 50
TOPICS: Final = ("somber", "angst", "prikkels", "alleen", "thuis", "geld", "verlies", "verslaving", "anders")
WAIT_CELLS: Final = ((1, "tot_1"), (5, "tot_5"), (15, "tot_15"), (30, "tot_30"))


class NobodyWaits(NotFound):
    """Somebody else took the last one, or nobody was there."""

    code = "niemand_wacht"
    key = "balie.niemand"


class HandsFull(Conflict):
    """This peer worker already has as many talks as allowed at once."""

    code = "handen_vol"
    key = "balie.vol"


class TalkChanged(Conflict):
    """The talk was taken over, returned or ended in the meantime."""

    code = "chat_gewijzigd"
    key = "fout.chat_gewijzigd"


class TalksClosed(Forbidden):
    """Outside staffed hours nobody is put in a line."""

    code = "dicht"
    key = "chat.closed_now"


class UnknownTopic(Invalid):
    """A topic that is not on the list."""

    key = "err.choose"


def check_topic(topic: str) -> str:
    """Return a topic of the list, or "" for who would rather not say. Raises UnknownTopic."""
    if topic and topic not in TOPICS:
        raise UnknownTopic(field="onderwerp")
    return topic


def minutes_range(waits: Sequence[int], ahead: int) -> tuple[int, int] | None:
    """Return the range a waiting person may expect, in steps of five minutes, or None below ten recent waits.

    waits: minutes of the last waits; ahead: people before. Half of the waits lie inside; each person ahead adds the
    middle wait divided by the usual line of two. Source: ux-spec 7, privacy 7.8.
    """
    if len(waits) < ENOUGH_WAITS:
        return None
    ordered = sorted(waits)
    extra = ordered[len(ordered) // 2] * ahead / 2
    low, high = (ordered[int(len(ordered) * part)] + extra for part in (0.25, 0.75))
    first = int(low // STEP_MINUTES * STEP_MINUTES)
    return first, max(first + STEP_MINUTES, int(-(-high // STEP_MINUTES) * STEP_MINUTES))


def wait_cell(waited: timedelta) -> str:
    """Return the class of a wait for the figures (privacy 9.1, T6)."""
    minutes = waited.total_seconds() / 60
    return next((cell for limit, cell in WAIT_CELLS if minutes <= limit), "langer")


def free_slot(taken: Sequence[int]) -> int:
    """Return the lowest free place of a peer worker. Raises HandsFull."""
    for number in range(1, TALKS_AT_ONCE + 1):
        if number not in taken:
            return number
    raise HandsFull(n=TALKS_AT_ONCE)


def lease_from(now: datetime) -> datetime:
    """Return until when a sign of life keeps a talk with its peer worker (reliability-spec 4)."""
    return now + LEASE
