"""Deeds in the forum: start a topic, reply, change or take back, support, report, object, and what moderators do."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from sqlalchemy.exc import IntegrityError

import moderation
from moderation import ActKind, Decision, Pace, Place, Sanction, Subject
from server.forum import placing, queries, rules
from server.forum.catalogue import categories, content_notes
from server.forum.models import KIND, Post, PostState, Support, SupportKind, Topic, TopicState
from server.forum.placing import Judged
from server.forum.rules import BadChoice, KeyReused, TopicUnknown, WordsChanged, Writer, WritingPaused
from server.kit import search
from server.kit.clock import local_day
from server.kit.db.database import Tx
from server.kit.errors import Invalid
from server.kit.ids import is_id, stable_id
from server.kit.limits import Rule
from server.kit.run.overload import Part
from server.kit.runtime import Runtime
from server.kit.text import clean
from server.visitors import statements

WRITING: Final = Rule("forum", 5)
TRYING: Final = Rule("forum-proberen", 20)
"""Texts that are refused cost no turn, so that somebody can take a number out; but not without end."""
SLOWED: Final = Rule("forum-langzaam", 1, seconds=moderation.SLOW_SECONDS, key="forum.slow")
REPORTING: Final = Rule("forum-melding", 5)
PRESSING: Final = Rule("forum-steun", 30)


@dataclass(frozen=True)
class Draft:
    """What somebody wants to post. id: the form's own key, the same when it is sent twice.

    contested: the writer says that a refusal was wrong. title and category are for a new topic.
    """

    id: str
    text: str
    title: str = ""
    category: int = 0
    notes: list[int] = field(default_factory=list)
    contested: bool = False


@dataclass(frozen=True)
class Refusal:
    """Why a text was not placed: the key of the words for its writer, and the text with the parts removed (D24)."""

    label: str
    house_rule: str
    key: str
    masked_title: str
    masked_text: str


@dataclass(frozen=True)
class Outcome:
    """What became of a draft. state is None when it was refused; then nothing of it is kept in the forum.

    repeated: the form was sent before, and this is what became of it then.
    """

    topic_id: str
    post_id: str
    state: PostState | None
    number: int | None = None
    panel: str | None = None
    refusal: Refusal | None = None
    repeated: bool = False


def topic_of(form_key: str) -> str:
    """Return the id of the topic that a form makes, so that sending it twice makes one."""
    return stable_id("onderwerp", form_key)


def taken_in(draft: Draft, *, topic: bool) -> tuple[str, str]:
    """Return title and text as they may be kept; the title is empty when there is no topic to open. Raises Invalid."""
    if found := faults(draft, topic=topic):
        raise found[0]
    return _title(draft) if topic else "", _text(draft)


def faults(draft: Draft, *, topic: bool) -> list[Invalid]:
    """Return all that cannot be taken in, in the order of the form."""
    found: list[Invalid] = [] if is_id(draft.id) else [Invalid(field="id")]
    if topic and draft.category not in categories():
        found.append(BadChoice(field="categorie"))
    for part in (_title, _text) if topic else (_text,):
        try:
            part(draft)
        except Invalid as fault:
            found.append(fault)
    if not set(draft.notes) <= set(content_notes()):
        found.append(BadChoice(field="let_op"))
    return found


async def start_topic(rt: Runtime, writer: Writer, draft: Draft) -> Outcome:
    """Open a topic with its first post. A newcomer's first one waits for a moderator.

    Raises Invalid (title, text, category), TooMany, WritingPaused or KeyReused; then nothing is stored.
    """
    title, text = taken_in(draft, topic=True)
    topic_id = topic_of(draft.id)
    if known := await _sent_before(rt, writer, draft.id, text):
        return known
    pace = await _may_write(rt, writer, topic_id)
    judged = await _judge(rt, writer, draft, title, text)
    if judged.decision is Decision.BLOCK:
        return await _refuse(rt, writer, judged, draft.id, topic_id)
    await _not_too_fast(rt, writer, judged, pace)
    return await _store(rt, writer, judged, draft, topic_id)


async def reply(rt: Runtime, writer: Writer, topic_id: str, draft: Draft) -> Outcome:
    """Add a post to a topic.

    Raises Invalid (text), TopicUnknown, TopicClosed, TooMany, WritingPaused or KeyReused; then nothing is stored.
    """
    _, text = taken_in(draft, topic=False)
    async with rt.stores.hoofd.reading() as tx:
        topic = await queries.visible_topic(tx, topic_id, writer)
    if known := await _sent_before(rt, writer, draft.id, text):
        return known
    if refusal := rules.may_reply(topic):
        raise refusal
    pace = await _may_write(rt, writer, topic_id)
    judged = await _judge(rt, writer, draft, "", text)
    if judged.decision is Decision.BLOCK:
        return await _refuse(rt, writer, judged, draft.id, topic_id)
    await _not_too_fast(rt, writer, judged, pace)
    return await _store(rt, writer, judged, draft, topic_id)


async def edit_held(rt: Runtime, writer: Writer, topic_id: str, post_id: str, draft: Draft) -> Outcome:
    """Change an own text that waits; it is judged again and may be placed at once. A refused change leaves the old one.

    Raises Invalid, TopicUnknown (not own, or decided meanwhile) or TooMany.
    """
    async with rt.stores.hoofd.reading() as tx:
        post, topic = await own_held(tx, writer, topic_id, post_id)
    first = topic.first_post == post.id
    title, text = taken_in(replace(draft, category=topic.category), topic=first)
    await rt.limits.hit(TRYING, writer.limit)
    judged = await _judge(rt, writer, draft, title, text)
    if judged.decision is Decision.BLOCK:
        return await _refuse(rt, writer, judged, draft.id, topic_id)  # the case of the old text stays about that
    await rt.limits.hit(WRITING, writer.limit)
    async with rt.stores.hoofd.transaction() as tx:
        await _lock(tx, post_id)
        post, topic = await own_held(tx, writer, topic_id, post_id)
        await placing.write_words(tx, rt, topic, post, judged, writer)
        post.rev += 1
        if judged.decision is not Decision.HOLD:
            await placing.place(tx, rt, topic, post)
        await placing.file_case(tx, rt, Subject(placing.SUBJECT, post.id, topic.id, post.rev), writer, judged)
    return Outcome(topic_id, post_id, post.state, post.number, judged.verdict.panel)


async def remove_own(rt: Runtime, writer: Writer, topic_id: str, post_id: str) -> bool:
    """Take back or erase an own post; what was never placed leaves nothing. Raises TopicUnknown when it is not own.

    Returns whether the topic is still there.
    """
    async with rt.stores.hoofd.transaction() as tx:
        await _lock(tx, post_id)
        post = await queries.post_in(tx, topic_id, post_id)
        if not rules.may_remove(post, writer):
            raise TopicUnknown
        return await placing.erase(tx, rt, post)


async def support(rt: Runtime, writer: Writer, topic_id: str, post_id: str, kind: SupportKind) -> None:
    """Press a button under somebody else's post. Pressing twice is pressing once. Raises TopicUnknown or TooMany."""
    await rt.limits.hit(PRESSING, writer.limit)
    try:
        async with rt.stores.hoofd.transaction() as tx:
            await _answerable(tx, writer, topic_id, post_id)
            if await tx.get(Support, (post_id, writer.support_key, kind)) is None:
                tx.add(Support(post_id=post_id, author_key=writer.support_key, kind=kind))
    except IntegrityError:  # the same press came in twice at once
        return


