"""From weekly hours to moments that can be booked: pure, in local time, day by day (directory-booking-spec 11).

Truth is the local date and the local time in Groningen; UTC is worked out from them each time. Durations are counted in
UTC, so a talk lasts an hour in the night the clock changes too.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise, product
from typing import Final

from server.kit.clock import AMSTERDAM

QUARTER: Final = timedelta(minutes=15)
TALKS_A_DAY_PER_LOCATION: Final = 6
TALKS_A_DAY_PER_HOST: Final = 3
PAUSE_AFTER_TWO: Final = timedelta(minutes=60)


@dataclass(frozen=True, order=True)
class Window:
    """Local wall-clock time from start up to end, on one day; end is later than start."""

    start: time
    end: time


@dataclass(frozen=True)
class Hours:
    """The owner is there every n weeks on one weekday (0 = Monday), counted from the week of valid_from."""

    owner: str
    weekday: int
    window: Window
    valid_from: date
    valid_to: date | None = None
    every_weeks: int = 1


@dataclass(frozen=True)
class Deviation:
    """One day is different: open adds a window, closed takes one away. No window means the whole day (closed only)."""

    owner: str
    day: date
    is_open: bool
    window: Window | None = None


@dataclass(frozen=True)
class Place:
    """A location with its rooms and hosts, as resource names. Times in minutes."""

    owner: str
    location_id: str
    rooms: tuple[str, ...]
    peers: tuple[str, ...]
    professionals: tuple[str, ...]
    talk: int = 60
    buffer: int = 15


@dataclass(frozen=True, order=True)
class Moment:
    """One possible talk: where, when, in which room and with which two hosts."""

    day: date
    start: time
    location_id: str
    room: str
    peer: str
    professional: str
    talk: int
    buffer: int

    @property
    def resources(self) -> tuple[str, str, str]:
        """Return what is taken by this talk, sorted: everybody takes things in the same order, so nobody deadlocks."""
        first, second, third = sorted((self.room, self.peer, self.professional))
        return first, second, third


@dataclass
class Calendar:
    """All rules by owner."""

    hours: dict[str, list[Hours]] = field(default_factory=dict)
    deviations: dict[tuple[str, date], list[Deviation]] = field(default_factory=dict)

    @classmethod
    def of(cls, hours: Iterable[Hours], deviations: Iterable[Deviation]) -> "Calendar":
        """Sort rules and deviations by who they belong to."""
        calendar = cls()
        for rule in hours:
            calendar.hours.setdefault(rule.owner, []).append(rule)
        for deviation in deviations:
            calendar.deviations.setdefault((deviation.owner, deviation.day), []).append(deviation)
        return calendar

    def windows(self, owner: str, day: date) -> list[Window]:
        """Return when the owner is there: the rules, minus what was taken away, plus what was added.

        Adding has the last word, so that somebody can open on a public holiday.
        """
        found = [rule.window for rule in self.hours.get(owner, []) if applies(rule, day)]
        changes = self.deviations.get((owner, day), [])
        for change in changes:
            if not change.is_open:
                found = list(without(found, change.window))
        opened = (change.window for change in changes if change.is_open and change.window)
        return merged(on_the_clock(day, [*found, *opened]))


def applies(rule: Hours, day: date) -> bool:
    """Say whether a weekly rule holds on a day."""
    if day.weekday() != rule.weekday or day < rule.valid_from or (rule.valid_to and day > rule.valid_to):
        return False
    first_monday = rule.valid_from - timedelta(days=rule.valid_from.weekday())
    return (day - first_monday).days // 7 % rule.every_weeks == 0


def without(windows: Iterable[Window], taken: Window | None) -> Iterator[Window]:
    """Cut a window out of others; None cuts out the whole day."""
    if taken is None:
        return
    for window in windows:
        before = Window(window.start, min(window.end, taken.start))
        after = Window(max(window.start, taken.end), window.end)
        yield from (part for part in (before, after) if part.start < part.end)


def on_the_clock(day: date, windows: Iterable[Window]) -> Iterator[Window]:
    """Shorten windows to times the clock really shows, so that local order and order in UTC are the same.

    In the night summer time starts, "from 2:30" begins at 3:00 and "until 2:30" ends before 2:00.
    """
    for window in windows:
        start, end = datetime.combine(day, window.start), datetime.combine(day, window.end)
        while not exists(day, start.time()):
            start += QUARTER
        while not exists(day, end.time()):
            end -= QUARTER
        if start < end:
            yield Window(start.time(), end.time())


def merged(windows: Iterable[Window]) -> list[Window]:
    """Join windows that overlap or touch, in order of time."""
    found: list[Window] = []
    for window in sorted(windows):
        if found and window.start <= found[-1].end:
            found[-1] = Window(found[-1].start, max(found[-1].end, window.end))
        else:
            found.append(window)
    return found


def shared(left: Sequence[Window], right: Sequence[Window]) -> list[Window]:
    """Return the times that are in both."""
    found = [Window(max(a.start, b.start), min(a.end, b.end)) for a, b in product(left, right)]
    return merged(window for window in found if window.start < window.end)


def utc(day: date, at: time) -> datetime:
    """Return the moment of a local wall-clock time; a time that comes twice is the first one."""
    return datetime.combine(day, at.replace(fold=0), AMSTERDAM).astimezone(UTC)


def exists(day: date, at: time) -> bool:
    """Say whether the clock shows this time on this day; in the night summer time starts, an hour is skipped."""
    return utc(day, at).astimezone(AMSTERDAM).replace(tzinfo=None) == datetime.combine(day, at)


def starts(day: date, window: Window, length: timedelta) -> Iterator[time]:
    """Return the local times at which a talk of this length (with its buffer) may start, one after the other.

    A start that does not exist, or exists only as the second of a double hour, is left out. Source: 11.3.
    """
    at, end = utc(day, window.start), utc(day, window.end)
    if not exists(day, window.start):
        at += length
    while at + length <= end:
        local = at.astimezone(AMSTERDAM)
        if not local.fold:
            yield local.time()
        at += length


def units(day: date, start: time, minutes: int) -> range:
    """Return the quarters of an hour (UTC epoch / 900) that a stretch of time touches."""
    begin = utc(day, start)
    end = begin + timedelta(minutes=minutes)
    return range(int(begin.timestamp()) // 900, -(-int(end.timestamp()) // 900))


def moments(day: date, places: Iterable[Place], calendar: Calendar, kept: Sequence[Moment] = ()) -> list[Moment]:
    """Return every talk that fits on a day, without overlap per room or host and within the daily limits.

    kept: talks that people already have; they come first when they still fit, and the rest is filled in around them.
    Places are filled in the order given, so the same roster gives the same moments.
    """
    plan = _Plan()
    for place in places:
        for moment in kept:
            if moment.location_id == place.location_id and _still_fits(moment, place, calendar):
                plan.add(moment)
    for place in places:
        for moment in sorted(_candidates(day, place, calendar), key=lambda each: (each.start, each.room)):
            if plan.fits(moment):
                plan.add(moment)
    return plan.moments


def rested(talks: Sequence[Moment]) -> bool:
    """Say whether one host can do these talks of one day: three at most, and an hour of pause after two in a row."""
    ordered = sorted(talks)
    gaps = [
        utc(second.day, second.start) - utc(first.day, first.start) - timedelta(minutes=first.talk)
        for first, second in pairwise(ordered)
    ]
    tiring = any(first < PAUSE_AFTER_TWO and second < PAUSE_AFTER_TWO for first, second in pairwise(gaps))
    return len(ordered) <= TALKS_A_DAY_PER_HOST and not tiring


def bookable_place(facts: Mapping[str, object], rooms: int, peers: int, professionals: int) -> bool:
    """Say whether a location may offer talks: address, entrance text, telephone, a room and one host of each role."""
    return all(facts.get(name) for name in ("address", "entrance", "phone")) and min(rooms, peers, professionals) >= 1


class _Plan:
    """The talks of one day so far, and what they take."""

    def __init__(self) -> None:
        self.moments: list[Moment] = []
        self._taken: set[tuple[str, int]] = set()

    def fits(self, moment: Moment) -> bool:
        here = [other for other in self.moments if other.location_id == moment.location_id]
        if len(here) >= TALKS_A_DAY_PER_LOCATION or _takes(moment) & self._taken:
            return False
        return all(rested([*self._of(host), moment]) for host in (moment.peer, moment.professional))

    def add(self, moment: Moment) -> None:
        self.moments.append(moment)
        self._taken |= _takes(moment)

    def _of(self, host: str) -> list[Moment]:
        return [other for other in self.moments if host in other.resources]


def _takes(moment: Moment) -> set[tuple[str, int]]:
    quarters = units(moment.day, moment.start, moment.talk + moment.buffer)
    return {(resource, quarter) for resource in moment.resources for quarter in quarters}


def _common(day: date, place: Place, hosts: tuple[str, str, str], calendar: Calendar) -> list[Window]:
    """Return when a location is open and its room and two hosts are all free."""
    windows = calendar.windows(place.owner, day)
    for owner in hosts:
        windows = shared(windows, calendar.windows(owner, day))
    return windows


def _still_fits(moment: Moment, place: Place, calendar: Calendar) -> bool:
    known = {*place.rooms, *place.peers, *place.professionals}
    if not known.issuperset(moment.resources):
        return False
    begin = utc(moment.day, moment.start)
    end = begin + timedelta(minutes=moment.talk)
    windows = _common(moment.day, place, moment.resources, calendar)
    return any(utc(moment.day, each.start) <= begin and end <= utc(moment.day, each.end) for each in windows)


def _candidates(day: date, place: Place, calendar: Calendar) -> Iterator[Moment]:
    length = timedelta(minutes=place.talk + place.buffer)
    for room, peer, professional in product(place.rooms, place.peers, place.professionals):
        for window in _common(day, place, (room, peer, professional), calendar):
            for start in starts(day, window, length):
                yield Moment(day, start, place.location_id, room, peer, professional, place.talk, place.buffer)
