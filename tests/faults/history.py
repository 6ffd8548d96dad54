"""What clients asked, were promised and showed, in the order in which it happened."""

import time
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class What(StrEnum):
    """One kind of entry."""

    INVOKE = "invoke"
    """Somebody pressed send for the first time."""
    OK = "ok"
    """The server promised that it is kept (`ack`)."""
    REFUSED = "refused"
    FAIL = "fail"
    UNKNOWN = "unknown"
    """The connection was lost with a question open."""
    SHOWN = "shown"
    """A durable event was displayed; `text` is None for what has none."""
    WIRE_GAP = "wire gap"
    """An event came before the one that it follows: the server skipped."""
    START = "start"
    """From this seq on the client shows everything."""
    RESUMED = "resumed"
    RESYNC = "resync"
    OPENED = "opened"
    LOST = "lost"
    CLOSED = "closed"
    """The server said goodbye with a code."""
    WARNED = "warned"
    """The server asked to come back later (`reconnect`)."""
    HIDDEN = "hidden"
    """A hide or retraction has committed: the text may not come any more."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened to one client."""

    at: float
    who: int
    what: What
    seq: int = 0
    client_id: str = ""
    id: str = ""
    text: str | None = None
    dup: bool = False
    code: str = ""


@dataclass
class History:
    """All entries of one run."""

    entries: list[Entry] = field(default_factory=list)
    counts: Counter[What] = field(default_factory=Counter)

    def note(self, who: int, what: What, **more: Any) -> None:
        """Add an entry."""
        self.entries.append(Entry(time.monotonic(), who, what, **more))
        self.counts[what] += 1

    def of(self, *kinds: What) -> list[Entry]:
        """Return the entries of these kinds."""
        return [entry for entry in self.entries if entry.what in kinds]
