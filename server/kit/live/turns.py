"""When work begins: together what came together, and what is about one room in one go.

What one message needs has left the processor's own memory before the next one comes, and fetching it takes several
times longer than the work: two together cost little more than one. And when more comes than can be done, the messages
of one room that are done together reach each of its listeners in one write (docs/decisions.md).
"""

import asyncio
from collections.abc import Callable
from typing import Final

GATHER_SECONDS: Final = 0.008
MOST: Final = 160
"""How many that are about rooms are under way, before those of the next room wait."""
FEW: Final = MOST // 2
STUCK_SECONDS: Final = 0.5
"""When none of them has ended for so long, the others wait for them no more: each runs into its own time limit."""

Deed = Callable[[], None]


class Turns:
    """Begins what came in within some milliseconds; the first after a quiet time at once. One in a process."""

    def __init__(self) -> None:
        """Start with nothing to do."""
        self._free: list[Deed] = []
        self._rooms: dict[str, list[Deed]] = {}
        self._planned = False
        self._under_way = 0
        self._looking: asyncio.TimerHandle | None = None
        self._begun = self._moved = float("-inf")

    def soon(self, deed: Deed, room_id: str | None = None) -> None:
        """Do this at the next turn. room_id: beside what else is about this room, and `ended` is called in the end."""
        if room_id is None:
            self._free.append(deed)
        else:
            self._rooms.setdefault(room_id, []).append(deed)
        if room_id is None or self._under_way <= FEW:
            self._plan()
        else:
            self._look_later()

    def ended(self) -> None:
        """Hear that something about a room has ended."""
        self._under_way -= 1
        self._moved = asyncio.get_running_loop().time()
        if self._rooms and self._under_way <= FEW:
            self._plan()

    def _plan(self) -> None:
        if not self._planned:
            self._planned = True
            loop = asyncio.get_running_loop()
            rest = self._begun + GATHER_SECONDS - loop.time()
            loop.call_soon(self._run) if rest <= 0 else loop.call_later(rest, self._run)

    def _run(self) -> None:
        self._planned = False
        loop = asyncio.get_running_loop()
        self._begun = loop.time()
        for deed in self._due():
            deed()
        if self._rooms:
            self._look_later()

    def _look_later(self) -> None:
        """Look again when what is under way may stand still: nobody else says that it is time."""
        if self._looking is None:
            self._looking = asyncio.get_running_loop().call_later(STUCK_SECONDS, self._look)

    def _look(self) -> None:
        self._looking = None
        if self._rooms:
            self._plan()

    def _due(self) -> list[Deed]:
        """Take what begins now: what is about no room, and then room by room who has waited longest."""
        due, self._free = self._free, []
        if not self._under_way:
            self._moved = self._begun
        stuck = self._begun - self._moved > STUCK_SECONDS
        while self._rooms and (stuck or self._under_way < MOST):
            deeds = self._rooms.pop(next(iter(self._rooms)))
            self._under_way += len(deeds)
            due += deeds
        return due
