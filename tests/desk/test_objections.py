"""From a decision to the answer on an objection, by forms alone: in a group and in a talk."""

import re
from datetime import timedelta

from sqlmodel import col, select

from moderation import Act, ActKind, Case
from server.chat import objections
from server.chat import service as chat
from server.chat.models import Message
from server.desk import queries, service
from server.desk.service import Decision
from server.kit.runtime import Runtime
from server.talks import turns
from server.team.logins import Login
from tests.cast import a_group, colleague, guest, say
from tests.desk.cases import case_of, moderator, writer
from tests.team.cast import clock_of
from tests.visitors.browser import Browser, Page

WHY = "Dit hoort hier niet (huisregel 2)."
SAID = "Ik vond de dag nogal lang."
MINE = "Ik bedoelde het niet zo."


async def decided(rt: Runtime, noor: Login) -> str:
    """Report the newest message in the name of another, and let Noor hide it. Returns the act."""
    case = await _reported(rt)
    await service.pick_up(rt, noor, case.id)
    version = (await case_of(rt, case.subject_id)).version
    done = await service.decide(rt, noor, case.id, Decision(ActKind.HIDE, version, "harassment", "2", WHY))
    clock_of(rt).advance(timedelta(minutes=2))
    return done.id


async def _reported(rt: Runtime) -> Case:
    async with rt.stores.vluchtig.reading() as tx:
        newest = (await tx.exec(select(Message).order_by(col(Message.at).desc()).limit(1))).one()
    await chat.report(rt, writer("Groene Reiger"), newest.id, "kwetsend")
    return await case_of(rt, newest.id)


def link_of(page: Page) -> str:
    """Return where a page says one can object."""
    found = re.search(r'href="([^"]+/bezwaar/[^"]+)"', page.response.text)
    assert found is not None
    return found[1]


async def test_a_decision_in_a_group_can_be_contested(rt: Runtime, noor: Login) -> None:
    room_id, merel, daan = await a_group(rt), Browser(rt), Browser(rt)
    for browser in (merel, daan):
        await browser.arrive("groepen")
    home = f"/groepen/{room_id}"
    await merel.send(await merel.get(home), f"{home}/berichten", text=SAID)
    act_id = await decided(rt, noor)
    told = await merel.get(home)
    assert WHY in told.words
    assert link_of(told) == f"{home}/bezwaar/{act_id}"
    assert (await daan.get(link_of(told))).status == 404
    assert WHY not in (await daan.get(home)).words
    form = await merel.get(link_of(told))
    empty = await merel.send(form, link_of(told), tekst=" ")
    assert (empty.status, empty.heading) == (422, "Ik ben het er niet mee eens")
    sent = await merel.send(form, link_of(told), tekst=MINE)
    assert (sent.status, sent.to) == (303, home)
    assert "Een andere moderator kijkt opnieuw" in (await merel.get(home)).words
    assert (await merel.get(link_of(told))).status == 404, "one objection for one decision"
    bram = await moderator(rt)
    assert (await queries.objection(rt, bram, act_id)).said == MINE
    await service.decide_appeal(rt, bram, act_id, "overturn", "Je hebt gelijk, sorry.")
    answer = (await merel.get(home)).words
    assert "Je hebt gelijk, sorry." in answer
    assert SAID in answer


async def test_what_is_older_than_a_day_is_folded_away_but_can_be_contested(rt: Runtime, noor: Login) -> None:
    """Whoever comes back with a return phrase is known by the keys of those days, for as long as one may object."""
    room_id, merel = await a_group(rt), await guest(rt, "Stille Wulp")
    await say(rt, merel.in_group(rt, room_id), room_id, SAID)
    act_id = await decided(rt, noor)
    for days, above, folded in ((0, [act_id], []), (2, [], [act_id]), (26, [], [act_id]), (5, [], [])):
        clock_of(rt).advance(timedelta(days=days))
        async with rt.stores.hoofd.reading() as tx:
            told = await objections.told(tx, rt, merel.visit, room_id)
        assert [[one.act_id for one in part] for part in told] == [above, folded]


async def test_words_to_a_moderator_can_call_for_help(rt: Runtime, noor: Login) -> None:
    room_id, merel = await a_group(rt), Browser(rt)
    await merel.arrive("groepen")
    home = f"/groepen/{room_id}"
    await merel.send(await merel.get(home), f"{home}/berichten", text=SAID)
    await decided(rt, noor)
    where = link_of(await merel.get(home))
    helped = await merel.send(await merel.get(where), where, tekst="Ik wil vannacht dood, het lukt me niet meer")
    assert helped.status == 200
    assert "0800-0113" in helped.words


async def test_a_decision_in_a_talk_can_be_contested_during_and_after_it(rt: Runtime, noor: Login) -> None:
    merel = Browser(rt)
    await merel.arrive("gesprek")
    await merel.send(await merel.get("/gesprek/vraag"), "/gesprek/vraag", onderwerp="")
    await turns.claim(rt, await colleague(rt))
    await merel.send(await merel.get("/gesprek"), "/gesprek/begin", text="Ik wil vannacht dood, ik heb alles klaar")
    case = await _newest_case(rt)
    await service.pick_up(rt, noor, case.id)
    version = (await case_of(rt, case.subject_id)).version
    done = await service.decide(rt, noor, case.id, Decision(ActKind.WARN, version, "harassment", "2", WHY))
    clock_of(rt).advance(timedelta(minutes=2))
    assert WHY in (await merel.get("/gesprek")).words
    await merel.send(await merel.get("/gesprek/stoppen"), "/gesprek/stoppen")
    told = await merel.get("/gesprek")
    assert link_of(told) == f"/gesprek/bezwaar/{done.id}"
    sent = await merel.send(await merel.get(link_of(told)), link_of(told), tekst=MINE)
    assert (sent.status, sent.to) == (303, "/gesprek")
    contested = await queries.objection(rt, await moderator(rt), done.id)
    assert (contested.said, contested.text, contested.from_talk) == (MINE, None, True)


async def _newest_case(rt: Runtime) -> Case:
    async with rt.stores.hoofd.reading() as tx:
        assert not (await tx.exec(select(Act))).all()
        return (await tx.exec(select(Case))).one()
