"""What the two hosts do on the day: count what came of a talk, mark somebody absent, or say that we cannot."""

from enum import StrEnum

from sqlmodel import col, delete, select

from server.booking.models import Appointment, Claim, Host, Location, Slot
from server.booking.queries import SEALED, starts_of
from server.booking.rules import (
    Actor,
    FollowUp,
    State,
    may_mark_no_show,
    may_register,
    waiting_class,
)
from server.booking.service import close, locked
from server.booking.slots import withdraw
from server.booking.states import NotNow, transition
from server.kit.db.database import Tx
from server.kit.errors import NotFound
from server.kit.runtime import Runtime


class Turn(StrEnum):
    """Which talk this was for the person; counted, never written with the appointment."""

    FIRST = "eerste"
    NEXT = "vervolg"


class TooEarly(NotNow):
    """The talk has not begun, or the quarter of an hour to be late is not over."""

    code = "te_vroeg"
    key = "afspraak.fout.te_vroeg"


async def register(rt: Runtime, account_id: str, appointment_id: str, follow_up: FollowUp, turn: Turn) -> None:
    """Count that a talk took place and what comes next, then erase the appointment.

    Only the counters know the outcome (16.1, privacy 6.2). The second press, or the second host, finds nothing left:
    raises NotFound. Raises TooEarly before the start.
    """
    now = rt.clock.now()
    async with rt.stores.afspraken.transaction() as tx:
        appointment, slot = await _own(tx, account_id, appointment_id)
        if not may_register(starts_of(slot), now):
            raise TooEarly
        location = await tx.get_one(Location, slot.location_id)
        transition(appointment, State.DONE, Actor.HOST)
        transition(appointment, State.REGISTERED, Actor.HOST)
        waited = waiting_class(appointment.asked_on, slot.day)
        await erase(tx, appointment)
        tx.after_commit(lambda: _count(rt, location, turn, waited, follow_up))


def _count(rt: Runtime, location: Location, turn: Turn, waited: str, follow_up: FollowUp) -> None:
    rt.tally.count("T11", location.municipality_code)
    rt.tally.count("T12", turn.value)
    rt.tally.count("T13", waited)
    rt.tally.count("T14", follow_up.value)


async def mark_absent(rt: Runtime, account_id: str, appointment_id: str) -> None:
    """Say that nobody came; it has no consequence for the person. Raises TooEarly, NotNow or NotFound."""
    async with rt.stores.afspraken.transaction() as tx:
        appointment, slot = await _own(tx, account_id, appointment_id)
        if appointment.state == State.NO_SHOW:
            return
        if not may_mark_no_show(starts_of(slot), rt.clock.now()):
            raise TooEarly
        transition(appointment, State.NO_SHOW, Actor.HOST)
        tx.after_commit(lambda: rt.tally.count("T15", "niet_verschenen"))


async def cannot_host(rt: Runtime, account_id: str, appointment_id: str) -> None:
    """Say that this talk cannot go on: the person sees it with the code and finds two new moments there (12).

    Raises NotNow or NotFound.
    """
    now = rt.clock.now()
    async with rt.stores.afspraken.transaction() as tx:
        appointment, slot = await _own(tx, account_id, appointment_id)
        if appointment.state == State.TO_MOVE:
            return
        if now >= starts_of(slot):
            raise NotNow
        await withdraw(tx, slot, now, Actor.HOST)


async def cancel_for_visitor(rt: Runtime, account_id: str, appointment_id: str) -> None:
    """Cancel for somebody who called the location. Raises NotNow or NotFound."""
    async with rt.stores.afspraken.transaction() as tx:
        appointment, _ = await _own(tx, account_id, appointment_id)
        if appointment.state == State.CANCELLED:
            return
        await close(tx, appointment, Actor.HOST, rt.clock.now())
        tx.after_commit(lambda: rt.tally.count("T15", "afgezegd"))


async def erase(tx: Tx, appointment: Appointment) -> None:
    """Destroy the key and delete the row; two days later no backup can be read either (14.6, privacy 4.6)."""
    await SEALED.shred(tx, appointment.id)
    await tx.exec(delete(Claim).where(col(Claim.appointment_id) == appointment.id))
    await tx.delete(appointment)
    await tx.flush()


async def _own(tx: Tx, account_id: str, appointment_id: str) -> tuple[Appointment, Slot]:
    """Return an appointment at which this account is one of the two hosts; otherwise it is simply not there."""
    appointment, slot = await locked(tx, appointment_id)
    seat = select(Host.id).where(
        Host.account_id == account_id,
        Host.location_id == slot.location_id,
        col(Host.person).in_([slot.peer_id, slot.professional_id]),
    )
    if (await tx.exec(seat)).first() is None:
        raise NotFound
    return appointment, slot
