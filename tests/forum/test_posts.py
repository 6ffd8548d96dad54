"""What happens to a post afterwards: support, reports, taking away, hiding and showing again."""

from dataclasses import replace

import pytest
from sqlmodel import select

import moderation
from moderation import ActKind
from server.forum import queries, service
from server.forum.models import Post, PostState, Support, SupportKind, Topic, TopicState
from server.forum.queries import ShownTopic
from server.forum.rules import TopicUnknown, WritingPaused
from server.forum.service import topic_of
from server.kit.crypto import Unreadable
from server.kit.db.sealed import SealedItems
from server.kit.db.tables import Hoofd
from server.kit.errors import TooMany
from server.kit.ids import new_id
from server.kit.limits import Limits
from server.kit.runtime import Runtime
from server.visitors.statements import CASES, DecisionUnknown, appeal_part, reason_part
from tests.forum.cast import answer, draft, topic, writer


async def see(rt: Runtime, name: str, topic_id: str) -> ShownTopic:
    async with rt.stores.hoofd.reading() as tx:
        return await queries.shown_topic(tx, rt.keyring, topic_id, writer(rt, name, topic_id))


async def test_support_is_seen_without_numbers(rt: Runtime) -> None:
    there = await topic(rt, "Merel")
    for name in ("Daan", "Bram"):
        await service.support(rt, writer(rt, name, there.topic_id), there.topic_id, there.post_id, SupportKind.STRENGTH)
    mine, daans = (await see(rt, "Merel", there.topic_id)).posts[0], (await see(rt, "Daan", there.topic_id)).posts[0]
    assert mine.supported == {SupportKind.STRENGTH}
    assert daans.given == daans.supported == {SupportKind.STRENGTH}


async def test_pressing_twice_is_pressing_once_and_can_be_undone(rt: Runtime) -> None:
    there = await topic(rt, "Merel")
    daan = writer(rt, "Daan", there.topic_id)
    for _ in range(2):
        await service.support(rt, daan, there.topic_id, there.post_id, SupportKind.THANKS)
    async with rt.stores.hoofd.reading() as tx:
        assert len((await tx.exec(select(Support))).all()) == 1
    await service.unsupport(rt, daan, there.topic_id, there.post_id, SupportKind.THANKS)
    assert (await see(rt, "Daan", there.topic_id)).posts[0].given == frozenset()


async def test_nobody_supports_or_reports_an_own_post(rt: Runtime) -> None:
    there = await topic(rt, "Merel")
    merel = writer(rt, "Merel", there.topic_id)
    with pytest.raises(TopicUnknown):
        await service.support(rt, merel, there.topic_id, there.post_id, SupportKind.THANKS)
    with pytest.raises(TopicUnknown):
        await service.report(rt, merel, there.topic_id, there.post_id, "kwetsend")


async def test_presses_in_two_topics_cannot_be_joined(rt: Runtime) -> None:
    for title in ("Eén", "Twee"):
        there = await topic(rt, "Merel", title)
        daan = writer(rt, "Daan", there.topic_id)
        await service.support(rt, daan, there.topic_id, there.post_id, SupportKind.THANKS)
    async with rt.stores.hoofd.reading() as tx:
        assert len(set((await tx.exec(select(Support.author_key))).all())) == 2


async def test_reports_of_one_post_are_one_case_and_one_person_counts_once(rt: Runtime) -> None:
    there = await topic(rt, "Merel")
    for name in ("Daan", "Daan", "Bram"):
        await service.report(rt, writer(rt, name, there.topic_id), there.topic_id, there.post_id, "kwetsend")
    async with rt.stores.hoofd.reading() as tx:
        case = (await tx.exec(select(moderation.Case))).one()
        text = await SealedItems(Hoofd, "case").open(tx, rt.keyring, there.post_id, case.snapshot)
    assert (case.reports, case.kind) == (2, "post")
    assert text == "Slecht slapen\n\nElke nacht wakker."


