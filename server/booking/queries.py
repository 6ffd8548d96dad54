"""Reading: which moments are free, what one appointment looks like, who comes on a day."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypeVar

from sqlalchemy import tuple_
from sqlmodel import col, or_, select

from server.booking import roster
from server.booking.models import Appointment, Claim, ClaimKind, Host, Location, Room, Slot
from server.booking.rules import State, is_bookable, note_is_readable
from server.booking.slots import is_active
from server.kit.clock import local_day
from server.kit.crypto import Unreadable
from server.kit.db.database import Tx
from server.kit.db.sealed import SealedItems
from server.kit.db.tables import Afspraken
from server.kit.keys import Keyring

SEALED: Final = SealedItems(Afspraken, "afspraak")
Row = TypeVar("Row", Slot, Location)
PRESENT: Final = (State.CONFIRMED, State.TO_MOVE, State.NO_SHOW)


@dataclass(frozen=True)
class Moment:
    """One moment as a visitor sees it. starts is an aware UTC moment."""

    slot_id: str
    starts: datetime
    location: Location

    @property
    def day(self) -> date:
        """The local day."""
        return local_day(self.starts)


@dataclass(frozen=True)
class Choice:
    """A location with its next free moment; first is None when it has none in the coming weeks."""

    location: Location
    first: Moment | None


@dataclass(frozen=True)
class Details:
    """What the visitor left: a name to call out and what helps; contact and note where those are on."""

    nickname: str
    helps: tuple[str, ...]
    contact: str = ""
    note: str = ""


@dataclass(frozen=True)
class Seen:
    """One appointment with everything its page shows."""

    appointment: Appointment
    slot: Slot
    location: Location
    details: Details

    @property
    def starts(self) -> datetime:
        """The moment of the talk, aware UTC."""
        return starts_of(self.slot)

    @property
    def state(self) -> State:
        """Where the appointment is."""
        return self.appointment.state


@dataclass(frozen=True)
class Visitor:
    """One line of a host's day. note is None while it may not be read yet."""

    seen: Seen
    room: Room
    note_later: bool


def starts_of(slot: Slot) -> datetime:
    """Return the moment a slot begins, worked out from its local day and time (11.3)."""
    return roster.utc(slot.day, slot.start)


async def active_locations(tx: Tx, today: date) -> list[Location]:
    """Return the locations that take part today, by municipality and name."""
    query = select(Location).order_by(col(Location.municipality), col(Location.name))
    return [location for location in (await tx.exec(query)).all() if is_active(location, today)]


async def free_moments(tx: Tx, now: datetime, locations: Iterable[Location], appointment_id: str = "") -> list[Moment]:
    """Return the moments somebody can book now, soonest first.

    appointment_id: whose own held or offered moments count as free too.
    """
    return [moment for moment, _ in await _open_moments(tx, now, locations, [appointment_id])]


@dataclass(frozen=True)
class Looking:
    """Somebody who looks at what can be booked now. appointment_id: whose own held moments count as free too."""

    now: datetime
    appointment_id: str = ""


Offer = tuple[list[Location], list[Moment]]


async def offers(tx: Tx, looking: Sequence[Looking]) -> list[Offer]:
    """Return the active locations and what can be booked, soonest first, for each who looks at the same time.

    A crowd that was too late for one moment looks at the others all at once; the store has few connections.
    """
    now = max(one.now for one in looking)
    locations = await active_locations(tx, local_day(now))
    found = await _open_moments(tx, now, locations, {one.appointment_id for one in looking})
    free = [moment for moment, owner in found if owner is None]
    owners = {owner for _, owner in found if owner is not None}

    def seen_by(appointment_id: str) -> list[Moment]:
        if appointment_id not in owners:
            return free
        return [moment for moment, owner in found if owner in (None, appointment_id)]

    return [(locations, seen_by(one.appointment_id)) for one in looking]


async def _open_moments(
    tx: Tx, now: datetime, locations: Iterable[Location], appointments: Collection[str]
) -> list[tuple[Moment, str | None]]:
    """Return what is free, or held for or offered to one of these appointments, with whose it is."""
    by_id = {location.id: location for location in locations}
    live = or_(col(Claim.until).is_(None), col(Claim.until) > now)
    query = (
        select(Slot, Claim.appointment_id)
        .outerjoin(Claim, (col(Claim.slot_id) == col(Slot.id)) & live)
        .where(
            col(Slot.location_id).in_(by_id),
            col(Slot.offered).is_(True),
            Slot.day >= local_day(now),
            or_(
                col(Claim.slot_id).is_(None),
                col(Claim.appointment_id).in_(appointments) & (col(Claim.kind) != ClaimKind.FIXED),
            ),
        )
        .order_by(col(Slot.day), col(Slot.start), col(Slot.id))
    )
    rows = (await tx.exec(query)).all()
    found = [(Moment(slot.id, starts_of(slot), by_id[slot.location_id]), owner) for slot, owner in rows]
    return [(moment, owner) for moment, owner in found if may_book(moment, now)]


