"""How a client reaches the server: one class per transport, the same four words each."""

import asyncio
import base64
import json
import socket
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
import websockets
from websockets.asyncio.client import ClientConnection, connect

Frame = dict[str, Any]
OPEN_SECONDS = 10
ANSWER_SECONDS = 30
POLL_SECONDS = 25
NO_SESSION = 4401


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


def cookie_of(row: dict[str, str]) -> str:
    """Return the cookie of a row of the test data: a visitor's, or that of somebody of the team."""
    return f"{'moi-team' if 'role' in row else 'moi'}={row['cookie']}"


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
                additional_headers={"Cookie": cookie_of(visitor)}, compression=None, proxy=None,
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


class _ByRequest:
    """What both forms of transport B share: words go by POST, and the position travels in a header."""

    def __init__(self) -> None:
        """Start without a connection."""
        self._heard: asyncio.Queue[Frame | Gone] = asyncio.Queue()
        self._tasks: set[asyncio.Task[None]] = set()
        self._position = ""

    async def open(self, door: Door, visitor: dict[str, str], path: str, hello: Frame) -> None:
        """Begin at the position in the hello; without one a `join` has to find it first."""
        self._base = path.removesuffix("ws")
        headers = {
            "Cookie": cookie_of(visitor),
            "Host": door.origin.removeprefix("http://"), "Origin": door.origin, "X-CSRF": visitor["csrf"],
        }  # fmt: skip
        patience = httpx.Timeout(OPEN_SECONDS, read=None)
        self._client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{door.port}", headers=headers, timeout=patience)
        for place in hello["resume"]:
            self._begin(place["room"], place["epoch"], place["last_seq"])

    async def say(self, frame: Frame) -> None:
        """Send one frame; its answer is heard like all others."""
        if frame["t"] != "pong":
            self._start(self._post, frame)

    async def hear(self) -> Frame:
        """Wait for the next frame."""
        found = await self._heard.get()
        if isinstance(found, Gone):
            raise found
        return found

    async def close(self) -> None:
        """Leave."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    async def listen(self) -> None:
        """Hear events until the connection is over. Raises Gone."""
        raise NotImplementedError

    def _begin(self, room: str, epoch: str, seq: int) -> None:
        self._position = base64.urlsafe_b64encode(f"{room}.{epoch}.{seq}".encode()).decode()
        self._start(self.listen)

    def _start(self, work: Callable[..., Coroutine[Any, Any, None]], *parts: Frame) -> None:
        async def guarded() -> None:
            try:
                await work(*parts)
            except Gone as gone:
                self._heard.put_nowait(gone)
            except (httpx.HTTPError, ValueError):
                self._heard.put_nowait(Gone())

        task = asyncio.create_task(guarded())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _post(self, frame: Frame) -> None:
        path, headers = f"{self._base}frame", {"Content-Type": "application/json"}
        said = self._client.post(path, content=json.dumps(frame), headers=headers, timeout=ANSWER_SECONDS)
        answer = _good(await said).json()
        for each in answer["frames"]:
            self._heard.put_nowait(each)
            if frame["t"] == "join" and each["t"] == "ok":
                self._begin(frame["room"], each["epoch"], each["last_seq"])
        if answer["close"]:
            raise Gone(answer["close"])


class SseLine(_ByRequest):
    """A stream of events, where WebSockets are blocked."""

    async def listen(self) -> None:
        """Read blocks of the stream; each is one frame, a comment or the goodbye."""
        headers = {"Last-Event-ID": self._position}
        async with self._client.stream("GET", f"{self._base}sse", headers=headers) as answer:
            _good(answer)
            event = ""
            async for row in answer.aiter_lines():
                if row.startswith("event: "):
                    event = row.removeprefix("event: ")
                elif row.startswith("data: ") and event == "close":
                    raise Gone(int(row.removeprefix("data: ")))
                elif row.startswith("data: "):
                    self._heard.put_nowait(json.loads(row.removeprefix("data: ")))
        raise Gone


class PollLine(_ByRequest):
    """Asking again and again, where a stream is held back too."""

    async def listen(self) -> None:
        """Ask from the position that the last answer led to."""
        wait = 0
        while True:
            headers = {"Last-Event-ID": self._position}
            answer = _good(await self._client.get(f"{self._base}poll?wait={wait}", headers=headers)).json()
            for frame in answer["frames"]:
                if wait == 0 or frame["t"] not in ("welcome", "resumed"):
                    self._heard.put_nowait(frame)
            self._position, wait = answer["pos"], POLL_SECONDS
            if answer["close"]:
                raise Gone(answer["close"])


def _good(answer: httpx.Response) -> httpx.Response:
    """Return an answer that is one. Raises Gone: for good when the visit has ended, else to come back."""
    if answer.status_code == 200:
        return answer
    after = answer.headers.get("Retry-After")
    raise Gone(NO_SESSION if answer.status_code in (303, 401, 403) else 0, float(after) if after else None)
