"""Reading the forum: the list, one topic, the own posts, and what the index of stems finds."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import case
from sqlmodel import col, func, select

from server.forum import rules
from server.forum.catalogue import Category, categories, content_notes
from server.forum.models import KIND, POSTS, TOPICS, Post, PostState, Support, SupportKind, Topic, TopicState
from server.forum.rules import POSTS_PER_PAGE, TOPICS_PER_PAGE, TopicUnknown, Writer
from server.kit import search
from server.kit.db.database import Tx
from server.kit.keys import Keyring

KEYS_PER_QUERY: Final = 500


@dataclass(frozen=True)
class TopicCard:
    """One topic in the list. title is None when its writer removed it; replies: placed ones."""

    id: str
    title: str | None
    category: Category | None
    last_day: date
    replies: int
    notes: list[str]
    closed: bool


@dataclass(frozen=True)
class Listing:
    """One page of the list."""

    cards: list[TopicCard]
    page: int
    pages: int
    total: int


@dataclass(frozen=True)
class ShownPost:
    """One post as a page shows it. text is None when it may not be read; name is None for an old member.

    first: it opened the topic. supported: what others pressed, given: what this reader pressed; never how often.
    """

    id: str
    first: bool
    number: int | None
    state: PostState
    name: str | None
    role: str | None
    day: date
    text: str | None
    notes: list[str]
    mine: bool
    supported: frozenset[SupportKind]
    given: frozenset[SupportKind]


@dataclass(frozen=True)
class ShownTopic:
    """One page of one topic."""

    id: str
    title: str | None
    category: Category | None
    state: TopicState
    closed: bool
    open: bool
    taking_part: bool
    posts: list[ShownPost]
    waiting: list[ShownPost]
    page: int
    pages: int


@dataclass(frozen=True)
class OwnPost:
    """One of the reader's posts, for the page that lists them."""

    id: str
    topic_id: str
    title: str | None
    number: int | None
    state: PostState
    day: date
    text: str | None


async def topic_row(tx: Tx, topic_id: str) -> Topic:
    """Return a topic. Raises TopicUnknown."""
    found = await tx.get(Topic, topic_id)
    if found is None:
        raise TopicUnknown
    return found


async def visible_topic(tx: Tx, topic_id: str, writer: Writer) -> Topic:
    """Return a topic that is there for this writer. Raises TopicUnknown."""
    topic = await topic_row(tx, topic_id)
    first = await tx.get(Post, topic.first_post) if topic.state is TopicState.HELD else None
    if not rules.may_see(topic, first, writer):
        raise TopicUnknown
    return topic


async def post_in(tx: Tx, topic_id: str, post_id: str) -> Post:
    """Return a post of this topic. Raises TopicUnknown."""
    found = await tx.get(Post, post_id)
    if found is None or found.topic_id != topic_id:
        raise TopicUnknown
    return found


async def listing(
    tx: Tx, keyring: Keyring, *, category: int | None = None, stems: Sequence[str] = (), page: int = 1
) -> Listing:
    """Return one page of placed topics, newest activity first. stems: every one must stand in some post of a topic.

    Raises TopicUnknown for a page that does not exist.
    """
    wanted = [col(Topic.state) == TopicState.PLACED]
    if category is not None:
        wanted.append(col(Topic.category) == category)
    wanted += [col(Topic.id).in_(search.places(KIND, stem)) for stem in stems]
    total = (await tx.exec(select(func.count()).select_from(Topic).where(*wanted))).one()
    pages = rules.pages(total, TOPICS_PER_PAGE)
    if page > pages:
        raise TopicUnknown
    newest_first = (col(Topic.activity).desc(), col(Topic.id))
    query = select(Topic).where(*wanted).order_by(*newest_first).limit(TOPICS_PER_PAGE)
    rows = (await tx.exec(query.offset((page - 1) * TOPICS_PER_PAGE))).all()
    return Listing(await _cards(tx, keyring, rows), page, pages, total)


