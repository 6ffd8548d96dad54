"""The shortcut for frames, on a real server and a real socket; fails loudly when uvicorn's inside moves."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from server.kit.live.outbox import Parcel
from server.kit.run.direct import EXTENSION, DirectWebSocket, text_frames, until_gone
from server.kit.run.server import config, listening


class Room:
    """An application with one connection that goes past the framework."""

    def __init__(self) -> None:
        """Nothing heard yet."""
        self.heard: list[str] = []
        self.drained = 0
        self.door: DirectWebSocket | None = None
        self.opened, self.lost, self.said = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.close = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Accept, open the door, and close when told."""
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept", "subprotocol": None})
        door = scope["extensions"][EXTENSION]
        assert isinstance(door, DirectWebSocket)
        self.door = door
        door.open(self._hear, self.lost.set, self._drain)
        self.opened.set()
        done = [asyncio.create_task(each.wait()) for each in (self.close, self.lost)]
        await asyncio.wait(done, return_when=asyncio.FIRST_COMPLETED)
        if not self.lost.is_set():
            door.shut(4500)
            await until_gone(scope)

    def full(self) -> bool:
        """Say whether nothing more can be written."""
        return self.door is not None and not self.door.ready

    def _hear(self, text: str) -> None:
        self.heard.append(text)
        self.said.set()

    def _drain(self) -> None:
        self.drained += 1


@contextlib.asynccontextmanager
async def served(room: Room) -> AsyncIterator[str]:
    """Serve it as the product is served, and give the address."""
    listener = listening("127.0.0.1", 0)
    server = uvicorn.Server(config(room, lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    yield f"ws://127.0.0.1:{listener.getsockname()[1]}/"
    server.should_exit = True
    await serving


@contextlib.asynccontextmanager
async def connected() -> AsyncIterator[tuple[Room, ClientConnection]]:
    """Give both ends of one connection."""
    room = Room()
    async with served(room) as address, connect(address, compression=None) as client:
        await room.opened.wait()
        yield room, client


async def test_texts_come_in_by_a_call_and_many_leave_in_one_write() -> None:
    async with connected() as (room, client):
        for text in ("een", "twéé", "drie"):
            await client.send(text)
        while len(room.heard) < 3:
            room.said.clear()
            await room.said.wait()
        assert room.heard == ["een", "twéé", "drie"]
        assert room.door is not None
        sent = [b"a", b"b" * 200, b"c" * 70_000]
        room.door.write([Parcel(sent[:2]), Parcel(sent[2:])])
        assert [await client.recv() for _ in sent] == [each.decode() for each in sent]


async def test_texts_come_in_however_they_are_cut() -> None:
    """Past the parser or through it: whole, in two pieces at any place, in fragments, with a ping between."""
    texts = ["kort", "é" * 100, "lang " * 200]
    pieces = [frame_of(text.encode()) for text in texts]
    fragments = [frame_of(b"in ", fin=False), frame_of(b"", Opcode.PING), frame_of(b"delen", Opcode.CONT)]
    stream = b"".join([*pieces, *fragments, *pieces])
    async with connected() as (room, client):
        assert room.door is not None
        for cut in range(len(stream) + 1):
            room.heard = []
            room.door.data_received(stream[:cut])
            if cut < len(stream):
                room.door.data_received(stream[cut:])
            assert room.heard == [*texts, "in delen", *texts]
            assert room.door.between_frames()
        assert await (await client.ping()) >= 0


def frame_of(data: bytes, opcode: Opcode = Opcode.TEXT, *, fin: bool = True) -> bytes:
    """Return a frame as a browser masks it."""
    return Frame(opcode, data, fin=fin).serialize(mask=True)


async def test_what_came_while_accepting_is_not_lost() -> None:
    """A browser may send its hello at once."""
    room = Room()
    async with served(room) as address, connect(address, compression=None) as client:
        await client.send("meteen")
        await room.said.wait()
        assert room.heard == ["meteen"]


async def test_binary_and_broken_text_are_refused() -> None:
    async with connected() as (room, client):
        await client.send(b"\xff\xfe")
        await room.said.wait()
        assert room.heard == ["binary"]
        await client.send(b"\xff\xfe", text=True)
        with pytest.raises(ConnectionClosed):
            await client.recv()
        assert client.close_code == 1007


async def test_a_frame_that_is_too_large_ends_the_connection() -> None:
    async with connected() as (_, client):
        await client.send("x" * 20_000)
        with pytest.raises(ConnectionClosed):
            await client.recv()
        assert client.close_code == 1009


async def test_the_other_side_leaves_and_this_one_closes() -> None:
    async with connected() as (room, client):
        await client.close()
        await room.lost.wait()
    async with connected() as (room, client):
        room.close.set()
        with pytest.raises(ConnectionClosed):
            await client.recv()
        assert client.close_code == 4500


async def test_a_reader_who_stops_shuts_the_door_until_it_reads_on() -> None:
    async with connected() as (room, client):
        assert room.door is not None
        client.transport.pause_reading()
        sent = 0
        while not room.full():
            room.door.write([Parcel([b"x" * 60_000])])
            sent += 1
            await asyncio.sleep(0)
        client.transport.resume_reading()
        for _ in range(sent):
            assert len(await client.recv()) == 60_000
        assert (room.door.ready, room.drained) == (True, 1)


def test_lengths_of_frames() -> None:
    """Short, two bytes, eight bytes."""
    assert text_frames([b"ab"]) == b"\x81\x02ab"
    assert text_frames([b"x" * 200])[:4] == b"\x81\x7e\x00\xc8"
    assert text_frames([b"x" * 70_000])[:10] == b"\x81\x7f" + (70_000).to_bytes(8, "big")
