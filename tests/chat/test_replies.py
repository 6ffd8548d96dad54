"""Answering one message: the quote shows the first words, and none of what is hidden."""

import pytest
from sqlmodel import select

from server.chat import queries, replies, service
from server.chat.groups import groups
from server.chat.models import Message
from server.chat.replies import Quote
from server.chat.rules import Speaker
from server.chat.service import Draft, Outcome
from server.kit.errors import Invalid
from server.kit.runtime import Runtime
from tests.cast import a_group, draft, guest, say
from tests.visitors.browser import Browser

FIRST = "Hoe komen jullie de avond door zonder telefoon naast het bed"


async def answer(rt: Runtime, speaker: Speaker, room_id: str, text: str, to: str) -> Outcome:
    """Answer a message."""
    wish = draft(room_id, text)
    return await service.send(rt, speaker, Draft(room_id, wish.client_id, text, to))


async def quote_of(rt: Runtime, room_id: str, message_id: str) -> Quote:
    """Return what stands above an answer to a message now."""
    async with rt.stores.vluchtig.reading() as tx:
        room = await queries.room(tx, room_id)
        return (await replies.quotes(tx, rt.keyring, room, [message_id]))[message_id]


async def test_an_answer_carries_name_and_words_of_the_original(rt: Runtime) -> None:
    room_id = await a_group(rt)
    merel, daan = await guest(rt, "Stille Merel"), await guest(rt, "Daan")
    first = await say(rt, merel.in_group(rt, room_id), room_id, FIRST)
    said = await answer(rt, daan.in_group(rt, room_id), room_id, "Met thee", first.id)
    async with rt.stores.vluchtig.reading() as tx:
        row = (await tx.exec(select(Message).where(Message.id == said.id))).one()
    assert row.reply_to == first.id
    assert await quote_of(rt, room_id, first.id) == Quote(first.id, 1, "Stille Merel", FIRST)


async def test_hidden_words_stand_in_no_quote(rt: Runtime) -> None:
    room_id = await a_group(rt)
    merel, daan = await guest(rt, "Merel"), await guest(rt, "Daan")
    first = await say(rt, merel.in_group(rt, room_id), room_id, FIRST)
    await answer(rt, daan.in_group(rt, room_id), room_id, "Met thee", first.id)
    await service.hide(rt, first.id, "mod.hidden")
    assert await quote_of(rt, room_id, first.id) == Quote(first.id, 1, "", None)
    async with rt.stores.vluchtig.reading() as tx:
        found = await queries.events(tx, rt.keyring, await queries.room(tx, room_id), after=0, limit=10)
    assert b"telefoon" not in b"".join(event.payload + event.own for event in found)


async def test_only_a_message_of_this_room_can_be_answered(rt: Runtime) -> None:
    room_id = await a_group(rt)
    other = list(groups())[1]
    merel, daan = await guest(rt, "Merel"), await guest(rt, "Daan")
    elsewhere = await say(rt, merel.in_group(rt, other), other, FIRST)
    for wrong in (elsewhere.id, "0" * 32):
        with pytest.raises(Invalid):
            await answer(rt, daan.in_group(rt, room_id), room_id, "Met thee", wrong)


@pytest.mark.parametrize(
    ("text", "shown"), [("Kort", "Kort"), ("twee\n\nregels", "twee regels"), ("woord " * 30, "woord " * 12 + "woord…")]
)
def test_first_words_end_at_a_word(text: str, shown: str) -> None:
    assert replies.first_words(text) == shown


async def test_a_form_answers_too_and_earlier_messages_have_a_page(rt: Runtime) -> None:
    room_id, browser = await a_group(rt), Browser(rt)
    daan = await guest(rt, "Daan")
    first = await say(rt, daan.in_group(rt, room_id), room_id, FIRST)
    await browser.arrive("groepen")
    form = await browser.get(f"/groepen/{room_id}?op={first.id}")
    assert "Je antwoordt op Daan" in form.words
    answered = await browser.send(form, f"/groepen/{room_id}/berichten", text="Met een boek")
    assert answered.status == 303, answered.words
    shown = await browser.get(f"/groepen/{room_id}")
    assert f'data-quote="{first.id}"' in shown.response.text
    early = await browser.get(f"/groepen/{room_id}?voor=2")
    assert FIRST in early.words
    assert "Met een boek" not in early.words


@pytest.mark.parametrize("query", ["voor=x", "voor=-1", "voor=99999999999999999999", "op=../..", "voor=0&op="])
async def test_an_address_that_makes_no_sense_shows_the_room(rt: Runtime, query: str) -> None:
    room_id, browser = await a_group(rt), Browser(rt)
    await browser.arrive("groepen")
    assert (await browser.get(f"/groepen/{room_id}?{query}")).status == 200
