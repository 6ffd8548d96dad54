"""From weekly hours to moments: wall clock, daylight saving, limits, no overlap."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.booking.roster import (
    Calendar,
    Deviation,
    Hours,
    Moment,
    Place,
    Window,
    applies,
    bookable_place,
    exists,
    merged,
    moments,
    rested,
    shared,
    starts,
    units,
    utc,
)

START = date(2027, 1, 1)
SPRING, AUTUMN = date(2027, 3, 28), date(2027, 10, 31)
TALK = timedelta(minutes=75)
PLACE = Place("locatie:a", "a", ("ruimte:1",), ("gastheer:p",), ("gastheer:q",))
OWNERS = ("locatie:a", "ruimte:1", "gastheer:p", "gastheer:q")


def window(begin: str, end: str) -> Window:
    """A window from two clock times."""
    return Window(time.fromisoformat(begin), time.fromisoformat(end))


def week(weekday: int, *windows: Window, owners: tuple[str, ...] = OWNERS) -> list[Hours]:
    """The same hours for all owners."""
    return [Hours(owner, weekday, each, START) for owner in owners for each in windows]


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        ("09:00", "12:00", ["09:00", "10:15"]),
        ("18:30", "21:00", ["18:30", "19:45"]),
        ("13:00", "16:30", ["13:00", "14:15"]),
        ("13:00", "14:14", []),
        ("13:00", "14:15", ["13:00"]),
    ],
)
def test_starts_step_by_talk_and_buffer_and_end_inside_the_window(begin: str, end: str, expected: list[str]) -> None:
    found = [each.isoformat("minutes") for each in starts(date(2027, 3, 2), window(begin, end), TALK)]
    assert found == expected


def test_nine_o_clock_stays_nine_o_clock_after_the_clock_change() -> None:
    calendar = Calendar.of(week(0, window("09:00", "12:00")), [])
    before, after = date(2027, 10, 25), date(2027, 11, 1)
    for day in (before, after):
        assert moments(day, [PLACE], calendar)[0].start == time(9)
    assert utc(after, time(9)) - utc(before, time(9)) == timedelta(days=7, hours=1)


def test_a_time_that_does_not_exist_gives_no_moment() -> None:
    assert not exists(SPRING, time(2, 30))
    found = list(starts(SPRING, window("02:30", "06:00"), TALK))
    assert time(2, 30) not in found
    assert time(3, 30) not in found
    assert found == [time(4, 45)]


def test_hours_around_the_skipped_hour_are_cut_to_what_the_clock_shows() -> None:
    calendar = Calendar.of(week(6, window("01:00", "02:30"), window("02:15", "05:00")), [])
    assert calendar.windows("ruimte:1", SPRING) == [window("01:00", "01:45"), window("03:00", "05:00")]
    assert [each.start for each in moments(SPRING, [PLACE], calendar)] == [time(3)]


def test_a_double_time_is_the_first_one_and_talks_last_an_hour_of_real_time() -> None:
    assert utc(AUTUMN, time(2, 30)) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    found = [utc(AUTUMN, each) for each in starts(AUTUMN, window("01:00", "06:00"), TALK)]
    assert all(later - earlier >= TALK for earlier, later in pairwise(found))


@pytest.mark.parametrize(
    ("missing", "count"), [(None, 2), ("locatie:a", 0), ("ruimte:1", 0), ("gastheer:p", 0), ("gastheer:q", 0)]
)
def test_room_place_and_both_hosts_must_be_there(missing: str | None, count: int) -> None:
    owners = tuple(owner for owner in OWNERS if owner != missing)
    calendar = Calendar.of(week(1, window("09:00", "12:00"), owners=owners), [])
    assert len(moments(date(2027, 3, 2), [PLACE], calendar)) == count


def test_an_exception_closes_a_day_and_another_opens_part_of_it() -> None:
    day = date(2027, 3, 2)
    closed = Deviation("gastheer:p", day, is_open=False)
    rules = week(1, window("09:00", "12:00"))
    assert moments(day, [PLACE], Calendar.of(rules, [closed])) == []
    evening = [Deviation(owner, day, True, window("19:00", "20:15")) for owner in OWNERS]
    assert [each.start for each in moments(day, [PLACE], Calendar.of(rules, [closed, *evening]))] == [time(19)]


def test_every_second_week_counts_from_the_first_week() -> None:
    rule = Hours("x", 1, window("09:00", "12:00"), date(2027, 3, 4), every_weeks=2)
    tuesdays = [date(2027, 3, 2) + timedelta(weeks=step) for step in range(5)]
    assert [applies(rule, day) for day in tuesdays] == [False, False, True, False, True]


def test_one_room_is_never_used_twice_when_hosts_could() -> None:
    place = Place("locatie:a", "a", ("ruimte:1",), ("gastheer:p", "gastheer:r"), ("gastheer:q", "gastheer:s"))
    owners = (*OWNERS, "gastheer:r", "gastheer:s")
    found = moments(date(2027, 3, 2), [place], Calendar.of(week(1, window("09:00", "11:30"), owners=owners), []))
    assert len(found) == 2


def test_two_rooms_and_two_pairs_make_two_talks_at_once() -> None:
    place = Place(
        "locatie:a", "a", ("ruimte:1", "ruimte:2"), ("gastheer:p", "gastheer:r"), ("gastheer:q", "gastheer:s")
    )
    owners = (*OWNERS, "gastheer:r", "gastheer:s", "ruimte:2")
    found = moments(date(2027, 3, 2), [place], Calendar.of(week(1, window("09:00", "10:15"), owners=owners), []))
    assert [each.start for each in found] == [time(9), time(9)]
    assert len({resource for each in found for resource in each.resources}) == 6


def test_after_two_talks_a_host_rests_an_hour_and_never_does_four() -> None:
    calendar = Calendar.of(week(1, window("08:00", "20:00")), [])
    found = [each.start for each in moments(date(2027, 3, 2), [PLACE], calendar)]
    assert found == [time(8), time(9, 15), time(11, 45)]


def test_a_person_at_two_places_is_in_one_at_a_time() -> None:
    other = Place("locatie:b", "b", ("ruimte:9",), ("gastheer:p",), ("gastheer:q",))
    rules = week(1, window("09:00", "10:15"), owners=(*OWNERS, "locatie:b", "ruimte:9"))
    found = moments(date(2027, 3, 2), [PLACE, other], Calendar.of(rules, []))
    assert [each.location_id for each in found] == ["a"]


def test_a_booked_moment_that_still_fits_stays_when_the_hours_change() -> None:
    day = date(2027, 3, 2)
    kept = Moment(day, time(9, 30), "a", "ruimte:1", "gastheer:p", "gastheer:q", 60, 15)
    found = moments(day, [PLACE], Calendar.of(week(1, window("09:00", "12:00")), []), [kept])
    assert [each.start for each in sorted(found)] == [time(9, 30)]
    gone = moments(day, [PLACE], Calendar.of(week(1, window("13:00", "14:15")), []), [kept])
    assert [each.start for each in gone] == [time(13)]


def test_windows_join_and_overlap() -> None:
    assert merged([window("10:00", "11:00"), window("09:00", "10:00")]) == [window("09:00", "11:00")]
    assert shared([window("09:00", "12:00")], [window("11:00", "14:00")]) == [window("11:00", "12:00")]


def test_a_place_needs_address_entrance_phone_room_and_pair() -> None:
    facts = {"address": "x", "entrance": "y", "phone": "z"}
    assert bookable_place(facts, 1, 1, 1)
    assert not bookable_place({**facts, "entrance": ""}, 1, 1, 1)
    assert not bookable_place(facts, 1, 1, 0)


CLOCK_TIMES = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))


@st.composite
def windows(draw: st.DrawFn) -> Window:
    """A random window on the quarter hour."""
    begin, end = sorted(draw(st.lists(CLOCK_TIMES, min_size=2, max_size=2, unique=True)))
    return Window(begin, end)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Random hours for a place, two rooms and four hosts, every day, with some exceptions around the clock changes."""
    owners = ["locatie:a", "ruimte:1", "ruimte:2", *(f"gastheer:{name}" for name in "pqrs")]
    hours = [
        Hours(owner, weekday, each, START, every_weeks=draw(st.integers(1, 2)))
        for owner in owners
        for weekday in (5, 6)
        for each in draw(st.lists(windows(), min_size=1, max_size=2))
    ]
    deviations = draw(
        st.lists(
            st.builds(Deviation, st.sampled_from(owners), st.sampled_from([SPRING, AUTUMN]), st.booleans(), windows()),
            max_size=4,
        )
    )
    return Calendar.of(hours, deviations)


@given(calendars(), st.sampled_from([SPRING - timedelta(days=1), SPRING, AUTUMN - timedelta(days=1), AUTUMN]))
@settings(max_examples=100, deadline=None)
def test_no_roster_makes_an_overlap_or_breaks_a_limit(calendar: Calendar, day: date) -> None:
    place = Place(
        "locatie:a", "a", ("ruimte:1", "ruimte:2"), ("gastheer:p", "gastheer:r"), ("gastheer:q", "gastheer:s")
    )
    found = moments(day, [place], calendar)
    seen: set[tuple[str, int]] = set()
    for each in found:
        taken = {(owner, unit) for owner in each.resources for unit in units(day, each.start, each.talk + each.buffer)}
        assert not taken & seen
        seen |= taken
        begin, end = utc(day, each.start), utc(day, each.start) + timedelta(minutes=each.talk)
        assert exists(day, each.start)
        for owner in (place.owner, *each.resources):
            there = calendar.windows(owner, day)
            assert any(utc(day, w.start) <= begin and end <= utc(day, w.end) for w in there)
    assert len(found) <= 6
    for host in (*place.peers, *place.professionals):
        assert rested([each for each in found if host in each.resources])
