"""Opening hours and "is it open now" (directory-booking-spec 5.8 and 8.4)."""

from datetime import date, datetime, time

import pytest

from server.directory.hours import HoursError, Openness, openness_at, parse
from server.kit.clock import AMSTERDAM

CONFIRMED = date(2026, 3, 1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


def test_hours_are_read_as_days_and_times() -> None:
    hours = parse("ma-wo 09:00-12:00; vr 13:30-24:00")
    assert [(block.weekday, block.opens, block.closes) for block in hours.blocks] == [
        (0, time(9), time(12)),
        (1, time(9), time(12)),
        (2, time(9), time(12)),
        (4, time(13, 30), time(0)),
    ]


def test_words_may_follow_the_hours() -> None:
    hours = parse("ma 09:00-16:00; tekst: vraag de andere dagen na")
    assert len(hours.blocks) == 1
    assert hours.text == "vraag de andere dagen na"


@pytest.mark.parametrize("cell", ["maandag 9-12", "ma 25:00-26:00", "vr-ma 09:00-12:00", "ma 9:00-12:00", "altijd"])
def test_anything_else_names_the_cell_and_an_example(cell: str) -> None:
    with pytest.raises(HoursError, match=r"ma-vr 10:00-15:00"):
        parse(cell)


@pytest.mark.parametrize(
    ("cell", "moment", "openness"),
    [
        ("ma-vr 10:00-15:00", "2026-11-24T10:00", Openness.OPEN),
        ("ma-vr 10:00-15:00", "2026-11-24T14:59", Openness.OPEN),
        ("ma-vr 10:00-15:00", "2026-11-24T15:00", Openness.CLOSED),
        ("ma-vr 10:00-15:00", "2026-11-28T12:00", Openness.CLOSED),
        ("vr 22:00-02:00", "2026-11-27T23:59", Openness.OPEN),
        ("vr 22:00-02:00", "2026-11-28T01:59", Openness.OPEN),
        ("vr 22:00-02:00", "2026-11-28T02:00", Openness.CLOSED),
        ("zo 01:00-04:00", "2026-03-29T03:30", Openness.OPEN),  # the night the clock goes forward
        ("zo 01:00-02:30", "2026-10-25T02:15", Openness.OPEN),  # the night it goes back: both times 02:15
        ("zo 01:00-02:30", "2026-10-25T02:30", Openness.CLOSED),
        ("vr 10:00-15:00", "2026-12-25T12:00", Openness.UNKNOWN),  # Christmas
        ("24/7", "2026-12-25T03:00", Openness.OPEN),
        ("tekst: op werkdagen", "2026-11-24T12:00", Openness.UNKNOWN),
        ("", "2026-11-24T12:00", Openness.UNKNOWN),
    ],
)
def test_openness_follows_the_wall_clock(cell: str, moment: str, openness: Openness) -> None:
    assert openness_at(parse(cell), at(moment), CONFIRMED).openness is openness


@pytest.mark.parametrize("confirmed", [None, date(2025, 11, 1)])
def test_hours_nobody_confirmed_this_year_are_not_certain(confirmed: date | None) -> None:
    now = openness_at(parse("ma-vr 10:00-15:00"), at("2026-11-24T12:00"), confirmed)
    assert now.openness is Openness.PERHAPS_OPEN


def test_next_opening_skips_a_holiday() -> None:
    now = openness_at(parse("vr 10:00-12:00; ma 10:00-12:00"), at("2026-12-24T18:00"), CONFIRMED)
    assert now.next_opening == datetime(2026, 12, 28, 10, 0)
