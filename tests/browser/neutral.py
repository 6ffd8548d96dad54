"""The weather site that Snel weg goes to: another origin on this machine, which remembers what it was told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

PAGE = b"<!doctype html><title>Weer</title><h1>Weer</h1>"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"


class Neutral:
    """What the site heard: whole requests, as text."""

    def __init__(self) -> None:
        """Nobody has come yet."""
        self.origin = ""
        self.heard: list[str] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer every request with the same page."""
        self.heard.append((await reader.readuntil(b"\r\n\r\n")).decode().lower())
        writer.write(ANSWER % (len(PAGE), PAGE))
        await writer.drain()
        writer.close()

    def learned(self) -> list[str]:
        """Return the lines that would tell where somebody came from."""
        lines = [line for heard in self.heard for line in heard.splitlines() if self.origin not in line]
        return [line for line in lines if line.startswith(("referer", "cookie", "origin"))]


@asynccontextmanager
async def neutral_site() -> AsyncIterator[Neutral]:
    """Open it on a free port."""
    site = Neutral()
    server = await asyncio.start_server(site.answer, "127.0.0.1", 0)
    site.origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield site
