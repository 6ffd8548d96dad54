"""What a visitor can do: hold a moment, confirm it, and with the code see, move, cancel or change what was left.

Nobody here knows who is asking: a hold belongs to the random id of an appointment that does not exist yet, and an
existing one is found by its code only. The claim's primary key decides every race (directory-booking-spec 13).
"""

import asyncio
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, CursorResult, Delete, Update, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete, select

from server.booking import codes, tickets
from server.booking.models import Appointment, Claim, ClaimKind, Slot, UsedTicket
from server.booking.queries import SEALED, Details, Moment, may_book, moment, starts_of
from server.booking.rules import Actor, State, hold_until, too_late_to_cancel
from server.booking.states import NotNow, transition
from server.kit import proof_of_work
from server.kit.clock import local_day
from server.kit.crypto import Secret
from server.kit.db.database import Tx, repeats_collisions
from server.kit.errors import Conflict, Invalid, NotFound
from server.kit.keys import Keyring
from server.kit.limits import Rule
from server.kit.proof_of_work import AfsprakenProof
from server.kit.runtime import Runtime
from server.kit.words import word_list

PURPOSE: Final = "boeking"
CODE_TRIES: Final = Rule("afspraakcode", 5, minutes=10)
HOLDS: Final = Rule("afspraak-vasthouden", 20, minutes=10)
BEGINS: Final = Rule("afspraak-begin", 600)
"""Through the front door, for the whole site: nobody has a cookie yet, and proof of work stands before it."""


class SlotTaken(Conflict):
    """Somebody else has this moment."""

    code = "slot_bezet"
    key = "err.slot"


class SlotGone(Conflict):
    """This moment cannot be booked (any more): too near, too far, taken away, or not held for this person."""

    code = "slot_weg"
    key = "afspraak.fout.weg"


class TicketUsed(Conflict):
    """This ticket has already become an appointment."""

    code = "kaartje_gebruikt"
    key = "afspraak.fout.kaartje_gebruikt"


class CodeUnknown(Invalid):
    """No appointment opens with these words; one answer for wrong, old and erased."""

    code = "code_onbekend"
    key = "err.code"


class TooLate(Conflict):
    """Less than two hours before the talk only the telephone of the location is left."""

    code = "te_laat"
    key = "afspraak.fout.te_laat"


@dataclass(frozen=True)
class Booking:
    """Everything that is needed to confirm. asked_on is the day the ticket was opened."""

    appointment_id: str
    slot_id: str
    ticket: str
    asked_on: date
    code: str
    details: Details


def keys(keyring: Keyring, name: str) -> list[Secret]:
    """Return all versions of a key that still exist, newest first."""
    keyring.current(name)  # makes the first one
    return [version.secret for version in keyring.versions(name)]


def open_ticket(rt: Runtime, text: str, today: date) -> tickets.Ticket:
    """Check a ticket that was handed over. Raises TicketRefused."""
    return tickets.read(text, keys(rt.keyring, "ticket"), today)


@dataclass(frozen=True)
class Proof:
    """What a browser worked on, or waited for, and its answer (privacy 2.10)."""

    challenge: str = ""
    solution: str = ""


async def challenge(rt: Runtime) -> str:
    """Return the work asked at the front door and before a code; it grows with how often it was done lately."""
    now = rt.clock.now()
    async with rt.stores.afspraken.reading() as tx:
        attempts = await proof_of_work.attempts(tx, PURPOSE, now, table=AfsprakenProof)
    return proof_of_work.issue(rt.keyring, PURPOSE, now, bits=rt.settings.proof_bits, attempts=attempts)


async def _redeem(rt: Runtime, proof: Proof) -> None:
    async with rt.stores.afspraken.transaction() as tx:
        given = proof.challenge, proof.solution
        await proof_of_work.redeem(tx, rt.keyring, PURPOSE, *given, rt.clock.now(), table=AfsprakenProof)


