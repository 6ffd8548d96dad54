"""Hiding a message from within its group: the same deed as from a case, by whoever of the team is there."""

import re
from datetime import timedelta

import pytest
from sqlmodel import col, select

import moderation
from moderation import ActKind
from moderation.models import Act, LogRow
from server.chat import queries as rooms
from server.chat.models import MessageState
from server.chat.rules import RoomUnknown
from server.desk import queries, service
from server.desk.service import Why
from server.kit.runtime import Runtime
from server.talks import turns
from server.talks import waiting as line
from server.team.audit import Action
from server.team.models import AuditRow
from server.team.permissions import MATRIX, Grant, Permission, Role
from tests import pages
from tests.cast import a_group, as_team, colleague, guest, say
from tests.desk.cases import TEXT, case_of, huiskamer, message, moderator, reported, said
from tests.team.cast import Screen, clock_of, signed_in
from tests.visitors.browser import Browser

WHY = Why("harassment", "2", "Dit kwetst iemand (huisregel 2).")


@pytest.mark.parametrize("role", [Role.PEER_WORKER, Role.MODERATOR])
async def test_who_is_there_hides_with_a_reason_and_by_form_alone(rt: Runtime, role: Role) -> None:
    screen, shown = await signed_in(rt, role), await said(rt)
    path = f"/team/groepen/{shown.room_id}/bericht/{shown.id}"
    assert f"{path}/verbergen" in (await screen.get(path)).text
    page = (await screen.get(f"{path}/verbergen")).text
    pages.check(page, team=True)
    assert TEXT in page
    form = {"reden_soort": "kwetsend", "reden": "Dit kwetst iemand.", "reden_was": ""}
    answer = await screen.post(f"{path}/verbergen", **form)
    assert answer.headers["location"] == f"{path}/verborgen"
    pages.check((await screen.get(f"{path}/verborgen")).text, team=True)
    assert (await message(rt, shown.id)).state is MessageState.HIDDEN
    assert (await screen.post(f"{path}/verbergen", **form)).status_code == 303  # a second press
    assert (await screen.get(f"/team/groepen/{shown.room_id}")).text.count(TEXT) == 0
    async with rt.stores.hoofd.reading() as tx:
        (act,) = (await tx.exec(select(Act))).all()
    assert (act.kind, act.category, act.house_rule) == (ActKind.HIDE, "harassment", "2")


@pytest.mark.parametrize("role", [role for role in Role if MATRIX[Permission.ROOM_HIDE][role] is Grant.NEVER])
async def test_nobody_else_of_the_team_can(rt: Runtime, role: Role) -> None:
    screen, shown = await signed_in(rt, role), await said(rt)
    path = f"/team/groepen/{shown.room_id}/bericht/{shown.id}"
    for _ in range(2):
        assert (await screen.post(f"{path}/verbergen", reden_soort="kwetsend", reden="Zomaar.")).status_code == 403
    assert (await message(rt, shown.id)).state is MessageState.PLACED


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"reden_soort": "kwetsend", "reden": " "}, "Schrijf een reden"),
        ({"reden_soort": "", "reden": "Zo"}, "Kies wat"),
    ],
)
async def test_without_a_reason_nothing_happens_and_the_words_stay(
    rt: Runtime, form: dict[str, str], words: str
) -> None:
    sam, shown = await signed_in(rt, Role.PEER_WORKER), await said(rt)
    answer = await sam.post(
        f"/team/groepen/{shown.room_id}/bericht/{shown.id}/verbergen", **form, reden_was="iets anders"
    )
    assert answer.status_code == 422
    assert words in answer.text
    assert (await message(rt, shown.id)).state is MessageState.PLACED
    async with rt.stores.hoofd.reading() as tx:
        assert await moderation.waiting(tx, rt.clock.now()) == []


async def test_the_writer_reads_why_and_another_looks_at_the_objection(rt: Runtime) -> None:
    room_id, merel, daan = await a_group(rt), Browser(rt), Browser(rt)
    for browser in (merel, daan):
        await browser.arrive("groepen")
    home = f"/groepen/{room_id}"
    await merel.send(await merel.get(home), f"{home}/berichten", text=TEXT)
    shown = (await _words(rt, room_id))[-1]
    sam, noor = await colleague(rt), await moderator(rt)
    await service.hide_in_room(rt, sam, room_id, shown, WHY)
    clock_of(rt).advance(timedelta(minutes=2))
    told = await merel.get(home)
    assert WHY.text in told.words
    assert TEXT not in told.response.text
    assert TEXT not in (await daan.get(home)).response.text
    assert WHY.text not in (await daan.get(home)).response.text
    found = re.search(rf'href="({home}/bezwaar/[^"]+)"', told.response.text)
    assert found
    assert (await merel.send(await merel.get(found[1]), found[1], tekst="Ik bedoelde het niet zo.")).status == 303
    (objection,) = (await queries.queue(rt, noor)).objections
    await service.decide_appeal(rt, noor, objection.act_id, "overturn", "Het mag blijven staan.")
    assert (await message(rt, shown)).state is MessageState.PLACED
    assert TEXT in (await daan.get(home)).words


