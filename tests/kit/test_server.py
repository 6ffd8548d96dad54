"""The listening socket: what every connection that comes through it inherits."""

import asyncio
import socket
import struct
from pathlib import Path
from typing import Any

from server.kit.run.drain import DrainingServer, Leaving
from server.kit.run.server import BACKLOG, GONE_MS, UNSENT_BYTES, config, listening

MOST_WAITING = int(Path("/proc/sys/net/core/somaxconn").read_text())


async def test_small_writes_leave_at_once_and_who_stops_reading_is_gone() -> None:
    """No waiting for the other side's acknowledgement (40 ms on every page), and the time-out of the kernel."""
    seen: list[tuple[int, int, int]] = []

    async def came(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        made = writer.get_extra_info("socket")
        level = socket.IPPROTO_TCP
        asked = (socket.TCP_NODELAY, socket.TCP_USER_TIMEOUT, socket.TCP_NOTSENT_LOWAT)
        nodelay, gone, unsent = (made.getsockopt(level, option) for option in asked)
        seen.append((nodelay, gone, unsent))
        writer.close()

    door = listening("127.0.0.1", 0)
    async with await asyncio.start_server(came, sock=door):
        reader, writer = await asyncio.open_connection(*door.getsockname())
        await reader.read()
        writer.close()
        await writer.wait_closed()
    assert seen == [(1, GONE_MS, UNSENT_BYTES)]


async def test_many_may_knock_at_once() -> None:
    """Whoever waits outside while others are let in is not turned away for that."""
    door = listening("127.0.0.1", 0)
    front = DrainingServer(
        config(_nothing, lifespan="off", interface="asgi3"),
        Leaving(_never, _never, _never, _never),
        0.0,
    )
    front.config.load()
    front.lifespan = front.config.lifespan_class(front.config)
    await front.startup([door])
    try:
        most = struct.unpack_from("I", door.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 28)[0]
        assert most == min(BACKLOG, MOST_WAITING)
    finally:
        for server in front.servers:
            server.close()
            await server.wait_closed()
        door.close()


async def _nothing(scope: Any, receive: Any, send: Any) -> None:
    """Serve nobody."""


def _never(*_: Any) -> Any:
    raise AssertionError("nobody leaves here")