async def begin(rt: Runtime, ticket: str, proof: Proof) -> str:
    """Return a ticket to book with: the one that was brought, or a new one for who comes by the front door.

    A ticket asks for no work: whoever gave it did. Nothing is stored about it. Raises TicketRefused or TicketUsed;
    without ticket ProofMissing, ProofWrong or ProofUsed; TooMany.
    """
    today = local_day(rt.clock.now())
    if not ticket:
        await rt.limits.hit(BEGINS, "site")
        await _redeem(rt, proof)
        return tickets.make(rt.keyring.current("ticket")[1], today)
    brought = open_ticket(rt, ticket, today)
    async with rt.stores.afspraken.reading() as tx:
        if await tx.get(UsedTicket, brought.used_hash):
            raise TicketUsed
    return brought.text


async def hold(rt: Runtime, appointment_id: str, slot_id: str) -> datetime:
    """Keep a moment for ten minutes and let go of another one. Returns until when.

    Pressing twice changes nothing. Raises SlotTaken when somebody else was first, SlotGone, or TooMany.
    """
    await rt.limits.hit(HOLDS, appointment_id)
    attempt = _Attempt(appointment_id, slot_id)
    await attempt.follow(_UNDER_WAY.get(slot_id))
    with attempt:
        return await _hold(rt, appointment_id, slot_id)


async def _hold(rt: Runtime, appointment_id: str, slot_id: str) -> datetime:
    now = rt.clock.now()
    try:
        async with rt.stores.afspraken.transaction() as tx:
            await require_bookable(tx, slot_id, now)
            mine = await _let_go_of_others(tx, appointment_id, slot_id, now)
            if mine is not None:
                return mine
            until = hold_until(now)
            tx.add(Claim(slot_id=slot_id, appointment_id=appointment_id, kind=ClaimKind.HOLD, until=until))
            await tx.flush()
            return until
    except IntegrityError:
        raise SlotTaken(field="moment") from None


class _Attempt:
    """One try to hold a moment. Who comes while another is under way was too late, and need not queue for the store.

    Without this, a crowd at one moment waits for the store's few connections until they time out. The claim's key still
    decides; only its answer is shared, within one process.
    """

    def __init__(self, appointment_id: str, slot_id: str) -> None:
        self._appointment_id = appointment_id
        self._slot_id = slot_id
        self._taken: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def follow(self, earlier: "_Attempt | None") -> None:
        """Wait for the one before. Raises SlotTaken when the moment is gone; their own double press goes on."""
        if earlier is None:
            return
        taken = await asyncio.shield(earlier._taken)
        if taken and earlier._appointment_id != self._appointment_id:
            raise SlotTaken(field="moment")

    def __enter__(self) -> None:
        _UNDER_WAY[self._slot_id] = self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._taken.set_result(error is None or isinstance(error, SlotTaken))
        if _UNDER_WAY.get(self._slot_id) is self:
            del _UNDER_WAY[self._slot_id]


_UNDER_WAY: dict[str, _Attempt] = {}


async def extend(rt: Runtime, appointment_id: str, slot_id: str) -> datetime:
    """Keep a held moment ten minutes longer from now; one that ran out is held anew if it is still free.

    Raises SlotTaken or SlotGone. Counting to three is up to the form, which knows how often it asked.
    """
    until = hold_until(rt.clock.now())
    async with rt.stores.afspraken.transaction() as tx:
        longer = update(Claim).where(*_held(appointment_id, slot_id, rt.clock.now())).values(until=until)
        if await _rows(tx, longer):
            return until
    return await hold(rt, appointment_id, slot_id)


async def let_go(rt: Runtime, appointment_id: str) -> None:
    """Give a held moment back."""
    async with rt.stores.afspraken.transaction() as tx:
        await tx.exec(delete(Claim).where(*_holds_of(appointment_id)))


