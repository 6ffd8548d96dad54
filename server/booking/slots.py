"""From the roster to rows: moments are made ahead, and a change of the roster never loses an appointment (11.1)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete, select

from server.booking import roster
from server.booking.models import (
    Appointment,
    Claim,
    ClaimKind,
    Host,
    HostRole,
    Location,
    Room,
    RosterException,
    RosterRule,
    Slot,
    SlotUnit,
)
from server.booking.rules import HORIZON_DAYS, NEW_MOMENTS_KEPT, Actor, State, may_become
from server.booking.states import transition
from server.kit.clock import local_day
from server.kit.db.database import Tx
from server.kit.ids import stable_id
from server.kit.runtime import Runtime

DAYS_AT_ONCE: Final = 7
OFFERED: Final = 2
"""How many new moments are kept for somebody whose talk cannot go on."""


def location_owner(location_id: str) -> str:
    """Return the name under which a location has opening hours."""
    return f"locatie:{location_id}"


def room_owner(room_id: str) -> str:
    """Return the name under which a room is taken."""
    return f"ruimte:{room_id}"


def host_owner(person: str) -> str:
    """Return the name under which a host is taken, at whichever location."""
    return f"gastheer:{person}"


@dataclass(frozen=True)
class Roster:
    """All that decides which talks are possible."""

    locations: Sequence[Location]
    places: Sequence[roster.Place]
    calendar: roster.Calendar

    def wanted(self, day: date, kept: Sequence[Slot]) -> dict[str, roster.Moment]:
        """Return the talks of one day by slot id. kept: moments that people have."""
        open_here = {place.id for place in self.locations if is_active(place, day)}
        places = [place for place in self.places if place.location_id in open_here]
        found = roster.moments(day, places, self.calendar, [moment_of(slot) for slot in kept])
        return {slot_id(moment): moment for moment in found}


def is_active(location: Location, day: date) -> bool:
    """Say whether a location takes part on a day."""
    return location.active_from <= day and (location.active_to is None or day <= location.active_to)


def moment_of(slot: Slot) -> roster.Moment:
    """Return a row as the value the rules work with."""
    people = (host_owner(slot.peer_id), host_owner(slot.professional_id))
    return roster.Moment(
        slot.day,
        slot.start,
        slot.location_id,
        room_owner(slot.room_id),
        *people,
        slot.talk_minutes,
        slot.buffer_minutes,
    )


def slot_id(moment: roster.Moment) -> str:
    """Return the id of a moment: the same roster gives the same rows, however often it is worked out."""
    when = f"{moment.day.isoformat()} {moment.start.isoformat('minutes')}"
    return stable_id(when, moment.location_id, moment.room, moment.peer, moment.professional)


async def make_slots(rt: Runtime, now: datetime) -> int:
    """Make the moments of the coming weeks and take away those that are no longer possible.

    Runs each night and on every change of the roster; days that are right already are not written. A free moment
    disappears, a booked one is marked to be moved and its code gets two new ones to choose from. Returns how many days
    changed. Source: directory-booking-spec 11.1, 12.
    """
    today = local_day(now)
    async with rt.stores.afspraken.reading() as tx:
        plan = await read_roster(tx, today)
        days = [day.day for day in await _read_days(tx, _ahead(plan, today)) if day.differs(plan)]
    for some in (days[start : start + DAYS_AT_ONCE] for start in range(0, len(days), DAYS_AT_ONCE)):
        try:
            async with rt.stores.afspraken.transaction() as tx:
                await _fit(tx, plan, some, now)
        except IntegrityError:  # another process made these days at the same moment: they stand
            continue
    return len(days)


async def read_roster(tx: Tx, today: date) -> Roster:
    """Read locations, rooms, hosts, rules and exceptions; public holidays are closed."""
    locations = (await tx.exec(select(Location).order_by(col(Location.id)))).all()
    rooms = (await tx.exec(select(Room).order_by(col(Room.id)))).all()
    hosts = (await tx.exec(select(Host).order_by(col(Host.id)))).all()
    places = [
        _place(
            location,
            [room for room in rooms if room.location_id == location.id],
            [host for host in hosts if host.location_id == location.id],
        )
        for location in locations
    ]
    rules = (await tx.exec(select(RosterRule))).all()
    exceptions = (await tx.exec(select(RosterException).where(col(RosterException.day) >= today))).all()
    deviations = [*map(_deviation, exceptions), *_holidays(locations, today)]
    calendar = roster.Calendar.of(map(_hours, rules), deviations)
    return Roster(locations, [place for place in places if place], calendar)


def _ahead(plan: Roster, today: date) -> list[date]:
    horizon = max((place.horizon_days for place in plan.locations), default=HORIZON_DAYS)
    return [today + timedelta(days=step) for step in range(horizon + 1)]


def _place(location: Location, rooms: Sequence[Room], hosts: Sequence[Host]) -> roster.Place | None:
    peers = tuple(host_owner(host.person) for host in hosts if host.role == HostRole.PEER)
    professionals = tuple(host_owner(host.person) for host in hosts if host.role == HostRole.PROFESSIONAL)
    facts = {"address": location.address, "entrance": location.entrance, "phone": location.phone}
    if not roster.bookable_place(facts, len(rooms), len(peers), len(professionals)):
        return None
    return roster.Place(
        location_owner(location.id),
        location.id,
        tuple(room_owner(room.id) for room in rooms),
        peers,
        professionals,
        location.talk_minutes,
        location.buffer_minutes,
    )


def _hours(rule: RosterRule) -> roster.Hours:
    window = roster.Window(rule.start, rule.end)
    return roster.Hours(rule.owner, rule.weekday, window, rule.valid_from, rule.valid_to, rule.every_weeks)


def _deviation(row: RosterException) -> roster.Deviation:
    window = roster.Window(row.start, row.end) if row.start and row.end else None
    return roster.Deviation(row.owner, row.day, row.is_open, window)


def _holidays(locations: Iterable[Location], today: date) -> list[roster.Deviation]:
    """Return every location as closed on public holidays; an exception row can open one."""
    import holidays  # loads slowly: the countries around ours come along

    free_days = holidays.country_holidays("NL", years=(today.year, today.year + 1))
    return [
        roster.Deviation(location_owner(location.id), day, is_open=False) for location in locations for day in free_days
    ]


@dataclass(frozen=True)
class _Day:
    """What is in the store for one day. booked: ids of the moments that an appointment points to."""

    day: date
    slots: Sequence[Slot]
    booked: Collection[str]

    def is_booked(self, slot: Slot) -> bool:
        return slot.id in self.booked

    @property
    def offered(self) -> list[Slot]:
        return [slot for slot in self.slots if slot.offered]

    @property
    def left_over(self) -> list[Slot]:
        """Withdrawn moments that no appointment points to any more."""
        return [slot for slot in self.slots if not slot.offered and not self.is_booked(slot)]

    def wanted(self, plan: Roster) -> dict[str, roster.Moment]:
        """Return what should be offered; a withdrawn moment that still has an appointment does not come back."""
        kept = [slot for slot in self.offered if self.is_booked(slot)]
        withdrawn = {slot.id for slot in self.slots if not slot.offered and self.is_booked(slot)}
        return {key: moment for key, moment in plan.wanted(self.day, kept).items() if key not in withdrawn}

    def differs(self, plan: Roster) -> bool:
        return {slot.id for slot in self.offered} != self.wanted(plan).keys() or bool(self.left_over)


async def _read_days(tx: Tx, days: Sequence[date]) -> list[_Day]:
    slots = (await tx.exec(select(Slot).where(col(Slot.day).in_(days)))).all()
    pointed_to = select(Appointment.slot_id).join(Slot, col(Slot.id) == col(Appointment.slot_id))
    booked = frozenset((await tx.exec(pointed_to.where(col(Slot.day).in_(days)))).all())
    return [_Day(day, [slot for slot in slots if slot.day == day], booked) for day in days]


async def _fit(tx: Tx, plan: Roster, days: Sequence[date], now: datetime) -> None:
    """Make the rows of some days what the roster says."""
    new: dict[str, roster.Moment] = {}
    for day in await _read_days(tx, days):
        wanted = day.wanted(plan)
        gone = [slot for slot in day.offered if slot.id not in wanted]
        await _take_away(tx, [slot.id for slot in [*gone, *day.left_over] if not day.is_booked(slot)])
        for slot in gone:
            if day.is_booked(slot):
                await withdraw(tx, slot, now)
        known = {slot.id for slot in day.offered}
        new |= {key: moment for key, moment in wanted.items() if key not in known}
    await _insert(tx, new)


async def _take_away(tx: Tx, slot_ids: list[str]) -> None:
    """Delete moments and who only held them. One that somebody just confirmed stops this: its claim forbids it."""
    if slot_ids:
        held = col(Claim.slot_id).in_(slot_ids), col(Claim.kind) != ClaimKind.FIXED
        await tx.exec(delete(Claim).where(*held))
        await tx.exec(delete(Slot).where(col(Slot.id).in_(slot_ids)))  # its units go with it


async def _insert(tx: Tx, wanted: dict[str, roster.Moment]) -> None:
    """Write slots, then all their units in one statement, sorted so that nobody deadlocks (13.1, 13.2)."""
    if not wanted:
        return
    await tx.exec(insert(Slot), params=[_row(key, moment) for key, moment in wanted.items()])
    units = sorted(
        (resource, unit, key)
        for key, moment in wanted.items()
        for resource in moment.resources
        for unit in roster.units(moment.day, moment.start, moment.talk + moment.buffer)
    )
    await tx.exec(insert(SlotUnit), params=[{"resource": r, "unit": u, "slot_id": key} for r, u, key in units])


def _row(key: str, moment: roster.Moment) -> dict[str, object]:
    room, peer, professional = (owner.partition(":")[2] for owner in (moment.room, moment.peer, moment.professional))
    return {
        "id": key,
        "location_id": moment.location_id,
        "room_id": room,
        "peer_id": peer,
        "professional_id": professional,
        "day": moment.day,
        "start": moment.start,
        "talk_minutes": moment.talk,
        "buffer_minutes": moment.buffer,
        "offered": True,
    }


async def withdraw(tx: Tx, slot: Slot, now: datetime, by: Actor = Actor.ROSTER) -> None:
    """Mark a booked moment as one that cannot go on, and keep two new ones for its code during 72 hours (12)."""
    await tx.exec(delete(SlotUnit).where(col(SlotUnit.slot_id) == slot.id))
    await tx.exec(update(Slot).where(col(Slot.id) == slot.id).values(offered=False))
    query = select(Appointment).where(Appointment.slot_id == slot.id).with_for_update()
    for appointment in (await tx.exec(query)).all():
        if may_become(appointment.state, State.TO_MOVE, by):
            transition(appointment, State.TO_MOVE, by)
            await _offer(tx, appointment, slot, now)
    await tx.flush()


async def _offer(tx: Tx, appointment: Appointment, instead_of: Slot, now: datetime) -> None:
    taken = select(Claim.slot_id)
    query = (
        select(Slot)
        .where(
            Slot.location_id == instead_of.location_id,
            col(Slot.offered).is_(True),
            Slot.day > local_day(now) + timedelta(days=1),
            col(Slot.id).not_in(taken),
        )
        .order_by(col(Slot.day), col(Slot.start))
        .limit(OFFERED)
    )
    for slot in (await tx.exec(query)).all():
        tx.add(
            Claim(slot_id=slot.id, appointment_id=appointment.id, kind=ClaimKind.OFFERED, until=now + NEW_MOMENTS_KEPT)
        )
