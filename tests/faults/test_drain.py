"""A planned end: nobody is cut off, new people are sent elsewhere, and nobody is waited for who is not there."""

import asyncio
import json
import signal
import time
import uuid
from typing import Any

import httpx
import pytest
import websockets
from websockets.asyncio.client import ClientConnection, connect

from tests.faults.server import Server

pytestmark = pytest.mark.faults
SECONDS = 3.0
TERMINATED = (-signal.SIGTERM, 128 + signal.SIGTERM)


async def hear(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """Return the next frame of a kind."""
    while (frame := json.loads(await socket.recv()))["t"] != kind:
        pass
    return dict(frame)


async def come_in(server: Server, visitor: dict[str, str]) -> ClientConnection:
    """Open a connection and join the room."""
    socket = await connect(
        server.socket, origin=websockets.Origin(server.origin), subprotocols=[websockets.Subprotocol("chat.v1")],
        additional_headers={"Cookie": f"moi={visitor['cookie']}"}, compression=None, proxy=None,
    )  # fmt: skip
    hello = {"t": "hello", "v": 1, "csrf": visitor["csrf"], "tab": "proef", "resume": []}
    for frame in (hello, {"t": "join", "ref": "j", "room": visitor["room"]}):
        await socket.send(json.dumps(frame))
    await hear(socket, "ok")
    return socket


async def ended(server: Server) -> int:
    """Wait for the end of the process. Returns its status."""
    assert server.process is not None
    return await asyncio.to_thread(server.process.wait, 30)


async def status(server: Server, path: str) -> tuple[int, str]:
    """Return status and body of a page of the internal port."""
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{server.internal_port}{path}")
        return answer.status_code, answer.text


async def ready(server: Server) -> None:
    """Wait until it has read its rules."""
    while (await status(server, "/health/ready"))[0] != 200:
        pass


async def test_people_are_served_until_they_have_gone() -> None:
    async with Server(MOI_DRAIN_SECONDS=str(SECONDS)) as server:
        visitor, late = server.seed(visitors=2, rooms=1)["visitors"]
        await server.start()
        socket = await come_in(server, visitor)
        await ready(server)
        assert await status(server, "/health/ready") == (200, "ok\ndatabase up\nbus up\n")
        server.signal(signal.SIGTERM)
        begun = time.monotonic()
        while (await status(server, "/health/ready"))[0] != 503:
            assert time.monotonic() - begun < SECONDS
        assert (await status(server, "/health/live"))[0] == 200
        with pytest.raises(websockets.InvalidStatus) as refused:
            await come_in(server, late)
        assert refused.value.response.status_code == 503
        assert 5 <= int(refused.value.response.headers["retry-after"]) <= 15
        asked = await hear(socket, "reconnect")
        assert time.monotonic() - begun > SECONDS / 5 - 0.1
        assert 0 <= asked["after_ms"] <= 1000 * SECONDS * 2 / 3
        said = {"t": "send", "ref": "1", "room": visitor["room"], "client_id": str(uuid.uuid4()), "text": "Tot zo"}
        await socket.send(json.dumps(said))
        assert (await hear(socket, "ack"))["state"] == "placed"
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"http://127.0.0.1:{server.port}/nood")).status_code == 200
        with pytest.raises(websockets.ConnectionClosed):
            await hear(socket, "nothing")
        assert socket.close_code == 1012
        assert time.monotonic() - begun > SECONDS - 0.1
        assert await ended(server) in TERMINATED


async def test_nobody_is_waited_for_who_is_not_there_or_has_gone() -> None:
    async with Server(MOI_DRAIN_SECONDS="15") as server:
        visitor = server.seed(visitors=1, rooms=1)["visitors"][0]
        await server.start()
        await ready(server)
        server.signal(signal.SIGTERM)
        begun = time.monotonic()
        assert await ended(server) in TERMINATED
        assert time.monotonic() - begun < 5
        await server.start()
        await ready(server)
        socket = await come_in(server, visitor)
        server.signal(signal.SIGTERM)
        await hear(socket, "reconnect")
        await socket.close()
        begun = time.monotonic()
        assert await ended(server) in TERMINATED
        assert time.monotonic() - begun < 5


async def test_told_twice_it_goes_at_once_and_keeps_what_it_promised() -> None:
    async with Server(MOI_DRAIN_SECONDS="15") as server:
        visitor = server.seed(visitors=1, rooms=1)["visitors"][0]
        await server.start()
        socket = await come_in(server, visitor)
        said = {"t": "send", "ref": "1", "room": visitor["room"], "client_id": str(uuid.uuid4()), "text": "Moi"}
        await socket.send(json.dumps(said))
        seq = (await hear(socket, "ack"))["seq"]
        server.signal(signal.SIGTERM)
        while (await status(server, "/health/ready"))[0] != 503:
            pass
        server.signal(signal.SIGTERM)
        begun = time.monotonic()
        assert await ended(server) in TERMINATED
        assert time.monotonic() - begun < 2
        await server.start()
        again = await come_in(server, visitor)
        await again.send(json.dumps({"t": "join", "ref": "k", "room": visitor["room"]}))
        assert (await hear(again, "ok"))["last_seq"] >= seq
        await again.close()
