"""When it is too busy: what is given up is said with a plain text, and one-to-one and help go on."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from server.chat.frames import Position
from server.chat.hub import UNKNOWN, Hub
from server.chat.speakers import visiting
from server.kit.live.store import LocalPresence
from server.kit.run.overload import Busy
from server.kit.runtime import Runtime
from server.talks import service as talks
from server.talks import turns, waiting
from tests.cast import a_group, as_team, colleague, guest, say
from tests.chat.test_hub import Ear, listening
from tests.visitors.browser import Browser
from web import text


@pytest.fixture
def level(rt: Runtime) -> Iterator[Runtime]:
    """Give the runtime and calm it down afterwards."""
    yield rt
    rt.overload.level = 0


async def test_at_level_three_nobody_new_joins_and_members_come_back(level: Runtime) -> None:
    rt = level
    room_id, hub = await a_group(rt), Hub(rt)
    merel, daan = await listening(rt, hub, room_id, "Merel"), await guest(rt, "Daan")
    position = Position(room_id, merel.places[room_id].epoch, 0)
    rt.overload.level = 3
    late = Ear(rt, hub, visiting(rt, daan.visit))
    with pytest.raises(Busy) as busy:
        await hub.enter(late, room_id, None)
    assert (busy.value.code, busy.value.key) == ("druk", "fout.druk")
    assert late.places == {}
    await hub.enter(late, room_id, position)
    outcome = await say(rt, daan.in_group(rt, room_id), room_id, "Goedemorgen")
    assert outcome.seq
    for ear in (merel, late):
        hub.depart(ear)


async def test_at_level_four_groups_are_silent_but_a_cry_for_help_is_heard(level: Runtime) -> None:
    rt = level
    room_id, merel = await a_group(rt), await guest(rt, "Merel")
    rt.overload.level = 4
    with pytest.raises(Busy):
        await say(rt, merel.in_group(rt, room_id), room_id, "Goedemorgen")
    outcome = await say(rt, merel.in_group(rt, room_id), room_id, "Ik wil vannacht een einde aan mijn leven maken")
    assert outcome.answer["panel"] == "crisis"


async def test_one_to_one_goes_on_and_new_people_are_told_they_will_be_let_in(level: Runtime) -> None:
    rt = level
    merel, sam = await guest(rt, "Merel"), await colleague(rt)
    talk = await waiting.ask(rt, merel.visit, "")
    await turns.claim(rt, sam)
    rt.overload.level = 4
    assert (await talks.say_as_visitor(rt, merel.visit, talk, "00000000-0000-4000-8000-000000000001", "Hoi")).seq
    assert (await say(rt, as_team(sam, talk), talk, "Fijn dat je er bent")).seq
    with pytest.raises(Busy) as busy:
        await waiting.enter(rt, (await guest(rt, "Daan")).visit, "")
    assert busy.value.key == "fout.druk_rij"


def test_how_busy_a_room_is_stays_as_it_was(level: Runtime) -> None:
    rt = replace(level, presence=LocalPresence())
    hub = Hub(rt)
    rt.overload.level = 1
    assert hub.band("a" * 32) == UNKNOWN
    rt.overload.level = 0
    assert hub.band("a" * 32) == "rustig"
    rt.overload.level = 1
    assert hub.band("a" * 32) == "rustig"


async def test_everybody_hears_once_what_does_not_work(rt: Runtime) -> None:
    room_id, hub = await a_group(rt), Hub(rt)
    ear = await listening(rt, hub, room_id, "Merel")
    hub.announce("bus", on=True)
    hub.announce("opslag", on=True)
    told = {"t": "degraded", "what": "opslag", "key": "storing.opslag", "on": True, "degraded": ["opslag", "bus"]}
    assert ear.heard()[-1] == told
    late = Ear(rt, hub, ear.actor)
    await late.begin([])
    assert late.heard()[0]["degraded"] == ["opslag", "bus"]
    hub.announce("opslag", on=False)
    assert ear.heard()[-1]["degraded"] == ["bus"]
    for one in (ear, late):
        hub.depart(one)


async def test_at_level_three_the_page_of_a_group_is_for_who_takes_part(level: Runtime) -> None:
    """Who comes new hears that it is busy, with the way to help; a talk can be asked for; earlier messages wait."""
    rt = level
    room_id, merel, daan = await a_group(rt), Browser(rt), Browser(rt)
    for browser in (merel, daan):
        await browser.arrive("groepen")
    page = await merel.get(f"/groepen/{room_id}")
    await merel.send(page, f"/groepen/{room_id}/berichten", text="Goedemorgen allemaal")
    rt.overload.level = 3
    refused = await daan.get(f"/groepen/{room_id}")
    assert (refused.status, text("fout.druk") in refused.words) == (503, True)
    assert "/nood" in refused.response.text
    assert (await daan.get("/gesprek")).status == 200
    assert "Goedemorgen allemaal" in (await merel.get(f"/groepen/{room_id}")).words
    assert (await merel.get(f"/groepen/{room_id}?voor=9")).status == 503
