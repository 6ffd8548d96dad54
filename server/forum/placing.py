"""The steps that deeds on posts share, inside an open transaction: words, place, index, erasing, a case."""

from dataclasses import dataclass
from typing import Final

from sqlmodel import col, delete, func, select, update

import moderation
from moderation import Decision, Subject, Verdict
from server.forum import queries
from server.forum.models import KIND, POSTS, TOPICS, Post, PostState, Support, Topic, TopicState
from server.forum.rules import Writer
from server.kit import search
from server.kit.clock import local_day
from server.kit.db.database import Tx
from server.kit.runtime import Runtime
from server.visitors.statements import CASES

SUBJECT: Final = "post"
"""The kind of the forum's cases; a topic is judged and hidden with its first post."""


@dataclass(frozen=True)
class Judged:
    """A text that was taken in and judged. title is empty for a reply; masked: both with the parts removed."""

    title: str
    text: str
    notes: list[int]
    verdict: Verdict
    decision: Decision
    masked: tuple[str, str]

    @property
    def words(self) -> str:
        """Return all of it as one text."""
        return f"{self.title}\n\n{self.text}" if self.title else self.text

    @property
    def shown(self) -> tuple[str, str]:
        """Return title and text as others may read them; what was refused and contested waits as it was written."""
        return (self.title, self.text) if self.verdict.decision is Decision.BLOCK else self.masked


async def write_words(tx: Tx, rt: Runtime, topic: Topic, post: Post, judged: Judged, writer: Writer) -> None:
    """Seal text, name and title under the keys of this post and topic.

    Numbers and addresses in a post that is never bounced are taken out; the copy of the case keeps them (moderation 3).
    """
    post.text = await POSTS.seal(tx, rt.keyring, post.id, judged.shown[1])
    post.name = await POSTS.seal(tx, rt.keyring, post.id, writer.name, "name")
    post.notes = judged.notes
    if judged.title:
        topic.title = await TOPICS.seal(tx, rt.keyring, topic.id, judged.shown[0], "title")


async def place(tx: Tx, rt: Runtime, topic: Topic, post: Post) -> None:
    """Give a post its number, its topic a new place in the list, and its words to the index."""
    newest = select(func.coalesce(func.max(Topic.activity), 0) + 1).scalar_subquery()
    counted = (
        update(Topic)
        .where(col(Topic.id) == topic.id)
        .values(last_number=Topic.last_number + 1, activity=newest, last_day=local_day(rt.clock.now()))
        .returning(col(Topic.last_number))
        .execution_options(synchronize_session=False)
    )
    post.number = int((await tx.exec(counted)).scalar_one())
    post.state, post.decided = PostState.PLACED, None
    if topic.first_post == post.id:
        topic.state = TopicState.PLACED
    await index(tx, rt, topic, post)


async def index(tx: Tx, rt: Runtime, topic: Topic, post: Post) -> None:
    """Make a placed post findable."""
    await search.index(tx, KIND, topic.id, post.id, [await all_words(tx, rt, topic, post)])


async def all_words(tx: Tx, rt: Runtime, topic: Topic, post: Post) -> str:
    """Return a post's text, with the title when it is the first of its topic."""
    text = await queries.opened(tx, rt.keyring, post)
    if topic.first_post != post.id:
        return text
    return f"{await queries.opened_title(tx, rt.keyring, topic) or ''}\n\n{text}"


async def erase(tx: Tx, rt: Runtime, post: Post) -> bool:
    """Destroy the words, the name and the key of a post; a placed one leaves an empty place in its topic.

    Returns whether the topic is still there.
    """
    topic = await queries.topic_row(tx, post.topic_id)
    first = topic.first_post == post.id
    await search.unindex(tx, KIND, [post.id])
    await POSTS.shred(tx, post.id)
    await tx.exec(delete(Support).where(col(Support.post_id) == post.id))
    if first:
        await TOPICS.shred(tx, topic.id)
        topic.title = None
    if post.number is None:
        await tx.delete(topic if first else post)
        return not first
    post.state, post.decided, post.rev = PostState.REMOVED, local_day(rt.clock.now()), post.rev + 1
    post.text, post.name, post.author_key, post.notes = None, None, None, []
    await tx.flush()
    others = select(Post.id).where(col(Post.topic_id) == topic.id, col(Post.state) == PostState.PLACED)
    if first and (await tx.exec(others.limit(1))).first() is None:
        topic.state = TopicState.REMOVED
    return True


async def file_case(tx: Tx, rt: Runtime, subject: Subject, writer: Writer, judged: Judged) -> None:
    """Put a text before the moderators, with a copy that dies with the case; a second time shows the changed text."""
    snapshot = await CASES.seal(tx, rt.keyring, subject.id, judged.words)
    await moderation.file_verdict(tx, subject, writer.key, judged.verdict, snapshot, rt.clock.now())
