"""What goes by itself: holds that ran out, appointments after their time, tickets of past weeks, moments behind us."""

from datetime import date, datetime
from typing import Final

from sqlmodel import col, delete, or_, select

from server.booking.models import Appointment, Claim, ClaimKind, Slot, UsedTicket
from server.booking.outcomes import erase
from server.booking.queries import SEALED
from server.booking.rules import KEEP_AFTER_CANCEL, KEEP_AFTER_TALK, erase_on
from server.booking.tickets import valid_weeks
from server.kit import proof_of_work
from server.kit.clock import local_day
from server.kit.db.database import Tx
from server.kit.proof_of_work import AfsprakenProof
from server.kit.runtime import Runtime

BATCH: Final = 200


async def sweep(rt: Runtime, now: datetime) -> None:
    """Delete holds that ran out and marks of old proofs of work; neither counts any more, this only tidies."""
    async with rt.stores.afspraken.transaction() as tx:
        await tx.exec(delete(Claim).where(col(Claim.until) <= now))
        await proof_of_work.forget(tx, now, table=AfsprakenProof)


async def erase_unreadable(rt: Runtime) -> int:
    """Erase, after a restore, appointments whose key was destroyed since the dump. Returns how many (privacy 4.6)."""
    async with rt.stores.afspraken.transaction() as tx:
        query = select(Appointment).where(col(Appointment.id).not_in(SEALED.known()))
        gone = (await tx.exec(query)).all()
        for appointment in gone:
            await erase(tx, appointment)
    return len(gone)


async def forget(rt: Runtime, now: datetime) -> dict[str, int]:
    """Erase what has had its time; run each night. Returns how many rows went per table (14.6)."""
    today = local_day(now)
    erased = 0
    while gone := await _erase_some(rt, today):
        erased += gone
    async with rt.stores.afspraken.transaction() as tx:
        await tx.exec(delete(UsedTicket).where(col(UsedTicket.week).not_in(valid_weeks(today))))
        await _tidy_slots(tx, today)
    async with rt.stores.afspraken.transaction() as tx:
        await _rewrite_in_key_order(tx)
    return {"appointment": erased}


async def _erase_some(rt: Runtime, today: date) -> int:
    async with rt.stores.afspraken.transaction() as tx:
        query = (
            select(Appointment)
            .where(
                or_(
                    col(Appointment.talk_day) <= today - KEEP_AFTER_TALK,
                    col(Appointment.closed_on) <= today - KEEP_AFTER_CANCEL,
                )
            )
            .limit(BATCH)
        )
        due = [row for row in (await tx.exec(query)).all() if erase_on(row.state, row.talk_day, row.closed_on) <= today]
        for appointment in due:
            await erase(tx, appointment)
        return len(due)


async def _tidy_slots(tx: Tx, today: date) -> None:
    """Delete past moments, with claims whose appointment was erased."""
    known = select(Appointment.id)
    past = select(Slot.id).where(Slot.day < today)
    await tx.exec(
        delete(Claim).where(
            col(Claim.slot_id).in_(past), col(Claim.appointment_id).not_in(known), col(Claim.kind) != ClaimKind.HOLD
        )
    )
    in_use = select(Appointment.slot_id)
    claimed = select(Claim.slot_id)
    await tx.exec(delete(Slot).where(col(Slot.day) < today, col(Slot.id).not_in(in_use), col(Slot.id).not_in(claimed)))


async def _rewrite_in_key_order(tx: Tx) -> None:
    """Write all appointments again, sorted by their random id, so that row headers do not tell who came first.

    Source: privacy 5.1. On SQLite the table is ordered by its key already, so that is nothing to do there.
    """
    if tx.get_bind().dialect.name == "sqlite":
        return
    rows = (await tx.exec(select(Appointment).order_by(col(Appointment.id)))).all()
    fresh = [Appointment(**row.model_dump()) for row in rows]
    await tx.exec(delete(Appointment))
    tx.expunge_all()
    tx.add_all(fresh)
    await tx.flush()
