"""Even apart: the group sees that somebody is away and nothing else; an offer is seen by its person alone."""

from datetime import timedelta

import orjson
import pytest

from server.chat import asides, queries, service
from server.chat.queries import Event
from server.chat.rules import RoomUnknown
from server.kit.clock import FixedClock
from server.kit.runtime import Runtime
from server.team.permissions import Role
from tests.cast import a_group, as_team, colleague, guest, say
from tests.team.cast import signed_in
from tests.visitors.browser import Browser


async def last_event(rt: Runtime, room_id: str) -> Event:
    """Return the newest event of a room."""
    async with rt.stores.vluchtig.reading() as tx:
        room = await queries.room(tx, room_id)
        return (await queries.events(tx, rt.keyring, room, after=0, limit=100))[-1]


async def test_the_group_sees_that_somebody_is_away_and_not_why(rt: Runtime) -> None:
    room_id, merel = await a_group(rt), await guest(rt, "Stille Merel")
    said = await say(rt, merel.in_group(rt, room_id), room_id, "Wat een dag was dit weer")
    await asides.step_out(rt, merel.in_group(rt, room_id), room_id)
    event = await last_event(rt, room_id)
    shown = orjson.loads(event.payload)
    assert shown == {
        "t": "notice", "room": room_id, "seq": 2, "kind": "away", "key": "groep.even_weg",
        "args": {"naam": "Stille Merel"},
    }  # fmt: skip
    await service.hide(rt, said.id, "mod.hidden")
    async with rt.stores.vluchtig.reading() as tx:
        room = await queries.room(tx, room_id)
        found = await queries.events(tx, rt.keyring, room, after=0, limit=100)
    assert b"Merel" not in b"".join(one.payload for one in found)


async def test_who_only_read_leaves_unseen(rt: Runtime) -> None:
    room_id, merel, daan = await a_group(rt), await guest(rt, "Merel"), await guest(rt, "Daan")
    await say(rt, daan.in_group(rt, room_id), room_id, "Wat een dag was dit weer")
    await asides.step_out(rt, merel.in_group(rt, room_id), room_id)
    assert orjson.loads((await last_event(rt, room_id)).payload)["t"] == "message"


async def test_an_offer_reaches_its_person_and_nobody_else(rt: Runtime) -> None:
    room_id, merel, sam = await a_group(rt), await guest(rt, "Merel"), await colleague(rt)
    said = await say(rt, merel.in_group(rt, room_id), room_id, "Wat een dag was dit weer")
    await asides.offer(rt, sam, room_id, said.id)
    await asides.offer(rt, sam, room_id, said.id)
    event = await last_event(rt, room_id)
    assert event.seq == 2
    assert orjson.loads(event.payload) == {"t": "notice", "room": room_id, "seq": 2, "kind": "quiet"}
    own = orjson.loads(event.own)
    assert (own["kind"], own["args"]) == ("offer", {"naam": sam.name})
    assert event.author_key in merel.in_group(rt, room_id).keys
    assert isinstance(rt.clock, FixedClock)
    rt.clock.advance(timedelta(minutes=31))
    async with rt.stores.vluchtig.reading() as tx:
        assert await asides.offers(tx, room_id, merel.in_group(rt, room_id).keys, rt.clock.now()) == []


async def test_the_team_itself_and_what_is_gone_get_no_offer(rt: Runtime) -> None:
    room_id, merel, sam = await a_group(rt), await guest(rt, "Merel"), await colleague(rt)
    own = await say(rt, as_team(sam, room_id), room_id, "Fijn dat je er bent")
    gone = await say(rt, merel.in_group(rt, room_id), room_id, "Wat een dag was dit weer")
    await service.retract(rt, merel.in_group(rt, room_id), gone.id)
    for message_id in (own.id, gone.id, "0" * 32):
        with pytest.raises(RoomUnknown):
            await asides.offer(rt, sam, room_id, message_id)


async def test_by_forms_from_offer_to_the_line_and_back(rt: Runtime) -> None:
    room_id, browser, sam = await a_group(rt), Browser(rt), await signed_in(rt, Role.PEER_WORKER)
    await browser.arrive("groepen")
    page = await browser.get(f"/groepen/{room_id}")
    await browser.send(page, f"/groepen/{room_id}/berichten", text="Wat een dag was dit weer")
    async with rt.stores.vluchtig.reading() as tx:
        (message_id,) = await queries.last_ids(tx, await queries.room(tx, room_id), limit=9)
    assert (await sam.post(f"/team/groepen/{room_id}/aanbod", message=message_id)).status_code == 303
    offered = await browser.get(f"/groepen/{room_id}")
    assert "biedt je een gesprek aan. Alleen jij ziet dit." in offered.words
    await browser.send(offered, f"/groepen/{room_id}/niet-nu", aanbod="2")
    assert 'data-offered="2"' not in (await browser.get(f"/groepen/{room_id}")).response.text
    apart = await browser.get(f"/gesprek/apart/{room_id}")
    assert "De groep ziet alleen dat je even weg bent." in apart.words
    done = await browser.send(apart, f"/gesprek/apart/{room_id}")
    assert (done.status, done.to) == (303, "/gesprek")
    assert orjson.loads((await last_event(rt, room_id)).payload)["kind"] == "away"
    assert (await browser.get(f"/groepen/{room_id}")).status == 200
