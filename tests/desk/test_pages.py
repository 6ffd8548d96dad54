"""The moderators' pages as a browser without script meets them."""

import re
from datetime import timedelta

import pytest

from server.chat import service as chat
from server.chat.groups import themes
from server.chat.models import MessageState, Room, RoomKind
from server.chat.speakers import team_in
from server.kit.ids import new_id
from server.kit.runtime import Runtime
from server.team.permissions import Role
from tests.desk.cases import TEXT, case_of, from_talk, held, message, moderator, reported, said, writer
from tests.team.cast import Screen, clock_of, signed_in

HOME = "/team/moderatie"


@pytest.fixture
async def noor(rt: Runtime) -> Screen:
    return await signed_in(rt, Role.MODERATOR)


async def test_empty_queue_says_so(noor: Screen) -> None:
    assert "Alles is bekeken." in (await noor.get(HOME)).text


async def test_queue_shows_label_and_time_and_no_text(rt: Runtime, noor: Screen) -> None:
    await reported(rt)
    page = (await noor.get(HOME)).text
    assert "Kwetsend" in page
    assert "nog 60 minuten" in page
    assert "1 melding" in page
    assert TEXT not in page


async def test_from_queue_to_decision_without_script(rt: Runtime, noor: Screen) -> None:
    case = await reported(rt)
    answer = await noor.post(f"{HOME}/{case.id}/oppakken")
    assert answer.headers["location"] == f"{HOME}/{case.id}"
    page = (await noor.get(f"{HOME}/{case.id}")).text
    assert TEXT in page
    form = fields_of(page)
    answer = await noor.post(f"{HOME}/{case.id}/besluit", **form, besluit="hide")
    assert answer.headers["location"] == f"{HOME}?klaar={case.id}"
    page = (await noor.get(answer.headers["location"])).text
    assert "Verborgen." in page
    assert "Ongedaan maken" in page
    assert (await message(rt, case.subject_id)).state is MessageState.HIDDEN
    answer = await noor.post(f"{HOME}/{case.id}/ongedaan")
    assert answer.status_code == 303
    assert (await message(rt, case.subject_id)).state is MessageState.PLACED


async def test_another_reason_brings_its_own_text_unless_somebody_wrote_one(rt: Runtime, noor: Screen) -> None:
    for typed, told in [(None, "reclame"), ("Mijn eigen woorden.", "Mijn eigen woorden.")]:
        case = await reported(rt)
        await noor.post(f"{HOME}/{case.id}/oppakken")
        form = fields_of((await noor.get(f"{HOME}/{case.id}")).text) | {"reden_soort": "reclame"}
        await noor.post(f"{HOME}/{case.id}/besluit", **(form | ({"reden": typed} if typed else {})), besluit="hide")
        assert told in (await noor.get(f"{HOME}/{case.id}")).text


async def test_heavy_text_is_folded_and_light_text_is_open(rt: Runtime, noor: Screen) -> None:
    for case, opened in [(await held(rt, "crisis_now", 4), False), (await reported(rt), True)]:
        await noor.post(f"{HOME}/{case.id}/oppakken")
        page = (await noor.get(f"{HOME}/{case.id}")).text
        assert bool(re.search(r'<details class="desk-fold" open>\s*<summary data-key="o">', page)) is opened


async def test_crisis_brings_the_steps(rt: Runtime, noor: Screen) -> None:
    case = await held(rt, "crisis_now", 4)
    await noor.post(f"{HOME}/{case.id}/oppakken")
    page = (await noor.get(f"{HOME}/{case.id}")).text
    assert "Stappen bij gevaar" in page
    assert "088 330 1 330" in page
    assert "Bied de schrijver een gesprek aan" in page
    await noor.post(f"{HOME}/{case.id}/gesprek")
    page = (await noor.get(f"{HOME}/{case.id}")).text
    assert "bood de schrijver een gesprek aan" in page
    assert "Bied de schrijver een gesprek aan" not in page


async def test_conflict_shows_the_new_state_and_keeps_the_note(rt: Runtime, noor: Screen) -> None:
    case = await reported(rt)
    await noor.post(f"{HOME}/{case.id}/oppakken")
    form = fields_of((await noor.get(f"{HOME}/{case.id}")).text) | {"reden": "Lang over nagedacht."}
    await chat.report(rt, writer("Zachte Mist"), case.subject_id, "gegevens")
    answer = await noor.post(f"{HOME}/{case.id}/besluit", **form, besluit="warn")
    assert answer.status_code == 409
    assert "intussen veranderd" in answer.text
    assert "Lang over nagedacht." in answer.text
    assert "gegevens van iemand" in answer.text
    again = fields_of(answer.text)
    assert again["versie"] != form["versie"]
    assert (await noor.post(f"{HOME}/{case.id}/besluit", **again, besluit="warn")).status_code == 303


async def test_note_is_kept_when_a_colleague_took_over(rt: Runtime, noor: Screen) -> None:
    case = await reported(rt)
    await noor.post(f"{HOME}/{case.id}/oppakken")
    form = fields_of((await noor.get(f"{HOME}/{case.id}")).text) | {"reden": "Lang over nagedacht."}
    bram = await signed_in(rt, Role.MODERATOR)
    await bram.post(f"{HOME}/{case.id}/overnemen")
    answer = await noor.post(f"{HOME}/{case.id}/besluit", **form, besluit="hide")
    assert answer.status_code == 409
    assert "Lang over nagedacht." in answer.text
    assert TEXT not in answer.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reden": ""}, "Schrijf een reden"),
        ({"besluit": ""}, "Kies wat je besluit"),
        ({"reden_soort": "x"}, "Kies wat"),
    ],
)
async def test_incomplete_decision_comes_back(rt: Runtime, noor: Screen, changes: dict[str, str], words: str) -> None:
    case = await reported(rt)
    await noor.post(f"{HOME}/{case.id}/oppakken")
    form = fields_of((await noor.get(f"{HOME}/{case.id}")).text) | {"besluit": "hide"} | changes
    answer = await noor.post(f"{HOME}/{case.id}/besluit", **form)
    assert answer.status_code == 422
    assert words in answer.text
    assert (await case_of(rt, case.subject_id)).open


