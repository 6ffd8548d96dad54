"""Finding topics by words: stems, compounds, titles; and nothing that may not be seen."""

import pytest
from sqlmodel import select

from server.forum import queries, retention, service, words
from server.forum.service import topic_of
from server.kit.runtime import Runtime
from server.kit.search import Stem
from tests.forum.cast import answer, draft, topic, visit, writer


async def found(rt: Runtime, asked: str) -> list[str | None]:
    async with rt.stores.hoofd.reading() as tx:
        listing = await queries.listing(tx, rt.keyring, stems=words.wanted(asked))
    return [card.title for card in listing.cards]


async def index(rt: Runtime) -> list[str]:
    async with rt.stores.hoofd.reading() as tx:
        return sorted((await tx.exec(select(Stem.stem))).all())


@pytest.mark.parametrize("asked", ["slapen", "SLAAP", "slaap wakker", "ik slaap niet", "titel", "wakker", "nacht"])
async def test_forms_titles_and_replies_are_found(rt: Runtime, asked: str) -> None:
    there = await topic(rt, "Merel", "Titel over slaapproblemen", "Elke nacht hetzelfde.")
    await answer(rt, "Daan", there.topic_id, "Ik lig ook wakker.")
    await topic(rt, "Bram", "Iets anders", "Over koken.")
    assert await found(rt, asked) == ["Titel over slaapproblemen"]


async def test_every_word_must_be_there(rt: Runtime) -> None:
    await topic(rt, "Merel", "Slapen", "Elke nacht.")
    assert await found(rt, "slapen koken") == []


async def test_what_waits_is_found_when_it_is_placed(rt: Runtime) -> None:
    made = draft("Over vogels.", "Hallo")
    held = await service.start_topic(rt, writer(rt, "Merel", topic_of(made.id), newcomer=True), made)
    assert await index(rt) == []
    assert await found(rt, "vogels") == []
    await service.place_post(rt, held.post_id, 1)
    assert await found(rt, "vogel") == ["Hallo"]


async def test_hidden_and_removed_words_leave_the_index(rt: Runtime) -> None:
    there = await topic(rt, "Merel", "Titel", "Tekst.")
    said = await answer(rt, "Daan", there.topic_id, "Eekhoorn.")
    await service.hide_post(rt, said.post_id)
    assert await found(rt, "eekhoorn") == []
    assert "eekhoorn" not in await index(rt)
    await service.restore_post(rt, said.post_id)
    assert await found(rt, "eekhoorn") == ["Titel"]
    await service.remove_own(rt, writer(rt, "Daan", there.topic_id), there.topic_id, said.post_id)
    assert "eekhoorn" not in await index(rt)


async def test_a_hidden_topic_is_not_found_by_its_replies(rt: Runtime) -> None:
    there = await topic(rt, "Merel", "Titel", "Tekst.")
    await answer(rt, "Daan", there.topic_id, "Eekhoorn.")
    await service.hide_post(rt, there.post_id)
    assert await found(rt, "eekhoorn") == []


@pytest.mark.parametrize(
    "asked", ["*", "%", "_", "'", '"', "slapen*", "slapen' OR 1=1 --", "slapen AND (", "\\", "x" * 5000, "🙂", "ß ſ ı"]
)
async def test_no_question_is_an_error(rt: Runtime, asked: str) -> None:
    await topic(rt, "Merel", "Slapen", "Elke nacht.")
    taken = words.taken_in(asked)
    assert len(taken) <= 200
    await found(rt, taken)


async def test_the_index_is_made_anew_after_a_restore(rt: Runtime) -> None:
    there = await topic(rt, "Merel")
    hidden = await answer(rt, "Daan", there.topic_id, "Eekhoorn.")
    await service.hide_post(rt, hidden.post_id)
    before = await index(rt)
    async with rt.stores.hoofd.transaction() as tx:
        for row in (await tx.exec(select(Stem))).all():
            await tx.delete(row)
    assert await retention.rebuild_index(rt) == 1
    assert await index(rt) == before


def test_words_in_an_address_open_for_one_visit_only(rt: Runtime) -> None:
    merel, daan = visit("Merel", rt.clock.now()), visit("Daan", rt.clock.now())
    sealed = words.seal_words(merel, "slecht slapen")
    assert "sl" not in sealed.lower() or "slapen" not in sealed
    assert words.open_words(merel, sealed) == "slecht slapen"
    assert words.open_words(merel, "") == ""
    for damaged in (sealed[:-3], "abc", "é", "=" * 40, sealed + "AAAA"):
        assert words.open_words(merel, damaged) is None
    assert words.open_words(daan, sealed) is None
