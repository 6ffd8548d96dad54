"""A room stands still for a while, or goes slower: by somebody of the team, for a reason from a list, until a moment.

First the log, then the effect: nothing ever holds that nobody answers for.
"""

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from sqlmodel import col, select

import moderation
from moderation import ActKind
from server.chat import queries, service
from server.chat.models import EventKind, Room, RoomState
from server.kit.db.database import Tx
from server.kit.errors import Conflict, Invalid
from server.kit.ids import new_id
from server.kit.runtime import Runtime
from server.kit.text import clean
from server.team import audit
from server.team.audit import Action
from server.team.logins import Login
from server.visitors.statements import APPEAL_CHARS, CASES, OBJECTING, appeal_part, reason_part

FILE: Final = Path(__file__).resolve().parents[2] / "content" / "moderation" / "redenen-groep.toml"
KINDS: Final = {"stil": ActKind.PAUSE_ROOM, "langzaam": ActKind.SLOW_ROOM}
MINUTES: Final = (15, 60, 180)
PACES: Final = (30, 120)
"""Seconds between two messages of one person."""
OBJECT: Final = "groep"


class NoMeasure(Conflict):
    """Nothing holds here any more, or a colleague was first."""

    code = "maatregel_weg"
    key = "maatregel.weg"


@dataclass(frozen=True)
class Reason:
    """Why a room can be stopped or slowed. title: for the team; text: for everybody in the room."""

    id: str
    house_rule: str
    title: str
    text: str


@dataclass(frozen=True)
class Measure:
    """What somebody of the team chose. kind: "stil" or "langzaam"; pace: seconds, only for "langzaam"."""

    kind: str
    reason: str
    minutes: int
    pace: int = 0


@cache
def reasons() -> dict[str, Reason]:
    """Return the reasons by id, in the editors' order."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {id_: Reason(id_, row["regel"], row["titel"], row["tekst"]) for id_, row in rows.items()}


async def impose(rt: Runtime, login: Login, room_id: str, wish: Measure) -> None:
    """Stop or slow a group. Raises Invalid (field at fault) or NoMeasure when something holds already."""
    _check(wish)
    now, act_id, reason = rt.clock.now(), new_id(), reasons()[wish.reason]
    until = now + timedelta(minutes=wish.minutes)
    async with rt.stores.vluchtig.reading() as tx:
        if (await queries.room(tx, room_id)).measure:
            raise NoMeasure
    async with rt.stores.hoofd.transaction() as tx:
        sealed = await CASES.seal(tx, rt.keyring, act_id, reason.text, reason_part(act_id))
        await moderation.impose(
            tx, act_id, login.account_id, KINDS[wish.kind], room_id, now,
            category=reason.id, house_rule=reason.house_rule, reason=sealed, until=until,
        )  # fmt: skip
        await audit.note(tx, rt.keyring, login.account_id, Action.ROOM_PAUSE, OBJECT, room_id, now)
    async with rt.stores.vluchtig.transaction() as tx:
        room = await tx.get_one(Room, room_id, with_for_update=True)
        room.state = RoomState.PAUSED if wish.kind == "stil" else RoomState.OPEN
        room.measure, room.reason_key, room.measure_until, room.pace = act_id, reason.id, until, wish.pace
        await tx.flush()
        await service.record(tx, rt, room, EventKind.NOTICE, args=_notice(wish, reason))


async def lift(rt: Runtime, login: Login, room_id: str) -> None:
    """End what holds in a group before its time. Raises NoMeasure."""
    async with rt.stores.vluchtig.reading() as tx:
        act_id = (await queries.room(tx, room_id)).measure
    now = rt.clock.now()
    try:
        async with rt.stores.hoofd.transaction() as tx:
            await moderation.lift(tx, act_id, login.account_id, now)
            await audit.note(tx, rt.keyring, login.account_id, Action.ROOM_OPEN, OBJECT, room_id, now)
    except moderation.ModerationError:
        raise NoMeasure from None
    await release(rt, act_id)


async def release(rt: Runtime, act_id: str) -> None:
    """Let a room go on as before; nothing happens when this measure holds nowhere."""
    async with rt.stores.vluchtig.transaction() as tx:
        query = select(Room).where(col(Room.measure) == act_id).with_for_update()
        if act_id and (room := (await tx.exec(query)).first()) is not None:
            await _release(tx, rt, room)


async def end_over(rt: Runtime, now: datetime) -> None:
    """End the measures whose time is over; a job of every process, and nothing happens twice."""
    async with rt.stores.vluchtig.reading() as tx:
        over = (await tx.exec(select(Room.measure).where(col(Room.measure_until) <= now))).all()
    for act_id in over:
        await release(rt, act_id)


async def object_to(rt: Runtime, limit: str, room_id: str, text: str) -> str | None:
    """Ask another moderator whether what holds in a room is right; the first objection is read for all.

    Returns the panel its words call for, if any. Raises Invalid, TooMany or NoMeasure.
    """
    text = clean(text, "tekst", max_chars=APPEAL_CHARS)
    await rt.limits.hit(OBJECTING, limit)
    async with rt.stores.vluchtig.reading() as tx:
        act_id = (await queries.room(tx, room_id)).measure
    async with rt.stores.hoofd.transaction() as tx:
        sealed = await CASES.seal(tx, rt.keyring, act_id, text, appeal_part(act_id))
        try:
            await moderation.appeal(tx, act_id, "", sealed, rt.clock.now())
        except moderation.ModerationError:
            raise NoMeasure from None
    return moderation.check(text, place=moderation.Place.FORUM).panel


def holds(room: Room) -> dict[str, Any] | None:
    """Return what a page says about a measure, None when nothing holds."""
    if not room.measure:
        return None
    reason = reasons().get(room.reason_key)
    paused = room.state is RoomState.PAUSED
    return {"paused": paused, "pace": room.pace, "until": room.measure_until, "reason": reason.text if reason else ""}


async def _release(tx: Tx, rt: Runtime, room: Room) -> None:
    room.state, room.measure, room.reason_key, room.measure_until, room.pace = RoomState.OPEN, "", "", None, 0
    await tx.flush()
    await service.record(tx, rt, room, EventKind.NOTICE, args={"kind": "released", "key": "maatregel.voorbij"})


def _check(wish: Measure) -> None:
    if wish.kind not in KINDS:
        raise Invalid(key="err.choose", field="wat")
    if wish.reason not in reasons():
        raise Invalid(key="err.choose", field="reden")
    if wish.minutes not in MINUTES:
        raise Invalid(key="err.choose", field="duur")
    if (wish.pace in PACES) is not (wish.kind == "langzaam"):
        raise Invalid(key="err.choose", field="tempo")


def _notice(wish: Measure, reason: Reason) -> dict[str, Any]:
    if wish.kind == "stil":
        return {"kind": "paused", "key": "maatregel.stil"}
    return {"kind": "slowed", "key": "maatregel.langzaam", "args": {"n": wish.pace}}
