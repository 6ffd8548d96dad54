"""A kring on the real stores: places, opening, the last round, the wipe, and what remains."""

import asyncio
from datetime import timedelta

import orjson
import pytest
from sqlmodel import col, select

from server.chat import queries as rooms
from server.chat.hub import Hub
from server.chat.models import Member, Message, RoomEvent, RoomKind
from server.chat.rules import NoPlace, RoomClosed, RoomUnknown, Speaker
from server.chat.speakers import visiting, visitor_in
from server.kit.errors import Invalid
from server.kit.runtime import Runtime
from server.kring import queries, service
from server.kring.models import Kring, Plan, State
from server.kring.rules import KringFull, KringUnknown, NotNow
from server.team.logins import Login
from server.team.permissions import Role
from tests.cast import Guest, as_team, colleague, guest, say
from tests.chat.test_hub import Ear
from tests.team.cast import clock_of

MINUTE = timedelta(minutes=1)


async def planned(rt: Runtime, sam: Login, *, places: int = 3, weekly: bool = False) -> str:
    """Plan a kring that begins in twenty minutes; return its id."""
    starts = rt.clock.now() + 20 * MINUTE
    plan_id = await service.plan(rt, sam, "wachten", sam.account_id, starts, 60, places, weekly=weekly)
    async with rt.stores.vluchtig.reading() as tx:
        found = select(Kring.id).where(Kring.plan_id == plan_id).order_by(col(Kring.starts))
        return (await tx.exec(found)).all()[0]


async def later(rt: Runtime, minutes: float) -> None:
    """Let time pass and the clock do its work, twice: that changes nothing."""
    clock_of(rt).advance(minutes * MINUTE)
    await service.advance(rt, rt.clock.now())
    await service.advance(rt, rt.clock.now())


async def state_of(rt: Runtime, kring_id: str) -> State:
    async with rt.stores.vluchtig.reading() as tx:
        return (await queries.kring(tx, kring_id)).state


async def notices(rt: Runtime, room_id: str) -> list[tuple[str, str]]:
    """Return (kind, time) of what pages were told, in order."""
    async with rt.stores.vluchtig.reading() as tx:
        room = await rooms.room(tx, room_id)
        found = [orjson.loads(event.payload) for event in await rooms.events(tx, rt.keyring, room, after=0, limit=50)]
    return [(one["kind"], one.get("args", {}).get("tijd", "")) for one in found if one["t"] == "notice"]


def inside(rt: Runtime, who: Guest, room_id: str) -> Speaker:
    return visitor_in(who.visit, room_id, RoomKind.KRING, rt.clock.now())


async def test_from_the_door_to_the_wipe(rt: Runtime) -> None:
    """Nobody writes before the host opens; what was said is gone at the time that was promised."""
    sam, merel = await colleague(rt), await guest(rt, "Merel")
    room_id = await planned(rt, sam)
    await later(rt, 6)
    assert await state_of(rt, room_id) is State.DOOR
    await service.take_place(rt, merel.visit, room_id)
    with pytest.raises(RoomClosed):
        await say(rt, inside(rt, merel, room_id), room_id, "Mag ik al")
    await later(rt, 15)
    await service.open_(rt, sam, room_id)
    await service.open_(rt, sam, room_id)
    await say(rt, inside(rt, merel, room_id), room_id, "Ik wacht al vier maanden")
    await say(rt, as_team(sam, room_id), room_id, "Fijn dat je er bent")
    await later(rt, 55)
    assert await state_of(rt, room_id) is State.CLOSING
    await later(rt, 5)
    assert await state_of(rt, room_id) is State.ENDED
    with pytest.raises(RoomClosed):
        await say(rt, inside(rt, merel, room_id), room_id, "Nog een ding")
    assert await notices(rt, room_id) == [("open", "21:50"), ("closing", "22:00"), ("over", "22:00")]
    await later(rt, 10)
    assert await state_of(rt, room_id) is State.WIPED
    async with rt.stores.vluchtig.reading() as tx:
        assert not (await tx.exec(select(Message))).all()
        assert not (await tx.exec(select(Member))).all()
        assert len((await tx.exec(select(RoomEvent))).all()) == 1
    assert await notices(rt, room_id) == [("wiped", "")]
    with pytest.raises(RoomUnknown):
        await say(rt, inside(rt, merel, room_id), room_id, "Hallo")


