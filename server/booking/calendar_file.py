"""The calendar file: a neutral entry that says "Afspraak", when and in which street (directory-booking-spec 15)."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vDatetime, vRecur

from server.kit.clock import AMSTERDAM

FILE_NAME: Final = "afspraak.ics"
MEDIA_TYPE: Final = "text/calendar"
SUMMARY: Final = "Afspraak"
ZONE: Final = "Europe/Amsterdam"


@dataclass(frozen=True)
class Entry:
    """What the file tells. starts is an aware moment, sequence rises with every change, also when cancelled."""

    uid: str
    sequence: int
    starts: datetime
    minutes: int
    address: str
    town: str
    cancelled: bool = False


def calendar_file(entry: Entry, now: datetime) -> bytes:
    """Return the file: CRLF, folded at 75 octets, without names, codes, links or words about health (15.2)."""
    calendar = Calendar()
    calendar.add("prodid", "-//Afspraak//NL")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if entry.cancelled else "PUBLISH")
    calendar.add_component(_zone())
    calendar.add_component(_event(entry, now))
    return bytes(calendar.to_ical())


def _event(entry: Entry, now: datetime) -> Event:
    starts = entry.starts.astimezone(AMSTERDAM)
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    event["DTSTART"] = _local(starts)
    event["DTEND"] = _local((entry.starts + timedelta(minutes=entry.minutes)).astimezone(AMSTERDAM))
    event.add("summary", SUMMARY)
    event.add("location", f"{entry.address}, {entry.town}")
    event.add("class", "PRIVATE")
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("transp", "OPAQUE")
    return event


def _local(moment: datetime) -> vDatetime:
    value = vDatetime(moment.replace(tzinfo=None))
    value.params["TZID"] = ZONE
    return value


def _zone() -> Timezone:
    """Return VTIMEZONE with both rules, so that programs without a time zone table show the right hour."""
    zone = Timezone()
    zone.add("tzid", ZONE)
    for part, name, month, start, before, after in (
        (TimezoneDaylight(), "CEST", 3, datetime(1996, 3, 31, 2), 1, 2),
        (TimezoneStandard(), "CET", 10, datetime(1996, 10, 27, 3), 2, 1),
    ):
        part.add("tzname", name)
        part.add("dtstart", start)
        part.add("tzoffsetfrom", timedelta(hours=before))
        part.add("tzoffsetto", timedelta(hours=after))
        part.add("rrule", vRecur(freq="yearly", bymonth=month, byday="-1su"))
        zone.add_component(part)
    return zone