async def test_reading_takes_a_fresh_second_factor_and_deciding_goes_on(rt: Runtime, noor: Screen) -> None:
    first, second = await reported(rt), await reported(rt)
    await noor.post(f"{HOME}/{first.id}/oppakken")
    form = fields_of((await noor.get(f"{HOME}/{first.id}")).text)
    clock_of(rt).advance(timedelta(minutes=6))
    assert (await noor.post(f"{HOME}/{first.id}/besluit", **form, besluit="hide")).status_code == 303
    answer = await noor.post(f"{HOME}/{second.id}/oppakken")
    assert answer.headers["location"] == f"/team/bevestig?naar={HOME}/{second.id}"
    answer = await noor.post("/team/bevestig", naar=f"{HOME}/{second.id}")
    assert answer.headers["location"] == f"{HOME}/{second.id}"
    assert (await noor.post(f"{HOME}/{second.id}/oppakken")).headers["location"] == f"{HOME}/{second.id}"


async def test_a_case_of_a_kring_names_it_in_the_queue_and_above_its_text(rt: Runtime, noor: Screen) -> None:
    room_id, sam = new_id(), await moderator(rt, Role.PEER_WORKER)
    async with rt.stores.vluchtig.transaction() as tx:
        tx.add(Room(id=room_id, kind=RoomKind.KRING, theme="wachten"))
    shown = await said(rt, team_in(await moderator(rt, Role.PEER_WORKER), room_id), room=room_id)
    case = await chat.put_before_moderators(rt, team_in(sam, room_id), room_id, shown.id, "harassment")
    name = themes()["wachten"].name
    assert f"bericht · {name}" in (await noor.get(HOME)).text
    assert (await noor.get(f"{HOME}/{case.id}")).text.count(name) == 2
    await noor.post(f"{HOME}/{case.id}/oppakken")
    assert TEXT in (await noor.get(f"{HOME}/{case.id}")).text
    async with rt.stores.vluchtig.transaction() as tx:
        await tx.delete(await tx.get_one(Room, room_id))
    assert name not in (await noor.get(HOME)).text


async def test_second_moderator_sees_the_question(rt: Runtime, noor: Screen) -> None:
    case = await from_talk(rt)
    await noor.post(f"{HOME}/{case.id}/oppakken")
    assert "één-op-één" in (await noor.get(f"{HOME}/{case.id}")).text
    await noor.post(f"{HOME}/{case.id}/tweede")
    bram = await signed_in(rt, Role.MODERATOR)
    assert "vraagt een tweede moderator" in (await bram.get(f"{HOME}/{case.id}")).text
    await bram.post(f"{HOME}/{case.id}/akkoord")
    assert TEXT in (await noor.get(f"{HOME}/{case.id}")).text


async def test_decisions_of_today_can_be_found_back(rt: Runtime, noor: Screen) -> None:
    case = await reported(rt)
    await noor.post(f"{HOME}/{case.id}/oppakken")
    form = fields_of((await noor.get(f"{HOME}/{case.id}")).text)
    await noor.post(f"{HOME}/{case.id}/besluit", **form, besluit="hide")
    clock_of(rt).advance(timedelta(minutes=5))
    assert f"{HOME}/{case.id}" in (await noor.get(f"{HOME}/besluiten")).text
    assert "Draai dit besluit terug" in (await noor.get(f"{HOME}/{case.id}")).text
    assert "Ongedaan maken" not in (await noor.get(f"{HOME}?klaar={case.id}")).text


async def test_page_hears_that_the_queue_changed_without_keeping_the_login(rt: Runtime, noor: Screen) -> None:
    before = (await noor.get(f"{HOME}/stand")).json()
    assert before["urgent"] is False
    await held(rt, "crisis_now", 4)
    after = (await noor.get(f"{HOME}/stand")).json()
    assert after["state"] != before["state"]
    assert after["urgent"] is True
    for _ in range(3):
        clock_of(rt).advance(timedelta(minutes=10))
        answer = await noor.get(f"{HOME}/stand")
    assert answer.headers["location"] == "/team"


@pytest.mark.parametrize("path", ["x", "0" * 32, "0" * 31, "../beheer", "bezwaar/x"])
async def test_unknown_case_is_not_found(noor: Screen, path: str) -> None:
    assert (await noor.get(f"{HOME}/{path}")).status_code in (303, 403, 404)


def fields_of(page: str) -> dict[str, str]:
    """Return what the decision form holds when nobody touches it."""
    chosen = re.search(r'name="reden_soort" value="(\w+)"[^>]*checked', page)
    text = re.search(r'<textarea[^>]*name="reden"[^>]*>\n?(.*?)</textarea>', page, re.S)
    was = re.search(r'name="reden_was" value="([^"]*)"', page)
    version = re.search(r'name="versie" value="(\d+)"', page)
    assert chosen
    assert text
    assert was
    assert version
    return {"versie": version[1], "reden_soort": chosen[1], "reden": text[1], "reden_was": was[1]}
