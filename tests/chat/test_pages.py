"""A group by forms alone: in the language one reads, and without losing what was typed."""

import json
from datetime import timedelta

import pytest

from server.chat import deeds
from server.kit.clock import FixedClock
from server.kit.runtime import Runtime
from tests.cast import HELP, a_group, guest, say
from tests.pages import panels
from tests.visitors.browser import Browser


async def test_a_refused_message_comes_back_to_be_changed(rt: Runtime) -> None:
    room_id, merel = await a_group(rt), Browser(rt)
    await merel.arrive("groepen")
    form = await merel.get(f"/groepen/{room_id}")
    answer = await merel.send(form, f"/groepen/{room_id}/berichten", text="Bel me op 06 12 34 56 78")
    assert answer.status == 200
    assert "Bel me op 06 12 34 56 78" in answer.response.text


async def test_an_english_reader_stays_in_english(rt: Runtime) -> None:
    room_id, merel = await a_group(rt), Browser(rt)
    await merel.arrive("groepen")
    form = await merel.get(f"/en/groepen/{room_id}")
    answer = await merel.send(form, f"/en/groepen/{room_id}/berichten", text="Goedemorgen")
    assert (answer.status, answer.to) == (303, f"/en/groepen/{room_id}#bericht")


@pytest.mark.parametrize(("words", "panel"), HELP)
async def test_words_that_call_for_help_show_it_in_a_group(rt: Runtime, words: str, panel: str) -> None:
    """By form; the frame carries the same answer."""
    room_id, merel = await a_group(rt), Browser(rt)
    await merel.arrive("groepen")
    form = await merel.get(f"/groepen/{room_id}")
    answer = await merel.send(form, f"/groepen/{room_id}/berichten", text=words)
    assert answer.tree is not None
    assert panels(answer.tree) == [panel]
    speaker = (await guest(rt, "Daan")).in_group(rt, room_id)
    outcome = await say(rt, speaker, room_id, words)
    assert json.loads(deeds.answer_frame("1", outcome))["panel"] == panel


async def test_help_for_who_is_in_danger_is_still_there_after_a_reload(rt: Runtime) -> None:
    """Whatever became of the words, and for half an hour; then the page is as it was."""
    room_id, merel = await a_group(rt), Browser(rt)
    await merel.arrive("groepen")
    form = await merel.get(f"/groepen/{room_id}")
    await merel.send(form, f"/groepen/{room_id}/berichten", text="Vanavond ga ik mezelf ophangen. Het is klaar.")
    again = await merel.get(f"/groepen/{room_id}")
    assert again.tree is not None
    assert panels(again.tree) == ["crisis"]
    clock = rt.clock
    assert isinstance(clock, FixedClock)
    clock.set(clock.now() + timedelta(minutes=31))
    later = await merel.get(f"/groepen/{room_id}")
    assert later.tree is not None
    assert panels(later.tree) == []
