"""A group stands still or goes slower: with a person, a reason and an end, in the log, and open to objection."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col, select

import moderation
from moderation.models import Act, LogRow
from server.chat import pacing, queries, service
from server.chat.models import MessageState, RoomEvent, RoomState
from server.chat.pacing import Measure, NoMeasure
from server.chat.rules import RoomClosed
from server.desk import queries as desk_queries
from server.desk import service as desk
from server.kit.clock import FixedClock
from server.kit.errors import Invalid, TooMany
from server.kit.limits import Limits
from server.kit.runtime import Runtime
from server.team.models import AuditRow
from server.team.permissions import Role
from tests.cast import a_group, as_team, colleague, draft, guest, say
from tests.team.cast import signed_in
from tests.visitors.browser import Browser

STILL = Measure("stil", "ruzie", 60)
SLOW = Measure("langzaam", "snel", 15, 120)


async def test_a_still_group_can_be_read_but_not_written_until_its_end(rt: Runtime) -> None:
    room_id, noor = await a_group(rt), await colleague(rt, Role.MODERATOR)
    merel = (await guest(rt, "Merel")).in_group(rt, room_id)
    await pacing.impose(rt, noor, room_id, STILL)
    with pytest.raises(RoomClosed):
        await say(rt, merel, room_id, "Hallo")
    assert isinstance(rt.clock, FixedClock)
    rt.clock.advance(timedelta(minutes=61))
    await pacing.end_over(rt, rt.clock.now())
    await pacing.end_over(rt, rt.clock.now())
    assert (await say(rt, merel, room_id, "Hallo")).state is MessageState.PLACED
    async with rt.stores.vluchtig.reading() as tx:
        kinds = [row.args["kind"] for row in (await tx.exec(select(RoomEvent))).all() if "kind" in row.args]
    assert kinds == ["paused", "released"]


async def test_person_reason_and_end_are_written_down_before_anything_holds(rt: Runtime) -> None:
    room_id, noor = await a_group(rt), await colleague(rt, Role.MODERATOR)
    await pacing.impose(rt, noor, room_id, STILL)
    await pacing.lift(rt, noor, room_id)
    async with rt.stores.hoofd.reading() as tx:
        act = (await tx.exec(select(Act))).one()
        log = [(row.act, row.staff_id) for row in (await tx.exec(select(LogRow))).all()]
        trail = [row.action for row in (await tx.exec(select(AuditRow).order_by(col(AuditRow.number)))).all()]
    assert (act.moderator_id, act.category, act.house_rule) == (noor.account_id, "ruzie", "2")
    assert act.until == rt.clock.now()
    assert log == [("pause_room", noor.account_id), ("lift", noor.account_id)]
    assert trail[-2:] == ["groep_pauze", "groep_openen"]


async def test_a_slower_group_lets_each_write_once_in_a_while_and_help_never_waits(rt: Runtime) -> None:
    room_id, noor = await a_group(rt), await colleague(rt, Role.MODERATOR)
    rt = replace(rt, limits=Limits())
    merel = replace((await guest(rt, "Merel")).in_group(rt, room_id), newcomer=False)
    daan = replace((await guest(rt, "Daan")).in_group(rt, room_id), newcomer=False)
    await pacing.impose(rt, noor, room_id, SLOW)
    await say(rt, merel, room_id, "Een rustig bericht")
    with pytest.raises(TooMany) as slowed:
        await say(rt, merel, room_id, "En nog een")
    assert 110_000 <= (slowed.value.retry_ms or 0) <= 120_000
    assert (await say(rt, daan, room_id, "Ik nog niet")).seq is not None
    assert (await say(rt, merel, room_id, "ik maak er vanavond een eind aan")).answer["panel"] == "crisis"
    for words in ("We zijn er", "Rustig aan"):
        await service.send(rt, as_team(noor, room_id), draft(room_id, words))


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (Measure("dicht", "ruzie", 60), "wat"),
        (Measure("stil", "zomaar", 60), "reden"),
        (Measure("stil", "ruzie", 100_000), "duur"),
        (Measure("langzaam", "ruzie", 60), "tempo"),
    ],
)
async def test_nothing_holds_without_reason_or_end(rt: Runtime, wish: Measure, field: str) -> None:
    room_id, noor = await a_group(rt), await colleague(rt, Role.MODERATOR)
    with pytest.raises(Invalid) as refused:
        await pacing.impose(rt, noor, room_id, wish)
    assert refused.value.field == field
    async with rt.stores.vluchtig.reading() as tx:
        assert (await queries.room(tx, room_id)).state is RoomState.OPEN


async def test_two_colleagues_do_not_stop_a_group_twice(rt: Runtime) -> None:
    room_id, noor = await a_group(rt), await colleague(rt, Role.MODERATOR)
    await pacing.impose(rt, noor, room_id, STILL)
    with pytest.raises(NoMeasure):
        await pacing.impose(rt, noor, room_id, SLOW)
    await pacing.lift(rt, noor, room_id)
    with pytest.raises(NoMeasure):
        await pacing.lift(rt, noor, room_id)


async def test_an_objection_is_decided_by_another_and_opens_the_group(rt: Runtime) -> None:
    room_id, sam, noor = await a_group(rt), await colleague(rt), await colleague(rt, Role.MODERATOR)
    await pacing.impose(rt, sam, room_id, STILL)
    browser = Browser(rt)
    await browser.arrive("groepen")
    shown = await browser.get(f"/groepen/{room_id}")
    assert "Het gesprek liep hoog op." in shown.words
    assert "Dit duurt tot vandaag 21:30 uur." in shown.words
    page = await browser.get(f"/groepen/{room_id}/oneens")
    done = await browser.send(page, f"/groepen/{room_id}/oneens", tekst="Het was juist een goed gesprek")
    assert done.status == 303
    await browser.send(page, f"/groepen/{room_id}/oneens", tekst="Dat vind ik ook")
    waiting = await desk_queries.queue(rt, noor)
    (asked,) = waiting.objections
    assert (asked.kind, (await desk_queries.queue(rt, sam)).objections) == ("pause_room", [])
    await desk.decide_appeal(rt, noor, asked.act_id, "overturn", "Je hebt gelijk.")
    assert "Het gesprek liep hoog op." not in (await browser.get(f"/groepen/{room_id}")).words


async def test_an_empty_objection_comes_back_and_an_old_one_is_told_so(rt: Runtime) -> None:
    room_id, sam, browser = await a_group(rt), await colleague(rt), Browser(rt)
    await browser.arrive("groepen")
    assert "Dit geldt niet meer" in (await browser.get(f"/groepen/{room_id}/oneens")).words
    await pacing.impose(rt, sam, room_id, SLOW)
    page = await browser.get(f"/groepen/{room_id}/oneens")
    assert (await browser.send(page, f"/groepen/{room_id}/oneens", tekst=" ")).status == 422
    await pacing.lift(rt, sam, room_id)
    assert (await browser.send(page, f"/groepen/{room_id}/oneens", tekst="Waarom dan?")).status in (404, 409)


def test_every_reason_has_a_rule_and_words() -> None:
    assert all(reason.house_rule in "12345" and reason.title and reason.text for reason in pacing.reasons().values())
    assert {moderation.ActKind.PAUSE_ROOM, moderation.ActKind.SLOW_ROOM} == set(pacing.KINDS.values())


async def test_the_team_stops_a_group_by_a_form_and_ends_it(rt: Runtime) -> None:
    room_id = await a_group(rt)
    sam, path = await signed_in(rt, Role.PEER_WORKER), f"/team/groepen/{room_id}"
    assert (await sam.post(f"{path}/maatregel", wat="stil", duur="15")).status_code == 422
    assert (await sam.post(f"{path}/maatregel", wat="stil", reden="zorg", duur="15")).status_code == 303
    assert "We willen eerst even bij iemand zijn." in (await sam.get(path)).text
    assert (await sam.post(f"{path}/maatregel", wat="stil", reden="zorg", duur="15")).status_code == 409
    assert (await sam.post(f"{path}/maatregel/opheffen")).status_code == 303
    assert "We willen eerst even bij iemand zijn." not in (await sam.get(path)).text


async def test_the_team_answers_and_supports_by_forms(rt: Runtime) -> None:
    room_id = await a_group(rt)
    merel = (await guest(rt, "Merel")).in_group(rt, room_id)
    said = await say(rt, merel, room_id, "Vandaag was zwaar")
    sam, path = await signed_in(rt, Role.PEER_WORKER), f"/team/groepen/{room_id}"
    assert "Antwoord" in (await sam.get(f"{path}/bericht/{said.id}")).text
    assert (await sam.post(f"{path}/steun", geef=f"dank/{said.id}")).status_code == 303
    assert "<span>Dank je</span>" in (await sam.get(path)).text
    hilde = await signed_in(rt, Role.COORDINATOR)
    assert (await hilde.get(f"{path}/maatregel")).status_code == 403
