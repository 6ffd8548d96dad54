"""Deeds around a kring: plan, take a place, open, go on longer, round off, wipe, count how it went."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete, select

from server.chat import live, signs
from server.chat import service as chat
from server.chat.groups import themes
from server.chat.models import EventKind, Member, Message, Room, RoomEvent, RoomKind, RoomState
from server.chat.speakers import visitor_in
from server.kit.clock import AMSTERDAM
from server.kit.db.database import Tx
from server.kit.errors import Invalid
from server.kit.ids import stable_id
from server.kit.runtime import Runtime
from server.kring import queries, rules
from server.kring.models import Debrief, Kring, Plan, State
from server.kring.rules import KringUnknown, NotNow, Pace
from server.roster import service as roster
from server.team import audit
from server.team import queries as team
from server.team.audit import Action
from server.team.logins import Login
from server.team.permissions import Grant, Permission
from server.visitors import service as visitors
from server.visitors.visit import Visit

WAITS: Final = "kring_wacht"
OVER: Final = "kring_klaar"
TOOK_PART: Final = "T1/themagroep"
DEBRIEF: Final = "T18"


async def plan(
    rt: Runtime, login: Login, theme: str, host: str, starts: datetime, minutes: int, places: int, *, weekly: bool
) -> str:
    """Plan a kring, once or every week. Returns the id of the plan. Raises BadPlan or Invalid (host)."""
    rules.check_plan(starts, minutes, places, rt.clock.now())
    if theme not in themes():
        raise rules.BadPlan(field="thema")
    row = Plan(theme=theme, host=host, starts=starts, weekly=weekly, minutes=minutes, places=places)
    async with rt.stores.hoofd.transaction() as tx:
        who = await team.colleague(tx, host)
        own = login.grant(Permission.KRING) is Grant.OWN and host != login.account_id
        if who is None or own or not roster.can_work(who.role, ""):
            raise Invalid(key="kring.fout.begeleider", field="begeleider")
        tx.add(row)
        await tx.flush()
        await audit.note(tx, rt.keyring, login.account_id, Action.KRING_PLAN, "kring", row.id, rt.clock.now())
    await prepare(rt, rt.clock.now())
    return row.id


async def cancel(rt: Runtime, login: Login, kring_id: str) -> None:
    """Call one kring off before it begins; a weekly one comes back a week later. Raises KringUnknown or NotNow."""
    async with rt.stores.vluchtig.transaction() as tx:
        row = await _mine(tx, login, kring_id, Permission.KRING)
        if row.state not in rules.TO_COME:
            raise NotNow
        row.state = State.CANCELLED
        room = await tx.get_one(Room, kring_id, with_for_update=True)
        room.shut = OVER
        await _tell(tx, rt, room, "shut", "kring.stand.afgelast")
    await audit.log(rt, login.account_id, Action.KRING_CANCEL, "kring", kring_id)


async def stop_series(rt: Runtime, login: Login, plan_id: str) -> None:
    """Stop a plan: nothing new comes of it, and what has not begun is called off. Raises KringUnknown."""
    async with rt.stores.hoofd.transaction() as tx:
        row = await tx.get(Plan, plan_id)
        if row is None or (login.grant(Permission.KRING) is Grant.OWN and row.host != login.account_id):
            raise KringUnknown
        await tx.delete(row)
        await audit.note(tx, rt.keyring, login.account_id, Action.KRING_CANCEL, "kring", plan_id, rt.clock.now())
    async with rt.stores.vluchtig.transaction() as tx:
        waiting = select(Kring).where(col(Kring.plan_id) == plan_id, col(Kring.state) == State.PLANNED)
        for kring in (await tx.exec(waiting.with_for_update())).all():
            kring.state = State.CANCELLED


async def prepare(rt: Runtime, now: datetime) -> None:
    """Make the kringen of the next two weeks, each with its room; the id decides that none is made twice."""
    async with rt.stores.hoofd.reading() as tx:
        planned = await queries.plans(tx)
    for row in planned:
        for starts in rules.occurrences(row, now):
            await _make(rt, row, starts)


async def _make(rt: Runtime, row: Plan, starts: datetime) -> None:
    id_ = stable_id("kring", row.id, starts.isoformat())
    async with rt.stores.vluchtig.reading() as tx:
        if await tx.get(Kring, id_) is not None:
            return
    made = Kring(
        id=id_, plan_id=row.id, theme=row.theme, host=row.host, starts=starts,
        ends=starts + timedelta(minutes=row.minutes), places=row.places,
    )  # fmt: skip
    try:
        async with rt.stores.vluchtig.transaction() as tx:
            tx.add_all([made, Room(id=id_, kind=RoomKind.KRING, theme=row.theme, shut=WAITS, opens=starts)])
    except IntegrityError:  # another process was first
        return


async def take_place(rt: Runtime, visit: Visit, kring_id: str) -> None:
    """Take a place at the door, under a key of this visit and this room alone. Raises KringFull or DoorShut.

    A second press takes no second place.
    """
    speaker = visitor_in(visit, kring_id, RoomKind.KRING, rt.clock.now())
    async with rt.stores.vluchtig.transaction() as tx:
        row = await queries.kring(tx, kring_id, lock=True)
        if await queries.has_place(tx, kring_id, speaker.keys):
            return
        if refusal := rules.may_enter(row.state, row.taken, row.places):
            raise refusal
        row.taken += 1
        tx.add(Member(room_id=kring_id, author_key=speaker.key))
    await visitors.count_once(rt, visit, TOOK_PART, most=2)


async def give_back(rt: Runtime, visit: Visit, kring_id: str) -> None:
    """Give the own place back, so that somebody else can come. Other tabs hear no more; what was said stays."""
    keys = visitor_in(visit, kring_id, RoomKind.KRING, rt.clock.now()).keys
    async with rt.stores.vluchtig.transaction() as tx:
        row = await queries.kring(tx, kring_id, lock=True)
        here = (col(Member.room_id) == kring_id, col(Member.author_key).in_(list(keys)))
        row.taken -= (await tx.exec(delete(Member).where(*here))).rowcount
        left = live.LEFT + kring_id.encode()
        tx.after_commit(lambda: rt.bus.publish(f"p:{visit.ref.hex()}", left))


async def open_(rt: Runtime, login: Login, kring_id: str) -> None:
    """Begin: from now on those who have a place can write. Pressing twice changes nothing. Raises NotNow."""
    async with rt.stores.vluchtig.transaction() as tx:
        row = await _mine(tx, login, kring_id, Permission.KRING_HOST)
        if row.state is State.OPEN:
            return
        if row.state is not State.DOOR:
            raise NotNow
        row.state = State.OPEN
        room = await tx.get_one(Room, kring_id, with_for_update=True)
        room.shut, room.opens, room.closes = "", None, row.ends
        await _tell(tx, rt, room, "open", "kring.stand.open", row.ends)


async def go_on(rt: Runtime, login: Login, kring_id: str) -> None:
    """Go on ten minutes longer. Raises NotNow after three times."""
    async with rt.stores.vluchtig.transaction() as tx:
        row = await _mine(tx, login, kring_id, Permission.KRING_HOST)
        row.ends, row.extended = rules.longer(row.state, row.ends, row.extended), row.extended + 1
        row.state = rules.due(row.state, row.starts, row.ends, row.wipe_at, pace(rt), rt.clock.now())
        room = await tx.get_one(Room, kring_id, with_for_update=True)
        room.closes = row.ends
        await _tell(tx, rt, room, "open", "kring.stand.langer", row.ends)


async def round_off(rt: Runtime, login: Login, kring_id: str) -> None:
    """Begin the last round now instead of shortly before the end. Raises NotNow."""
    now = rt.clock.now()
    async with rt.stores.vluchtig.transaction() as tx:
        row = await _mine(tx, login, kring_id, Permission.KRING_HOST)
        row.ends = rules.rounded_off(row.state, row.ends, pace(rt), now)
        await _move(tx, rt, row, State.CLOSING)


async def debrief(rt: Runtime, login: Login, kring_id: str, answer: str) -> None:
    """Count how it went, once; nothing is kept but that it was said. Raises Invalid or NotNow."""
    if answer not in set(Debrief):
        raise Invalid(key="err.choose", field="verloop")
    async with rt.stores.vluchtig.transaction() as tx:
        row = await _mine(tx, login, kring_id, Permission.KRING_HOST)
        if row.state not in (State.ENDED, State.WIPED):
            raise NotNow
        if row.debriefed:
            return
        row.debriefed = True
        tx.after_commit(lambda: rt.tally.count(DEBRIEF, answer))


async def advance(rt: Runtime, now: datetime) -> None:
    """Let the clock move every kring. Any process may, at any time: the row decides, and nothing happens twice."""
    async with rt.stores.vluchtig.reading() as tx:
        rows = [row.id for row in await queries.unfinished(tx) if _due(rt, row, now) is not row.state]
    for id_ in rows:
        async with rt.stores.vluchtig.transaction() as tx:
            row = await queries.kring(tx, id_, lock=True)
            if (state := _due(rt, row, now)) is not row.state:
                await _move(tx, rt, row, state)


async def forget(rt: Runtime, now: datetime) -> None:
    """Delete kringen and their rooms a day after their end, and plans of which nothing more can come."""
    async with rt.stores.vluchtig.transaction() as tx:
        over = select(Kring.id).where(col(Kring.state).in_(rules.OVER), col(Kring.ends) < now - rules.KEPT)
        gone = list((await tx.exec(over)).all())
        await _erase(tx, gone)
        await tx.exec(delete(Room).where(col(Room.id).in_(gone)))
        await tx.exec(delete(Kring).where(col(Kring.id).in_(gone)))
    async with rt.stores.hoofd.transaction() as tx:
        once = (col(Plan.weekly).is_(False), col(Plan.starts) < now - rules.KEPT)
        await tx.exec(delete(Plan).where(*once))


async def forgotten(rt: Runtime, visit: Visit) -> dict[str, int]:
    """Give back every place of this visit and erase what it said in kringen; for "forget me" (privacy 5.2)."""
    async with rt.stores.vluchtig.reading() as tx:
        ids = await queries.with_words(tx)
    for id_ in ids:
        await give_back(rt, visit, id_)
    now = rt.clock.now()
    here = [visitor_in(visit, id_, RoomKind.KRING, now) for id_ in ids]
    await signs.forget_presses(rt, [speaker.sign_key for speaker in here])
    keys = {key for speaker in here for key in speaker.keys}
    return {"berichten": await chat.forget_author(rt, frozenset(keys))}


def pace(rt: Runtime) -> Pace:
    """Return how long the parts of a kring take here."""
    settings = rt.settings
    door, closing, wipe = settings.kring_door, settings.kring_closing, settings.kring_wipe
    return Pace(timedelta(seconds=door), timedelta(seconds=closing), timedelta(seconds=wipe))


def _due(rt: Runtime, row: Kring, now: datetime) -> State:
    return rules.due(row.state, row.starts, row.ends, row.wipe_at, pace(rt), now)


async def _mine(tx: Tx, login: Login, kring_id: str, permission: Permission) -> Kring:
    """Return a kring that this person may change, locked. Raises KringUnknown."""
    row = await queries.kring(tx, kring_id, lock=True)
    if login.grant(permission) is Grant.OWN and row.host != login.account_id:
        raise KringUnknown
    return row


async def _move(tx: Tx, rt: Runtime, row: Kring, state: State) -> None:
    """Do what belongs to a new state; pages hear it in the order of the room."""
    held = row.state in rules.LIVE
    row.state = state
    if state is State.DOOR:
        return
    room = await tx.get_one(Room, row.id, with_for_update=True)
    wipe_at = row.ends + pace(rt).wipe
    if state is State.CLOSING:
        room.closes = row.ends
        await _tell(tx, rt, room, "closing", "kring.stand.afronden", wipe_at)
    elif state is State.ENDED:
        row.wipe_at = max(wipe_at, rt.clock.now()) if held else rt.clock.now()
        row.debriefed = not held
        room.shut, room.opens, room.closes = OVER, None, None
        await _tell(tx, rt, room, "over", "kring.stand.klaar" if held else "kring.stand.ging_niet_door", row.wipe_at)
    elif state is State.WIPED:
        await _wipe(tx, rt, room)


async def _wipe(tx: Tx, rt: Runtime, room: Room) -> None:
    """Erase every word and every place. The last event says so to who still has the page."""
    await _erase(tx, [room.id])
    room.state, room.first_seq = RoomState.ENDED, room.last_seq + 1
    await _tell(tx, rt, room, "wiped", "kring.stand.gewist")


async def _erase(tx: Tx, room_ids: list[str]) -> None:
    await signs.drop(tx, (await tx.exec(select(Message.id).where(col(Message.room_id).in_(room_ids)))).all())
    for table, column in ((Message, Message.room_id), (RoomEvent, RoomEvent.room_id), (Member, Member.room_id)):
        await tx.exec(delete(table).where(col(column).in_(room_ids)))


async def _tell(tx: Tx, rt: Runtime, room: Room, kind: str, key: str, at: datetime | None = None) -> None:
    """Add a notice to the room's order, with a time on the clock in Groningen where it has one."""
    words: dict[str, Any] = {"kind": kind, "key": key}
    if at is not None:
        words["args"] = {"tijd": at.astimezone(AMSTERDAM).strftime("%H:%M")}
    await tx.flush()
    await chat.record(tx, rt, room, EventKind.NOTICE, args=words)
