"""What waits to be written to one connection: bounded, in order, and never a reason for anybody else to wait.

A write to a socket costs the same however much is in it. So what waits for one connection leaves in one write, at most
once in 20 ms; the first frame after a quiet time goes at once (reliability-spec 2, rule 13).
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Protocol

MAX_FRAMES: Final = 256
MAX_BYTES: Final = 1024 * 1024
MAX_TOGETHER: Final = 128 * 1024 * 1024
TICK_SECONDS: Final = 0.02

Shape = Callable[[Sequence[bytes]], bytes]
Rewrite = Callable[[bytes], bytes]


class Parcel:
    """Frames that leave together. What a transport makes of them is made once, however many connections get it.

    tags: what each frame is about, "" for nothing; for taking words out again that were hidden meanwhile.
    """

    __slots__ = ("_shaped", "frames", "size", "tags")

    def __init__(self, frames: Sequence[bytes], tags: Sequence[str] = ()) -> None:
        """Keep the frames."""
        self.frames = frames
        self.tags = tags
        self.size = sum(map(len, frames))
        self._shaped: dict[Shape, bytes] = {}

    def shaped(self, shape: Shape) -> bytes:
        """Return the frames as a transport writes them."""
        made = self._shaped.get(shape)
        if made is None:
            made = self._shaped[shape] = shape(self.frames)
        return made

    def rewritten(self, tag: str, rewrite: Rewrite) -> "Parcel":
        """Return these frames with the one about tag changed; itself when there is none."""
        if tag not in self.tags:
            return self
        pairs = zip(self.frames, self.tags, strict=True)
        return Parcel([rewrite(frame) if about == tag else frame for frame, about in pairs], self.tags)


class Door(Protocol):
    """The way out of one connection, whatever the transport. ready: it takes more now."""

    ready: bool

    def write(self, parcels: Sequence[Parcel]) -> None:
        """Send the frames of all parcels in one go; never waits."""
        ...


class Ticker:
    """Runs what is due for all connections of a process together. One for each process.

    most_frames, most_bytes: the fullest queue of any connection so far.
    """

    def __init__(self) -> None:
        """Start with nothing to do."""
        self.most_frames = self.most_bytes = 0
        self._due: dict[Callable[[], None], None] = {}
        self._now: dict[Callable[[], None], None] = {}
        self._awake = False
        self._stalled: set[Outbox] = set()
        self._uncounted = 0

    def soon(self, deed: Callable[[], None], *, rested: bool = False) -> None:
        """Run deed at the next tick, once; at once after a quiet time, or when it has rested for itself."""
        if self._awake and not rested:
            self._due[deed] = None
            return
        if not self._now:
            loop = asyncio.get_running_loop()
            loop.call_soon(loop.call_soon, self._run)  # a turn later: the answer to its author leaves with a message
        self._now[deed] = None
        self._due.pop(deed, None)

    def stalled(self, outbox: "Outbox", size: int) -> None:
        """Take note of so many bytes for a reader who cannot keep up; the fullest go when all of them hold too much.

        Counted once in a megabyte: with a thousand such readers it would cost more than the writing.
        """
        self._stalled.add(outbox)
        self._uncounted += size
        if self._uncounted < MAX_BYTES:
            return
        self._uncounted = 0
        self._forget_read()
        held = sum(one.held for one in self._stalled)
        for one in sorted(self._stalled, key=lambda one: -one.held):
            if held <= MAX_TOGETHER:
                break
            held -= one.held
            one.give_up()

    def most_held(self) -> int:
        """Return how many bytes wait now for whoever is furthest behind."""
        self._forget_read()
        return max((one.held for one in self._stalled), default=0)

    def _forget_read(self) -> None:
        self._stalled = {one for one in self._stalled if one.held}

    def _run(self) -> None:
        """Do what has to be done now; then rest for one tick, counted from here."""
        if not self._now:
            return
        try:
            while self._now:
                deed = next(iter(self._now))
                del self._now[deed]
                deed()
        finally:
            if not self._awake:
                self._awake = True
                asyncio.get_running_loop().call_later(TICK_SECONDS, self._rested)

    def _rested(self) -> None:
        """Do all that became due; who had nothing to do for a tick is asleep."""
        self._awake = False
        self._now |= self._due
        self._due = {}
        self._run()


class Outbox:
    """One connection's queue. held: bytes that wait."""

    __slots__ = ("_behind", "_emptied", "_flush", "_frames", "_given_up", "_queue", "_ticker", "door", "held")

    def __init__(self, ticker: Ticker, door: Door, fell_behind: Callable[[], None]) -> None:
        """fell_behind is called once, when the reader is 256 frames or 1 MiB behind; then nothing is taken any more."""
        self.door = door
        self.held = 0
        self._ticker = ticker
        self._behind = fell_behind
        self._queue: list[Parcel] = []
        self._frames = 0
        self._given_up = False
        self._emptied: asyncio.Event | None = None
        self._flush = self.flush  # one bound method, so that the ticker knows it again

    def put(self, parcel: Parcel, *, droppable: bool = False) -> None:
        """Queue frames. droppable: left out while the queue is half full."""
        frames, held = self._frames + len(parcel.frames), self.held + parcel.size
        if frames > MAX_FRAMES or held > MAX_BYTES:
            self.give_up()
        if self._given_up or (droppable and (frames > MAX_FRAMES // 2 or held > MAX_BYTES // 2)):
            return
        if self.door.ready and not self._queue:
            self._ticker.soon(self._flush)
        self._queue.append(parcel)
        self._frames, self.held = frames, held
        if frames > self._ticker.most_frames:
            self._ticker.most_frames = frames
        if held > self._ticker.most_bytes:
            self._ticker.most_bytes = held
        if not self.door.ready:
            self._ticker.stalled(self, parcel.size)

    def put_now(self, parcel: Parcel) -> None:
        """Write frames at once when nothing waits and the door takes them; for who comes once a tick anyway."""
        if self._frames or self._given_up or not self.door.ready:
            self.put(parcel)
        else:
            self.door.write((parcel,))

    def flush(self) -> None:
        """Hand over what waits, if the door takes it."""
        if not self.door.ready:
            return
        if self._emptied is not None:
            self._emptied.set()
        if self._queue:
            queue, self._queue = self._queue, []
            self._frames = self.held = 0
            self.door.write(queue)

    def rewrite(self, tag: str, change: Rewrite) -> None:
        """Change a queued frame: what was hidden meanwhile must not leave any more (P6)."""
        self._queue = [parcel.rewritten(tag, change) for parcel in self._queue]

    def give_up(self) -> None:
        """Forget what waits; the reader has to come back and ask what it missed."""
        if not self._given_up:
            self._given_up = True
            self._queue, self._frames, self.held = [], 0, 0
            self._behind()
        if self._emptied is not None:
            self._emptied.set()

    async def emptied(self) -> None:
        """Wait until all that was queued has been handed over or given up, and the door takes more."""
        while not self._given_up and (self._queue or not self.door.ready):
            self._emptied = self._emptied or asyncio.Event()
            self._emptied.clear()
            await self._emptied.wait()