def may_book(moment: Moment, now: datetime) -> bool:
    """Say whether a moment is far enough ahead for its location."""
    place = moment.location
    return is_bookable(moment.starts, now, lead_hours=place.lead_hours, horizon_days=place.horizon_days)


def distinct_times(moments: Iterable[Moment]) -> list[Moment]:
    """Return one moment per location and time: which room it is does not matter to who books."""
    found: dict[tuple[str, datetime], Moment] = {}
    for moment in moments:
        found.setdefault((moment.location.id, moment.starts), moment)
    return list(found.values())


def choices(locations: Sequence[Location], moments: Sequence[Moment]) -> list[Choice]:
    """Return each location with its next free moment, the soonest location first, those without at the end."""
    first: dict[str, Moment] = {}
    for moment in moments:
        first.setdefault(moment.location.id, moment)
    listed = [Choice(location, first.get(location.id)) for location in locations]
    return sorted(listed, key=lambda each: (each.first is None, each.first.starts.timestamp() if each.first else 0.0))


async def moment(tx: Tx, slot_id: str) -> Moment | None:
    """Return one moment by its id, free or not."""
    slot = await tx.get(Slot, slot_id)
    location = await tx.get(Location, slot.location_id) if slot else None
    return Moment(slot.id, starts_of(slot), location) if slot and location else None


async def seen(tx: Tx, keyring: Keyring, appointment_id: str) -> Seen | None:
    """Return one appointment, opened; None once it is erased."""
    appointment = await tx.get(Appointment, appointment_id)
    found = await _opened(tx, keyring, [appointment] if appointment else [])
    return found[0] if found else None


async def hosts_of(tx: Tx, account_id: str) -> list[Host]:
    """Return at which locations a team member sits at the table."""
    return list((await tx.exec(select(Host).where(Host.account_id == account_id))).all())


async def day_of_hosts(tx: Tx, keyring: Keyring, hosts: Collection[Host], day: date, now: datetime) -> list[Visitor]:
    """Return who comes to these hosts on one day, by time. There is no reading over several days (14.7)."""
    seats = [(host.location_id, host.person) for host in hosts]
    query = (
        select(Appointment)
        .join(Slot, col(Slot.id) == col(Appointment.slot_id))
        .where(
            Slot.day == day,
            col(Appointment.state).in_(PRESENT),
            or_(
                tuple_(col(Slot.location_id), col(Slot.peer_id)).in_(seats),
                tuple_(col(Slot.location_id), col(Slot.professional_id)).in_(seats),
            ),
        )
    )
    found = await _opened(tx, keyring, (await tx.exec(query)).all())
    rooms = {room.id: room for room in (await tx.exec(select(Room))).all()}
    lines = [_line(each, rooms[each.slot.room_id], now) for each in found if each.slot.room_id in rooms]
    return sorted(lines, key=lambda line: (line.seen.starts, line.seen.appointment.id))


def _line(found: Seen, room: Room, now: datetime) -> Visitor:
    readable = note_is_readable(found.starts, now)
    details = found.details if readable else Details(found.details.nickname, found.details.helps, found.details.contact)
    return Visitor(
        Seen(found.appointment, found.slot, found.location, details), room, bool(found.details.note) and not readable
    )


async def _opened(tx: Tx, keyring: Keyring, appointments: Sequence[Appointment]) -> list[Seen]:
    slots = await _by_id(tx, Slot, [each.slot_id for each in appointments])
    locations = await _by_id(tx, Location, [slot.location_id for slot in slots.values()])
    found = []
    for each in appointments:
        slot = slots.get(each.slot_id)
        if slot is None:
            continue
        try:
            details = await _details(tx, keyring, each)
        except Unreadable:  # its key went a moment ago: it is as good as erased
            continue
        found.append(Seen(each, slot, locations[slot.location_id], details))
    return found


async def _details(tx: Tx, keyring: Keyring, row: Appointment) -> Details:
    plain = json.loads(await SEALED.open(tx, keyring, row.id, row.details, "details"))
    contact = await SEALED.open(tx, keyring, row.id, row.contact, "contact") if row.contact else ""
    note = await SEALED.open(tx, keyring, row.id, row.note, "note") if row.note else ""
    return Details(plain["nickname"], tuple(plain["helps"]), contact, note)


async def _by_id(tx: Tx, table: type[Row], ids: Iterable[str]) -> dict[str, Row]:
    rows = (await tx.exec(select(table).where(col(table.id).in_(set(ids))))).all()
    return {row.id: row for row in rows}
