"""What goes by itself, what goes when somebody is forgotten, and the index after a restore (privacy 4.6, 5, 5.2)."""

from datetime import date, datetime
from typing import Final

from sqlmodel import col, delete, func, select, update

from server.forum import placing, queries, rules
from server.forum.models import KIND, POSTS, TOPICS, Post, PostState, Support, Topic, TopicState
from server.forum.writers import all_keys, support_keys
from server.kit import search
from server.kit.clock import local_day
from server.kit.runtime import Runtime
from server.visitors.models import Tombstone
from server.visitors.service import mark_of
from server.visitors.visit import Visit

BATCH: Final = 500


async def forget_author(rt: Runtime, visit: Visit) -> dict[str, int]:
    """Erase all posts and presses of one visitor. Returns {"forum": how many posts}."""
    async with rt.stores.hoofd.transaction() as tx:
        topics = await queries.topic_ids(tx)
        posts = await queries.posts_of(tx, all_keys(visit, topics))
        for key in {post.author_key for post in posts if post.author_key}:
            await tx.merge(Tombstone(mark=_mark(rt, key), day=local_day(rt.clock.now())))
        for post in posts:
            await placing.erase(tx, rt, post)
        for some in queries.parts(sorted(support_keys(visit, topics))):
            await tx.exec(delete(Support).where(col(Support.author_key).in_(some)))
    return {"forum": len(posts)}


async def forget_again(rt: Runtime) -> int:
    """Erase, after a restore, what people who were forgotten wrote. Returns how many posts (privacy 5.3)."""
    async with rt.stores.hoofd.transaction() as tx:
        gone = set((await tx.exec(select(Tombstone.mark))).all())
        keys = (await tx.exec(select(Post.author_key).where(col(Post.author_key).is_not(None)).distinct())).all()
        posts = await queries.posts_of(tx, [key for key in keys if key and _mark(rt, key) in gone])
        for post in posts:
            await placing.erase(tx, rt, post)
    return len(posts)


async def erase_unreadable(rt: Runtime) -> int:
    """Erase, after a restore, posts whose key was destroyed since the dump. Returns how many (privacy 4.6)."""
    async with rt.stores.hoofd.transaction() as tx:
        query = select(Post).where(col(Post.text).is_not(None), col(Post.id).not_in(POSTS.known()))
        posts = (await tx.exec(query)).all()
        for post in posts:
            await placing.erase(tx, rt, post)
    return len(posts)


async def forget(rt: Runtime, now: datetime) -> None:
    """Apply the periods of the forum; each batch commits by itself, and what is left waits for the next night."""
    today = local_day(now)
    await _forget_topics(rt, today - rules.TOPIC_KEPT)
    await _forget_texts(rt, today - rules.HIDDEN_KEPT, today - rules.HELD_KEPT)
    await _forget_names(rt, today - rules.NAME_KEPT)


async def rebuild_index(rt: Runtime) -> int:
    """Make the index anew from what is in sight, after a restore: it stands in no dump. Returns how many posts."""
    async with rt.stores.hoofd.reading() as tx:
        ids = list((await tx.exec(select(Post.id).where(col(Post.state) == PostState.PLACED))).all())
    for some in queries.parts(ids):
        async with rt.stores.hoofd.transaction() as tx:
            posts = (await tx.exec(select(Post).where(col(Post.id).in_(some)))).all()
            for post in posts:
                if post.state is PostState.PLACED:
                    await placing.index(tx, rt, await queries.topic_row(tx, post.topic_id), post)
    return len(ids)


async def _forget_topics(rt: Runtime, last_day: date) -> None:
    """Delete topics without a reply since this day, with all that belongs to them."""
    async with rt.stores.hoofd.reading() as tx:
        old = select(Topic.id).where(col(Topic.last_day) <= last_day, col(Topic.state) != TopicState.HELD)
        ids = (await tx.exec(old.limit(BATCH))).all()
    for topic_id in ids:
        async with rt.stores.hoofd.transaction() as tx:
            posts = (await tx.exec(select(Post.id).where(col(Post.topic_id) == topic_id))).all()
            for some in queries.parts(posts):
                await search.unindex(tx, KIND, some)
                await POSTS.shred(tx, *some)
            await TOPICS.shred(tx, topic_id)
            await tx.exec(delete(Topic).where(col(Topic.id) == topic_id))


async def _forget_texts(rt: Runtime, hidden: date, held: date) -> None:
    """Erase texts hidden since this day, and those that nobody decided on since that one."""
    too_long = (col(Post.state) == PostState.HIDDEN) & (col(Post.decided) <= hidden) & col(Post.text).is_not(None)
    undecided = (col(Post.state) == PostState.HELD) & (col(Post.stored) <= held)
    async with rt.stores.hoofd.transaction() as tx:
        for post in (await tx.exec(select(Post).where(too_long | undecided).limit(BATCH))).all():
            if post.number is None:
                await placing.erase(tx, rt, post)
            else:  # its place keeps saying that a moderator hid it
                await POSTS.shred(tx, post.id)
                post.text = post.name = None


async def _forget_names(rt: Runtime, last_day: date) -> None:
    """Take key and name from the posts of people who wrote nothing since this day: they become old members."""
    gone = (
        select(Post.author_key)
        .where(col(Post.author_key).is_not(None))
        .group_by(col(Post.author_key))
        .having(func.max(Post.stored) <= last_day)
    )
    async with rt.stores.hoofd.transaction() as tx:
        keys = (await tx.exec(gone.limit(BATCH))).all()
        await tx.exec(update(Post).where(col(Post.author_key).in_(keys)).values(author_key=None, name=None))


def _mark(rt: Runtime, author_key: str) -> str:
    return mark_of(rt, f"author/{author_key}")