async def shown_topic(tx: Tx, keyring: Keyring, topic_id: str, writer: Writer, *, page: int = 1) -> ShownTopic:
    """Return one page of a topic, oldest first, and the own posts that wait. Raises TopicUnknown."""
    topic = await visible_topic(tx, topic_id, writer)
    pages = rules.page_of(topic.last_number)
    if page > pages:
        raise TopicUnknown
    here = select(Post).where(col(Post.topic_id) == topic_id)
    before = (page - 1) * POSTS_PER_PAGE
    on_page = here.where(col(Post.number) > before, col(Post.number) <= before + POSTS_PER_PAGE)
    placed = (await tx.exec(on_page.order_by(col(Post.number)))).all()
    own = here.where(col(Post.number).is_(None), col(Post.author_key).in_(writer.keys))
    waiting = (await tx.exec(own.order_by(col(Post.stored), col(Post.id)))).all()
    title = await _titles(tx, keyring, [topic])
    hidden = topic.state is TopicState.HIDDEN
    taking_part = any(rules.is_own(post, writer.keys) for post in (*placed, *waiting))
    return ShownTopic(
        id=topic.id,
        title=None if hidden else title.get(topic.id),
        category=categories().get(topic.category),
        state=topic.state,
        closed=topic.closed is not None,
        open=rules.may_reply(topic) is None,
        taking_part=taking_part,
        posts=await _shown(tx, keyring, topic, placed, writer.keys, writer.support_key),
        waiting=await _shown(tx, keyring, topic, waiting, writer.keys),
        page=page,
        pages=pages,
    )


async def part_key(tx: Tx, topic_id: str, author_keys: Collection[str]) -> str | None:
    """Return the one of these keys that already has a post in a topic, None when none has."""
    query = select(Post.author_key).where(col(Post.topic_id) == topic_id, col(Post.author_key).in_(author_keys))
    return (await tx.exec(query.limit(1))).first()


async def own_ids(tx: Tx, topic_id: str, author_keys: Collection[str]) -> frozenset[str]:
    """Return the ids of the posts that these keys have in a topic."""
    query = select(Post.id).where(col(Post.topic_id) == topic_id, col(Post.author_key).in_(author_keys))
    return frozenset((await tx.exec(query)).all())


async def has_placed_topic(tx: Tx, author_keys: Collection[str]) -> bool:
    """Say whether one of these keys ever started a topic that was placed."""
    query = (
        select(Post.id)
        .join(Topic, col(Topic.first_post) == col(Post.id))
        .where(col(Post.author_key).in_(author_keys), col(Post.state) == PostState.PLACED)
    )
    return (await tx.exec(query.limit(1))).first() is not None


async def topic_ids(tx: Tx) -> list[str]:
    """Return the ids of all topics: a visitor's own keys follow from them."""
    return list((await tx.exec(select(Topic.id))).all())


async def posts_of(tx: Tx, author_keys: Iterable[str]) -> list[Post]:
    """Return the posts of these keys that are not gone."""
    found: list[Post] = []
    for some in parts(sorted(author_keys)):
        query = select(Post).where(col(Post.author_key).in_(some), col(Post.state) != PostState.REMOVED)
        found += (await tx.exec(query)).all()
    return found


async def own_posts(tx: Tx, keyring: Keyring, author_keys: Iterable[str]) -> list[OwnPost]:
    """Return the posts of these keys with their topics' titles, newest first."""
    rows = await posts_of(tx, author_keys)
    topics = {topic.id: topic for topic in await _topics(tx, {row.topic_id for row in rows})}
    titles = await _titles(tx, keyring, topics.values())
    texts = await POSTS.open_many(tx, keyring, {row.id: row.text for row in rows if row.text is not None})
    rows.sort(key=lambda row: (row.stored, topics[row.topic_id].activity, row.number or 0), reverse=True)
    return [
        OwnPost(row.id, row.topic_id, titles.get(row.topic_id), row.number, row.state, row.stored, texts.get(row.id))
        for row in rows
    ]


async def context(tx: Tx, keyring: Keyring, post_id: str, around: int = 5) -> list[ShownPost]:
    """Return a post with those before and after it, for a moderator; nothing when it is gone.

    The post itself can be read while it waits; what is hidden cannot be read here.
    """
    middle = await tx.get(Post, post_id)
    if middle is None:
        return []
    topic = await topic_row(tx, middle.topic_id)
    number = middle.number if middle.number is not None else topic.last_number + 1
    here = select(Post).where(col(Post.topic_id) == topic.id)
    earlier = here.where(col(Post.number) < number).order_by(col(Post.number).desc()).limit(around)
    later = here.where(col(Post.number) > number).order_by(col(Post.number)).limit(around)
    rows = [*list((await tx.exec(earlier)).all())[::-1], middle, *(await tx.exec(later)).all()]
    shown = [row for row in rows if row.state is not PostState.REMOVED]
    return await _shown(tx, keyring, topic, shown, frozenset({middle.author_key or ""}))


