"""Deeds on the roster, and what they do to the doors of groups and talks."""

from dataclasses import replace
from datetime import timedelta

import orjson
import pytest
from sqlmodel import select

from server.chat import doors, queries
from server.chat.hub import Hub
from server.chat.models import Room
from server.chat.rules import RoomClosed
from server.chat.speakers import working
from server.jobs import all_jobs
from server.kit.errors import Invalid
from server.kit.runtime import Runtime
from server.roster import service
from server.roster.doors import standing
from server.roster.models import MODERATION, TALKS, Closing, Shift, Sign
from server.roster.rules import AlreadyOn
from server.team.logins import Login
from server.team.models import AuditRow
from server.team.permissions import Role
from tests.cast import a_group, colleague, guest, say
from tests.chat.test_hub import Ear
from tests.team.cast import clock_of

HOUR = timedelta(hours=1)


@pytest.fixture
def by_roster(rt: Runtime) -> Runtime:
    """A house where the roster alone decides and one of those on shift must be signed in."""
    return replace(rt, settings=replace(rt.settings, staffed="", staff_minimum=1))


async def room_of(rt: Runtime, room_id: str) -> Room:
    async with rt.stores.vluchtig.reading() as tx:
        return await queries.room(tx, room_id)


async def notices(rt: Runtime, room_id: str) -> list[str]:
    """Return what pages were told about the door, in order."""
    async with rt.stores.vluchtig.reading() as tx:
        found = await queries.events(tx, rt.keyring, await queries.room(tx, room_id), after=0, limit=50)
    return [orjson.loads(event.payload)["kind"] for event in found if b'"notice"' in event.payload]


async def on_shift(rt: Runtime, place: str) -> Login:
    """Put Sam on from now on for two hours, long after signing in."""
    sam, hilde = await colleague(rt), await colleague(rt, Role.COORDINATOR)
    clock_of(rt).advance(timedelta(minutes=10))  # signing in was a sign of life too
    now = rt.clock.now()
    await service.put_on(rt, hilde, place, sam.account_id, (now, now + 2 * HOUR))
    return sam


async def test_a_group_opens_when_who_is_on_shift_comes_and_shuts_when_they_leave(by_roster: Runtime) -> None:
    """With some minutes in between, for a tunnel or a restart; the next opening is known."""
    rt = by_roster
    room_id = await a_group(rt)
    sam = await on_shift(rt, room_id)
    await doors.turn(rt, rt.clock.now())
    assert (await room_of(rt, room_id)).shut == "niemand"
    merel = (await guest(rt, "Merel")).in_group(rt, room_id)
    with pytest.raises(RoomClosed):
        await say(rt, merel, room_id, "Is hier iemand")
    await service.sign(rt, [sam.account_id])
    await doors.turn(rt, rt.clock.now())
    opened = await room_of(rt, room_id)
    assert (opened.shut, opened.closes) == ("", rt.clock.now() + 2 * HOUR)
    await say(rt, merel, room_id, "Fijn dat je er bent")
    clock_of(rt).advance(timedelta(minutes=4))
    await doors.turn(rt, rt.clock.now())
    assert not (await room_of(rt, room_id)).shut
    clock_of(rt).advance(timedelta(minutes=2))
    await doors.turn(rt, rt.clock.now())
    await doors.turn(rt, rt.clock.now())
    assert (await room_of(rt, room_id)).shut == "niemand"
    assert await notices(rt, room_id) == ["shut", "open", "shut"]


async def test_an_open_page_is_the_sign(by_roster: Runtime) -> None:
    """The process that holds it notes it; without a page, somebody who just signed in counts as well."""
    rt, hub = by_roster, Hub(by_roster)
    sam = await on_shift(rt, TALKS)
    assert (await standing(rt, TALKS)).reason == "niemand"
    (sign,) = [job for job in all_jobs(hub) if job.name == "signs"]
    Ear(rt, hub, working(rt, sam))
    await sign.deed(rt, rt.clock.now())
    assert (await standing(rt, TALKS)).open
    clock_of(rt).advance(timedelta(minutes=6))
    assert not (await standing(rt, TALKS)).open


