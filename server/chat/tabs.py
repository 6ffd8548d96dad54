"""The tabs of one visit over all processes: the sixth ends the first (reliability-spec 2, rule 11).

When a tab opens, its process tells the others on the topic of that visit when its own were opened, and they answer. So
each process knows which five are the newest, and ends what it has beyond them. Nothing of it rests anywhere; what gets
lost leaves a tab too many until the next one opens.
"""

import secrets
from typing import Final

import orjson

from server.chat.feed import Listener
from server.chat.frames import Close

TABS: Final = 5
SAID: Final = b"tabs:"
MARK_BYTES: Final = 8
Opened = tuple[int, str, int]
"""When in milliseconds, a mark of the process, and a number in it: so that no two are the same."""


class Tabs:
    """One per process; no bus, no clock. What it returns has to be said to all who have a tab of this visit."""

    def __init__(self) -> None:
        """Start without tabs."""
        self._mark = secrets.token_hex(MARK_BYTES)
        self._number = 0
        self._own: dict[str, dict[Listener, Opened]] = {}
        self._others: dict[str, dict[str, list[Opened]]] = {}

    def open(self, listener: Listener, at: int) -> bytes:
        """Add a tab, opened at this moment in milliseconds. Returns the question for the others."""
        self._number += 1
        self._own.setdefault(listener.ref, {})[listener] = (at, self._mark, self._number)
        self._others.pop(listener.ref, None)
        self._end_oldest(listener.ref)
        return self._said(listener.ref, asks=True)

    def close(self, listener: Listener) -> None:
        """Forget a tab."""
        own = self._own.get(listener.ref, {})
        own.pop(listener, None)
        if not own:
            self._own.pop(listener.ref, None)
            self._others.pop(listener.ref, None)

    def heard(self, ref: str, payload: bytes) -> bytes | None:
        """Take note of the tabs of another process. Returns the answer if it asks for one."""
        mark, asks, theirs = orjson.loads(payload.removeprefix(SAID))
        if mark == self._mark or ref not in self._own:
            return None
        if asks:
            self._others.pop(ref, None)
        self._others.setdefault(ref, {})[mark] = [(at, mark, number) for at, number in theirs]
        self._end_oldest(ref)
        return self._said(ref, asks=False) if asks else None

    def _said(self, ref: str, *, asks: bool) -> bytes:
        mine = [(at, number) for at, _, number in self._own.get(ref, {}).values()]
        return SAID + orjson.dumps([self._mark, asks, mine])

    def _end_oldest(self, ref: str) -> None:
        own = self._own.get(ref, {})
        theirs = [opened for each in self._others.get(ref, {}).values() for opened in each]
        newest = sorted([*own.values(), *theirs])[-TABS:]
        for listener in [one for one, opened in own.items() if opened not in newest]:
            del own[listener]
            listener.drop(Close.REPLACED)