async def opened(tx: Tx, keyring: Keyring, post: Post) -> str:
    """Return the text of one post, empty when it is gone."""
    texts = await POSTS.open_many(tx, keyring, {post.id: post.text}) if post.text is not None else {}
    return texts.get(post.id, "")


async def opened_name(tx: Tx, keyring: Keyring, post: Post) -> str | None:
    """Return the nickname on one post."""
    names = await POSTS.open_many(tx, keyring, {post.id: post.name}, "name") if post.name is not None else {}
    return names.get(post.id)


async def opened_title(tx: Tx, keyring: Keyring, topic: Topic) -> str | None:
    """Return the title of one topic, None when its writer removed it."""
    return (await _titles(tx, keyring, [topic])).get(topic.id)


async def _cards(tx: Tx, keyring: Keyring, rows: Sequence[Topic]) -> list[TopicCard]:
    ids = [row.id for row in rows]
    titles = await _titles(tx, keyring, rows)
    placed = select(Post.topic_id, func.count()).where(col(Post.topic_id).in_(ids), col(Post.state) == PostState.PLACED)
    counts = dict((await tx.exec(placed.group_by(col(Post.topic_id)))).all())
    firsts = (await tx.exec(select(Post).where(col(Post.id).in_([row.first_post for row in rows])))).all()
    first = {post.topic_id: post for post in firsts}
    return [
        TopicCard(
            id=row.id,
            title=titles.get(row.id),
            category=categories().get(row.category),
            last_day=row.last_day,
            replies=counts.get(row.id, 0) - (first[row.id].state is PostState.PLACED if row.id in first else 0),
            notes=_note_words(first[row.id].notes) if row.id in first else [],
            closed=row.closed is not None,
        )
        for row in rows
    ]


async def _shown(
    tx: Tx, keyring: Keyring, topic: Topic, rows: Sequence[Post], keys: frozenset[str], support_key: str = ""
) -> list[ShownPost]:
    """Return posts as the owner of these keys may see them."""
    readable = [row for row in rows if _readable(row, keys)]
    texts = await POSTS.open_many(tx, keyring, {row.id: row.text for row in readable if row.text is not None})
    names = await POSTS.open_many(tx, keyring, {row.id: row.name for row in rows if row.name is not None}, "name")
    supported = await _supported(tx, [row.id for row in readable], support_key)
    return [
        ShownPost(
            id=row.id,
            first=row.id == topic.first_post,
            number=row.number,
            state=row.state,
            name=names.get(row.id),
            role=row.role,
            day=row.stored,
            text=texts.get(row.id),
            notes=_note_words(row.notes),
            mine=rules.is_own(row, keys),
            supported=frozenset(kind for post_id, kind, others, _ in supported if post_id == row.id and others),
            given=frozenset(kind for post_id, kind, _, own in supported if post_id == row.id and own),
        )
        for row in rows
    ]


def _readable(post: Post, keys: frozenset[str]) -> bool:
    return post.state is PostState.PLACED or (post.state is PostState.HELD and rules.is_own(post, keys))


async def _supported(tx: Tx, post_ids: list[str], support_key: str) -> list[tuple[str, SupportKind, int, int]]:
    """Return (post, kind, others, own): how many others and whether this reader pressed."""
    own = func.sum(case((col(Support.author_key) == support_key, 1), else_=0))
    query = (
        select(Support.post_id, Support.kind, func.count() - own, own)
        .where(col(Support.post_id).in_(post_ids))
        .group_by(col(Support.post_id), col(Support.kind))
    )
    rows = (await tx.exec(query)).all()
    return [(post_id, SupportKind(kind), int(others), int(mine)) for post_id, kind, others, mine in rows]


async def _titles(tx: Tx, keyring: Keyring, rows: Iterable[Topic]) -> dict[str, str]:
    blobs = {row.id: row.title for row in rows if row.title is not None}
    return await TOPICS.open_many(tx, keyring, blobs, "title")


async def _topics(tx: Tx, ids: Collection[str]) -> list[Topic]:
    found: list[Topic] = []
    for some in parts(sorted(ids)):
        found += (await tx.exec(select(Topic).where(col(Topic.id).in_(some)))).all()
    return found


def _note_words(notes: Iterable[int]) -> list[str]:
    return [content_notes()[note] for note in notes if note in content_notes()]


def parts(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Cut a list of ids or keys into lists that fit in one query."""
    return (values[start : start + KEYS_PER_QUERY] for start in range(0, len(values), KEYS_PER_QUERY))
