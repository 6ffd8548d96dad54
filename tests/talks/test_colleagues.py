"""Colleagues in a talk: the visitor decides who comes in, and who is out reads nothing more."""

import uuid
from dataclasses import replace

import pytest
from sqlmodel import select

from server.chat import queries as rooms
from server.chat.rules import RoomUnknown
from server.chat.speakers import team_in
from server.kit.errors import TooMany
from server.kit.limits import Limits
from server.kit.runtime import Runtime
from server.talks import colleagues, queries, service, steps, turns, waiting
from server.talks.colleagues import NoteRefused
from server.talks.models import Ask, AskKind, AskState, Waiting, WaitingState
from server.talks.rules import TalkChanged
from server.team.logins import Login
from server.team.permissions import Role
from tests.cast import Guest, colleague, guest, say


@pytest.fixture
async def talk(rt: Runtime) -> tuple[str, Guest, Login]:
    """Merel talks with Sam."""
    merel, sam = await guest(rt, "Merel"), await colleague(rt)
    talk_id = await waiting.ask(rt, merel.visit, "")
    await turns.claim(rt, sam)
    await waiting.begin(rt, merel.visit)
    await service.say_as_visitor(rt, merel.visit, talk_id, str(uuid.uuid4()), "Mag ik je iets vertellen")
    return talk_id, merel, sam


async def reads(rt: Runtime, login: Login, talk_id: str) -> bool:
    """Say whether somebody of the team may read a talk now."""
    async with rt.stores.vluchtig.reading() as tx:
        try:
            await rooms.readable_room(tx, talk_id, team_in(login, talk_id).keys)
        except RoomUnknown:
            return False
    return True


async def asked(rt: Runtime, talk_id: str) -> dict[AskKind, Ask]:
    """Return what was asked about colleagues."""
    async with rt.stores.vluchtig.reading() as tx:
        return await colleagues.of_talk(tx, talk_id)


async def test_a_professional_comes_in_only_with_the_visitors_yes(rt: Runtime, talk: tuple[str, Guest, Login]) -> None:
    """Rung, there, asked, in; and out again."""
    talk_id, merel, sam = talk
    femke, other = await colleague(rt, Role.PROFESSIONAL), await colleague(rt, Role.PROFESSIONAL)
    await colleagues.ring_backup(rt, sam, talk_id)
    await colleagues.answer_ring(rt, femke, talk_id)
    with pytest.raises(TalkChanged):
        await colleagues.answer_ring(rt, other, talk_id)
    assert not await reads(rt, femke, talk_id)
    await colleagues.answer_backup(rt, merel.visit, yes=True)
    assert await reads(rt, femke, talk_id)
    assert not await reads(rt, other, talk_id)
    await say(rt, team_in(femke, talk_id), talk_id, "Ik denk graag mee")
    await colleagues.leave_as_backup(rt, femke, talk_id)
    assert not await reads(rt, femke, talk_id)
    with pytest.raises(RoomUnknown):
        await say(rt, team_in(femke, talk_id), talk_id, "Nog iets")


async def test_a_no_keeps_everybody_out(rt: Runtime, talk: tuple[str, Guest, Login]) -> None:
    """The peer worker hears it, and may ask again later."""
    talk_id, merel, sam = talk
    femke = await colleague(rt, Role.PROFESSIONAL)
    await colleagues.ring_backup(rt, sam, talk_id)
    await colleagues.answer_ring(rt, femke, talk_id)
    await colleagues.answer_backup(rt, merel.visit, yes=False)
    await colleagues.answer_backup(rt, merel.visit, yes=True)  # a second press in an old tab changes nothing
    assert (await asked(rt, talk_id))[AskKind.BACKUP].state is AskState.NO
    assert not await reads(rt, femke, talk_id)
    await colleagues.ring_backup(rt, sam, talk_id)
    assert (await asked(rt, talk_id))[AskKind.BACKUP].state is AskState.RUNG


async def test_a_returned_talk_has_no_achterwacht_left(rt: Runtime, talk: tuple[str, Guest, Login]) -> None:
    """Who was let in for one peer worker was not let in for the next."""
    talk_id, merel, sam = talk
    femke = await colleague(rt, Role.PROFESSIONAL)
    await colleagues.ring_backup(rt, sam, talk_id)
    await colleagues.answer_ring(rt, femke, talk_id)
    await colleagues.answer_backup(rt, merel.visit, yes=True)
    await turns.release(rt, sam, talk_id)
    assert not await reads(rt, femke, talk_id)
    assert await asked(rt, talk_id) == {}