async def test_when_texts_are_read_follows_the_roster_alone(by_roster: Runtime) -> None:
    await on_shift(by_roster, MODERATION)
    assert (await standing(by_roster, MODERATION)).open


async def test_talks_follow_their_own_shifts(by_roster: Runtime) -> None:
    rt = by_roster
    sam = await on_shift(rt, TALKS)
    assert not (await standing(rt, TALKS)).open
    await service.sign(rt, [sam.account_id])
    assert (await standing(rt, TALKS)).open
    clock_of(rt).advance(3 * HOUR)
    assert (await standing(rt, TALKS)).reason == "rooster"


async def test_one_press_shuts_a_door_and_opens_it_again(rt: Runtime) -> None:
    """With a reason that visitors read, a line in the trail, and no second row for a second press."""
    room_id, hilde = await a_group(rt), await colleague(rt, Role.COORDINATOR)
    await service.shut(rt, hilde, room_id, "ziek")
    await service.shut(rt, hilde, room_id, "onrust")
    await doors.turn(rt, rt.clock.now())
    assert (await room_of(rt, room_id)).shut == "ziek"
    async with rt.stores.hoofd.reading() as tx:
        assert len((await tx.exec(select(Closing))).all()) == 1
    await service.reopen(rt, hilde, room_id)
    await doors.turn(rt, rt.clock.now())
    assert not (await room_of(rt, room_id)).shut
    async with rt.stores.hoofd.reading() as tx:
        trail = (await tx.exec(select(AuditRow.action).where(AuditRow.kind == "deur"))).all()
    assert list(trail) == ["deur_sluiten", "deur_openen"]


async def test_a_reason_that_is_not_on_the_list_is_refused(rt: Runtime) -> None:
    with pytest.raises(Invalid):
        await service.shut(rt, await colleague(rt, Role.COORDINATOR), TALKS, "geen zin")


async def test_a_week_is_copied_once_at_the_same_times(rt: Runtime) -> None:
    """Pressing twice makes no second shift."""
    await on_shift(rt, TALKS)
    hilde = await colleague(rt, Role.COORDINATOR)
    monday = rt.clock.now().date() - timedelta(days=rt.clock.now().weekday())
    assert await service.copy_week(rt, hilde, monday) == 1
    assert await service.copy_week(rt, hilde, monday) == 0
    async with rt.stores.hoofd.reading() as tx:
        starts = sorted(row.starts for row in (await tx.exec(select(Shift))).all())
    assert starts[1] - starts[0] == timedelta(days=7)


async def test_nobody_is_put_on_twice_or_where_they_may_not_work(rt: Runtime) -> None:
    sam = await on_shift(rt, TALKS)
    hilde, noor = await colleague(rt, Role.COORDINATOR), await colleague(rt, Role.MODERATOR)
    now = rt.clock.now()
    with pytest.raises(AlreadyOn):
        await service.put_on(rt, hilde, TALKS, sam.account_id, (now + HOUR, now + 3 * HOUR))
    with pytest.raises(Invalid):
        await service.put_on(rt, hilde, TALKS, noor.account_id, (now, now + HOUR))
    with pytest.raises(Invalid):
        await service.put_on(rt, hilde, TALKS, "0" * 32, (now, now + HOUR))


async def test_signs_and_past_shifts_do_not_stay(rt: Runtime) -> None:
    sam = await on_shift(rt, TALKS)
    await service.sign(rt, [sam.account_id, sam.account_id])
    clock_of(rt).advance(timedelta(days=15))
    await service.sign(rt, ["1" * 32])
    await service.forget(rt, rt.clock.now())
    async with rt.stores.hoofd.reading() as tx:
        assert not (await tx.exec(select(Shift))).all()
    async with rt.stores.vluchtig.reading() as tx:
        assert (await tx.exec(select(Sign.account_id))).all() == ["1" * 32]
