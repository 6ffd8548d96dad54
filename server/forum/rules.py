"""What may happen in the forum: decisions from values alone."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from moderation import STOPS_WRITING, ActKind, Decision, Sanction, Verdict
from server.forum.models import Post, PostState, Topic, TopicState
from server.kit.errors import AppError, Conflict, Forbidden, Invalid, NotFound

TITLE_CHARS: Final = 100
TEXT_CHARS: Final = 5000
APPEAL_CHARS: Final = 1000
TOPICS_PER_PAGE: Final = 20
POSTS_PER_PAGE: Final = 50
TOPIC_KEPT: Final = timedelta(days=730)
NAME_KEPT: Final = timedelta(days=365)
HIDDEN_KEPT: Final = timedelta(days=30)
HELD_KEPT: Final = timedelta(days=90)
FILED_FROM: Final = 3
"""A refused text becomes a case from this severity on; what is less grave is not kept (moderation 4.1)."""
CRISIS: Final = "crisis_now"
FIRST_TOPIC: Final = "eerste_onderwerp"
SERVICE: Final = re.compile(r"\bHB-\d{3}\b")
_WEIGHT: Final = (Decision.PUBLISH, Decision.PUBLISH_SUPPORT, Decision.HOLD, Decision.BLOCK)


class TopicUnknown(NotFound):
    """No such topic or post, or not one this person may know of: the answer is the same."""

    code = "onderwerp_onbekend"


class TopicClosed(Forbidden):
    """Nobody can reply here any more; reading goes on."""

    code = "onderwerp_dicht"
    key = "forum.closed"


class WritingPaused(Forbidden):
    """A moderator paused writing for this person; reading goes on."""

    code = "geen_toegang"
    key = "forum.paused"


class KeyReused(Conflict):
    """A form was sent before, with another text or by somebody else."""

    code = "sleutel_hergebruikt"
    key = "forum.reused"


class WordsChanged(Conflict):
    """The writer changed a waiting text after a moderator read it."""

    code = "zaak_gewijzigd"
    key = "desk.fout.zaak_gewijzigd"


class BadChoice(Invalid):
    """A choice that is not in the list."""

    key = "err.choose"


@dataclass(frozen=True)
class Writer:
    """Who reads and writes in one topic.

    key: what a new post carries; keys: all under which own posts may stand here. support_key: of this topic only.
    reporter_key: the same in all places, so that a report counts once. role is None for a visitor. limit: opaque key
    for rate limits. Source: privacy 2.4.
    """

    key: str
    keys: frozenset[str]
    support_key: str
    reporter_key: str
    name: str
    role: str | None
    newcomer: bool
    limit: str


def is_own(post: Post, keys: Collection[str]) -> bool:
    """Say whether the owner of these author keys wrote the post."""
    return post.author_key is not None and post.author_key in keys


def may_see(topic: Topic, first: Post | None, writer: Writer) -> bool:
    """Say whether a topic is there for this writer: one that waits is there for its writer only."""
    return topic.state is not TopicState.HELD or (first is not None and is_own(first, writer.keys))


def may_reply(topic: Topic) -> AppError | None:
    """Return why nobody can reply here, or None."""
    return None if topic.state is TopicState.PLACED and topic.closed is None else TopicClosed()


def paused_until(sanctions: Sequence[Sanction], topic_id: str) -> datetime | None:
    """Return until when this writer cannot write in a topic, None when writing is open.

    Put out of one topic, all others stay; a pause holds for the whole forum (moderation-spec 6).
    """
    stops = [one for one in sanctions if one.kind in STOPS_WRITING]
    ends = [one.until for one in stops if one.kind != ActKind.REMOVE or one.place_id == topic_id]
    return max(ends, default=None)


def may_edit(post: Post, writer: Writer) -> bool:
    """Say whether the text can still be changed: an own one that waits for a moderator."""
    return is_own(post, writer.keys) and post.state is PostState.HELD


def may_remove(post: Post, writer: Writer) -> bool:
    """Say whether the writer can take it away: any own one that is not gone already."""
    return is_own(post, writer.keys) and post.state is not PostState.REMOVED


def may_answer(post: Post, writer: Writer) -> bool:
    """Say whether the post can be supported or reported: somebody else's, in sight."""
    return post.state is PostState.PLACED and not is_own(post, writer.keys)


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the verdict that decides over a title and a text together.

    A crisis always decides, so that it is never bounced for a number in the other part (moderation 3).
    """
    return max(
        verdicts,
        key=lambda verdict: (verdict.label == CRISIS, _WEIGHT.index(verdict.decision), verdict.severity),
    )


def decision(verdict: Verdict, *, first_topic: bool, contested: bool) -> Decision:
    """Return what happens to a text.

    The first topic of a newcomer waits for a person. Who says that a refusal is wrong gets a person to look: the text
    waits instead of being thrown back. Source: moderation-spec 2 and 4.1.
    """
    if verdict.decision is Decision.BLOCK:
        return Decision.HOLD if contested else Decision.BLOCK
    if first_topic:
        return Decision.HOLD
    return verdict.decision


def needs_case(verdict: Verdict, taken: Decision) -> bool:
    """Say whether a moderator must see it: what waits, what got support, and refusals of severity 3 and up."""
    if taken is Decision.BLOCK:
        return verdict.severity >= FILED_FROM
    return taken is not Decision.PUBLISH


def named_services(text: str) -> list[str]:
    """Return the hulpbronnen that a text names by their number, each once, in order."""
    return list(dict.fromkeys(SERVICE.findall(text)))


def pages(total: int, per_page: int) -> int:
    """Return how many pages a list has; an empty list has one."""
    return max(1, ceil(total / per_page))


def page_of(number: int) -> int:
    """Return the page of a topic on which a post stands."""
    return max(1, ceil(number / POSTS_PER_PAGE))
