"""What waits to be written to one connection: bounded, in order, and never a reason for anybody else to wait."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

MAX_FRAMES: Final = 256
MAX_BYTES: Final = 1024 * 1024
TICK_SECONDS: Final = 0.01

Write = Callable[[list[bytes]], Awaitable[None]]


class TooSlow(Exception):
    """The reader is more than 256 frames or 1 MiB behind; it has to come back and ask what it missed."""


@dataclass
class _Waiting:
    frame: bytes
    tag: str | None


class Outbox:
    """One connection's queue. The first frame after a quiet time goes at once, later ones together each tick."""

    def __init__(self, write: Write) -> None:
        """write sends several frames to the connection and may wait for it."""
        self._write = write
        self._queue: deque[_Waiting] = deque()
        self._bytes = 0
        self._filled = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()

    def put(self, frame: bytes, *, tag: str | None = None, droppable: bool = False) -> None:
        """Queue a frame. tag: what it is about; droppable: left out while the queue is half full. Raises TooSlow."""
        half = len(self._queue) >= MAX_FRAMES // 2 or self._bytes >= MAX_BYTES // 2
        if droppable and half:
            return
        if len(self._queue) >= MAX_FRAMES or self._bytes + len(frame) > MAX_BYTES:
            raise TooSlow
        self._queue.append(_Waiting(frame, tag))
        self._bytes += len(frame)
        self._empty.clear()
        self._filled.set()

    def replace(self, tag: str, frame: bytes) -> None:
        """Put another frame in the place of a queued one: what was hidden meanwhile must not leave any more (P6)."""
        for waiting in self._queue:
            if waiting.tag == tag:
                self._bytes += len(frame) - len(waiting.frame)
                waiting.frame, waiting.tag = frame, None

    def clear(self) -> None:
        """Forget what waits."""
        self._queue.clear()
        self._bytes = 0

    async def emptied(self) -> None:
        """Wait until all that was queued has been handed to the connection."""
        await self._empty.wait()

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._filled.wait()
            frames = [waiting.frame for waiting in self._queue]
            self.clear()
            self._filled.clear()
            await self._write(frames)
            if not self._queue:
                self._empty.set()
            await asyncio.sleep(TICK_SECONDS)  # what comes meanwhile leaves together
