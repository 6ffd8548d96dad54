"""Starting topics and replying: placed, waiting, refused, twice, too often."""

from dataclasses import replace

import pytest
from sqlmodel import col, func, select

import moderation
from server.forum import queries, service
from server.forum.models import Post, PostState, Topic, TopicState
from server.forum.rules import BadChoice, KeyReused, TopicClosed, TopicUnknown
from server.forum.service import topic_of
from server.kit.errors import TooMany
from server.kit.runtime import Runtime
from server.kit.text import Empty, ForbiddenCharacters, TooLong
from server.visitors.statements import CASES
from tests.forum.cast import CRISIS, PASSIVE, PHONE, SLUR, answer, draft, topic, writer


async def titles(rt: Runtime) -> list[str | None]:
    async with rt.stores.hoofd.reading() as tx:
        return [card.title for card in (await queries.listing(tx, rt.keyring)).cards]


async def cases(rt: Runtime) -> list[moderation.Case]:
    async with rt.stores.hoofd.reading() as tx:
        return list((await tx.exec(select(moderation.Case))).all())


async def count(rt: Runtime, table: type[Post] | type[Topic]) -> int:
    async with rt.stores.hoofd.reading() as tx:
        return (await tx.exec(select(func.count()).select_from(table))).one()


async def test_a_topic_is_placed_and_listed(rt: Runtime) -> None:
    outcome = await topic(rt, "Merel", "Slecht slapen")
    assert (outcome.state, outcome.number, outcome.panel) == (PostState.PLACED, 1, None)
    assert await titles(rt) == ["Slecht slapen"]
    assert await cases(rt) == []


async def test_a_reply_brings_its_topic_to_the_top(rt: Runtime) -> None:
    older = await topic(rt, "Merel", "Ouder")
    await topic(rt, "Daan", "Nieuwer")
    assert await titles(rt) == ["Nieuwer", "Ouder"]
    outcome = await answer(rt, "Daan", older.topic_id)
    assert outcome.number == 2
    assert await titles(rt) == ["Ouder", "Nieuwer"]


async def test_the_first_topic_of_a_newcomer_waits_for_a_moderator(rt: Runtime) -> None:
    made = draft(title="Hallo")
    merel = writer(rt, "Merel", topic_of(made.id), newcomer=True)
    outcome = await service.start_topic(rt, merel, made)
    assert outcome.state is PostState.HELD
    assert await titles(rt) == []
    assert [case.subject_id for case in await cases(rt)] == [outcome.post_id]
    await service.place_post(rt, outcome.post_id, 1)
    assert await titles(rt) == ["Hallo"]
    second = draft(title="Nog een")
    assert (await service.start_topic(rt, merel, second)).state is PostState.PLACED


async def test_a_newcomers_reply_does_not_wait(rt: Runtime) -> None:
    there = await topic(rt, "Daan")
    merel = writer(rt, "Merel", there.topic_id, newcomer=True)
    assert (await service.reply(rt, merel, there.topic_id, draft())).state is PostState.PLACED


async def test_a_number_is_refused_and_nothing_is_kept(rt: Runtime) -> None:
    there = await topic(rt, "Daan")
    outcome = await answer(rt, "Merel", there.topic_id, PHONE)
    assert outcome.state is None
    assert outcome.refusal is not None
    assert outcome.refusal.label == "pii_phone"
    assert "1234" not in outcome.refusal.masked_text
    assert await count(rt, Post) == 1
    assert await cases(rt) == []


async def test_a_refusal_of_severity_three_goes_before_a_moderator(rt: Runtime) -> None:
    there = await topic(rt, "Daan")
    outcome = await answer(rt, "Merel", there.topic_id, SLUR)
    assert outcome.state is None
    assert [case.label for case in await cases(rt)] == ["harassment"]
    assert await count(rt, Post) == 1


