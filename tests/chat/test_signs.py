"""Signs of support: seen by everybody, counted by nobody, joined with nothing, gone with the message."""

from dataclasses import replace

import orjson
import pytest
from sqlmodel import select

from server.chat import service, signs
from server.chat.models import Sign, SignKind
from server.chat.rules import RoomUnknown, Speaker
from server.chat.signs import Signs
from server.kit.errors import TooMany
from server.kit.limits import Limits
from server.kit.runtime import Runtime
from server.talks import service as talks
from tests.cast import a_group, as_team, colleague, guest, say
from tests.visitors.browser import Browser

THANKS, STRENGTH = SignKind.THANKS, SignKind.STRENGTH


async def under(rt: Runtime, message_id: str, speaker: Speaker) -> Signs:
    """Return what this reader sees under a message."""
    async with rt.stores.vluchtig.reading() as tx:
        return (await signs.under(tx, [message_id], speaker.sign_key)).get(message_id, signs.NONE)


async def test_a_sign_is_seen_by_everybody_and_how_often_by_nobody(rt: Runtime) -> None:
    room_id = await a_group(rt)
    merel, daan, sanne = [(await guest(rt, name)).in_group(rt, room_id) for name in ("Merel", "Daan", "Sanne")]
    said = await say(rt, merel, room_id, "Vandaag was zwaar")
    for who, kind in ((daan, STRENGTH), (daan, STRENGTH), (sanne, STRENGTH), (sanne, THANKS)):
        await signs.press(rt, who, room_id, said.id, kind)
    assert await under(rt, said.id, merel) == Signs(("sterkte", "dank"), ())
    assert await under(rt, said.id, daan) == Signs(("sterkte", "dank"), ("sterkte",))
    await signs.take_back(rt, sanne, room_id, said.id, THANKS)
    assert await under(rt, said.id, sanne) == Signs(("sterkte",), ("sterkte",))


async def test_others_hear_of_it_at_once_and_not_who_it_was(rt: Runtime) -> None:
    room_id = await a_group(rt)
    merel, daan = (await guest(rt, "Merel")).in_group(rt, room_id), (await guest(rt, "Daan")).in_group(rt, room_id)
    said = await say(rt, merel, room_id, "Vandaag was zwaar")
    heard: list[bytes] = []
    rt.bus.subscribe(f"r:{room_id}", lambda _topic, payload: heard.append(payload))
    await signs.press(rt, daan, room_id, said.id, STRENGTH)
    await signs.press(rt, daan, room_id, said.id, STRENGTH)
    (payload,) = heard
    assert orjson.loads(payload[1:]) == {"t": "signs", "room": room_id, "id": said.id, "kinds": ["sterkte"]}


async def test_presses_cannot_be_joined_with_messages_or_other_rooms(rt: Runtime) -> None:
    room_id = await a_group(rt)
    visitor = await guest(rt, "Daan")
    merel, daan = (await guest(rt, "Merel")).in_group(rt, room_id), visitor.in_group(rt, room_id)
    said = await say(rt, merel, room_id, "Vandaag was zwaar")
    await signs.press(rt, daan, room_id, said.id, STRENGTH)
    async with rt.stores.vluchtig.reading() as tx:
        keys = set((await tx.exec(select(Sign.author_key))).all())
    assert not keys & (daan.keys | visitor.in_group(rt, "f" * 32).keys | {visitor.in_group(rt, "f" * 32).sign_key})


async def test_own_hidden_and_foreign_messages_take_no_sign(rt: Runtime) -> None:
    room_id = await a_group(rt)
    merel, daan = (await guest(rt, "Merel")).in_group(rt, room_id), (await guest(rt, "Daan")).in_group(rt, room_id)
    said = await say(rt, merel, room_id, "Vandaag was zwaar")
    with pytest.raises(RoomUnknown):
        await signs.press(rt, merel, room_id, said.id, STRENGTH)
    with pytest.raises(RoomUnknown):
        await signs.press(rt, daan, "f" * 32, said.id, STRENGTH)
    await service.hide(rt, said.id, "mod.hidden")
    with pytest.raises(RoomUnknown):
        await signs.press(rt, daan, room_id, said.id, STRENGTH)


async def test_signs_go_with_the_message_and_with_who_pressed(rt: Runtime) -> None:
    room_id = await a_group(rt)
    visitor = await guest(rt, "Daan")
    merel, daan = (await guest(rt, "Merel")).in_group(rt, room_id), visitor.in_group(rt, room_id)
    said = await say(rt, merel, room_id, "Vandaag was zwaar")
    await signs.press(rt, daan, room_id, said.id, STRENGTH)
    await talks.forgotten(rt, visitor.visit)
    assert await under(rt, said.id, merel) == signs.NONE
    await signs.press(rt, as_team(await colleague(rt), room_id), room_id, said.id, THANKS)
    await service.retract(rt, merel, said.id)
    async with rt.stores.vluchtig.reading() as tx:
        assert (await tx.exec(select(Sign))).all() == []


async def test_a_storm_of_presses_is_slowed_down(rt: Runtime) -> None:
    room_id = await a_group(rt)
    rt = replace(rt, limits=Limits())
    merel, daan = (await guest(rt, "Merel")).in_group(rt, room_id), (await guest(rt, "Daan")).in_group(rt, room_id)
    said = await say(rt, merel, room_id, "Vandaag was zwaar")
    for _ in range(30):
        await signs.press(rt, daan, room_id, said.id, STRENGTH)
    with pytest.raises(TooMany):
        await signs.press(rt, daan, room_id, said.id, STRENGTH)


async def test_it_works_by_forms_from_the_page_of_one_message(rt: Runtime) -> None:
    room_id, browser = await a_group(rt), Browser(rt)
    merel = (await guest(rt, "Merel")).in_group(rt, room_id)
    said = await say(rt, merel, room_id, "Vandaag was zwaar")
    await browser.arrive("groepen")
    page = await browser.get(f"/groepen/{room_id}/bericht/{said.id}")
    assert page.heading == "Wat wil je met dit bericht?"
    done = await browser.send(page, f"/groepen/{room_id}/steun", geef=f"sterkte/{said.id}")
    assert (done.status, done.to) == (303, f"/groepen/{room_id}#b-{said.id}")
    shown = await browser.get(f"/groepen/{room_id}")
    assert "<span>Sterkte</span>" in shown.response.text
    again = await browser.get(f"/groepen/{room_id}/bericht/{said.id}")
    assert f'name="neem" value="sterkte/{said.id}"' in again.response.text
    await browser.send(again, f"/groepen/{room_id}/steun", neem=f"sterkte/{said.id}")
    assert (await browser.get(f"/groepen/{room_id}/steun")).response.json() == {"signs": {said.id: []}}


@pytest.mark.parametrize("value", ["", "sterkte", "hart/" + "0" * 32, "sterkte/x", "sterkte/" + "0" * 32])
async def test_a_sign_that_is_none_is_refused(rt: Runtime, value: str) -> None:
    room_id, browser = await a_group(rt), Browser(rt)
    await browser.arrive("groepen")
    page = await browser.get(f"/groepen/{room_id}")
    assert (await browser.send(page, f"/groepen/{room_id}/steun", geef=value)).status in (404, 422)