async def unsupport(rt: Runtime, writer: Writer, topic_id: str, post_id: str, kind: SupportKind) -> None:
    """Take a press back. Raises TopicUnknown or TooMany."""
    await rt.limits.hit(PRESSING, writer.limit)
    async with rt.stores.hoofd.transaction() as tx:
        await _answerable(tx, writer, topic_id, post_id)
        given = await tx.get(Support, (post_id, writer.support_key, kind))
        if given is not None:
            await tx.delete(given)


async def report(rt: Runtime, writer: Writer, topic_id: str, post_id: str, category: str) -> None:
    """Ask a moderator to look at a post. Raises TopicUnknown when it cannot be seen, or TooMany."""
    await rt.limits.hit(REPORTING, writer.limit)
    async with rt.stores.hoofd.transaction() as tx:
        post = await _answerable(tx, writer, topic_id, post_id)
        words = await placing.all_words(tx, rt, await queries.topic_row(tx, topic_id), post)
        snapshot = await statements.CASES.seal(tx, rt.keyring, post.id, words)
        subject, author_key = Subject(placing.SUBJECT, post.id, topic_id, post.rev), post.author_key or ""
        now = rt.clock.now()
        await moderation.file_report(tx, subject, author_key, writer.reporter_key, category, snapshot, now)