@repeats_collisions
async def confirm(rt: Runtime, booking: Booking) -> None:
    """Turn a held moment into an appointment; state, claim and used ticket change in one transaction.

    Pressing twice makes one appointment. Raises SlotGone when the hold ran out and TicketUsed.
    """
    now = rt.clock.now()
    ticket = open_ticket(rt, booking.ticket, booking.asked_on)
    try:
        async with rt.stores.afspraken.transaction() as tx:
            fix = update(Claim).where(*_held(booking.appointment_id, booking.slot_id, now))
            if not await _rows(tx, fix.values(kind=ClaimKind.FIXED, until=None)):
                if await tx.get(Appointment, booking.appointment_id):  # the other press of two got here first
                    return
                raise SlotGone(field="moment")
            tx.add(UsedTicket(used_hash=ticket.used_hash, week=ticket.week))
            tx.add(await _new_row(tx, rt.keyring, booking))
            await tx.flush()
            tx.after_commit(lambda: rt.tally.count("T10", "totaal"))
    except IntegrityError:
        raise TicketUsed from None


async def open_with_code(rt: Runtime, code: str, who: str, proof: Proof) -> str:
    """Return the id of the appointment that four words open.

    who: opaque key of the one who tries; five tries in ten minutes. Raises CodeUnknown, TooMany, or ProofMissing,
    ProofWrong and ProofUsed before anything is looked up.
    """
    await _redeem(rt, proof)
    await rt.limits.hit(CODE_TRIES, who)
    meant = codes.meant(code, word_list())
    hashes = [codes.code_hash(key, meant) for key in keys(rt.keyring, "pepper")]
    async with rt.stores.afspraken.reading() as tx:
        found = (await tx.exec(select(Appointment.id).where(col(Appointment.code_hash).in_(hashes)))).first()
    if found is None:
        raise CodeUnknown(field="code")
    return found


@repeats_collisions
async def move(rt: Runtime, appointment_id: str, slot_id: str) -> None:
    """Take another moment and give the old one back, in one transaction: nobody is without a moment in between.

    Raises SlotTaken, SlotGone, TooLate, NotNow or NotFound.
    """
    now = rt.clock.now()
    try:
        async with rt.stores.afspraken.transaction() as tx:
            appointment, slot = await locked(tx, appointment_id)
            if appointment.slot_id == slot_id and appointment.state == State.CONFIRMED:
                return
            new = await require_bookable(tx, slot_id, now)
            _begin_move(appointment, slot, now)
            # first the new one: losing the race for it must leave the old one untouched
            await _take(tx, appointment_id, slot_id, now)
            await tx.exec(
                delete(Claim).where(col(Claim.appointment_id) == appointment_id, col(Claim.slot_id) != slot_id)
            )
            appointment.slot_id, appointment.talk_day = slot_id, new.day
            transition(appointment, State.CONFIRMED, Actor.VISITOR)
            appointment.sequence += 1
            await tx.flush()
    except IntegrityError:
        raise SlotTaken(field="moment") from None


async def cancel(rt: Runtime, appointment_id: str) -> None:
    """Cancel without a reason; the moment is free again at once. Raises TooLate, NotNow or NotFound."""
    now = rt.clock.now()
    async with rt.stores.afspraken.transaction() as tx:
        appointment, slot = await locked(tx, appointment_id)
        if appointment.state == State.CANCELLED:
            return
        if appointment.state == State.CONFIRMED and too_late_to_cancel(starts_of(slot), now):
            raise TooLate
        await close(tx, appointment, Actor.VISITOR, now)
        tx.after_commit(lambda: rt.tally.count("T15", "afgezegd"))


async def change_left(rt: Runtime, appointment_id: str, contact: str, note: str) -> None:
    """Change or erase what was left for the hosts. Empty erases. Raises NotNow or NotFound."""
    async with rt.stores.afspraken.transaction() as tx:
        appointment, _ = await locked(tx, appointment_id)
        if appointment.state not in (State.CONFIRMED, State.TO_MOVE):
            raise NotNow
        appointment.contact = await _sealed(tx, rt.keyring, appointment_id, contact, "contact")
        appointment.note = await _sealed(tx, rt.keyring, appointment_id, note, "note")


async def locked(tx: Tx, appointment_id: str) -> tuple[Appointment, Slot]:
    """Return an appointment and its slot, locked until the transaction ends. Raises NotFound."""
    query = select(Appointment).where(Appointment.id == appointment_id).with_for_update()
    appointment = (await tx.exec(query)).first()
    slot = await tx.get(Slot, appointment.slot_id) if appointment else None
    if appointment is None or slot is None:
        raise NotFound
    return appointment, slot