async def test_who_has_no_place_neither_reads_nor_writes(rt: Runtime) -> None:
    """A moderator reads along, a visitor outside does not."""
    sam, noor, daan = await colleague(rt), await colleague(rt, Role.MODERATOR), await guest(rt, "Daan")
    room_id = await planned(rt, sam)
    await later(rt, 6)
    await service.open_(rt, sam, room_id)
    with pytest.raises(RoomUnknown):
        await say(rt, inside(rt, daan, room_id), room_id, "Hallo")
    async with rt.stores.vluchtig.reading() as tx:
        with pytest.raises(NoPlace):
            await rooms.readable_room(tx, room_id, inside(rt, daan, room_id).keys)
        assert (await rooms.readable_room(tx, room_id, as_team(noor, room_id).keys, team=True)).id == room_id


async def test_the_last_place_goes_to_one(rt: Runtime) -> None:
    """Ten at the door of three, at the same moment; a second press takes nothing more, a place given back is free."""
    sam, people = await colleague(rt), [await guest(rt, f"Gast {number}") for number in range(10)]
    room_id = await planned(rt, sam)
    await later(rt, 6)
    tries = (service.take_place(rt, each.visit, room_id) for each in people)
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(answer is None for answer in answers) == 3
    assert sum(isinstance(answer, KringFull) for answer in answers) == 7
    (first, *_) = [each for each, answer in zip(people, answers, strict=True) if answer is None]
    (left_out, *_) = [each for each, answer in zip(people, answers, strict=True) if answer is not None]
    await service.take_place(rt, first.visit, room_id)
    await service.give_back(rt, first.visit, room_id)
    await service.give_back(rt, first.visit, room_id)
    await service.take_place(rt, left_out.visit, room_id)
    async with rt.stores.vluchtig.reading() as tx:
        assert (await queries.kring(tx, room_id)).taken == 3


async def test_who_gave_the_place_back_hears_no_more(rt: Runtime) -> None:
    """In no tab; the others do."""
    sam, merel, daan, hub = await colleague(rt), await guest(rt, "Merel"), await guest(rt, "Daan"), Hub(rt)
    room_id = await planned(rt, sam)
    await later(rt, 20)
    await service.open_(rt, sam, room_id)
    ears = []
    for each in (merel, daan):
        await service.take_place(rt, each.visit, room_id)
        ears.append(Ear(rt, hub, visiting(rt, each.visit)))
        await hub.enter(ears[-1], room_id, None)
    await service.give_back(rt, merel.visit, room_id)
    await say(rt, as_team(sam, room_id), room_id, "Welkom terug")
    assert [len([one for one in ear.heard() if one["t"] == "message"]) for ear in ears] == [0, 1]


async def test_every_process_may_move_the_clock(rt: Runtime) -> None:
    """Five at the same moment: each step once."""
    sam = await colleague(rt)
    room_id = await planned(rt, sam)
    await later(rt, 20)
    await service.open_(rt, sam, room_id)
    for minutes in (56, 5):
        clock_of(rt).advance(minutes * MINUTE)
        await asyncio.gather(*(service.advance(rt, rt.clock.now()) for _ in range(5)))
    assert [kind for kind, _ in await notices(rt, room_id)] == ["open", "closing", "over"]


async def test_a_kring_without_its_host_does_not_take_place(rt: Runtime) -> None:
    sam = await colleague(rt)
    room_id = await planned(rt, sam)
    await later(rt, 6)
    await later(rt, 30)
    assert await state_of(rt, room_id) is State.WIPED
    with pytest.raises(NotNow):
        await service.open_(rt, sam, room_id)