async def test_a_contested_refusal_waits_instead(rt: Runtime) -> None:
    there = await topic(rt, "Daan")
    merel = writer(rt, "Merel", there.topic_id)
    outcome = await service.reply(rt, merel, there.topic_id, replace(draft(PHONE), contested=True))
    assert outcome.state is PostState.HELD
    assert [case.subject_id for case in await cases(rt)] == [outcome.post_id]


async def test_a_crisis_waits_with_help_at_once(rt: Runtime) -> None:
    there = await topic(rt, "Daan")
    outcome = await answer(rt, "Merel", there.topic_id, CRISIS)
    assert (outcome.state, outcome.panel) == (PostState.HELD, "crisis")
    assert [case.priority for case in await cases(rt)] == [0]


async def test_passive_thoughts_are_placed_with_support(rt: Runtime) -> None:
    there = await topic(rt, "Daan")
    outcome = await answer(rt, "Merel", there.topic_id, PASSIVE)
    assert (outcome.state, outcome.panel) == (PostState.PLACED, "steun")
    assert len(await cases(rt)) == 1


async def test_a_form_sent_twice_makes_one_post(rt: Runtime) -> None:
    there = await topic(rt, "Daan")
    merel, said = writer(rt, "Merel", there.topic_id), draft()
    first = await service.reply(rt, merel, there.topic_id, said)
    second = await service.reply(rt, merel, there.topic_id, said)
    assert (first.post_id, first.number) == (second.post_id, second.number)
    assert await count(rt, Post) == 2


async def test_a_topic_sent_twice_is_one_topic(rt: Runtime) -> None:
    said = draft(title="Eén keer")
    merel = writer(rt, "Merel", topic_of(said.id))
    assert (await service.start_topic(rt, merel, said)).topic_id == (
        await service.start_topic(rt, merel, said)
    ).topic_id
    assert await count(rt, Topic) == 1


async def test_a_used_form_takes_no_other_words_and_no_other_writer(rt: Runtime) -> None:
    there = await topic(rt, "Daan")
    said = draft("Eerste")
    await service.reply(rt, writer(rt, "Merel", there.topic_id), there.topic_id, said)
    with pytest.raises(KeyReused):
        await service.reply(rt, writer(rt, "Merel", there.topic_id), there.topic_id, replace(said, text="Tweede"))
    with pytest.raises(KeyReused):
        await service.reply(rt, writer(rt, "Bram", there.topic_id), there.topic_id, said)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"text": " "}, Empty),
        ({"text": "a" * 5001}, TooLong),
        ({"text": "a\x00b"}, ForbiddenCharacters),
        ({"title": ""}, Empty),
        ({"title": "t" * 101}, TooLong),
        ({"title": "twee\nregels"}, ForbiddenCharacters),
        ({"category": 99}, BadChoice),
        ({"notes": [99]}, BadChoice),
    ],
)
async def test_what_a_new_topic_may_not_be(rt: Runtime, changed: dict[str, object], error: type[Exception]) -> None:
    said = replace(draft(title="Titel"), **changed)  # type: ignore[arg-type]  # one field of any type at a time
    with pytest.raises(error):
        await service.start_topic(rt, writer(rt, "Merel", topic_of(said.id)), said)
    assert await count(rt, Topic) == 0


async def test_more_than_five_posts_a_minute_are_too_many(rt: Runtime) -> None:
    there = await topic(rt, "Daan")
    for _ in range(5):
        await answer(rt, "Merel", there.topic_id)
    with pytest.raises(TooMany):
        await answer(rt, "Merel", there.topic_id)


async def test_a_closed_topic_takes_no_replies(rt: Runtime) -> None:
    there = await topic(rt, "Daan")
    await service.close_topic(rt, there.topic_id)
    with pytest.raises(TopicClosed):
        await answer(rt, "Merel", there.topic_id)