async def test_handing_over_asks_the_visitor_and_takes_the_note_along(
    rt: Runtime, talk: tuple[str, Guest, Login]
) -> None:
    """With yes the talk goes to the front; the next peer worker reads what the visitor read."""
    talk_id, merel, sam = talk
    await waiting.ask(rt, (await guest(rt, "Daan")).visit, "")
    await colleagues.offer_hand_over(rt, sam, talk_id, "Mijn dienst stopt, het gaat over slapen")
    assert await reads(rt, sam, talk_id)
    await colleagues.answer_hand_over(rt, merel.visit, yes=True)
    assert not await reads(rt, sam, talk_id)
    anna = await colleague(rt)
    assert await turns.claim(rt, anna) == talk_id
    async with rt.stores.vluchtig.reading() as tx:
        room = await rooms.room(tx, talk_id)
        note = (await asked(rt, talk_id))[AskKind.HAND_OVER].note
    assert steps.open_note(room, rt.keyring, note) == "Mijn dienst stopt, het gaat over slapen"
    assert note is not None
    assert b"slapen" not in note


async def test_a_no_to_handing_over_changes_nothing(rt: Runtime, talk: tuple[str, Guest, Login]) -> None:
    """Sam stays."""
    talk_id, merel, sam = talk
    await colleagues.offer_hand_over(rt, sam, talk_id, "Mag een collega verder?")
    await colleagues.answer_hand_over(rt, merel.visit, yes=False)
    assert await reads(rt, sam, talk_id)
    assert (await asked(rt, talk_id))[AskKind.HAND_OVER].state is AskState.NO


async def test_a_question_can_be_taken_back(rt: Runtime, talk: tuple[str, Guest, Login]) -> None:
    """A yes to a question that is gone does nothing."""
    talk_id, merel, sam = talk
    await colleagues.offer_hand_over(rt, sam, talk_id, "Mag een collega verder?")
    await colleagues.take_back(rt, sam, talk_id, AskKind.HAND_OVER)
    await colleagues.answer_hand_over(rt, merel.visit, yes=True)
    assert await reads(rt, sam, talk_id)


async def test_a_note_for_both_is_checked_like_any_message(rt: Runtime, talk: tuple[str, Guest, Login]) -> None:
    """No numbers from the team to the visitor."""
    talk_id, _, sam = talk
    with pytest.raises(NoteRefused):
        await colleagues.offer_hand_over(rt, sam, talk_id, "Bel me morgen op 06 12 34 56 78")
    assert await asked(rt, talk_id) == {}


async def test_the_teams_note_is_for_the_team_and_goes_with_the_talk(
    rt: Runtime, talk: tuple[str, Guest, Login]
) -> None:
    """Only who has the talk writes it."""
    talk_id, merel, sam = talk
    await colleagues.write_note(rt, sam, talk_id, "Slaapt slecht")
    with pytest.raises(TalkChanged):
        await colleagues.write_note(rt, await colleague(rt), talk_id, "Ik ook")
    async with rt.stores.vluchtig.reading() as tx:
        row = await tx.get_one(Waiting, talk_id)
        assert steps.open_note(await rooms.room(tx, talk_id), rt.keyring, row.note) == "Slaapt slecht"
    await service.forgotten(rt, merel.visit)
    async with rt.stores.vluchtig.reading() as tx:
        assert (await tx.exec(select(Waiting))).all() == []


async def test_a_sign_comes_once_in_four_seconds_and_from_the_peer_worker_only(
    rt: Runtime, talk: tuple[str, Guest, Login]
) -> None:
    """Kept until the next answer, for who reloads the page."""
    talk_id, merel, sam = talk
    limited = replace(rt, limits=Limits(enabled=True))
    await service.signal(limited, sam, talk_id, "leest")
    with pytest.raises(TooMany):
        await service.signal(limited, sam, talk_id, "schrijft")
    with pytest.raises(TalkChanged):
        await service.signal(limited, await colleague(rt), talk_id, "leest")
    async with rt.stores.vluchtig.reading() as tx:
        found = await queries.mine(tx, queries.person_of(merel.visit), rt.clock.now())
    assert found is not None
    assert (found.state, found.signal) == (WaitingState.BUSY, "leest")
