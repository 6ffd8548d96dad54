"""What the processes measured of themselves while something was broken, also those that are gone by now."""

import asyncio
from collections import defaultdict
from typing import Any

from tests.faults.checker import waits
from tests.faults.server import Server

STEPS = {"ack": "server_ack_ms", "commit": "commit_ms", "pool": "pool_wait_ms", "delivery": "hand_out_ms"}


class Figures:
    """Peaks over all processes, and the waits of all processes together."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._peaks = dict.fromkeys(("rss_kib", "descriptors", "tasks", "max_queue_frames", "max_queue_kib"), 0)
        self._waits: dict[int, dict[str, list[float]]] = {}

    async def look(self, apps: list[Server]) -> None:
        """Take note of every process that is there; one that hangs or has ended keeps what was seen of it before."""
        await asyncio.gather(*(self._look_at(app) for app in apps if app.running))

    async def _look_at(self, app: Server) -> None:
        assert app.process is not None
        process = app.process.pid
        self._peak(rss_kib=app.resident(), descriptors=app.descriptors())
        if (found := await app.exact()) is not None:
            numbers = found["numbers"]
            queue = {"max_queue_frames": numbers["queue_frames"], "max_queue_kib": numbers["queue_bytes"] // 1024}
            self._peak(tasks=numbers["tasks"], **queue)
            self._waits[process] = found["waits"]

    def _peak(self, **numbers: int) -> None:
        for name, number in numbers.items():
            self._peaks[name] = max(self._peaks[name], number)

    def report(self) -> dict[str, Any]:
        """Return the peaks, and p50, p99 and the longest of each wait in milliseconds."""
        together: defaultdict[str, list[float]] = defaultdict(list)
        for one in self._waits.values():
            for step, seconds in one.items():
                together[step] += seconds
        return self._peaks | {name: waits(together[step]) for step, name in STEPS.items()}