async def test_a_topic_that_waits_is_unknown_to_others(rt: Runtime) -> None:
    made = draft(title="Hallo")
    merel = writer(rt, "Merel", topic_of(made.id), newcomer=True)
    outcome = await service.start_topic(rt, merel, made)
    with pytest.raises(TopicUnknown):
        await answer(rt, "Daan", outcome.topic_id)
    async with rt.stores.hoofd.reading() as tx:
        own = await queries.shown_topic(tx, rt.keyring, outcome.topic_id, merel)
        assert [post.text for post in own.waiting] == [made.text]
        with pytest.raises(TopicUnknown):
            await queries.shown_topic(tx, rt.keyring, outcome.topic_id, writer(rt, "Daan", outcome.topic_id))


async def test_a_changed_text_is_judged_anew_and_placed(rt: Runtime) -> None:
    there = await topic(rt, "Daan")
    held = await answer(rt, "Merel", there.topic_id, CRISIS)
    merel = writer(rt, "Merel", there.topic_id)
    outcome = await service.edit_held(rt, merel, there.topic_id, held.post_id, draft("Het gaat niet goed met me."))
    assert (outcome.state, outcome.number) == (PostState.PLACED, 2)
    with pytest.raises(TopicUnknown):  # it does not wait any more
        await service.edit_held(rt, merel, there.topic_id, held.post_id, draft("Nog eens."))


async def test_moderators_see_the_changed_text_and_no_old_screen_counts(rt: Runtime) -> None:
    there = await topic(rt, "Daan")
    held = await answer(rt, "Merel", there.topic_id, CRISIS)
    before = (await cases(rt))[0]
    merel = writer(rt, "Merel", there.topic_id)
    await service.edit_held(rt, merel, there.topic_id, held.post_id, draft("Het gaat niet goed met me."))
    after = (await cases(rt))[0]
    async with rt.stores.hoofd.reading() as tx:
        assert await CASES.open(tx, rt.keyring, held.post_id, after.snapshot) == "Het gaat niet goed met me."
    assert (after.version, after.priority, after.open) == (before.version + 1, 0, True)


async def test_a_refused_change_leaves_the_old_text(rt: Runtime) -> None:
    there = await topic(rt, "Daan")
    held = await answer(rt, "Merel", there.topic_id, CRISIS)
    merel = writer(rt, "Merel", there.topic_id)
    outcome = await service.edit_held(rt, merel, there.topic_id, held.post_id, draft(PHONE))
    assert outcome.state is None
    async with rt.stores.hoofd.reading() as tx:
        post = await queries.post_in(tx, there.topic_id, held.post_id)
        assert await queries.opened(tx, rt.keyring, post) == CRISIS


async def test_nobody_changes_what_another_wrote(rt: Runtime) -> None:
    there = await topic(rt, "Daan")
    held = await answer(rt, "Merel", there.topic_id, CRISIS)
    daan = writer(rt, "Daan", there.topic_id)
    with pytest.raises(TopicUnknown):
        await service.edit_held(rt, daan, there.topic_id, held.post_id, draft())


async def test_another_name_is_tied_to_nothing(rt: Runtime) -> None:
    usual = await topic(rt, "Merel")
    there = await topic(rt, "Daan")
    apart = writer(rt, "Merel", there.topic_id, apart=True)
    outcome = await service.reply(rt, apart, there.topic_id, draft())
    async with rt.stores.hoofd.reading() as tx:
        rows = {row.id: row for row in (await tx.exec(select(Post).where(col(Post.author_key).is_not(None)))).all()}
        shown = await queries.shown_topic(tx, rt.keyring, there.topic_id, writer(rt, "Merel", there.topic_id))
    assert rows[outcome.post_id].author_key != rows[usual.post_id].author_key
    assert shown.posts[1].name == apart.name != "Merel"
    assert shown.posts[1].mine


async def test_hidden_topics_are_not_listed(rt: Runtime) -> None:
    there = await topic(rt, "Merel")
    await service.hide_post(rt, there.post_id)
    assert await titles(rt) == []
    async with rt.stores.hoofd.reading() as tx:
        assert (await queries.topic_row(tx, there.topic_id)).state is TopicState.HIDDEN
