"""Months and quarters, and when each may be published."""

from datetime import date

import pytest

from server.stats.periods import Period, UnknownPeriod, between, parse, period_of, upcoming
from server.stats.tables import Calendar

MONTH, QUARTER = Calendar.MONTH, Calendar.QUARTER


def test_a_day_lies_in_one_month_and_one_quarter() -> None:
    assert period_of(MONTH, date(2026, 11, 24)).code == "2026-11"
    assert period_of(QUARTER, date(2026, 11, 24)).code == "2026-K4"


@pytest.mark.parametrize("code", ["2026-01", "2026-12", "2025-K1", "2025-K4"])
def test_codes_can_be_read_back(code: str) -> None:
    assert parse(code).code == code


@pytest.mark.parametrize("code", ["2026-13", "2026-K5", "2026-K0", "2026-1", "nu", "2026-"])
def test_other_codes_are_refused(code: str) -> None:
    with pytest.raises(UnknownPeriod):
        parse(code)


def test_a_release_is_due_a_week_after_its_period() -> None:
    assert Period(MONTH, 2026, 2).due == date(2026, 3, 7)
    assert Period(QUARTER, 2026, 4).due == date(2027, 1, 7)


def test_periods_follow_each_other_over_the_year() -> None:
    codes = [period.code for period in between(QUARTER, date(2026, 8, 1), date(2027, 1, 1))]
    assert codes == ["2026-K3", "2026-K4", "2027-K1"]
    assert Period(QUARTER, 2026, 4).months == ("2026-10", "2026-11", "2026-12")


def test_next_release_is_the_one_that_is_due_first() -> None:
    assert upcoming([], date(2026, 11, 24)).code == "2026-11"
    published = [parse("2026-10"), parse("2026-K3"), parse("2026-11")]
    assert upcoming(published, date(2026, 12, 24)).code == "2026-12"
    assert upcoming([*published, parse("2026-12")], date(2027, 1, 7)).code == "2026-K4"
