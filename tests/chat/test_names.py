"""Two people of one name in a group: everybody can tell them apart, and nothing ties the name to them elsewhere."""

import asyncio
from datetime import timedelta

from sqlmodel import select

from server.chat import queries, retention, service
from server.chat.groups import groups
from server.chat.models import RoomKind, RoomName
from server.chat.speakers import team_in, visitor_in
from server.kit.runtime import Runtime
from tests.cast import Guest, a_group, colleague, guest, say
from tests.team.cast import clock_of


async def names_in(rt: Runtime, room_id: str, reader: Guest) -> list[str]:
    """Return the names under the messages as somebody reads them, oldest first."""
    speaker = visitor_in(reader.visit, room_id, RoomKind.GROUP, rt.clock.now())
    async with rt.stores.vluchtig.reading() as tx:
        room = await queries.room(tx, room_id)
        return [shown.name for shown in await queries.last_messages(tx, rt.keyring, room, speaker, limit=50)]


async def test_the_second_of_a_name_gets_a_number(rt: Runtime) -> None:
    room_id = await a_group(rt)
    first, second, third = [await guest(rt, name) for name in ("Stille Wulp", "stille wúlp", "Groene Reiger")]
    for who in (first, second, third):
        await say(rt, who.in_group(rt, room_id), room_id, "Ik lees mee vandaag.")
    await rt.limits.clear()
    for who in (second, first):
        await say(rt, who.in_group(rt, room_id), room_id, "Nog steeds.")
    expected = ["Stille Wulp", "stille wúlp (2)", "Groene Reiger", "stille wúlp (2)", "Stille Wulp"]
    assert await names_in(rt, room_id, third) == expected


async def test_eight_of_one_name_at_once_are_eight(rt: Runtime) -> None:
    room_id = await a_group(rt)
    guests = [await guest(rt, "Stille Wulp") for _ in range(8)]
    await asyncio.gather(*(say(rt, who.in_group(rt, room_id), room_id, "Moi, ik ben er ook.") for who in guests))
    names = await names_in(rt, room_id, guests[0])
    assert len(set(names)) == len(names) == 8


async def test_each_group_and_each_day_decides_for_itself(rt: Runtime) -> None:
    """So a number ties nobody to another room, or to yesterday."""
    await a_group(rt)
    here, there = list(groups())[:2]
    first, second = await guest(rt, "Stille Wulp"), await guest(rt, "Stille Wulp")
    await say(rt, first.in_group(rt, here), here, "Ik lees mee vandaag.")
    await say(rt, second.in_group(rt, there), there, "Ik lees mee vandaag.")
    assert await names_in(rt, there, first) == ["Stille Wulp"]
    clock_of(rt).advance(timedelta(hours=5))
    await say(rt, second.in_group(rt, here), here, "Goedemorgen allemaal.")
    assert (await names_in(rt, here, first))[-1] == "Stille Wulp"


async def test_team_keeps_its_name(rt: Runtime) -> None:
    room_id = await a_group(rt)
    sam = await colleague(rt)
    visitor = await guest(rt, sam.name)
    await say(rt, visitor.in_group(rt, room_id), room_id, "Ik lees mee vandaag.")
    await say(rt, team_in(sam, room_id), room_id, "Welkom allemaal.")
    assert (await names_in(rt, room_id, visitor))[-1] == sam.name


async def test_the_table_holds_no_name_and_goes(rt: Runtime) -> None:
    room_id = await a_group(rt)
    merel = await guest(rt, "Stille Wulp")
    speaker = merel.in_group(rt, room_id)
    await say(rt, speaker, room_id, "Ik lees mee vandaag.")
    async with rt.stores.vluchtig.reading() as tx:
        (row,) = (await tx.exec(select(RoomName))).all()
    assert "wulp" not in repr(row).lower()
    clock_of(rt).advance(timedelta(days=2))
    await retention.forget(rt, rt.clock.now())
    async with rt.stores.vluchtig.reading() as tx:
        assert not (await tx.exec(select(RoomName))).all()


async def test_who_is_forgotten_frees_the_name(rt: Runtime) -> None:
    room_id = await a_group(rt)
    merel, daan = await guest(rt, "Stille Wulp"), await guest(rt, "Stille Wulp")
    await say(rt, merel.in_group(rt, room_id), room_id, "Ik lees mee vandaag.")
    await service.forget_author(rt, merel.in_group(rt, room_id).keys)
    await say(rt, daan.in_group(rt, room_id), room_id, "Ik lees ook mee.")
    assert (await names_in(rt, room_id, daan))[-1] == "Stille Wulp"
