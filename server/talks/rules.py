"""Decisions about waiting and talking, from values alone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from server.kit.clock import whole_minute
from server.kit.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable

TALKS_AT_ONCE: Final = 3
LEASE: Final = timedelta(seconds=50)
LIVE_LEASE: Final = timedelta(seconds=25)
"""What a live page adds: its last sign is at most 30 s old, so a page in a tunnel holds a talk for a minute (P8)."""
TEXT_KEPT: Final = timedelta(minutes=30)
SILENT_AFTER: Final = timedelta(hours=6)
PLACE_KEPT: Final = timedelta(minutes=5)
"""How long a place waits for somebody whose page fell silent."""
LOOK_KEPT: Final = timedelta(minutes=10)
"""The same for a page without script, which gives no sign between two looks."""
AWAY_BELOW: Final = timedelta(minutes=4)
"""Less left than this means: no sign of life for a minute at least."""
GONE_AFTER: Final = timedelta(minutes=5)
"""How long a talk outlives the time it was kept for: ten minutes after the last sign of life."""
ANSWER_WITHIN: Final = timedelta(minutes=3)
FRONT_KEPT: Final = timedelta(minutes=10)
LONG_WAIT: Final = timedelta(minutes=20)
AGE_STEP: Final = timedelta(minutes=10)
WISH_HOLDS: Final = timedelta(minutes=10)
"""So long somebody waits for a peer worker who knows their topic; then anybody may take them."""
LAST_WORDS: Final = timedelta(minutes=2)
MORE_TIME: Final = timedelta(minutes=10)
MOST_WAITING: Final = 40
NORMAL: Final = 1
"""The priority of who asks; 0 goes ten minutes before."""
NOTE_CHARS: Final = 500
STEP_MINUTES: Final = 5
ENOUGH_WAITS: Final = 10
WAITS_KEPT: Final = 50
RECENT: Final = timedelta(days=1)
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


class ClosingSoon(Forbidden):
    """Who comes now would be next after closing time."""

    code = "dicht"
    key = "queue.closing"


class LineFull(Unavailable):
    """So many wait that a place would be no promise."""

    code = "druk"
    key = "queue.full"


class OnPause(Conflict):
    """This peer worker takes no talks now."""

    code = "pauze"
    key = "balie.pauze"


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


def check_most(most: int) -> int:
    """Return how many talks at once somebody chose. Raises Invalid."""
    if not 1 <= most <= TALKS_AT_ONCE:
        raise Invalid(key="err.choose", field="hoeveel")
    return most


def check_entry(now: datetime, closes: datetime | None, waiting: int, waits: Sequence[int]) -> None:
    """Let somebody in the line who can be helped before closing time. Raises LineFull or ClosingSoon.

    waiting: how many are there; waits: as in minutes_range; closes: None when the team is always there.
    """
    if waiting >= MOST_WAITING:
        raise LineFull
    expected = minutes_range(waits, waiting)
    if closes is not None and now + timedelta(minutes=expected[1] if expected else 0) >= closes:
        raise ClosingSoon


def free_slot(taken: Sequence[int], most: int = TALKS_AT_ONCE) -> int:
    """Return the lowest free place of a peer worker. Raises HandsFull."""
    for number in range(1, most + 1):
        if number not in taken and len(taken) < most:
            return number
    raise HandsFull(n=most)


def kept_from(now: datetime, span: timedelta = PLACE_KEPT) -> datetime:
    """Return until when a sign of life keeps a place: a whole minute, so that no store tells when somebody looked."""
    until = now + span
    return whole_minute(until) + timedelta(minutes=1 if until > whole_minute(until) else 0)


def is_away(kept_until: datetime, now: datetime) -> bool:
    """Say whether a visitor has given no sign of life for a minute or two."""
    return kept_until - now < AWAY_BELOW


def lease_from(now: datetime) -> datetime:
    """Return until when a sign of life keeps a talk with its peer worker (reliability-spec 4)."""
    return now + LEASE


def latest_lease(now: datetime) -> datetime:
    """Return after which moment no lease can end that was given by a clock as right as ours (reliability-spec 2.12)."""
    return now + 2 * LEASE
