"""How long a login lasts and how long a wrong guess waits."""

from datetime import UTC, datetime, timedelta

import pytest

from server.team.rules import CODE_LONGEST_WAIT, PASSWORD_LONGEST_WAIT, is_fresh, is_over, wait_after

NOW = datetime(2026, 11, 24, 19, 30, tzinfo=UTC)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (4, 0), (5, 5), (6, 10), (7, 20), (8, 40), (9, 60), (50, 60), (10_000, 60)]
)
def test_wait_grows_and_stays_short_for_a_name_that_strangers_know(failures: int, seconds: int) -> None:
    assert wait_after(failures, PASSWORD_LONGEST_WAIT) == timedelta(seconds=seconds)


def test_wait_for_codes_grows_longer() -> None:
    assert wait_after(40, CODE_LONGEST_WAIT) == timedelta(minutes=15)


@pytest.mark.parametrize(
    ("idle", "age", "over"),
    [
        (0 * MINUTE, 0 * MINUTE, False),
        (30 * MINUTE - SECOND, 60 * MINUTE, False),
        (30 * MINUTE, 60 * MINUTE, True),
        (0 * MINUTE, timedelta(hours=10) - SECOND, False),
        (0 * MINUTE, timedelta(hours=10), True),
    ],
)
def test_login_ends_after_half_an_hour_idle_or_ten_hours(idle: timedelta, age: timedelta, over: bool) -> None:
    assert is_over(NOW, started=NOW - age, last_seen=NOW - idle) is over


@pytest.mark.parametrize(
    ("age", "fresh"), [(0 * SECOND, True), (5 * MINUTE - SECOND, True), (5 * MINUTE, False), (-1 * SECOND, False)]
)
def test_second_factor_is_fresh_for_five_minutes(age: timedelta, fresh: bool) -> None:
    assert is_fresh(NOW, NOW - age) is fresh
