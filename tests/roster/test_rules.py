"""When a door is open, from values alone."""

from datetime import UTC, date, datetime, timedelta

import pytest

from server.kit.clock import week_later
from server.roster import rules
from server.roster.rules import NOBODY, OUTSIDE_HOURS, BadHours, Shut, Turn, span, stand

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
SAM = Turn(NOON - HOUR, NOON + HOUR, "sam")
LATER = Turn(NOON + 5 * HOUR, NOON + 7 * HOUR, "noor")


def test_open_as_long_as_somebody_is_on() -> None:
    """Shifts that touch are one opening."""
    follow = Turn(NOON + HOUR, NOON + 2 * HOUR, "noor")
    found = stand([SAM, follow, LATER], [], (), 0, NOON)
    assert (found.open, found.closes) == (True, NOON + 2 * HOUR)


def test_outside_the_hours_it_says_when_it_opens() -> None:
    found = stand([SAM, LATER], [], (), 0, NOON + 2 * HOUR)
    assert (found.open, found.reason, found.opens) == (False, OUTSIDE_HOURS, NOON + 5 * HOUR)


def test_without_any_shift_nobody_knows_when() -> None:
    assert stand([], [], (), 0, NOON) == rules.Standing(OUTSIDE_HOURS)


@pytest.mark.parametrize(
    ("present", "minimum", "reason"),
    [
        ({"sam"}, 1, ""),
        (set(), 1, NOBODY),
        ({"noor"}, 1, NOBODY),  # signed in, but not on shift now
        ({"sam"}, 2, NOBODY),
        (set(), 0, ""),
    ],
)
def test_those_on_shift_must_be_signed_in(present: set[str], minimum: int, reason: str) -> None:
    found = stand([SAM, LATER], [], present, minimum, NOON)
    assert found.reason == reason
    assert found.opens == (LATER.starts if reason else None)


def test_two_shifts_of_one_person_are_one_person() -> None:
    again = Turn(NOON - 2 * HOUR, NOON + 2 * HOUR, "sam")
    assert stand([SAM, again], [], {"sam"}, 2, NOON).reason == NOBODY


def test_fixed_hours_ask_for_nobody() -> None:
    assert stand(rules.fixed_hours("00:00-24:00", NOON), [], (), 1, NOON).open
    assert stand(rules.fixed_hours("10:00-22:00", NOON), [], (), 0, NOON - 5 * HOUR).opens == datetime(
        2026, 11, 24, 9, 0, tzinfo=UTC
    )


def test_a_closing_wins_and_its_hours_do_not_count() -> None:
    """Until its end; the next opening is what is left of the shift."""
    shut = Shut(NOON - HOUR, NOON + HOUR / 2, "ziek")
    found = stand([SAM], [shut], {"sam"}, 1, NOON)
    assert (found.reason, found.opens) == ("ziek", NOON + HOUR / 2)
    assert stand([SAM], [shut], {"sam"}, 1, NOON + HOUR / 2).closes == SAM.ends


def test_a_closing_without_an_end_hides_every_opening() -> None:
    assert stand([SAM, LATER], [Shut(NOON, None, "storing")], (), 0, NOON) == rules.Standing("storing")


def test_a_planned_closing_ends_the_opening_before_it() -> None:
    assert stand([SAM], [Shut(NOON + HOUR / 2, None, "overleg")], (), 0, NOON).closes == NOON + HOUR / 2


@pytest.mark.parametrize(
    ("start", "end", "hours"), [("09:00", "13:00", 4), ("22:00", "02:00", 4), ("20:00", "24:00", 4)]
)
def test_a_shift_may_go_past_midnight(start: str, end: str, hours: int) -> None:
    begins, ends = span(date(2026, 11, 24), start, end)
    assert ends - begins == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("start", "end"), [("", "10:00"), ("10:00", ""), ("25:00", "26:00"), ("24:00", "03:00"), ("x", "y")]
)
def test_what_is_no_time_is_refused(start: str, end: str) -> None:
    with pytest.raises(BadHours):
        span(date(2026, 11, 24), start, end)


def test_twelve_hours_is_the_most() -> None:
    rules.check_shift(span(date(2026, 11, 24), "08:00", "20:00"))
    with pytest.raises(BadHours):
        rules.check_shift(span(date(2026, 11, 24), "08:00", "20:30"))


def test_a_week_later_is_the_same_time_on_the_clock() -> None:
    """Over the night in which summer time ends."""
    before = datetime(2026, 10, 21, 18, 0, tzinfo=UTC)  # 20:00 in Groningen
    assert week_later(before) == datetime(2026, 10, 28, 19, 0, tzinfo=UTC)


@pytest.mark.parametrize("asked", ["2026-W48", "", "2026-W99", "nonsense", "1999-W01", "2026-W48-1"])
def test_any_address_shows_a_week_that_begins_on_monday(asked: str) -> None:
    assert rules.monday_of(asked, date(2026, 11, 24)) == date(2026, 11, 23)
