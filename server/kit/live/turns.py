"""When work begins: together what came together.

What one message needs has left the processor's own memory before the next one comes, and fetching it takes several
times longer than the work: two together cost little more than one (docs/decisions.md).
"""

import asyncio
from collections.abc import Callable
from typing import Final

GATHER_SECONDS: Final = 0.008

Deed = Callable[[], None]


class Turns:
    """Begins what came in within some milliseconds; the first after a quiet time at once. One in a process."""

    def __init__(self) -> None:
        """Start with nothing to do."""
        self._deeds: list[Deed] = []
        self._began = float("-inf")

    def soon(self, deed: Deed) -> None:
        """Do this at the next turn."""
        self._deeds.append(deed)
        if len(self._deeds) == 1:
            loop = asyncio.get_running_loop()
            rest = self._began + GATHER_SECONDS - loop.time()
            loop.call_soon(self._run) if rest <= 0 else loop.call_later(rest, self._run)

    def _run(self) -> None:
        self._began = asyncio.get_running_loop().time()
        deeds, self._deeds = self._deeds, []
        for deed in deeds:
            deed()