async def appeal(rt: Runtime, writer: Writer, act_id: str, text: str) -> str | None:
    """Ask another moderator to look at a decision about an own post. Returns the panel its words call for, if any.

    Raises Invalid, TooMany, or DecisionUnknown when it is about somebody else or too long ago.
    """
    return await statements.appeal(rt, writer.keys, writer.limit, act_id, text)


async def paused_until(tx: Tx, writer: Writer, topic_id: str, now: datetime) -> datetime | None:
    """Return until when a moderator paused writing for this writer, None when it is open."""
    return rules.paused_until(await _sanctions(tx, writer, now), topic_id)


async def waits_as_first(tx: Tx, writer: Writer) -> bool:
    """Say whether the next topic of this writer waits for a moderator because it is a newcomer's first."""
    return writer.role is None and writer.newcomer and not await queries.has_placed_topic(tx, writer.keys)


async def own_held(tx: Tx, writer: Writer, topic_id: str, post_id: str) -> tuple[Post, Topic]:
    """Return an own post that still waits, with its topic. Raises TopicUnknown."""
    post = await queries.post_in(tx, topic_id, post_id)
    if not rules.may_edit(post, writer):
        raise TopicUnknown
    return post, await queries.topic_row(tx, topic_id)


async def place_post(rt: Runtime, post_id: str, rev: int) -> None:
    """Place a text that waited for a moderator, with its own day. Repeating changes nothing.

    rev: the state of its words that the moderator read. Raises WordsChanged when it is another by now.
    """
    async with rt.stores.hoofd.transaction() as tx:
        post, topic = await _with_topic(tx, post_id)
        if post.state is PostState.HELD:
            if post.rev != rev:
                raise WordsChanged
            await placing.place(tx, rt, topic, post)


async def hide_post(rt: Runtime, post_id: str) -> None:
    """Take a post out of sight and out of the index; a first post takes its title along. Repeating changes nothing."""
    async with rt.stores.hoofd.transaction() as tx:
        post, topic = await _with_topic(tx, post_id)
        if post.state not in (PostState.HELD, PostState.PLACED):
            return
        if post.state is PostState.PLACED and topic.first_post == post.id:
            topic.state = TopicState.HIDDEN
        post.state, post.decided, post.rev = PostState.HIDDEN, local_day(rt.clock.now()), post.rev + 1
        await search.unindex(tx, KIND, [post.id])


async def restore_post(rt: Runtime, post_id: str) -> None:
    """Show a hidden post again, in its old place. Repeating changes nothing."""
    async with rt.stores.hoofd.transaction() as tx:
        post, topic = await _with_topic(tx, post_id)
        if post.state is not PostState.HIDDEN or post.text is None:
            return
        post.rev += 1
        if post.number is None:
            await placing.place(tx, rt, topic, post)
            return
        post.state, post.decided = PostState.PLACED, None
        if topic.first_post == post.id:
            topic.state = TopicState.PLACED
        await placing.index(tx, rt, topic, post)


async def close_topic(rt: Runtime, topic_id: str) -> None:
    """End replying to a topic; reading goes on."""
    async with rt.stores.hoofd.transaction() as tx:
        topic = await queries.topic_row(tx, topic_id)
        topic.closed = topic.closed or local_day(rt.clock.now())


def _title(draft: Draft) -> str:
    return clean(draft.title, "titel", max_chars=rules.TITLE_CHARS, single_line=True)


def _text(draft: Draft) -> str:
    return clean(draft.text, "tekst", max_chars=rules.TEXT_CHARS)


async def _sanctions(tx: Tx, writer: Writer, now: datetime) -> list[Sanction]:
    return [] if writer.role is not None else await moderation.active_sanctions(tx, list(writer.keys), now)


async def _may_write(rt: Runtime, writer: Writer, topic_id: str) -> Pace:
    """Return how a moderator lets this writer write. Raises Busy, WritingPaused or TooMany."""
    rt.overload.require(Part.FORUM_WRITE)
    async with rt.stores.hoofd.reading() as tx:
        found = await _sanctions(tx, writer, rt.clock.now())
    if rules.paused_until(found, topic_id):
        raise WritingPaused
    await rt.limits.hit(TRYING, writer.limit)
    return Pace.SLOW if any(one.kind == ActKind.SLOW for one in found) else Pace.FREE


async def _not_too_fast(rt: Runtime, writer: Writer, judged: Judged, pace: Pace) -> None:
    """Raise TooMany. Who hears that there is help does not wait for it."""
    await rt.limits.hit(WRITING, writer.limit)
    if pace is Pace.SLOW and judged.verdict.panel is None:
        await rt.limits.hit(SLOWED, writer.limit)


