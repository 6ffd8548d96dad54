"""A stretch of bad network: a TCP proxy that delays, stalls, loses one direction, slows down, resets or cuts."""

import asyncio
import random
import socket
import struct
from dataclasses import dataclass, field

CHUNK = 16 * 1024
AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER of no time: closing sends a reset."""


@dataclass
class Way:
    """One direction. delay in seconds, rate in bytes per second (0: unlimited), cut_after in bytes (None: never)."""

    delay: float = 0.0
    rate: float = 0.0
    losing: bool = False
    cut_after: int | None = None
    free: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Let everything pass."""
        self.free.set()

    def stall(self) -> None:
        """Hold what comes; nothing is lost."""
        self.free.clear()

    def mend(self) -> None:
        """Let everything pass again."""
        self.delay, self.rate, self.losing, self.cut_after = 0.0, 0.0, False, None
        self.free.set()


class Cut(Exception):
    """The connection has to end here."""


@dataclass(eq=False)
class Link:
    """One connection through the proxy: the caller's end and the server's."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter

    def reset(self) -> None:
        """End both sides at once, as a lost radio does when it comes back."""
        for writer in (self.near, self.far):
            plug = writer.get_extra_info("socket")
            if plug is not None and plug.fileno() >= 0:
                plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            writer.transport.abort()


class TcpFault:
    """Listens on a port of its own and passes everything on to another. `up` is towards the server, `down` back."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        """Lead to this port; nothing listens yet."""
        self._to = (host, port)
        self.up, self.down = Way(), Way()
        self.refusing = False
        self.links: set[Link] = set()
        self._server: asyncio.Server | None = None
        self._passing: set[asyncio.Task[None]] = set()
        self.port = 0

    async def __aenter__(self) -> "TcpFault":
        """Listen."""
        self._server = await asyncio.start_server(self._arrived, "127.0.0.1", 0, backlog=4096)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        """End everything that passes here."""
        assert self._server is not None
        self._server.close()
        self.reset()
        for task in list(self._passing):
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)

    def reset(self, share: float = 1.0, chance: random.Random | None = None) -> int:
        """Reset this share of the connections. Returns how many."""
        chance = chance or random.Random(0)
        chosen = [link for link in list(self.links) if chance.random() < share]
        for link in chosen:
            link.reset()
        return len(chosen)

    def part(self) -> None:
        """Hold both directions and let nobody in: a partition."""
        self.up.stall()
        self.down.stall()

    def mend(self) -> None:
        """Let everything pass again."""
        self.up.mend()
        self.down.mend()
        self.refusing = False

    async def _arrived(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        me = asyncio.current_task()
        assert me is not None
        self._passing.add(me)
        try:
            await self._pass(reader, writer)
        except (OSError, asyncio.CancelledError):  # cancelled only by __aexit__, and streams would print that
            writer.transport.abort()
        finally:
            self._passing.discard(me)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refusing:
            writer.transport.abort()
            return
        await self.up.free.wait()  # in a partition a connection is made and nobody answers
        far_reader, far_writer = await asyncio.open_connection(*self._to)
        link = Link(writer, far_writer)
        self.links.add(link)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_pump(reader, far_writer, self.up))
                group.create_task(_pump(far_reader, writer, self.down))
        except* (Cut, OSError):
            pass
        finally:
            self.links.discard(link)
            link.reset()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way) -> None:
    while chunk := await reader.read(CHUNK):
        if way.delay:
            await asyncio.sleep(way.delay)
        await way.free.wait()
        if way.losing:
            continue
        if way.cut_after is not None:
            chunk = chunk[: max(0, way.cut_after)]
            way.cut_after -= len(chunk)
        writer.write(chunk)
        await writer.drain()
        if way.cut_after is not None and way.cut_after <= 0:
            raise Cut
        if way.rate:
            await asyncio.sleep(len(chunk) / way.rate)
    if not way.losing:
        raise Cut  # one side closed: so does the other
