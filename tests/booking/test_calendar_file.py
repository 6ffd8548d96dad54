"""The calendar file, read again by a second library."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from server.booking.calendar_file import Entry, calendar_file

NOW = datetime(2026, 11, 24, 19, 30, tzinfo=UTC)
ENTRY = Entry(
    "ab" * 16, 0, datetime(2027, 3, 2, 8, 30, tzinfo=UTC), 60, "Voorbeeldweg 1; achterom, bij de boom", "Delfzijl"
)
BLOCKED = (
    *("moi", "gesprek", "verkennend", "herstel", "ggz", "psych", "depress", "hulp", "zorg", "praktijk", "buurthuis"),
    *("http", "www", "code", "attendee", "organizer", "description", "@"),
)


def test_a_second_library_reads_the_same() -> None:
    event = vobject.readOne(calendar_file(ENTRY, NOW).decode()).vevent
    assert event.dtstart.value == datetime(2027, 3, 2, 9, 30, tzinfo=ZoneInfo("Europe/Amsterdam"))
    assert event.dtend.value - event.dtstart.value == timedelta(hours=1)
    assert event.summary.value == "Afspraak"
    assert event.location.value == "Voorbeeldweg 1; achterom, bij de boom, Delfzijl"
    assert getattr(event, "class").value == "PRIVATE"


def test_change_and_cancel_keep_the_uid_and_raise_the_sequence() -> None:
    moved = Entry(ENTRY.uid, 1, ENTRY.starts + timedelta(days=7), 60, ENTRY.address, ENTRY.town)
    gone = Entry(ENTRY.uid, 2, moved.starts, 60, ENTRY.address, ENTRY.town, cancelled=True)
    files = [vobject.readOne(calendar_file(each, NOW).decode()) for each in (ENTRY, moved, gone)]
    assert len({file.vevent.uid.value for file in files}) == 1
    assert [int(file.vevent.sequence.value) for file in files] == [0, 1, 2]
    assert [file.method.value for file in files] == ["PUBLISH", "PUBLISH", "CANCEL"]
    assert files[2].vevent.status.value == "CANCELLED"


@pytest.mark.parametrize("cancelled", [False, True])
def test_no_word_tells_what_it_is_about(cancelled: bool) -> None:
    entry = Entry(ENTRY.uid, 0, ENTRY.starts, 60, "Stationsweg 1", "Delfzijl", cancelled=cancelled)
    text = calendar_file(entry, NOW).decode().lower()
    assert [word for word in BLOCKED if word in text] == []


def test_time_zone_rules_travel_along() -> None:
    text = calendar_file(ENTRY, NOW).decode()
    assert "BEGIN:VTIMEZONE" in text
    assert text.count("RRULE") == 2
    assert "DTSTART;TZID=Europe/Amsterdam:20270302T093000" in text


@given(st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=160))
def test_lines_end_and_fold_as_the_standard_asks(address: str) -> None:
    raw = calendar_file(Entry(ENTRY.uid, 0, ENTRY.starts, 60, address, "Delfzijl"), NOW)
    lines = raw.split(b"\r\n")
    assert lines[-1] == b""
    assert all(len(line) <= 75 and b"\n" not in line for line in lines)


@pytest.mark.parametrize("day", [datetime(2027, 3, 28, 8, tzinfo=UTC), datetime(2027, 10, 31, 8, tzinfo=UTC)])
def test_an_hour_is_an_hour_on_the_days_the_clock_changes(day: datetime) -> None:
    event = vobject.readOne(calendar_file(Entry("u", 0, day, 60, "Weg 1", "Ulrum"), NOW).decode()).vevent
    assert event.dtend.value.astimezone(UTC) - event.dtstart.value.astimezone(UTC) == timedelta(hours=1)