async def test_only_the_host_or_a_moderator_opens(rt: Runtime) -> None:
    sam, other, noor = await colleague(rt), await colleague(rt), await colleague(rt, Role.MODERATOR)
    room_id = await planned(rt, sam)
    await later(rt, 6)
    with pytest.raises(KringUnknown):
        await service.open_(rt, other, room_id)
    await service.open_(rt, noor, room_id)
    assert await state_of(rt, room_id) is State.OPEN


async def test_a_host_gives_more_time_and_rounds_off(rt: Runtime) -> None:
    """The clock that people see follows."""
    sam = await colleague(rt)
    room_id = await planned(rt, sam)
    await later(rt, 20)
    await service.open_(rt, sam, room_id)
    await later(rt, 56)
    await service.go_on(rt, sam, room_id)
    assert await state_of(rt, room_id) is State.OPEN
    await service.round_off(rt, sam, room_id)
    assert await state_of(rt, room_id) is State.CLOSING
    await later(rt, 5)
    assert await state_of(rt, room_id) is State.ENDED
    assert [kind for kind, _ in await notices(rt, room_id)] == ["open", "closing", "open", "closing", "over"]


async def test_how_it_went_is_counted_once_and_kept_nowhere(rt: Runtime) -> None:
    sam = await colleague(rt)
    room_id = await planned(rt, sam)
    with pytest.raises(NotNow):
        await service.debrief(rt, sam, room_id, "zwaar")
    await later(rt, 20)
    await service.open_(rt, sam, room_id)
    await later(rt, 61)
    with pytest.raises(Invalid):
        await service.debrief(rt, sam, room_id, "iets anders")
    await service.debrief(rt, sam, room_id, "zwaar")
    await service.debrief(rt, sam, room_id, "rustig")
    async with rt.stores.vluchtig.reading() as tx:
        row = await queries.kring(tx, room_id)
    assert row.debriefed
    assert "zwaar" not in str(row.model_dump())


async def test_a_weekly_kring_comes_back_until_the_series_stops(rt: Runtime) -> None:
    """One called off stays off, however often the next two weeks are prepared."""
    sam = await colleague(rt)
    room_id = await planned(rt, sam, weekly=True)
    await service.cancel(rt, sam, room_id)
    await service.prepare(rt, rt.clock.now())
    async with rt.stores.vluchtig.reading() as tx:
        rows = (await tx.exec(select(Kring).order_by(col(Kring.starts)))).all()
    assert [row.state for row in rows] == [State.CANCELLED, State.PLANNED]
    await service.stop_series(rt, sam, rows[0].plan_id)
    async with rt.stores.hoofd.reading() as tx:
        assert not (await tx.exec(select(Plan))).all()
    async with rt.stores.vluchtig.reading() as tx:
        assert not await queries.to_come(tx)


async def test_forget_me_gives_back_the_place_and_takes_back_the_words(rt: Runtime) -> None:
    sam, merel = await colleague(rt), await guest(rt, "Merel")
    room_id = await planned(rt, sam)
    await later(rt, 20)
    await service.take_place(rt, merel.visit, room_id)
    await service.open_(rt, sam, room_id)
    await say(rt, inside(rt, merel, room_id), room_id, "Dit mag straks weg")
    assert await service.forgotten(rt, merel.visit) == {"berichten": 1}
    async with rt.stores.vluchtig.reading() as tx:
        assert (await queries.kring(tx, room_id)).taken == 0
        assert [row.sealed for row in (await tx.exec(select(Message))).all()] == [None]


async def test_nothing_is_left_a_day_later(rt: Runtime) -> None:
    sam = await colleague(rt)
    room_id = await planned(rt, sam)
    await later(rt, 6)
    await later(rt, 120)
    await later(rt, 26 * 60)
    await service.forget(rt, rt.clock.now())
    async with rt.stores.vluchtig.reading() as tx:
        with pytest.raises(KringUnknown):
            await queries.kring(tx, room_id)
