"""What goes by itself, and what goes when somebody asks to be forgotten."""

from datetime import timedelta

from sqlmodel import col, select

from server.forum import demo, queries, retention, service
from server.forum.models import Post, PostState, Support, SupportKind, Topic
from server.forum.service import topic_of
from server.kit.clock import FixedClock
from server.kit.db.sealed import HoofdKey
from server.kit.runtime import Runtime
from server.kit.search import Stem
from tests.forum.cast import answer, draft, topic, visit, writer


def later(rt: Runtime, days: int) -> None:
    assert isinstance(rt.clock, FixedClock)
    rt.clock.advance(timedelta(days=days))


async def texts(rt: Runtime, topic_id: str) -> list[tuple[str | None, str | None]]:
    async with rt.stores.hoofd.reading() as tx:
        shown = await queries.shown_topic(tx, rt.keyring, topic_id, writer(rt, "Noor", topic_id))
    return [(post.name, post.text) for post in shown.posts]


async def test_a_topic_goes_two_years_after_its_last_reply(rt: Runtime) -> None:
    old = await topic(rt, "Merel", "Oud")
    later(rt, 400)
    alive = await topic(rt, "Daan", "Nog niet")
    await answer(rt, "Daan", alive.topic_id)
    later(rt, 330)
    await retention.forget(rt, rt.clock.now())
    async with rt.stores.hoofd.reading() as tx:
        assert [row.id for row in (await tx.exec(select(Topic))).all()] == [alive.topic_id]
        assert old.post_id not in (await tx.exec(select(Stem.item_id))).all()
        assert (await tx.exec(select(HoofdKey).where(col(HoofdKey.item_id) == old.post_id))).all() == []


async def test_who_wrote_nothing_for_a_year_is_an_old_member(rt: Runtime) -> None:
    there = await topic(rt, "Merel")
    later(rt, 200)
    await answer(rt, "Daan", there.topic_id)
    later(rt, 200)
    await retention.forget(rt, rt.clock.now())
    assert await texts(rt, there.topic_id) == [(None, "Elke nacht wakker."), ("Daan", "Herkenbaar, ik ook.")]
    async with rt.stores.hoofd.reading() as tx:
        assert (await queries.post_in(tx, there.topic_id, there.post_id)).author_key is None


async def test_hidden_words_go_after_thirty_days_and_their_place_stays(rt: Runtime) -> None:
    there = await topic(rt, "Merel")
    said = await answer(rt, "Daan", there.topic_id)
    await service.hide_post(rt, said.post_id)
    later(rt, 31)
    await retention.forget(rt, rt.clock.now())
    async with rt.stores.hoofd.reading() as tx:
        row = await queries.post_in(tx, there.topic_id, said.post_id)
    assert (row.state, row.text, row.number) == (PostState.HIDDEN, None, 2)
    await service.restore_post(rt, said.post_id)  # too late: there is nothing to show
    assert (await texts(rt, there.topic_id))[1] == (None, None)


async def test_what_waited_too_long_goes(rt: Runtime) -> None:
    made = draft(title="Hallo")
    await service.start_topic(rt, writer(rt, "Merel", topic_of(made.id), newcomer=True), made)
    later(rt, 91)
    await retention.forget(rt, rt.clock.now())
    async with rt.stores.hoofd.reading() as tx:
        assert (await tx.exec(select(Post))).all() == []
        assert (await tx.exec(select(Topic))).all() == []


async def test_being_forgotten_takes_all_posts_and_presses_and_nobody_elses(rt: Runtime) -> None:
    there = await topic(rt, "Daan", text="Van Daan.")
    own = await topic(rt, "Merel")
    apart = writer(rt, "Merel", there.topic_id, apart=True)
    await service.reply(rt, apart, there.topic_id, draft("Onder een andere naam."))
    await service.support(rt, apart, there.topic_id, there.post_id, SupportKind.THANKS)
    merel = visit("Merel", rt.clock.now())
    assert await retention.forget_author(rt, merel) == {"forum": 2}
    assert [text for _, text in await texts(rt, there.topic_id)] == ["Van Daan.", None]
    async with rt.stores.hoofd.reading() as tx:
        assert (await tx.exec(select(Support))).all() == []
        assert (await queries.topic_row(tx, own.topic_id)).title is None
    assert await retention.forget_author(rt, merel) == {"forum": 0}


async def test_a_restored_dump_forgets_again(rt: Runtime) -> None:
    there = await topic(rt, "Daan")
    apart = writer(rt, "Merel", there.topic_id, apart=True)
    said = await service.reply(rt, apart, there.topic_id, draft("Komt terug uit een kopie."))
    await retention.forget_author(rt, visit("Merel", rt.clock.now()))
    async with rt.stores.hoofd.transaction() as tx:  # as a dump of yesterday would have it
        row = await queries.post_in(tx, there.topic_id, said.post_id)
        row.state, row.author_key = PostState.PLACED, apart.key
    assert await retention.forget_again(rt) == 1


async def test_the_examples_pass_every_check_and_are_made_once(rt: Runtime) -> None:
    await demo.seed(rt, rt.clock.now())
    await demo.seed(rt, rt.clock.now())
    async with rt.stores.hoofd.reading() as tx:
        listing = await queries.listing(tx, rt.keyring)
    assert listing.total == 8
    assert [card.last_day for card in listing.cards] == sorted((card.last_day for card in listing.cards), reverse=True)
    assert any(card.notes for card in listing.cards)
