"""Leaving without losing anybody: the order of events after SIGTERM (reliability-spec 6, promise P11).

Uvicorn by itself closes every WebSocket at once. Here people are first asked to come back at a moment of their own,
which another process answers, and are served until they have gone.
"""

import asyncio
import os
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any, Final

import uvicorn

from server.kit.log import Component, Event, log

LAST_SECONDS: Final = 25
"""After this the process ends whatever is still going on; the operator's grace period is 30 seconds."""
STEP_SECONDS: Final = 0.05
TERMINATED: Final = 128 + 15


@dataclass(frozen=True)
class Leaving:
    """What a server does on its way out.

    refuse: say "not ready" and take no new connections; ask: tell everybody to come back within so many seconds;
    present: is anybody still connected; stop: end what runs by itself and write down what is only in memory.
    """

    refuse: Callable[[], None]
    ask: Callable[[float], None]
    present: Callable[[], bool]
    stop: Callable[[], Awaitable[None]]


class DrainingServer(uvicorn.Server):
    """Uvicorn with a way out. seconds: how long people are served after the signal, if they stay that long."""

    def __init__(self, config: uvicorn.Config, leaving: Leaving, seconds: float) -> None:
        """Serve as always until told to stop."""
        super().__init__(config)
        self._leaving = leaving
        self._seconds = seconds

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to leave; told once more, go at once: what people were promised is on the disk."""
        if self.should_exit:
            os._exit(TERMINATED)
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: Any = None) -> None:
        """Leave in good order, then let uvicorn close what is left."""
        _end_in(LAST_SECONDS)
        log(Event.DRAINING, component=Component.WEB)
        begun = time.monotonic()
        self._leaving.refuse()
        await self._until(begun + self._seconds / 5)  # the proxy has seen by then that we are not ready
        self._leaving.ask(self._seconds * 2 / 3)
        await self._until(begun + self._seconds)
        await self._leaving.stop()
        await super().shutdown(sockets)

    async def _until(self, moment: float) -> None:
        """Wait until a moment, but for nobody."""
        while self._leaving.present() and time.monotonic() < moment:  # noqa: ASYNC110 - whoever goes tells nobody
            await asyncio.sleep(STEP_SECONDS)


def _end_in(seconds: float) -> None:
    """End the process after so long, even when its loop hangs."""
    timer = threading.Timer(seconds, os._exit, (TERMINATED,))
    timer.daemon = True
    timer.start()
