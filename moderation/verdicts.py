"""The words of moderation: where a text stands, what it was judged to be, what happens with it (moderation-spec 3)."""

from dataclasses import dataclass
from enum import StrEnum


class Place(StrEnum):
    """Where a text would be shown."""

    ROOM = "room"
    TALK = "talk"
    FORUM = "forum"


class Decision(StrEnum):
    """What happens with a text."""

    PUBLISH = "publish"
    PUBLISH_SUPPORT = "publish_support"
    HOLD = "hold"
    BLOCK = "block"


@dataclass(frozen=True)
class Subject:
    """What a case is about: kind ("message", "post", "topic", "nickname"), its id, and the room or topic of it.

    rev: which state of its words; it rises with every change, so that nobody places words that nobody read.
    """

    kind: str
    id: str
    place_id: str
    rev: int = 0


@dataclass(frozen=True)
class Verdict:
    """What the checker thinks of one text.

    severity: 0 to 4. panel: crisis, steun, naaste or None. masked: the text with the parts removed. key: text key of
    what the author is told. rules: ids of the rules that fired. alarm: somebody on duty is called. labels: all that
    were hit. shadow: rules in shadow mode that would have fired.
    """

    label: str
    severity: int
    decision: Decision
    panel: str | None
    masked: str
    house_rule: str
    key: str
    rules: tuple[str, ...] = ()
    alarm: bool = False
    labels: tuple[str, ...] = ()
    shadow: tuple[str, ...] = ()
