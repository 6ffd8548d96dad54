"""Dates and numbers in words."""

from datetime import UTC, date, datetime

import pytest

from web import filters

TODAY = date(2026, 11, 24)


def test_dates_are_words() -> None:
    assert filters.date_words(date(2025, 11, 3)) == "maandag 3 november"
    assert filters.date_words(date(2025, 11, 3), lang="en", year=True) == "Monday 3 November 2025"


@pytest.mark.parametrize(
    ("day", "words"), [(24, "vandaag"), (25, "morgen"), (23, "gisteren"), (27, "vrijdag 27 november")]
)
def test_near_days_have_names(day: int, words: str) -> None:
    assert filters.day_words(date(2026, 11, day), TODAY) == words


def test_the_clock_is_that_of_groningen() -> None:
    assert filters.clock(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)) == "00:30"
    assert filters.date_words(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)) == "donderdag 2 juli"


def test_numbers_can_be_dialled() -> None:
    assert filters.dial("088 330 1 330") == "0883301330"
    assert filters.dial("+31 50-1234567") == "+31501234567"
