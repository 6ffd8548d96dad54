"""Topics, posts and support; all in `hoofd`, texts, titles and nicknames sealed under a key per item (privacy 4.6)."""

from datetime import date
from enum import StrEnum
from typing import Final

from sqlalchemy import JSON, Column, ForeignKey, Index, String, UniqueConstraint
from sqlmodel import Field

from server.kit.db.columns import Sealed, choice
from server.kit.db.sealed import SealedItems
from server.kit.db.tables import Hoofd
from server.kit.ids import new_id

KIND: Final = "forum"
"""The forum's kind in the index of stems."""


class TopicState(StrEnum):
    """Whether a topic is listed."""

    PLACED = "placed"
    HELD = "held"
    HIDDEN = "hidden"
    REMOVED = "removed"


class PostState(StrEnum):
    """What became of a post."""

    PLACED = "placed"
    HELD = "held"
    HIDDEN = "hidden"
    REMOVED = "removed"


class SupportKind(StrEnum):
    """What one press can say."""

    RECOGNISE = "herkenbaar"
    STRENGTH = "sterkte"
    THANKS = "dank"


class Topic(Hoofd, table=True):
    """A question or story with its replies.

    activity: rises with every post placed anywhere, so that the list has an order without times. last_number: of the
    newest post placed here. first_post: the one whose words are the topic's. closed: the day writing ended, or None.
    """

    __tablename__ = "topic"
    __table_args__ = (Index("ix_topic_state_activity", "state", "activity"), {"sqlite_with_rowid": False})

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    category: int
    title: bytes | None = Field(default=None, sa_column=Column(Sealed))
    first_post: str = Field(max_length=32)
    state: TopicState = Field(sa_type=choice(TopicState))
    activity: int = 0
    last_day: date
    last_number: int = 0
    closed: date | None = None


class Post(Hoofd, table=True):
    """One text in a topic. id is the key of the form it came from, so that one form never makes two posts.

    number: the order in the topic, None until placed. author_key and name are None for a removed post and an old
    member. role: of a team member, None for a visitor. notes: numbers of content notes. stored: the day it was written,
    decided: the day a moderator or the author took it out of sight.
    """

    __tablename__ = "post"
    __table_args__ = (UniqueConstraint("topic_id", "number"), {"sqlite_with_rowid": False})

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    topic_id: str = Field(sa_column=Column(String(32), ForeignKey("topic.id", ondelete="CASCADE"), nullable=False))
    number: int | None = None
    author_key: str | None = Field(default=None, max_length=64, index=True)
    name: bytes | None = Field(default=None, sa_column=Column(Sealed))
    role: str | None = Field(default=None, max_length=20)
    text: bytes | None = Field(default=None, sa_column=Column(Sealed))
    notes: list[int] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    state: PostState = Field(sa_type=choice(PostState))
    stored: date
    decided: date | None = None
    rev: int = 1


class Support(Hoofd, table=True):
    """One person's press of one button. author_key is of this topic only, so presses cannot be joined."""

    __tablename__ = "support"
    __table_args__ = {"sqlite_with_rowid": False}

    post_id: str = Field(
        sa_column=Column(String(32), ForeignKey("post.id", ondelete="CASCADE"), primary_key=True, nullable=False)
    )
    author_key: str = Field(primary_key=True, max_length=64)
    kind: SupportKind = Field(primary_key=True, sa_type=choice(SupportKind))


POSTS: Final = SealedItems(Hoofd, "post")
"""Parts of a post: "text" and "name"."""
TOPICS: Final = SealedItems(Hoofd, "topic")
"""Part of a topic: "title"."""