async def close(tx: Tx, appointment: Appointment, by: Actor, now: datetime) -> None:
    """End an appointment that will not take place and free what it had. Raises NotNow."""
    transition(appointment, State.CANCELLED, by)
    appointment.sequence += 1  # calendar programs ignore a cancel with an old number (15.1)
    appointment.closed_on = local_day(now)
    await tx.exec(delete(Claim).where(col(Claim.appointment_id) == appointment.id))


async def require_bookable(tx: Tx, slot_id: str, now: datetime) -> Moment:
    """Return a moment that may be booked now, taken or not. Raises SlotGone."""
    slot = await tx.get(Slot, slot_id)
    found = await moment(tx, slot_id) if slot and slot.offered else None
    if found is None or not may_book(found, now):
        raise SlotGone(field="moment")
    return found


def _begin_move(appointment: Appointment, slot: Slot, now: datetime) -> None:
    """Go to `verzet`, which lasts no longer than this transaction; what we could not keep may always be moved."""
    if appointment.state == State.TO_MOVE:
        return
    if too_late_to_cancel(starts_of(slot), now):
        raise TooLate
    transition(appointment, State.MOVED, Actor.VISITOR)


async def _let_go_of_others(tx: Tx, appointment_id: str, slot_id: str, now: datetime) -> datetime | None:
    """Delete expired claims on the slot and this person's other holds; return until when the slot is already theirs."""
    await tx.exec(delete(Claim).where(col(Claim.slot_id) == slot_id, col(Claim.until) <= now))
    await tx.exec(delete(Claim).where(*_holds_of(appointment_id), col(Claim.slot_id) != slot_id))
    claim = await tx.get(Claim, slot_id)
    return claim.until if claim and claim.appointment_id == appointment_id else None


async def _take(tx: Tx, appointment_id: str, slot_id: str, now: datetime) -> None:
    """Fix a slot for an existing appointment: what was offered to it, or what is free. IntegrityError: taken."""
    mine = (col(Claim.slot_id) == slot_id) & (col(Claim.appointment_id) == appointment_id)
    await tx.exec(delete(Claim).where((col(Claim.slot_id) == slot_id) & (col(Claim.until) <= now) | mine))
    tx.add(Claim(slot_id=slot_id, appointment_id=appointment_id, kind=ClaimKind.FIXED))
    await tx.flush()


def _holds_of(appointment_id: str) -> tuple[ColumnElement[bool], ...]:
    return (col(Claim.appointment_id) == appointment_id, col(Claim.kind) == ClaimKind.HOLD)


def _held(appointment_id: str, slot_id: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Claim.slot_id) == slot_id,
        col(Claim.appointment_id) == appointment_id,
        col(Claim.kind) == ClaimKind.HOLD,
        col(Claim.until) > now,
    )


async def _rows(tx: Tx, statement: Update | Delete) -> int:
    result = await tx.exec(statement)
    return result.rowcount if isinstance(result, CursorResult) else 0


async def _new_row(tx: Tx, keyring: Keyring, booking: Booking) -> Appointment:
    slot = await tx.get_one(Slot, booking.slot_id)
    key, left = booking.appointment_id, booking.details
    plain = json.dumps({"nickname": left.nickname, "helps": left.helps})
    return Appointment(
        id=key,
        slot_id=slot.id,
        asked_on=booking.asked_on,
        talk_day=slot.day,
        code_hash=codes.code_hash(keyring.current("pepper")[1], booking.code),
        details=await SEALED.seal(tx, keyring, key, plain, "details"),
        contact=await _sealed(tx, keyring, key, left.contact, "contact"),
        note=await _sealed(tx, keyring, key, left.note, "note"),
    )


async def _sealed(tx: Tx, keyring: Keyring, key: str, plain: str, part: str) -> bytes | None:
    return await SEALED.seal(tx, keyring, key, plain, part) if plain else None
