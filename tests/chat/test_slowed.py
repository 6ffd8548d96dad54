"""Who a moderator slowed writes once in two minutes, whichever way it comes; they read why and until when."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from moderation import ActKind
from server.chat import editing, service
from server.chat.rules import Speaker
from server.chat.service import Draft
from server.desk import service as desk
from server.desk.service import Decision
from server.kit.clock import local_day
from server.kit.crypto import Secret
from server.kit.errors import TooMany
from server.kit.limits import Limits
from server.kit.runtime import Runtime
from server.visitors import service as visitors
from server.visitors.return_phrase import Kept
from tests.cast import Guest, a_group, as_team, draft, say
from tests.desk.cases import case_of, moderator, writer
from tests.faults.lines import Frame, Line, PollLine, SseLine, WsLine
from tests.serving import served
from tests.team.cast import clock_of
from tests.visitors.browser import Browser

WHY = "Je schrijft veel en snel (huisregel 2). Zo komen anderen er niet tussen."
TOLD = "Je kunt hier nu 1 bericht per 2 minuten schrijven."


@pytest.fixture
def rt(rt: Runtime) -> Runtime:
    """The same runtime with limits of its own."""
    return replace(rt, limits=Limits())


@pytest.fixture
async def merel(rt: Runtime) -> Guest:
    """Merel, who has been here before, so that the rules for new names do not hold."""
    known = local_day(rt.clock.now()) - timedelta(days=9)
    kept = Kept(Secret.random(), "Merel", known, 5)
    return Guest(*await visitors.begin(rt, "Merel", kept=kept))


async def slowed(rt: Runtime, speaker: Speaker, room_id: str) -> str:
    """Let Merel say something that a moderator answers with slower writing. Returns the case."""
    said = await say(rt, speaker, room_id, "De eerste van heel veel")
    await service.report(rt, writer("Groene Reiger"), said.id, "kwetsend")
    case, noor = await case_of(rt, said.id), await moderator(rt)
    await desk.pick_up(rt, noor, case.id)
    version = (await case_of(rt, said.id)).version
    await desk.decide(rt, noor, case.id, Decision(ActKind.SLOW, version, "harassment", "2", WHY))
    return case.id


async def answer(line: Line, **asked: Any) -> Frame:
    """Return the answer to one frame."""
    await line.say(asked | {"ref": "1"})
    while (heard := await line.hear()).get("ref") != "1":
        pass
    return heard


@pytest.mark.parametrize("kind", [WsLine, SseLine, PollLine])
async def test_every_live_door_says_how_long_it_takes(rt: Runtime, merel: Guest, kind: Callable[[], Line]) -> None:
    room_id, line = await a_group(rt), kind()
    await slowed(rt, merel.in_group(rt, room_id), room_id)
    async with served(rt) as door:
        hello = {"t": "hello", "v": 1, "csrf": merel.visit.csrf, "tab": "een", "resume": []}
        await line.open(door, {"cookie": merel.token, "csrf": merel.visit.csrf}, "/chat/v1/ws", hello)
        assert (await answer(line, t="join", room=room_id))["t"] == "ok"
        first = await answer(line, t="send", room=room_id, client_id=str(uuid.uuid4()), text="Dan nu rustig")
        assert first["state"] == "placed"
        again = await answer(line, t="send", room=room_id, client_id=str(uuid.uuid4()), text="En nog iets")
        assert (again["code"], again["key"]) == ("te_snel", "groep.langzaam")
        assert 110_000 < again["retry_ms"] <= 120_000
        await line.close()


async def test_the_form_keeps_what_was_typed_and_the_page_says_why_and_until_when(rt: Runtime) -> None:
    room_id, page = await a_group(rt), Browser(rt)
    await page.arrive("groepen")
    home = f"/groepen/{room_id}"
    found = await visitors.load(rt, page.cookie)
    assert found is not None
    since = rt.clock.now() - timedelta(days=9)
    await visitors.change(rt, found, lambda known: replace(known, known_since=since, messages_sent=5))
    await slowed(rt, Guest(page.cookie or "", found).in_group(rt, room_id), room_id)
    assert (await page.send(await page.get(home), f"{home}/berichten", text="Dan nu rustig")).status == 303
    refused = await page.send(await page.get(home), f"{home}/berichten", text="En nog iets dat ik kwijt wil")
    assert refused.status == 429
    assert TOLD in refused.words
    assert "En nog iets dat ik kwijt wil" in refused.words
    clock_of(rt).advance(timedelta(minutes=2))
    told = await page.get(home)
    assert WHY in told.words
    assert "Je kunt tot morgen 20:30 uur 1 bericht per 2 minuten schrijven." in told.words
    assert "/bezwaar/" in told.response.text


async def test_it_holds_for_this_person_only_and_never_for_who_needs_help(rt: Runtime, merel: Guest) -> None:
    room_id = await a_group(rt)
    speaker = merel.in_group(rt, room_id)
    await slowed(rt, speaker, room_id)
    await say(rt, speaker, room_id, "Dan nu rustig")
    with pytest.raises(TooMany):
        await say(rt, speaker, room_id, "En nog iets")
    for words in ("Ik heb nog niets gezegd", "En nu wel, twee keer"):
        await say(rt, replace(writer(), newcomer=False), room_id, words)
    noor = as_team(await moderator(rt), room_id)
    for words in ("We lezen mee", "Rustig aan"):
        await service.send(rt, noor, draft(room_id, words))
    assert (await say(rt, speaker, room_id, "ik maak er vanavond een eind aan")).answer["panel"] == "crisis"


async def test_changing_words_is_no_way_around_it_and_a_retry_costs_nothing(rt: Runtime, merel: Guest) -> None:
    room_id = await a_group(rt)
    speaker = merel.in_group(rt, room_id)
    await slowed(rt, speaker, room_id)
    wish = Draft(room_id, str(uuid.uuid4()), "Dan nu rustig")
    said = await service.send(rt, speaker, wish)
    assert (await service.send(rt, speaker, wish)).dup
    with pytest.raises(TooMany):
        await editing.edit(rt, speaker, room_id, said.id, str(uuid.uuid4()), "Een heel ander verhaal")


async def test_it_ends_after_a_day_and_when_it_is_taken_back(rt: Runtime, merel: Guest) -> None:
    room_id = await a_group(rt)
    speaker = merel.in_group(rt, room_id)
    case_id = await slowed(rt, speaker, room_id)
    await desk.undo(rt, await moderator(rt), case_id)
    for words in ("Dat was een vergissing", "Fijn dat het weer kan"):
        await say(rt, speaker, room_id, words)
    other = replace(speaker, key="e" * 32, keys=frozenset({"e" * 32}), limit="e" * 32)
    await slowed(rt, other, room_id)
    await say(rt, other, room_id, "Dan nu rustig")
    clock_of(rt).advance(timedelta(hours=24))
    await say(rt, other, room_id, "Een nieuwe dag")
