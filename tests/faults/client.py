"""A protocol client that remembers what it was promised and what it would have shown."""

import asyncio
import json
import random
import uuid
from dataclasses import dataclass, field
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection, connect

LOST = (websockets.ConnectionClosed, OSError, TimeoutError, websockets.InvalidHandshake, websockets.InvalidMessage)
ANSWER_SECONDS = 10


@dataclass
class Told:
    """Everything one client learned. acked: client_id → seq; shown: (seq, id) in the order of display."""

    acked: dict[str, int] = field(default_factory=dict)
    shown: list[tuple[int, str]] = field(default_factory=list)
    repeats: int = 0
    reconnects: int = 0
    resyncs: int = 0


class Client:
    """One tab. It sends one message at a time and repeats it with the same client_id until there is an answer."""

    def __init__(self, address: str, origin: str, visitor: dict[str, str], room: str, chance: random.Random) -> None:
        """visitor: cookie and csrf from `seed`."""
        self.address, self.origin, self.visitor, self.room = address, origin, visitor, room
        self.chance = chance
        self.told = Told()
        self.epoch: str | None = None
        self.last_seq = 0
        self.ids: set[str] = set()
        self.answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self.socket: ClientConnection | None = None
        self.reading: asyncio.Task[None] | None = None
        self.events: list[int] = []

    async def open(self) -> None:
        """Connect and join; again and again until it works."""
        while True:
            try:
                await self._open_once()
                return
            except LOST:
                self.told.reconnects += 1
                await asyncio.sleep(self.chance.random() * 0.2)

    async def _open_once(self) -> None:
        cookie = {"Cookie": f"moi={self.visitor['cookie']}"}
        self.socket = await connect(
            self.address, origin=websockets.Origin(self.origin), subprotocols=[websockets.Subprotocol("chat.v1")],
            additional_headers=cookie, compression=None, proxy=None,
        )  # fmt: skip
        await self._say({"t": "hello", "v": 1, "csrf": self.visitor["csrf"], "tab": "proef", "resume": []})
        join: dict[str, Any] = {"t": "join", "ref": "j", "room": self.room}
        if self.epoch is not None:
            join |= {"epoch": self.epoch, "last_seq": self.last_seq}
        await self._say(join)
        while (answer := await self._hear())["t"] != "ok":
            self._event(answer)
        if self.epoch is None:
            self.last_seq = answer["last_seq"]
        self.epoch = answer["epoch"]
        self.reading = asyncio.create_task(self._read())

    async def send(self, text: str) -> str:
        """Say something until it is acknowledged. Returns its client_id."""
        client_id = str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        while True:
            try:
                answer = await self._try(client_id, text)
            except LOST:
                await self._reopen()
                continue
            if answer["t"] == "ack":
                self.told.acked[client_id] = answer["seq"]
                self.told.repeats += bool(answer.get("dup"))
                return client_id
            await asyncio.sleep(answer.get("retry_ms", 100) / 1000)

    async def catch_up(self, until: int) -> None:
        """Wait until everything up to a seq was seen."""
        while self.last_seq < until:
            if self.reading is None or self.reading.done():
                await self._reopen()
            await asyncio.sleep(0.01)

    async def close(self) -> None:
        """Leave."""
        if self.reading is not None:
            self.reading.cancel()
        if self.socket is not None:
            await self.socket.close()

    async def _reopen(self) -> None:
        if self.reading is not None:
            self.reading.cancel()
        await self.open()

    async def _try(self, client_id: str, text: str) -> dict[str, Any]:
        waiting: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self.answers[client_id] = waiting
        await self._say({"t": "send", "ref": client_id[:32], "room": self.room, "client_id": client_id, "text": text})
        async with asyncio.timeout(ANSWER_SECONDS):
            return await waiting

    async def _read(self) -> None:
        try:
            while True:
                self._event(await self._hear())
        except LOST as error:
            for waiting in self.answers.values():
                if not waiting.done():
                    waiting.set_exception(ConnectionError(str(type(error))))

    def _event(self, frame: dict[str, Any]) -> None:
        if frame["t"] == "resync":
            self.told.resyncs += 1
            self.epoch, self.last_seq = frame["epoch"], self.last_seq
        if "seq" in frame and frame["t"] != "ack":
            self._show(frame)
        if frame["t"] in ("ack", "refused", "error"):
            waiting = self.answers.get(frame.get("client_id", "")) or self._by_ref(frame.get("ref"))
            if waiting is not None and not waiting.done():
                waiting.set_result(frame)

    def _by_ref(self, ref: str | None) -> asyncio.Future[dict[str, Any]] | None:
        return next((one for client_id, one in self.answers.items() if client_id[:32] == ref), None)

    def _show(self, frame: dict[str, Any]) -> None:
        """Show an event the way the page does: what was seen is dropped, a gap is an error of the server."""
        if frame["seq"] <= self.last_seq:
            return
        self.events.append(frame["seq"])
        self.last_seq = frame["seq"]
        if frame["t"] == "message":
            self.told.shown.append((frame["seq"], frame["id"]))

    async def _say(self, frame: dict[str, Any]) -> None:
        assert self.socket is not None
        await self.socket.send(json.dumps(frame))

    async def _hear(self) -> dict[str, Any]:
        assert self.socket is not None
        async with asyncio.timeout(60):
            frame: dict[str, Any] = json.loads(await self.socket.recv())
        if frame["t"] == "ping":
            await self._say({"t": "pong", "n": frame["n"]})
        return frame
