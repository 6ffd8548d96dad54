"""Deeds on the roster: put somebody on, take them off, copy a week, shut and open a door, give a sign of life."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete, select, update

from server.kit.clock import week_later
from server.kit.db.database import Tx
from server.kit.errors import Invalid, NotFound
from server.kit.runtime import Runtime
from server.roster import queries, rules
from server.roster.models import TALKS, Closing, Reason, Shift, Sign
from server.roster.rules import AlreadyOn, Hours
from server.team import audit
from server.team import queries as team
from server.team.audit import Action
from server.team.logins import Login
from server.team.permissions import Grant, Permission, Role, grant

KEPT: Final = timedelta(days=14)
SIGNS_KEPT: Final = timedelta(hours=1)


async def put_on(rt: Runtime, login: Login, place: str, account_id: str, hours: Hours) -> None:
    """Put a colleague on at one place. Raises BadHours, Invalid (who cannot work there) or AlreadyOn."""
    rules.check_shift(hours)
    try:
        async with rt.stores.hoofd.transaction() as tx:
            await _may_work(tx, account_id, place)
            await _not_on_yet(tx, place, account_id, hours)
            row = Shift(place=place, account_id=account_id, starts=hours[0], ends=hours[1])
            tx.add(row)
            await tx.flush()
            await _note(tx, rt, login, Action.ROSTER_CHANGE, "dienst", row.id)
    except IntegrityError:  # pressed twice
        raise AlreadyOn(field="wie") from None


async def take_off(rt: Runtime, login: Login, shift_id: str) -> None:
    """Take one shift away; nothing happens when it is gone."""
    async with rt.stores.hoofd.transaction() as tx:
        if (row := await tx.get(Shift, shift_id)) is not None:
            await tx.delete(row)
            await _note(tx, rt, login, Action.ROSTER_CHANGE, "dienst", shift_id)


async def copy_week(rt: Runtime, login: Login, monday: date) -> int:
    """Copy the shifts of a week to the next one, at the same local times. Returns how many were new."""
    begin, end = rules.day_hours(monday)[0], rules.day_hours(monday + timedelta(days=6))[1]
    async with rt.stores.hoofd.transaction() as tx:
        week = [line for line in await queries.shifts(tx, begin, end) if line.starts >= begin]
        later = await queries.shifts(tx, week_later(begin), week_later(end))
        there = {(line.place, line.account_id, line.starts) for line in later}
        copies = [(line.place, line.account_id, week_later(line.starts), line) for line in week]
        new = [
            Shift(place=place, account_id=who, starts=starts, ends=week_later(line.ends))
            for place, who, starts, line in copies
            if (place, who, starts) not in there
        ]
        tx.add_all(new)
        await tx.flush()
        await _note(tx, rt, login, Action.ROSTER_CHANGE, "week", rules.week_name(monday))
    return len(new)


async def shut(
    rt: Runtime, login: Login, place: str, reason: str, begins: datetime | None = None, ends: datetime | None = None
) -> None:
    """Shut a door, now and until somebody opens it unless said otherwise. Shutting it again changes nothing.

    Raises Invalid for a reason that is not on the list.
    """
    if reason not in set(Reason):
        raise Invalid(key="err.choose", field="reden")
    now = rt.clock.now()
    async with rt.stores.hoofd.transaction() as tx:
        if begins is None and await queries.shut_by_hand(tx, place, now):
            return
        row = Closing(place=place, begins=begins or now, ends=ends, reason=Reason(reason), account_id=login.account_id)
        tx.add(row)
        await tx.flush()
        await _note(tx, rt, login, Action.DOOR_SHUT, "deur", place or "alle")


async def reopen(rt: Runtime, login: Login, place: str) -> None:
    """Take away what keeps a door shut now; whether it opens is up to the roster."""
    now = rt.clock.now()
    async with rt.stores.hoofd.transaction() as tx:
        rows = [row for row in await queries.shut_by_hand(tx, place, now) if row.place == place]
        for row in rows:
            await tx.delete(row)
        if rows:
            await _note(tx, rt, login, Action.DOOR_OPEN, "deur", place or "alle")


async def cancel_closing(rt: Runtime, login: Login, closing_id: str) -> None:
    """Take a planned closing back. Raises NotFound."""
    async with rt.stores.hoofd.transaction() as tx:
        if (row := await tx.get(Closing, closing_id)) is None:
            raise NotFound
        await tx.delete(row)
        await _note(tx, rt, login, Action.DOOR_OPEN, "deur", row.place or "alle")


async def sign(rt: Runtime, account_ids: Iterable[str]) -> None:
    """Note that these people have a page of ours open; every process does so for its own."""
    now = rt.clock.now()
    async with rt.stores.vluchtig.transaction() as tx:
        for account_id in sorted(set(account_ids)):
            await _sign(tx, account_id, now)
        await tx.exec(delete(Sign).where(col(Sign.seen_at) < now - SIGNS_KEPT))


async def forget(rt: Runtime, now: datetime) -> None:
    """Delete shifts and closings two weeks after their end: nobody counts who worked how much."""
    async with rt.stores.hoofd.transaction() as tx:
        await tx.exec(delete(Shift).where(col(Shift.ends) < now - KEPT))
        await tx.exec(delete(Closing).where(col(Closing.ends) < now - KEPT))


def can_work(role: Role, place: str) -> bool:
    """Say whether a role may be put on at a place: it has the permission that the work there asks for."""
    needed = {TALKS: Permission.TALK}.get(place, Permission.ROOM)
    return grant(role, frozenset(), needed) is not Grant.NEVER


async def _may_work(tx: Tx, account_id: str, place: str) -> None:
    who = await team.colleague(tx, account_id)
    if who is None or not can_work(who.role, place):
        raise Invalid(key="rooster.fout.wie", field="wie")


async def _not_on_yet(tx: Tx, place: str, account_id: str, hours: Hours) -> None:
    there = select(Shift.id).where(col(Shift.place) == place, col(Shift.account_id) == account_id)
    if (await tx.exec(there.where(col(Shift.starts) < hours[1], col(Shift.ends) > hours[0]))).first() is not None:
        raise AlreadyOn(field="wie")


async def _sign(tx: Tx, account_id: str, now: datetime) -> None:
    mine = update(Sign).where(col(Sign.account_id) == account_id).values(seen_at=now)
    if (await tx.exec(mine)).rowcount:
        return
    try:
        async with tx.begin_nested():
            tx.add(Sign(account_id=account_id, seen_at=now))
    except IntegrityError:  # another process saw this person at the same moment
        return


async def _note(tx: Tx, rt: Runtime, login: Login, action: Action, kind: str, object_id: str) -> None:
    await audit.note(tx, rt.keyring, login.account_id, action, kind, object_id, rt.clock.now())