async def test_taking_away_leaves_an_empty_place(rt: Runtime) -> None:
    there = await topic(rt, "Merel")
    said = await answer(rt, "Daan", there.topic_id)
    assert await service.remove_own(rt, writer(rt, "Daan", there.topic_id), there.topic_id, said.post_id)
    shown = await see(rt, "Merel", there.topic_id)
    assert [(post.state, post.text, post.name) for post in shown.posts][1] == (PostState.REMOVED, None, None)
    async with rt.stores.hoofd.reading() as tx:
        row = await queries.post_in(tx, there.topic_id, said.post_id)
    assert (row.text, row.name, row.author_key) == (None, None, None)


async def test_taking_away_the_first_post_takes_the_title_but_not_the_replies(rt: Runtime) -> None:
    there = await topic(rt, "Merel")
    await answer(rt, "Daan", there.topic_id, "Blijft staan.")
    await service.remove_own(rt, writer(rt, "Merel", there.topic_id), there.topic_id, there.post_id)
    shown = await see(rt, "Daan", there.topic_id)
    assert (shown.title, shown.state) == (None, TopicState.PLACED)
    assert [post.text for post in shown.posts] == [None, "Blijft staan."]


async def test_a_topic_without_any_text_is_not_listed(rt: Runtime) -> None:
    there = await topic(rt, "Merel")
    await service.remove_own(rt, writer(rt, "Merel", there.topic_id), there.topic_id, there.post_id)
    async with rt.stores.hoofd.reading() as tx:
        assert (await queries.listing(tx, rt.keyring)).total == 0


async def test_taking_back_what_waits_leaves_nothing(rt: Runtime) -> None:
    made = draft(title="Hallo")
    merel = writer(rt, "Merel", topic_of(made.id), newcomer=True)
    held = await service.start_topic(rt, merel, made)
    assert not await service.remove_own(rt, merel, held.topic_id, held.post_id)
    async with rt.stores.hoofd.reading() as tx:
        assert (await tx.exec(select(Topic))).all() == []
        assert (await tx.exec(select(Post))).all() == []


async def test_nobody_takes_away_what_another_wrote(rt: Runtime) -> None:
    there = await topic(rt, "Merel")
    with pytest.raises(TopicUnknown):
        await service.remove_own(rt, writer(rt, "Daan", there.topic_id), there.topic_id, there.post_id)


async def test_the_key_of_a_removed_text_is_destroyed(rt: Runtime) -> None:
    there = await topic(rt, "Merel")
    async with rt.stores.hoofd.reading() as tx:
        blob = (await queries.post_in(tx, there.topic_id, there.post_id)).text
    await service.remove_own(rt, writer(rt, "Merel", there.topic_id), there.topic_id, there.post_id)
    assert blob is not None
    async with rt.stores.hoofd.reading() as tx:
        with pytest.raises(Unreadable):
            await SealedItems(Hoofd, "post").open(tx, rt.keyring, there.post_id, blob)


async def test_a_hidden_post_keeps_its_place_and_comes_back(rt: Runtime) -> None:
    there = await topic(rt, "Merel")
    said = await answer(rt, "Daan", there.topic_id, "Verborgen woorden.")
    await service.hide_post(rt, said.post_id)
    for name in ("Merel", "Daan"):
        shown = (await see(rt, name, there.topic_id)).posts[1]
        assert (shown.state, shown.text) == (PostState.HIDDEN, None)
    await service.restore_post(rt, said.post_id)
    assert (await see(rt, "Merel", there.topic_id)).posts[1].text == "Verborgen woorden."


async def test_hiding_a_first_post_hides_the_title(rt: Runtime) -> None:
    there = await topic(rt, "Merel", "Kwetsende titel")
    await answer(rt, "Daan", there.topic_id)
    await service.hide_post(rt, there.post_id)
    shown = await see(rt, "Daan", there.topic_id)
    assert (shown.title, shown.open) == (None, False)
    await service.restore_post(rt, there.post_id)
    assert (await see(rt, "Daan", there.topic_id)).title == "Kwetsende titel"


