"""What the pages of a talk show, ready to print: where somebody stands, and everything that belongs there."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from fastapi import Request
from starlette.responses import Response

from server.chat import queries as rooms
from server.chat.models import RoomKind
from server.chat.speakers import visitor_in
from server.chat.views import bubble
from server.kit.clock import AMSTERDAM, local_day
from server.kit.db.database import Tx
from server.kit.runtime import Runtime, state
from server.roster.doors import standing
from server.roster.models import TALKS
from server.talks import colleagues, objections, queries, rules, steps, waiting
from server.talks.models import AskKind, AskState, Waiting, WaitingState
from server.talks.rules import ClosingSoon, LineFull
from server.visitors.visit import Visit
from web import frame_of, page, text

LAST = 50


@dataclass(frozen=True)
class Door:
    """How one gets in. state: open, closed (then reason), closing (the line reaches past closing time) or full."""

    state: str
    reason: str
    opens: datetime | None
    closes: datetime | None


async def show(request: Request, rt: Runtime, visit: Visit, **said: Any) -> Response:
    """Show where this visitor's talk stands. said: error, refused, typed, panel or mood, for the page that has them."""
    now = rt.clock.now()
    error = said.get("error")
    decisions = await objections.told(rt, visit)
    door = await stands(rt)
    async with rt.stores.vluchtig.reading() as tx:
        found = await queries.mine(tx, queries.person_of(visit), now)
        if found is None:
            name, context = "before", before(request, await entry(tx, rt, door))
        elif found.state is WaitingState.WAITING:
            name, context = await _waiting(tx, request, rt, found)
        elif found.state is WaitingState.ENDED:
            name, context = await _over(tx, request, rt, visit, found, await entry(tx, rt, door))
        elif found.begun_at is None:
            helper = await queries.last_helper(tx, found.id)
            name, context = "ready", {"helper": helper, "client_id": str(uuid.uuid4())}
        else:
            name, context = "talk", await _talk(tx, rt, visit, found) | {"client_id": str(uuid.uuid4())}
    if found is not None:
        await waiting.keep(rt, found, rules.LOOK_KEPT)
    defaults: dict[str, Any] = {
        "error": None,
        "refused": None,
        "typed": "",
        "panel": None,
        "mood": "",
        "decisions": decisions,
    }
    defaults |= {"today": local_day(now)}
    return page(request, f"talks/{name}.html", defaults | context | said, error.status if error else 200)


async def stands(rt: Runtime) -> Door:
    """Return how the door stands by the roster; `entry` adds the line to that, inside a transaction."""
    door = await standing(rt, TALKS)
    return Door("open" if door.open else "closed", door.reason, door.opens, door.closes)


async def entry(tx: Tx, rt: Runtime, door: Door) -> Door:
    """Return the door with what the line makes of it: closing or full."""
    if door.state != "open":
        return door
    now = rt.clock.now()
    try:
        rules.check_entry(now, door.closes, await queries.in_line(tx), await queries.recent_waits(tx, now))
    except ClosingSoon:
        return replace(door, state="closing")
    except LineFull:
        return replace(door, state="full")
    return door


def before(request: Request, door: Door) -> dict[str, Any]:
    """Return what the page before a talk needs."""
    return {"door": door, "elsewhere": elsewhere(request, door.state != "open")}


def elsewhere(request: Request, wanted: bool = True) -> list[dict[str, Any]]:
    """Return places of the sociale kaart where somebody can be reached now; app.py says how to find them."""
    return state(request).open_now() if wanted else []


async def place(tx: Tx, rt: Runtime, found: Waiting, lang: str) -> dict[str, Any]:
    """Return somebody's place in words, for the page and for its script."""
    now = rt.clock.now()
    line = await queries.line(tx, found, now)
    eta = text("queue.eta", lang, a=line.low, b=line.high) if line.low is not None else text("queue.unknown", lang)
    return {
        "ahead": text("queue.ahead", lang, n=line.ahead) if line.ahead else text("queue.next", lang),
        "eta": eta,
        "why": text("queue.working", lang, n=line.working) if line.working else "",
        "n": line.ahead,
        "working": line.working,
        "at": now.astimezone(AMSTERDAM).strftime("%H:%M"),
        "long": now - found.enqueued_at >= rules.LONG_WAIT,
    }


async def _waiting(tx: Tx, request: Request, rt: Runtime, found: Waiting) -> tuple[str, dict[str, Any]]:
    if found.missed:
        return "missed", {"minutes": _minutes(found.kept_until - rt.clock.now())}
    room = await rooms.room(tx, found.id)
    shown = await place(tx, rt, found, frame_of(request).lang)
    return "queue", {
        "place": shown, "room": room, "client_id": str(uuid.uuid4()), "returned": found.returned,
        "elsewhere": elsewhere(request),
    }  # fmt: skip


async def _talk(tx: Tx, rt: Runtime, visit: Visit, found: Waiting) -> dict[str, Any]:
    now = rt.clock.now()
    speaker = visitor_in(visit, found.id, RoomKind.TALK, now)
    room = await rooms.room(tx, found.id)
    messages = await rooms.last_messages(tx, rt.keyring, room, speaker, limit=LAST)
    taken = await queries.assignment(tx, found.id)
    asks = await colleagues.of_talk(tx, found.id)
    hand_over, backup = asks.get(AskKind.HAND_OVER), asks.get(AskKind.BACKUP)
    answered = any(one.role and one.seq and one.seq > found.signal_seq for one in messages)
    open_note = hand_over if hand_over and hand_over.state is AskState.OPEN else None
    return {
        "helper": taken.helper_name if taken else "", "gen": taken.gen if taken else 0, "room": room, "me": speaker.pid,
        "messages": [bubble(one, now) for one in messages], "invite": found.invite, "masked_id": str(uuid.uuid4()),
        "signal": "" if answered else found.signal, "closing": _minutes_left(found, rt),
        "hand_over": steps.open_note(room, rt.keyring, open_note.note) if open_note else None,
        "backup": backup.helper_name if backup and backup.state is AskState.OPEN else None,
        "with_backup": backup.helper_name if backup and backup.state is AskState.YES else "",
    }  # fmt: skip


async def _over(
    tx: Tx, request: Request, rt: Runtime, visit: Visit, found: Waiting, door: Door
) -> tuple[str, dict[str, Any]]:
    if found.begun_at is None:
        return "lapsed", before(request, door)
    kept = bool(found.again) and found.again in waiting.asked_again(rt, visit)
    return "after", {
        "helper": await queries.last_helper(tx, found.id), "door": door, "again": bool(found.again), "again_kept": kept,
    }  # fmt: skip


def _minutes_left(found: Waiting, rt: Runtime) -> int | None:
    return None if found.closes_at is None else _minutes(found.closes_at - rt.clock.now())


def _minutes(left: timedelta) -> int:
    """Return whole minutes, rounded up, at least one."""
    return max(1, int(-(-left.total_seconds() // 60)))
