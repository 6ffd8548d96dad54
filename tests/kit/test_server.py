"""The listening socket: what every connection that comes through it inherits."""

import asyncio
import socket

from server.kit.run.server import GONE_MS, listening


async def test_small_writes_leave_at_once_and_who_stops_reading_is_gone() -> None:
    """No waiting for the other side's acknowledgement (40 ms on every page), and the time-out of the kernel."""
    seen: list[tuple[int, int]] = []

    async def came(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        made = writer.get_extra_info("socket")
        level = socket.IPPROTO_TCP
        seen.append((made.getsockopt(level, socket.TCP_NODELAY), made.getsockopt(level, socket.TCP_USER_TIMEOUT)))
        writer.close()

    door = listening("127.0.0.1", 0)
    async with await asyncio.start_server(came, sock=door):
        reader, writer = await asyncio.open_connection(*door.getsockname())
        await reader.read()
        writer.close()
        await writer.wait_closed()
    assert seen == [(1, GONE_MS)]
