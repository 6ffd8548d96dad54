"""How a client reaches the server: one class per transport, the same four words each."""

import asyncio
import json
import socket
from dataclasses import dataclass
from typing import Any, Protocol

import websockets
from websockets.asyncio.client import ClientConnection, connect

Frame = dict[str, Any]
OPEN_SECONDS = 10


class Gone(Exception):
    """The connection is over. code: why, 0 when nobody said; after: seconds to wait before coming back."""

    def __init__(self, code: int = 0, after: float | None = None) -> None:
        """Keep why."""
        self.code, self.after = code, after
        super().__init__(code)


@dataclass(frozen=True)
class Door:
    """Where to connect, and what the browser believes it connects to."""

    port: int
    origin: str


class Line(Protocol):
    """One connection. Every method raises Gone when it is over."""

    async def open(self, door: Door, visitor: dict[str, str], path: str, hello: Frame) -> None:
        """Connect and say hello."""
        ...

    async def say(self, frame: Frame) -> None:
        """Send one frame."""
        ...

    async def hear(self) -> Frame:
        """Wait for the next frame."""
        ...

    async def close(self) -> None:
        """Leave."""
        ...


class WsLine:
    """The WebSocket, transport A."""

    def __init__(self, buffer: int = 0) -> None:
        """Start without a connection. buffer: bytes that the kernel keeps for a reader who does not read."""
        self._buffer = buffer
        self._socket: ClientConnection | None = None

    async def open(self, door: Door, visitor: dict[str, str], path: str, hello: Frame) -> None:
        """Connect to the door under the name that the browser knows, and say hello."""
        try:
            self._socket = await connect(
                door.origin.replace("http", "ws", 1) + path, sock=await self._plug(door.port),
                origin=websockets.Origin(door.origin), subprotocols=[websockets.Subprotocol("chat.v1")],
                additional_headers={"Cookie": f"moi={visitor['cookie']}"}, compression=None, proxy=None,
                ping_interval=None, open_timeout=OPEN_SECONDS, close_timeout=1,
            )  # fmt: skip
        except websockets.InvalidStatus as refused:
            after = refused.response.headers.get("Retry-After")
            raise Gone(refused.response.status_code, float(after) if after else None) from None
        except (OSError, TimeoutError, websockets.WebSocketException, EOFError):
            raise Gone from None
        await self.say(hello)

    async def _plug(self, port: int) -> socket.socket:
        plug = socket.socket()
        plug.setblocking(False)
        if self._buffer:
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._buffer)
        try:
            await asyncio.get_running_loop().sock_connect(plug, ("127.0.0.1", port))
        except OSError:
            plug.close()
            raise
        return plug

    async def say(self, frame: Frame) -> None:
        """Send one frame."""
        assert self._socket is not None
        try:
            await self._socket.send(json.dumps(frame))
        except websockets.ConnectionClosed as gone:
            raise Gone(gone.rcvd.code if gone.rcvd else 0) from None

    async def hear(self) -> Frame:
        """Wait for the next frame."""
        assert self._socket is not None
        try:
            found: Frame = json.loads(await self._socket.recv())
        except websockets.ConnectionClosed as gone:
            raise Gone(gone.rcvd.code if gone.rcvd else 0) from None
        return found

    async def close(self) -> None:
        """Leave; a server that does not answer is not waited for."""
        if self._socket is not None:
            try:
                async with asyncio.timeout(1):
                    await self._socket.close()
            except TimeoutError:
                self._socket.transport.abort()