async def _words(rt: Runtime, room_id: str) -> list[str]:
    async with rt.stores.vluchtig.reading() as tx:
        return await rooms.last_ids(tx, await rooms.room(tx, room_id), limit=5)


async def test_who_was_away_is_never_sent_the_words(rt: Runtime) -> None:
    shown = await said(rt)
    await service.hide_in_room(rt, await colleague(rt), shown.room_id, shown.id, WHY)
    async with rt.stores.vluchtig.reading() as tx:
        room = await rooms.room(tx, shown.room_id)
        events = await rooms.events(tx, rt.keyring, room, after=0, limit=10)
    assert [event.kind for event in events] == ["hidden", "hidden"]
    assert all(TEXT.encode() not in event.payload + event.own for event in events)


async def test_trail_and_log_hold_it_as_any_decision(rt: Runtime) -> None:
    sam, shown = await colleague(rt), await said(rt)
    await service.hide_in_room(rt, sam, shown.room_id, shown.id, WHY)
    async with rt.stores.hoofd.reading() as tx:
        trail = (await tx.exec(select(AuditRow).order_by(col(AuditRow.number).desc()).limit(2))).all()
        (log,) = (await tx.exec(select(LogRow))).all()
    assert [(row.action, row.account_id) for row in trail] == [
        (Action.CASE_HIDE, sam.account_id),
        (Action.MESSAGE_HIDE, sam.account_id),
    ]
    assert (log.act, log.staff_id) == ("hide", sam.account_id)


async def test_a_case_of_reports_is_decided_by_it_and_its_holder_sees_the_new_state(rt: Runtime) -> None:
    noor, sam, case = await moderator(rt), await colleague(rt), await reported(rt)
    await service.pick_up(rt, noor, case.id)
    await service.hide_in_room(rt, sam, case.place_id, case.subject_id, WHY)
    assert not (await case_of(rt, case.subject_id)).open
    with pytest.raises(service.Refused) as late:
        await service.decide(
            rt, noor, case.id, service.Decision(ActKind.APPROVE, case.version, "harassment", "2", "Toch goed.")
        )
    assert late.value.code == "zaak_gewijzigd"
    assert (await message(rt, case.subject_id)).state is MessageState.HIDDEN


async def test_back_within_a_minute_and_then_a_moderator_looks(rt: Runtime) -> None:
    screen, shown = await signed_in(rt, Role.PEER_WORKER), await said(rt)
    path = f"/team/groepen/{shown.room_id}/bericht/{shown.id}"
    for again in (True, False):
        await screen.post(f"{path}/verbergen", reden_soort="kwetsend", reden="Dit kwetst.", reden_was="")
        clock_of(rt).advance(timedelta(seconds=30 if again else 60))
        answer = await screen.post(f"{path}/toch-niet")
        assert answer.status_code == (303 if again else 409)
        assert (await message(rt, shown.id)).state is (MessageState.PLACED if again else MessageState.HIDDEN)
        assert (await case_of(rt, shown.id)).open is again
    assert (await screen.get(f"{path}/verborgen")).headers["location"] == f"/team/groepen/{shown.room_id}"


async def test_only_who_hid_it_takes_it_back(rt: Runtime) -> None:
    shown, other = await said(rt), await signed_in(rt, Role.PEER_WORKER)
    await service.hide_in_room(rt, await colleague(rt), shown.room_id, shown.id, WHY)
    path = f"/team/groepen/{shown.room_id}/bericht/{shown.id}"
    assert (await other.post(f"{path}/toch-niet")).status_code == 409
    assert (await message(rt, shown.id)).state is MessageState.HIDDEN


async def test_own_words_and_words_of_a_talk_are_not_hidden_so(rt: Runtime) -> None:
    sam, room_id = await colleague(rt), await huiskamer(rt)
    own = await said(rt, as_team(sam, room_id))
    merel = await guest(rt, "Merel")
    talk_id = await line.ask(rt, merel.visit, "")
    await turns.claim(rt, sam)
    in_talk = await say(rt, as_team(sam, talk_id), talk_id, "Hallo")
    screen = await Screen(rt).hold("")
    for room, about in ((room_id, own.id), (talk_id, in_talk.id), (talk_id, own.id)):
        with pytest.raises(RoomUnknown):
            await service.hide_in_room(rt, sam, room, about, WHY)
        assert (await message(rt, about)).state is MessageState.PLACED
    assert (await screen.get(f"/team/groepen/{room_id}/bericht/{own.id}/verbergen")).status_code == 303
    async with rt.stores.hoofd.reading() as tx:
        assert await moderation.waiting(tx, rt.clock.now()) == []
