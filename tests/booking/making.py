"""Makers: a place with hours, and a booking with sensible defaults."""

from dataclasses import dataclass, replace

from sqlmodel import col, select

from server.booking import service
from server.booking.catalogue import read_locations
from server.booking.demo import FILE, add_places
from server.booking.models import Slot
from server.booking.queries import Details, Moment, active_locations, free_moments
from server.booking.service import Booking, Proof
from server.booking.slots import make_slots
from server.booking.tickets import make
from server.kit.clock import local_day
from server.kit.ids import new_id
from server.kit.proof_of_work import solve
from server.kit.runtime import Runtime
from server.kit.tally import Tally
from server.kit.words import word_list
from server.stats.tables import TABLES
from server.team.demo import CAST
from server.team.permissions import Role

SAM = next(member.id for member in CAST if member.role is Role.PEER_WORKER)
NOBODY = "0" * 32
CODE = " ".join(word_list().words[number] for number in (10, 2000, 4000, 7000))
OTHER_CODE = " ".join(word_list().words[number] for number in (11, 2000, 4000, 7000))
PLACES = ("Groningen 1", "Oldambt 1", "Stadskanaal 1", "Stadskanaal 2", "Veendam 1", "Westerkwartier 1")


class Counts(Tally):
    """A tally that also keeps in order what was counted, to look at."""

    def __init__(self, rt: Runtime) -> None:
        """Begin with nothing, under the real allow-list."""
        super().__init__(TABLES, rt.clock.now)
        self.cells: list[tuple[str, str]] = []

    def count(self, table: str, cell: str) -> None:
        """Keep one count. Raises NotCountable."""
        super().count(table, cell)
        self.cells.append((table, cell))


@dataclass(frozen=True)
class Office:
    """A runtime with the demo places and a tally to look at."""

    rt: Runtime
    counts: Counts

    async def free(self, appointment_id: str = "") -> list[Moment]:
        """Return what can be booked now."""
        now = self.rt.clock.now()
        async with self.rt.stores.afspraken.reading() as tx:
            return await free_moments(tx, now, await active_locations(tx, local_day(now)), appointment_id)

    def booking(self, slot_id: str, **changes: object) -> Booking:
        """Return a booking that can be confirmed once its moment is held."""
        ticket = make(self.rt.keyring.current("ticket")[1], local_day(self.rt.clock.now()))
        made = Booking(new_id(), slot_id, ticket, local_day(self.rt.clock.now()), CODE, Details("Merel", ("rustig",)))
        return replace(made, **changes)  # type: ignore[arg-type]  # a maker takes any field

    async def booked(self, slot_id: str = "", **changes: object) -> Booking:
        """Hold and confirm a moment, the first free one unless another is named."""
        made = self.booking(slot_id or (await self.free())[0].slot_id, **changes)
        await service.hold(self.rt, made.appointment_id, made.slot_id)
        await service.confirm(self.rt, made)
        return made

    async def proof(self) -> Proof:
        """Do the work of a browser."""
        asked = await service.challenge(self.rt)
        return Proof(asked, solve(asked))

    async def slot(self, slot_id: str) -> Slot:
        """Return one slot."""
        async with self.rt.stores.afspraken.reading() as tx:
            return (await tx.exec(select(Slot).where(col(Slot.id) == slot_id))).one()


async def open_office(rt: Runtime) -> Office:
    """Make some of the demo places, one of them not active yet, and their moments."""
    counts = Counts(rt)
    rt = replace(rt, tally=counts)
    entries = read_locations(FILE, production=False)
    await add_places(rt, [entry for entry in entries if entry.location.name.endswith(PLACES)])
    await make_slots(rt, rt.clock.now())
    return Office(rt, counts)
