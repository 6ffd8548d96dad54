"""What happens when a moderator picks up, decides, takes back, passes on."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

import moderation
from moderation import ActKind, Case
from moderation.models import LogRow
from server.chat import service as chat
from server.chat.models import MessageState
from server.desk import queries, service
from server.desk.models import Opening
from server.desk.service import Decision
from server.kit.errors import AppError
from server.kit.ids import stable_id
from server.kit.runtime import Runtime
from server.team.audit import Action, verify
from server.team.logins import Login
from server.team.models import AuditRow
from server.team.permissions import Role
from server.visitors import statements
from tests.desk.cases import TEXT, case_of, from_talk, held, huiskamer, message, moderator, reported, said, writer
from tests.team.cast import clock_of

REASON = {"category": "harassment", "house_rule": "2", "text": "Dit kwetst iemand (huisregel 2)."}


async def decide(rt: Runtime, login: Login, case: Case, kind: ActKind, **changes: Any) -> moderation.Act:
    now = await case_of(rt, case.subject_id)
    return await service.decide(rt, login, case.id, Decision(kind, **({"version": now.version} | REASON | changes)))


async def trail(rt: Runtime) -> list[str]:
    async with rt.stores.hoofd.reading() as tx:
        assert await verify(tx) is None
        rows = (await tx.exec(select(AuditRow).where(AuditRow.kind == "zaak").order_by(col(AuditRow.number)))).all()
    return [row.action for row in rows]


async def test_approving_places_what_waited(rt: Runtime, noor: Login) -> None:
    case = await held(rt)
    await service.pick_up(rt, noor, case.id)
    await decide(rt, noor, case, ActKind.APPROVE)
    shown = await message(rt, case.subject_id)
    assert shown.state is MessageState.PLACED
    assert shown.seq is not None
    assert not (await case_of(rt, case.subject_id)).open


async def test_hiding_takes_out_of_sight_and_tells_the_author_after_a_minute(rt: Runtime, noor: Login) -> None:
    merel = writer()
    case = await reported(rt, merel)
    await service.pick_up(rt, noor, case.id)
    await decide(rt, noor, case, ActKind.HIDE)
    assert (await message(rt, case.subject_id)).state is MessageState.HIDDEN
    async with rt.stores.hoofd.reading() as tx:
        assert not await moderation.statements(tx, [merel.key], rt.clock.now())
        (told,) = await moderation.statements(tx, [merel.key], rt.clock.now() + timedelta(seconds=60))
    assert REASON["text"].encode() not in told.reason
    clock_of(rt).advance(timedelta(seconds=60))
    async with rt.stores.hoofd.reading() as tx:
        assert [one.text for one in await statements.told(tx, rt, merel.keys)] == [REASON["text"]]


async def test_warning_hides_too(rt: Runtime, noor: Login) -> None:
    case = await reported(rt)
    await service.pick_up(rt, noor, case.id)
    await decide(rt, noor, case, ActKind.WARN)
    assert (await message(rt, case.subject_id)).state is MessageState.HIDDEN


async def test_pause_stops_writing_for_a_day(rt: Runtime, noor: Login) -> None:
    merel = writer()
    case = await reported(rt, merel)
    await service.pick_up(rt, noor, case.id)
    await decide(rt, noor, case, ActKind.TIMEOUT)
    with pytest.raises(AppError) as refused:
        await said(rt, merel)
    assert refused.value.key == "groep.niet_schrijven"
    clock_of(rt).advance(timedelta(hours=24))
    assert await said(rt, merel)


async def test_every_step_stands_in_the_trail_and_in_the_log(rt: Runtime, noor: Login) -> None:
    case = await held(rt)
    await service.pick_up(rt, noor, case.id)
    await decide(rt, noor, case, ActKind.HIDE)
    await service.undo(rt, noor, case.id)
    assert await trail(rt) == [Action.CASE_CLAIM, Action.CASE_HIDE, Action.CASE_UNDO]
    async with rt.stores.hoofd.reading() as tx:
        acts = [row.act for row in (await tx.exec(select(LogRow).order_by(col(LogRow.number)))).all()]
    assert acts[-2:] == ["hide", "revert"]


async def test_trail_holds_no_words_of_the_case(rt: Runtime, noor: Login) -> None:
    case = await held(rt)
    await service.pick_up(rt, noor, case.id)
    await decide(rt, noor, case, ActKind.HIDE)
    async with rt.stores.hoofd.reading() as tx:
        kept = repr((await tx.exec(select(AuditRow))).all()) + repr((await tx.exec(select(LogRow))).all())
    assert TEXT not in kept
    assert REASON["text"] not in kept
    assert case.author_key not in kept


@pytest.mark.parametrize("kind", [ActKind.HIDE, ActKind.WARN, ActKind.TIMEOUT])
async def test_reason_is_never_empty(rt: Runtime, noor: Login, kind: ActKind) -> None:
    case = await reported(rt)
    await service.pick_up(rt, noor, case.id)
    with pytest.raises(service.ReasonEmpty):
        await decide(rt, noor, case, kind, text=" \n ")
    assert (await message(rt, case.subject_id)).state is MessageState.PLACED


async def test_deciding_takes_a_claim(rt: Runtime, noor: Login, bram: Login) -> None:
    case = await reported(rt)
    with pytest.raises(service.Refused) as refused:
        await decide(rt, noor, case, ActKind.HIDE)
    assert refused.value.code == "niet_opgepakt"
    await service.pick_up(rt, bram, case.id)
    with pytest.raises(service.Refused):
        await decide(rt, noor, case, ActKind.HIDE)
    assert (await message(rt, case.subject_id)).state is MessageState.PLACED


async def test_late_decision_on_an_old_state_is_refused(rt: Runtime, noor: Login) -> None:
    case = await reported(rt)
    await service.pick_up(rt, noor, case.id)
    await chat.report(rt, writer("Zachte Mist"), case.subject_id, "gegevens")
    with pytest.raises(service.Refused) as refused:
        await service.decide(rt, noor, case.id, Decision(ActKind.HIDE, case.version, **REASON))
    assert (refused.value.code, refused.value.status) == ("zaak_gewijzigd", 409)
    assert (await message(rt, case.subject_id)).state is MessageState.PLACED


async def test_claim_keeps_colleagues_away_until_its_time_is_over(rt: Runtime, noor: Login, bram: Login) -> None:
    case = await reported(rt)
    await service.pick_up(rt, noor, case.id)
    with pytest.raises(service.Refused) as refused:
        await service.pick_up(rt, bram, case.id)
    assert refused.value.code == "zaak_bezet"
    clock_of(rt).advance(timedelta(minutes=10))
    await service.pick_up(rt, bram, case.id)
    with pytest.raises(service.Refused):
        await decide(rt, noor, case, ActKind.HIDE)


async def test_decision_after_a_claim_that_nobody_took_still_counts(rt: Runtime, noor: Login) -> None:
    case = await reported(rt)
    await service.pick_up(rt, noor, case.id)
    clock_of(rt).advance(timedelta(minutes=25))
    await decide(rt, noor, case, ActKind.HIDE)
    assert (await message(rt, case.subject_id)).state is MessageState.HIDDEN


async def test_take_over_is_one_press_and_logged(rt: Runtime, noor: Login, bram: Login) -> None:
    case = await reported(rt)
    await service.pick_up(rt, noor, case.id)
    await service.pick_up(rt, bram, case.id, take_over=True)
    assert await trail(rt) == [Action.CASE_CLAIM, Action.CASE_TAKE_OVER]


async def test_nobody_judges_themselves(rt: Runtime, noor: Login, bram: Login) -> None:
    case = await reported(rt)
    async with rt.stores.hoofd.transaction() as tx:
        row = await tx.get(Case, case.id)
        assert row is not None
        row.author_key = stable_id("team", noor.account_id, row.place_id)
    for deed in (service.pick_up(rt, noor, case.id), decide(rt, noor, case, ActKind.APPROVE)):
        with pytest.raises(service.AboutYourself):
            await deed
    assert not (await queries.queue(rt, noor)).rows
    assert (await queries.opened(rt, noor, case.id)).about_me
    assert len((await queries.queue(rt, bram)).rows) == 1


async def test_undo_of_hiding_shows_again_in_the_old_place(rt: Runtime, noor: Login) -> None:
    case = await reported(rt)
    seq = (await message(rt, case.subject_id)).seq
    await service.pick_up(rt, noor, case.id)
    await decide(rt, noor, case, ActKind.HIDE)
    await service.undo(rt, noor, case.id)
    shown = await message(rt, case.subject_id)
    assert (shown.state, shown.seq) == (MessageState.PLACED, seq)
    assert (await case_of(rt, case.subject_id)).open


async def test_undo_never_places_what_nobody_approved(rt: Runtime, noor: Login) -> None:
    case = await held(rt)
    await service.pick_up(rt, noor, case.id)
    await decide(rt, noor, case, ActKind.HIDE)
    await service.undo(rt, noor, case.id)
    assert (await message(rt, case.subject_id)).seq is None
    await service.pick_up(rt, noor, case.id)
    await decide(rt, noor, case, ActKind.APPROVE)
    assert (await message(rt, case.subject_id)).state is MessageState.PLACED


async def test_undo_of_approving_takes_out_of_sight_again(rt: Runtime, noor: Login) -> None:
    case = await held(rt)
    await service.pick_up(rt, noor, case.id)
    await decide(rt, noor, case, ActKind.APPROVE)
    await service.undo(rt, noor, case.id)
    assert (await message(rt, case.subject_id)).state is MessageState.HIDDEN


async def test_undo_twice_is_refused(rt: Runtime, noor: Login) -> None:
    case = await reported(rt)
    await service.pick_up(rt, noor, case.id)
    await decide(rt, noor, case, ActKind.HIDE)
    await service.undo(rt, noor, case.id)
    with pytest.raises(service.TooLateToUndo):
        await service.undo(rt, noor, case.id)


async def test_text_that_ended_by_itself_can_still_be_decided(rt: Runtime, noor: Login) -> None:
    merel = writer()
    case = await reported(rt, merel)
    await chat.forget_author(rt, merel.keys)
    await service.pick_up(rt, noor, case.id)
    await decide(rt, noor, case, ActKind.HIDE)
    assert not (await case_of(rt, case.subject_id)).open


async def test_passing_on_frees_the_case_and_leaves_a_line(rt: Runtime, noor: Login, bram: Login) -> None:
    case = await reported(rt)
    await service.pick_up(rt, noor, case.id)
    await service.let_go(rt, noor, case.id, skipped=True)
    await service.pick_up(rt, bram, case.id)
    assert await trail(rt) == [Action.CASE_CLAIM, Action.CASE_SKIP, Action.CASE_CLAIM]


async def test_text_is_for_the_holder_only(rt: Runtime, noor: Login, bram: Login) -> None:
    case = await reported(rt)
    assert (await queries.opened(rt, noor, case.id)).text is None
    await service.pick_up(rt, noor, case.id)
    assert (await queries.opened(rt, noor, case.id)).text == TEXT
    assert (await queries.opened(rt, bram, case.id)).text is None


async def test_context_is_five_before_and_after(rt: Runtime, noor: Login) -> None:
    room = await huiskamer(rt)
    before = [await said(rt, writer(f"Voor {n}"), f"voor {n}", room) for n in range(7)]
    case = await reported(rt)
    for n in range(7):
        await said(rt, writer(f"Na {n}"), f"na {n}", room)
    await service.pick_up(rt, noor, case.id)
    lines = (await queries.opened(rt, noor, case.id)).lines
    assert [line.text for line in lines if not line.this] == [f"voor {n}" for n in range(2, 7)] + [
        f"na {n}" for n in range(5)
    ]
    assert len(before) == 7


async def test_earlier_decisions_are_counts(rt: Runtime, noor: Login) -> None:
    merel = writer()
    for _ in range(2):
        case = await reported(rt, merel)
        await service.pick_up(rt, noor, case.id)
        await decide(rt, noor, case, ActKind.WARN)
    case = await reported(rt, merel)
    await service.pick_up(rt, noor, case.id)
    assert (await queries.opened(rt, noor, case.id)).earlier == {"warn": 2}


async def test_text_from_a_talk_takes_two(rt: Runtime, noor: Login, bram: Login) -> None:
    case = await from_talk(rt)
    await service.pick_up(rt, noor, case.id)
    assert (await queries.opened(rt, noor, case.id)).text is None
    await service.ask_second(rt, noor, case.id)
    with pytest.raises(service.SecondNeeded):
        await service.agree(rt, noor, case.id)
    assert (await queries.queue(rt, bram)).rows[0].second
    await service.agree(rt, bram, case.id)
    found = await queries.opened(rt, noor, case.id)
    assert (found.text, found.lines) == (TEXT, [])
    assert (await trail(rt))[-1] == Action.CASE_READ


async def test_queue_is_by_priority_and_time_and_late_stays(rt: Runtime, noor: Login) -> None:
    early = await reported(rt)
    clock_of(rt).advance(timedelta(minutes=61))
    later = await reported(rt)
    urgent = await held(rt, "crisis_now", 4)
    rows = (await queries.queue(rt, noor)).rows
    assert [row.id for row in rows] == [urgent.id, early.id, later.id]
    assert [row.late for row in rows] == [False, True, False]
    assert not any(TEXT in repr(row) for row in rows)


async def test_fourth_heavy_case_is_left_to_colleagues(rt: Runtime, noor: Login, bram: Login) -> None:
    for _ in range(3):
        case = await held(rt, "crisis_now", 4)
        await service.pick_up(rt, noor, case.id)
        await decide(rt, noor, case, ActKind.APPROVE)
    await held(rt, "crisis_now", 4)
    mine = await queries.queue(rt, noor)
    assert (mine.rows, mine.hidden, mine.heavy) == ([], 1, 3)
    assert len((await queries.queue(rt, noor, heavy_too=True)).rows) == 1
    assert len((await queries.queue(rt, bram)).rows) == 1


async def test_pause_is_proposed_after_an_hour(rt: Runtime, noor: Login) -> None:
    assert not (await queries.queue(rt, noor)).pause
    clock_of(rt).advance(timedelta(minutes=60))
    assert (await queries.queue(rt, noor)).pause


async def test_objection_is_for_somebody_who_took_no_part(rt: Runtime, noor: Login, bram: Login) -> None:
    merel = writer()
    case = await reported(rt, merel)
    await service.pick_up(rt, noor, case.id)
    done = await decide(rt, noor, case, ActKind.HIDE)
    await statements.appeal(rt, merel.keys, merel.limit, done.id, "Ik bedoelde het niet zo.")
    assert not (await queries.queue(rt, noor)).objections
    with pytest.raises(service.Refused):
        await service.decide_appeal(rt, noor, done.id, "overturn", "Je had gelijk.")
    contested = await queries.objection(rt, bram, done.id)
    assert (contested.said, contested.text) == ("Ik bedoelde het niet zo.", TEXT)
    await service.decide_appeal(rt, bram, done.id, "overturn", "Je had gelijk.")
    assert (await message(rt, case.subject_id)).state is MessageState.PLACED
    clock_of(rt).advance(timedelta(seconds=60))
    async with rt.stores.hoofd.reading() as tx:
        (told,) = await statements.told(tx, rt, merel.keys)
    assert (told.outcome, told.answer) == ("overturn", "Je had gelijk.")


async def test_objection_opens_a_text_from_a_talk_only_with_a_second_moderator(
    rt: Runtime, noor: Login, bram: Login
) -> None:
    case, merel = await from_talk(rt), await moderator(rt)
    await service.pick_up(rt, noor, case.id)
    done = await decide(rt, noor, case, ActKind.HIDE)
    await statements.appeal(rt, [case.author_key], "grens", done.id, "Zo zei ik het niet.")
    before = await queries.objection(rt, bram, done.id)
    assert (before.text, before.said, before.opening) == (None, "Zo zei ik het niet.", None)
    await service.ask_second_for_objection(rt, bram, done.id)
    await service.ask_second_for_objection(rt, bram, done.id)
    with pytest.raises(service.SecondNeeded):
        await service.agree(rt, bram, case.id)
    assert not (await queries.queue(rt, bram)).rows
    (asked,) = (await queries.queue(rt, merel)).rows
    assert (asked.id, asked.second) == (case.id, True)
    assert (await queries.objection(rt, bram, done.id)).text is None
    await service.agree(rt, merel, case.id)
    assert (await queries.objection(rt, bram, done.id)).text == TEXT
    await service.decide_appeal(rt, bram, done.id, "uphold", "Het blijft zo.")
    async with rt.stores.hoofd.reading() as tx:
        assert not (await tx.exec(select(Opening))).all()


async def test_words_about_a_case_rest_sealed_and_go_with_it(rt: Runtime, noor: Login, bram: Login) -> None:
    """Reason, objection and answer: not readable in any row, and not by any key once the case is gone."""
    merel = writer()
    case = await reported(rt, merel)
    await service.pick_up(rt, noor, case.id)
    done = await decide(rt, noor, case, ActKind.HIDE)
    await statements.appeal(rt, merel.keys, merel.limit, done.id, "Ik bedoelde het niet zo.")
    await service.decide_appeal(rt, bram, done.id, "uphold", "Het blijft verborgen.")
    async with rt.stores.hoofd.reading() as tx:
        act, asked = await tx.get(moderation.Act, done.id), await tx.get(moderation.Appeal, done.id)
    assert act is not None
    assert asked is not None
    kept = repr((act, asked)) + repr([act.reason, asked.text, asked.reason])
    for words in (REASON["text"], "Ik bedoelde het niet zo.", "Het blijft verborgen."):
        assert words not in kept
    clock_of(rt).advance(timedelta(days=31))
    await service.forget(rt, rt.clock.now())
    async with rt.stores.hoofd.reading() as tx:
        assert await tx.get(moderation.Act, done.id) is None
        assert await tx.get(moderation.Appeal, done.id) is None
        parts = {(case.subject_id, statements.reason_part(done.id)): act.reason}
        assert not await statements.CASES.open_parts(tx, rt.keyring, parts)


async def test_peer_worker_opens_no_case(rt: Runtime) -> None:
    sam = await moderator(rt, Role.PEER_WORKER)
    case = await reported(rt)
    with pytest.raises(service.CaseUnknown):
        await service.pick_up(rt, sam, case.id)


async def test_kept_texts_go_with_their_key(rt: Runtime, noor: Login) -> None:
    case = await from_talk(rt)
    await service.pick_up(rt, noor, case.id)
    await service.ask_second(rt, noor, case.id)
    clock_of(rt).advance(timedelta(days=91))
    await service.forget(rt, rt.clock.now())
    async with rt.stores.hoofd.reading() as tx:
        assert await tx.get(Case, case.id) is None
        assert not (await tx.exec(select(Opening))).all()
        assert not await statements.CASES.open_many(tx, rt.keyring, {case.subject_id: case.snapshot})