async def test_deeds_of_moderators_may_be_repeated(rt: Runtime) -> None:
    there = await topic(rt, "Merel")
    await service.place_post(rt, there.post_id, 1)
    await service.hide_post(rt, there.post_id)
    await service.hide_post(rt, there.post_id)
    await service.restore_post(rt, there.post_id)
    await service.restore_post(rt, there.post_id)
    assert [post.number for post in (await see(rt, "Merel", there.topic_id)).posts] == [1]


async def test_a_moderator_sees_the_texts_around_a_post_but_not_the_hidden_ones(rt: Runtime) -> None:
    there = await topic(rt, "Merel")
    said = [await answer(rt, name, there.topic_id, f"Van {name}") for name in ("Daan", "Bram", "Noor")]
    await service.hide_post(rt, said[0].post_id)
    async with rt.stores.hoofd.reading() as tx:
        rows = await queries.context(tx, rt.keyring, said[1].post_id)
        assert await queries.context(tx, rt.keyring, "0" * 32) == []
    assert [row.text for row in rows] == ["Elke nacht wakker.", None, "Van Bram", "Van Noor"]


async def decide(rt: Runtime, there_id: str, post_id: str, kind: ActKind) -> moderation.Act:
    """Let Noor decide about a post that Daan reported."""
    await service.report(rt, writer(rt, "Daan", there_id), there_id, post_id, "kwetsend")
    now = rt.clock.now()
    async with rt.stores.hoofd.transaction() as tx:
        case = (await tx.exec(select(moderation.Case))).one()
        held = await moderation.claim(tx, case.id, "noor", now)
        version, act_id = held.version, new_id()
        reason = await CASES.seal(tx, rt.keyring, post_id, "Je schreef iets dat kwetst.", reason_part(act_id))
        return await moderation.act(
            tx, case.id, "noor", kind, version, now, category="kwetsend", house_rule="2", reason=reason, act_id=act_id
        )


async def test_who_is_paused_cannot_write_anywhere_in_the_forum(rt: Runtime) -> None:
    there, other = await topic(rt, "Merel"), await topic(rt, "Bram")
    await decide(rt, there.topic_id, there.post_id, ActKind.TIMEOUT)
    with pytest.raises(WritingPaused):
        await answer(rt, "Merel", other.topic_id)
    assert (await answer(rt, "Bram", there.topic_id)).state is PostState.PLACED


async def test_who_is_slowed_writes_once_in_two_minutes_in_the_forum(rt: Runtime) -> None:
    rt = replace(rt, limits=Limits())
    there, other = await topic(rt, "Merel"), await topic(rt, "Bram")
    await decide(rt, there.topic_id, there.post_id, ActKind.SLOW)
    assert (await answer(rt, "Merel", other.topic_id)).state is PostState.PLACED
    with pytest.raises(TooMany) as slowed:
        await answer(rt, "Merel", other.topic_id)
    assert (slowed.value.key, (slowed.value.retry_ms or 0) > 110_000) == ("forum.slow", True)
    assert (await answer(rt, "Bram", there.topic_id)).state is PostState.PLACED


async def test_only_the_writer_can_object_to_a_decision(rt: Runtime) -> None:
    there = await topic(rt, "Merel")
    act = await decide(rt, there.topic_id, there.post_id, ActKind.HIDE)
    with pytest.raises(DecisionUnknown):
        await service.appeal(rt, writer(rt, "Daan", there.topic_id), act.id, "Niet mijn zaak.")
    assert await service.appeal(rt, writer(rt, "Merel", there.topic_id), act.id, "Dit was een grap.") is None
    async with rt.stores.hoofd.reading() as tx:
        (sealed,) = (await tx.exec(select(moderation.Appeal.text))).all()
        said = await CASES.open(tx, rt.keyring, there.post_id, sealed, appeal_part(act.id))
    assert said == "Dit was een grap."
