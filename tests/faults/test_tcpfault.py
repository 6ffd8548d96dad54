"""The stretch of bad network does what it is told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.faults.tcpfault import TcpFault

SOON = 5
LATER = 0.05


@pytest.fixture
async def network() -> AsyncIterator[TcpFault]:
    """A server that says everything back, behind the proxy."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while said := await reader.read(100):
                writer.write(said)
        except OSError:
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, TcpFault(server.sockets[0].getsockname()[1]) as fault:
        yield fault


class Caller:
    """One connection to the echo."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Keep both ends."""
        self.reader, self.writer = reader, writer

    async def ask(self, word: bytes) -> bytes:
        """Say something and return the echo; nothing when the connection is over."""
        try:
            self.writer.write(word)
            return await asyncio.wait_for(self.reader.read(100), SOON)
        except ConnectionError:
            return b""


Call = Callable[[], Awaitable[Caller]]


@pytest.fixture
async def call(network: TcpFault) -> AsyncIterator[Call]:
    """Give a way to connect; every connection ends with the test."""
    made: list[Caller] = []

    async def connect() -> Caller:
        made.append(Caller(*await asyncio.open_connection("127.0.0.1", network.port)))
        return made[-1]

    yield connect
    for caller in made:
        caller.writer.transport.abort()
    await asyncio.sleep(0)


async def test_everything_passes(call: Call) -> None:
    assert await (await call()).ask(b"hallo") == b"hallo"


async def test_a_stall_holds_and_loses_nothing(network: TcpFault, call: Call) -> None:
    caller = await call()
    assert await caller.ask(b"een") == b"een"
    network.part()
    asking = asyncio.create_task(caller.ask(b"twee"))
    assert not (await asyncio.wait([asking], timeout=LATER))[0]
    network.mend()
    assert await asking == b"twee"


async def test_one_way_is_lost(network: TcpFault, call: Call) -> None:
    caller = await call()
    network.up.losing = True
    asking = asyncio.create_task(caller.ask(b"weg"))
    assert not (await asyncio.wait([asking], timeout=LATER))[0]
    asking.cancel()


async def test_it_cuts_after_so_many_bytes(network: TcpFault, call: Call) -> None:
    caller = await call()
    network.down.cut_after = 3
    assert await caller.ask(b"hallo") == b"hal"
    assert await caller.ask(b"nog") == b""


async def test_a_reset_ends_it_and_others_may_come(network: TcpFault, call: Call) -> None:
    caller = await call()
    assert await caller.ask(b"een") == b"een"
    assert network.reset() == 1
    assert await caller.ask(b"twee") == b""
    assert await (await call()).ask(b"drie") == b"drie"


async def test_it_refuses(network: TcpFault, call: Call) -> None:
    network.refusing = True
    assert await (await call()).ask(b"hallo") == b""