async def _judge(rt: Runtime, writer: Writer, draft: Draft, title: str, text: str) -> Judged:
    """Judge title and text each by itself, and take the graver one."""
    verdicts = [
        moderation.check(part, place=Place.FORUM, newcomer=writer.newcomer, from_team=writer.role is not None)
        for part in ([title, text] if title else [text])
    ]
    verdict = rules.worst(verdicts)
    first_topic = False
    if title:
        async with rt.stores.hoofd.reading() as tx:
            first_topic = await waits_as_first(tx, writer)
    decision = rules.decision(verdict, first_topic=first_topic, contested=draft.contested)
    masked = (verdicts[0].masked if title else "", verdicts[-1].masked)
    return Judged(title, text, sorted(set(draft.notes)), verdict, decision, masked)


async def _refuse(rt: Runtime, writer: Writer, judged: Judged, post_id: str, topic_id: str) -> Outcome:
    """Give the text back to its writer; what is grave goes before a moderator."""
    if rules.needs_case(judged.verdict, judged.decision):
        async with rt.stores.hoofd.transaction() as tx:
            await placing.file_case(tx, rt, Subject(placing.SUBJECT, post_id, topic_id), writer, judged)
    verdict = judged.verdict
    refusal = Refusal(verdict.label, verdict.house_rule, verdict.key, *judged.masked)
    return Outcome(topic_id, post_id, None, panel=verdict.panel, refusal=refusal)


async def _store(rt: Runtime, writer: Writer, judged: Judged, draft: Draft, topic_id: str) -> Outcome:
    """Write a new post, with its topic when it has a title, in one transaction with its place or its case."""
    today = local_day(rt.clock.now())
    post = Post(
        id=draft.id, topic_id=topic_id, author_key=writer.key, role=writer.role, state=PostState.HELD, stored=today
    )
    try:
        async with rt.stores.hoofd.transaction() as tx:
            topic = await _topic_for(tx, judged, draft, post)
            tx.add(post)
            await tx.flush()
            await placing.write_words(tx, rt, topic, post, judged, writer)
            if judged.decision is not Decision.HOLD:
                await placing.place(tx, rt, topic, post)
            if rules.needs_case(judged.verdict, judged.decision):
                await placing.file_case(tx, rt, Subject(placing.SUBJECT, post.id, topic_id, post.rev), writer, judged)
    except IntegrityError:  # the same form came in twice at once
        known = await _sent_before(rt, writer, draft.id, judged.text)
        if known is None:
            raise KeyReused from None
        return known
    return Outcome(topic_id, post.id, post.state, post.number, judged.verdict.panel)


async def _topic_for(tx: Tx, judged: Judged, draft: Draft, post: Post) -> Topic:
    if not judged.title:
        return await queries.topic_row(tx, post.topic_id)
    topic = Topic(
        id=post.topic_id,
        category=draft.category,
        first_post=post.id,
        state=TopicState.HELD,
        last_day=post.stored,
    )
    tx.add(topic)
    await tx.flush()
    return topic


async def _answerable(tx: Tx, writer: Writer, topic_id: str, post_id: str) -> Post:
    await queries.visible_topic(tx, topic_id, writer)
    post = await queries.post_in(tx, topic_id, post_id)
    if not rules.may_answer(post, writer):
        raise TopicUnknown
    return post


async def _with_topic(tx: Tx, post_id: str) -> tuple[Post, Topic]:
    post = await _lock(tx, post_id)
    if post is None:
        raise TopicUnknown
    return post, await queries.topic_row(tx, post.topic_id)


async def _lock(tx: Tx, post_id: str) -> Post | None:
    """Return a post that nobody else changes until the commit: no author changes words that are being placed."""
    return await tx.get(Post, post_id, with_for_update=True)


def _shown(text: str) -> str:
    """Return a text as it is kept: without the numbers and addresses in it."""
    return moderation.check(text, place=Place.FORUM).masked


async def _sent_before(rt: Runtime, writer: Writer, form_key: str, text: str) -> Outcome | None:
    """Return the outcome of a form that was sent before. Raises KeyReused when it is another's, or other words."""
    async with rt.stores.hoofd.reading() as tx:
        known = await tx.get(Post, form_key)
        if known is None:
            return None
        same = known.text is None or await queries.opened(tx, rt.keyring, known) in (text, _shown(text))
    if not same or (known.author_key is not None and not rules.is_own(known, writer.keys)):
        raise KeyReused
    return Outcome(known.topic_id, known.id, known.state, known.number, repeated=True)
