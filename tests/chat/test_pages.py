"""A group by forms alone: in the language one reads, and without losing what was typed."""

from server.kit.runtime import Runtime
from tests.cast import a_group
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
