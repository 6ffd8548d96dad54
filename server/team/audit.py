"""The trail of what team members did: append-only, each line sealed to the one before. Source: privacy-spec 8.5."""

import hashlib
from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete, select
from sqlmodel.sql.expression import SelectOfScalar

from server.kit.clock import local_day, whole_hour
from server.kit.crypto import derive, keyed_hash
from server.kit.db.database import Tx
from server.kit.keys import Keyring
from server.kit.log import Component, Event
from server.kit.log import log as write_log
from server.kit.runtime import Runtime
from server.team.models import AuditHead, AuditRow

KEPT: Final = timedelta(days=365)
PAGE: Final = 50
CHUNK: Final = 1000


class Action(StrEnum):
    """Everything that leaves a line."""

    SIGN_IN = "inloggen"
    SIGN_OUT = "uitloggen"
    STEP_UP = "bevestigen"
    INVITE = "uitnodigen"
    ACCEPT = "account_maken"
    CHANGE_ROLE = "rol_veranderen"
    REMOVE = "toegang_afsluiten"
    READ_AUDIT = "logboek_lezen"
    CASE_CLAIM = "zaak_oppakken"
    CASE_TAKE_OVER = "zaak_overnemen"
    CASE_READ = "zaak_lezen"
    CASE_SKIP = "zaak_overslaan"
    CASE_APPROVE = "laten_staan"
    CASE_HIDE = "verbergen"
    CASE_WARN = "waarschuwen"
    CASE_PAUSE = "pauze_geven"
    CASE_UNDO = "ongedaan_maken"
    APPEAL_DECIDE = "bezwaar_beslissen"
    ROOM_PAUSE = "groep_pauze"
    ROOM_OPEN = "groep_openen"
    MESSAGE_HIDE = "bericht_verbergen"
    POST_HIDE = "reactie_verbergen"
    TALK_CLAIM = "gesprek_aannemen"
    TALK_HAND_OVER = "gesprek_overdragen"
    TALK_END = "gesprek_afronden"
    SLOT_CHANGE = "agenda_veranderen"
    OUTCOME = "uitkomst_tellen"
    DIRECTORY_PUBLISH = "sociale_kaart_publiceren"
    LOCATION_CHANGE = "locatie_veranderen"
    ROSTER_CHANGE = "rooster_veranderen"
    DOOR_SHUT = "deur_sluiten"
    DOOR_OPEN = "deur_openen"
    KRING_PLAN = "kring_plannen"
    KRING_CANCEL = "kring_afgelasten"
    FIGURES_EXPORT = "cijfers_meenemen"


async def note(
    tx: Tx, keyring: Keyring, account_id: str, action: Action, kind: str, object_id: str, now: datetime
) -> None:
    """Add one line, as the last step of the transaction that did the deed.

    kind: what the object is, such as "zaak"; of its id only a keyed hash is kept, with a key of that day.
    """
    head = await _take_turn(tx)
    hour = whole_hour(now)
    row = AuditRow(
        number=head.number + 1,
        hour=hour,
        account_id=account_id,
        action=action.value,
        kind=kind,
        object_hash=object_hash(keyring, kind, object_id, now),
        hash="",
    )
    row.hash = link(head.hash, row)
    head.number, head.hash = row.number, row.hash
    tx.add(row)
    tx.add(head)
    await tx.flush()


async def log(rt: Runtime, account_id: str, action: Action, kind: str, object_id: str) -> None:
    """Add one line in a transaction of its own, for deeds whose rows stand in another store."""
    async with rt.stores.hoofd.transaction() as tx:
        await note(tx, rt.keyring, account_id, action, kind, object_id, rt.clock.now())


def object_hash(keyring: Keyring, kind: str, object_id: str, now: datetime) -> str:
    """Return what is kept of an object's id: its hash under K_audit of that day, so that days cannot be joined."""
    _, secret = keyring.current("audit")
    today = derive(secret, f"audit/{local_day(now).isoformat()}".encode())
    return keyed_hash(today, kind.encode(), object_id.encode()).hex()


def link(before: str, row: AuditRow) -> str:
    """Return the hash that ties a line to the one before it."""
    words = (before, str(row.number), row.hour.isoformat(), row.account_id, row.action, row.kind, row.object_hash)
    return hashlib.sha256("|".join(words).encode()).hexdigest()


def first_broken(before: str, rows: Iterable[AuditRow]) -> int | None:
    """Return the number of the first line that does not follow from the one before it, or None. rows: oldest first."""
    for row in rows:
        if row.hash != link(before, row):
            return row.number
        before = row.hash
    return None


async def lines(tx: Tx, page: int) -> list[AuditRow]:
    """Return a page of the trail, newest first; page counts from 1."""
    newest_first = select(AuditRow).order_by(col(AuditRow.number).desc())
    return list((await tx.exec(newest_first.offset((page - 1) * PAGE).limit(PAGE))).all())


async def broken_among(tx: Tx, shown: list[AuditRow]) -> int | None:
    """Return the number of the first of these lines (newest first) that does not follow the one before it, or None."""
    if not shown:
        return None
    older = await tx.get(AuditRow, shown[-1].number - 1)
    head = await tx.get(AuditHead, 1)
    return first_broken(older.hash if older else head.dropped_hash if head else "", reversed(shown))


async def verify(tx: Tx) -> int | None:
    """Walk the whole trail and return the number of the first broken line, or None when it is whole."""
    head = await tx.get(AuditHead, 1)
    if head is None:
        return None
    before, number = head.dropped_hash, head.number
    async for row in _all(tx):
        if row.hash != link(before, row):
            return row.number
        before = row.hash
    return None if before == head.hash else number


async def check(rt: Runtime, now: datetime) -> None:
    """Verify the trail and say so in the log when it is broken."""
    async with rt.stores.hoofd.reading() as tx:
        broken = await verify(tx)
    if broken is not None:
        write_log(Event.JOB_FAILED, component=Component.WORKER, level="error", code="logboek_gebroken")


async def forget(rt: Runtime, now: datetime) -> None:
    """Take away lines older than twelve months; the head keeps what the rest continues from. Source: privacy-spec 5."""
    old = col(AuditRow.hour) < now - KEPT
    async with rt.stores.hoofd.transaction() as tx:
        newest_old = select(AuditRow).where(old).order_by(col(AuditRow.number).desc()).limit(1)
        last = (await tx.exec(newest_old)).first()
        if last is None:
            return
        head = await _take_turn(tx)
        head.dropped_hash = last.hash
        tx.add(head)
        await tx.exec(delete(AuditRow).where(col(AuditRow.number) <= last.number))


async def _all(tx: Tx) -> AsyncIterator[AuditRow]:
    """Walk the trail from its oldest line, a thousand at a time."""
    after = 0
    while rows := (await tx.exec(_next(after))).all():
        for row in rows:
            yield row
        after = rows[-1].number


def _next(after: int) -> SelectOfScalar[AuditRow]:
    return select(AuditRow).where(col(AuditRow.number) > after).order_by(col(AuditRow.number)).limit(CHUNK)


async def _take_turn(tx: Tx) -> AuditHead:
    """Return the head, locked until the commit, so that two lines never follow the same one."""
    locked = select(AuditHead).where(col(AuditHead.id) == 1).with_for_update()
    head = (await tx.exec(locked)).first()
    if head is not None:
        return head
    try:
        async with tx.begin_nested():
            tx.add(AuditHead())
    except IntegrityError:  # somebody else wrote the first line ever at the same moment
        pass
    return (await tx.exec(locked)).one()
