"""Invented locations, rooms, hosts and moments for demo and test mode; everything says "Voorbeeld" on the page."""

from datetime import datetime
from typing import Final

from server.booking.catalogue import FOLDER, Entry, read_locations
from server.booking.models import Host, HostRole, Location
from server.booking.slots import host_owner, make_slots
from server.kit.db.database import Tx
from server.kit.ids import stable_id
from server.kit.runtime import Runtime
from server.team.demo import CAST
from server.team.permissions import Right, Role

FILE: Final = FOLDER / "demo-locations.csv"
ROLES: Final = {HostRole.PEER: Role.PEER_WORKER, HostRole.PROFESSIONAL: Role.PROFESSIONAL}


async def seed(rt: Runtime, now: datetime) -> None:
    """Make the demo locations and the moments of the coming four weeks; what is there already stays as it is.

    Raises FictionalInProduction where real people book.
    """
    entries = read_locations(FILE, production=rt.settings.mode == "production")
    async with rt.stores.afspraken.reading() as tx:
        missing = [entry for entry in entries if await tx.get(Location, entry.location.id) is None]
    if missing:
        async with rt.stores.afspraken.transaction() as tx:
            for entry in missing:
                await _add(tx, entry)
    await make_slots(rt, now)


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
