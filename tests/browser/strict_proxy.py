"""What some schools and offices put before the internet: no WebSockets get through, and no streams if it is so set."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

CHUNK = 64 * 1024
CHAT = b" /chat/v1/"
REFUSAL = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class StrictProxy:
    """Passes on what may. asked: the ways by which visitors' pages tried to reach the chat."""

    def __init__(self, *, holds_streams: bool) -> None:
        """Say what gets through; port: of the server behind it, filled in when that is known."""
        self.holds_streams = holds_streams
        self.port = 0
        self.origin = ""
        self.asked: set[str] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection of a browser until either side ends it."""
        back, forth = await asyncio.open_connection("127.0.0.1", self.port)
        may_pass = asyncio.Event()
        may_pass.set()
        answers = asyncio.create_task(_pass_on(back, writer, may_pass))
        with suppress(OSError):
            while chunk := await reader.read(CHUNK):
                way = self._way(chunk)
                if way == "ws":
                    writer.write(REFUSAL)
                    break
                if way == "sse" and self.holds_streams:
                    may_pass.clear()
                forth.write(chunk)
                await forth.drain()
        forth.close()
        if may_pass.is_set():
            with suppress(OSError):
                await answers
        answers.cancel()
        writer.close()

    def _way(self, chunk: bytes) -> str:
        """Return how a page asks for the chat here, "" for anything else; a browser sends a head at once."""
        line = chunk.split(b"\r\n", 1)[0]
        if not line.endswith(b"HTTP/1.1") or CHAT not in line:
            return ""
        way = line.split(CHAT, 1)[1].split(b" ", 1)[0].split(b"?", 1)[0].decode()
        self.asked.add(way)
        return way


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, may_pass: asyncio.Event) -> None:
    while chunk := await reader.read(CHUNK):
        await may_pass.wait()
        writer.write(chunk)
        await writer.drain()
    writer.close()  # the server let go of a connection at rest: so must the browser


@asynccontextmanager
async def strict_proxy(*, holds_streams: bool) -> AsyncIterator[StrictProxy]:
    """Open it on a free port."""
    proxy = StrictProxy(holds_streams=holds_streams)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.origin = f"http://localhost:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield proxy
