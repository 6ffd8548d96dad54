"""Invented locations, rooms, hosts and moments for demo and test mode; everything says "Voorbeeld" on the page."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from server.booking import codes, service, tickets
from server.booking.catalogue import FOLDER, Entry, read_locations
from server.booking.models import Host, HostRole, Location
from server.booking.queries import Details, active_locations, free_moments
from server.booking.slots import host_owner, make_slots
from server.kit.clock import FixedClock, local_day
from server.kit.db.database import Tx
from server.kit.ids import new_id, stable_id
from server.kit.runtime import Runtime
from server.kit.words import word_list
from server.team.demo import CAST
from server.team.permissions import Right, Role

FILE: Final = FOLDER / "demo-locations.csv"
ROLES: Final = {HostRole.PEER: Role.PEER_WORKER, HostRole.PROFESSIONAL: Role.PROFESSIONAL}
DAYS_AGO: Final = 6
"""When the invented guests booked: their talks are over, and are erased a week after they were."""
GUESTS: Final = (
    Details("Voorbeeld Wilg", ("rustig",), "", "Ik ben snel moe van drukte."),
    Details("Voorbeeld Kievit", ("iemand_mee",)),
)


async def seed(rt: Runtime, now: datetime) -> None:
    """Make the demo locations and the moments of the coming four weeks; what is there already stays as it is.

    The moments after these weeks are made by the nightly job, as anywhere.
    Raises FictionalInProduction where real people book.
    """
    added = await add_places(rt, read_locations(FILE, production=rt.settings.mode == "production"))
    if not added:
        return
    await make_slots(rt, now)
    if rt.settings.mode == "demo":
        await seed_guests(rt, now)


async def add_places(rt: Runtime, entries: list[Entry]) -> int:
    """Add the locations that are not there yet, each with two hosts. Returns how many were added."""
    async with rt.stores.afspraken.reading() as tx:
        missing = [entry for entry in entries if await tx.get(Location, entry.location.id) is None]
    if missing:
        async with rt.stores.afspraken.transaction() as tx:
            for entry in missing:
                await _add(tx, entry)
    return len(missing)


async def seed_guests(rt: Runtime, now: datetime) -> None:
    """Let invented people have had a talk these days, so that a host can try out what comes after one.

    For demo mode, once: where these days have their moments already, nothing is added.
    """
    then = replace(rt, clock=FixedClock(now - timedelta(days=DAYS_AGO)))
    if await make_slots(then, then.clock.now()) == 0:
        return
    day = local_day(then.clock.now())
    async with rt.stores.afspraken.reading() as tx:
        free = await free_moments(tx, then.clock.now(), await active_locations(tx, day))
    past = {moment.starts: moment for moment in reversed(free) if moment.day < local_day(now)}
    for moment, guest in zip(past.values(), GUESTS, strict=False):
        ticket = tickets.make(rt.keyring.current("ticket")[1], day)
        booking = service.Booking(new_id(), moment.slot_id, ticket, day, codes.draw(word_list()), guest)
        await service.hold(then, booking.appointment_id, booking.slot_id)
        await service.confirm(then, booking)


async def _add(tx: Tx, entry: Entry) -> None:
    hosts = [_host(entry, role) for role in HostRole]
    tx.add(entry.location)
    await tx.flush()
    tx.add_all([*entry.rooms, *hosts, *entry.all_rules(*(host_owner(host.person) for host in hosts))])
    await tx.flush()


def _host(entry: Entry, role: HostRole) -> Host:
    """Return a host of one location. Each location has people of its own; in the demo one account looks after all."""
    key = stable_id("vg_host", entry.location.id, role.value)
    return Host(id=key, location_id=entry.location.id, role=role, person=key, account_id=_account(role))


def _account(role: HostRole) -> str | None:
    wanted = ROLES[role]
    return next((who.id for who in CAST if who.role is wanted and Right.GESPREKSVOERDER in who.rights), None)
