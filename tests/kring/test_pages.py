"""A kring by forms alone: planned by its host, found on the list, entered at the door, wiped."""

from datetime import timedelta

from server.kit.runtime import Runtime
from server.kring import service
from server.team.permissions import Role
from tests import pages
from tests.team.cast import Screen, clock_of, signed_in
from tests.visitors.browser import Browser

FORM = {"thema": "wachten", "dag": "2026-11-24", "tijd": "20:40", "minuten": "60", "plekken": "3"}


async def pass_(rt: Runtime, minutes: int) -> None:
    clock_of(rt).advance(timedelta(minutes=minutes))
    await service.advance(rt, rt.clock.now())


async def found(browser: Browser) -> str:
    """Return the id of the only kring on the list."""
    page = (await browser.get("/groepen")).response.text
    (_, after) = page.split("/groepen/kring/", 1)
    return after[:32]


async def planned(rt: Runtime) -> Screen:
    """Let Sam plan a kring at 20:40; it is half past eight."""
    sam = await signed_in(rt, Role.PEER_WORKER)
    assert (await sam.post("/team/kringen", **FORM)).status_code == 303
    pages.check((await sam.get("/team/kringen")).text, team=True)
    return sam


async def test_a_kring_without_script_from_door_to_wipe(rt: Runtime) -> None:
    sam, merel = await planned(rt), Browser(rt)
    await merel.arrive("groepen")
    room_id = await found(merel)
    door = await merel.get(f"/groepen/{room_id}")
    assert door.to == f"/groepen/kring/{room_id}"
    assert "De deur is nog dicht." in (await merel.get(door.to)).words
    await pass_(rt, 1)
    door = await merel.get(f"/groepen/kring/{room_id}")
    went = await merel.send(door, f"/groepen/kring/{room_id}/plek")
    assert went.to == f"/groepen/{room_id}"
    waiting = await merel.get(went.to)
    assert "Je kunt nog niet schrijven." in waiting.words
    pages.check((await sam.get(f"/team/groepen/{room_id}")).text, team=True)
    assert (await sam.post(f"/team/kringen/{room_id}/openen")).status_code == 303
    room = await merel.get(f"/groepen/{room_id}")
    said = await merel.send(room, f"/groepen/{room_id}/berichten", text="Wachten duurt lang")
    assert said.status == 303
    assert (await sam.post(f"/team/kringen/{room_id}/afronden")).status_code == 303
    room = await merel.get(f"/groepen/{room_id}")
    assert "Wat kun je hierna doen?" in room.words
    await pass_(rt, 6)
    room = await merel.get(f"/groepen/{room_id}")
    assert "Deze kring wordt om 20:46 gewist." in room.words
    assert "Wachten duurt lang" in room.words
    await pass_(rt, 11)
    gone = await merel.get(f"/groepen/{room_id}")
    assert "Er is niets bewaard" in (await merel.get(gone.to)).words
    team = await sam.get("/team/kringen")
    pages.check(team.text, team=True)
    assert (await sam.post(f"/team/kringen/{room_id}/verloop", verloop="rustig")).status_code == 303


async def test_a_full_kring_says_so_in_words(rt: Runtime) -> None:
    """Never how many people there are."""
    await planned(rt)
    await pass_(rt, 1)
    people = [Browser(rt) for _ in range(4)]
    for each in people:
        await each.arrive("groepen")
    room_id = await found(people[0])
    doors = [await each.get(f"/groepen/kring/{room_id}") for each in people]
    answers = [
        await each.send(door, f"/groepen/kring/{room_id}/plek") for each, door in zip(people, doors, strict=True)
    ]
    assert [answer.status for answer in answers] == [303, 303, 303, 409]
    assert "Deze kring is net vol." in answers[3].words
    listed = await people[3].get("/groepen")
    assert "Vol" in listed.words
    left = await people[0].send(await people[0].get(f"/groepen/{room_id}"), f"/groepen/kring/{room_id}/weg")
    assert left.to == "/groepen"
    assert "Bijna vol" in (await people[3].get("/groepen")).words


async def test_a_bad_plan_keeps_what_was_typed(rt: Runtime) -> None:
    hilde = await signed_in(rt, Role.COORDINATOR)
    for wrong in ({"tijd": "kwart"}, {"plekken": "veel"}, {"dag": "2020-01-01"}, {"minuten": "61"}, {"thema": "x"}):
        answer = await hilde.post("/team/kringen", **FORM | {"begeleider": "0" * 32} | wrong)
        assert answer.status_code == 422, wrong
        pages.check(answer.text, team=True)
    assert (await hilde.post("/team/kringen", **FORM | {"begeleider": "0" * 32})).status_code == 422


async def test_a_peer_worker_plans_and_calls_off_the_own_kringen_only(rt: Runtime) -> None:
    sam, other, merel = await planned(rt), await signed_in(rt, Role.PEER_WORKER), Browser(rt)
    await merel.arrive("groepen")
    room_id = await found(merel)
    assert room_id not in (await other.get("/team/kringen")).text
    assert (await other.post(f"/team/kringen/{room_id}/afgelasten")).status_code == 404
    assert (await sam.post(f"/team/kringen/{room_id}/afgelasten")).status_code == 303
    assert "Deze kring gaat niet door." in (await merel.get(f"/groepen/kring/{room_id}")).words
