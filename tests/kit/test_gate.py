"""Who may open a connection: refused before the upgrade, with a time to come back."""

import asyncio

from starlette.types import Message, Receive, Scope, Send

from server.kit.run.gate import NEW_PER_SECOND, Gate


class Inside:
    """An application that holds every connection until it is let go."""

    def __init__(self) -> None:
        """Hold."""
        self.let_go = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Be connected."""
        await self.let_go.wait()
        await send({"type": "websocket.close", "code": 1000})


async def come(gate: Gate, kind: str = "websocket", path: str = "/ws") -> list[Message]:
    """Ask to come in. Returns what was answered."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await gate({"type": kind, "path": path}, receive, send)
    return sent


async def test_as_many_as_there_is_room_for() -> None:
    inside = Inside()
    gate = Gate(inside, most=2, monotonic=lambda: 1.0)
    here = [asyncio.create_task(come(gate)) for _ in range(2)]
    while gate.open < 2:
        await asyncio.sleep(0)
    refused = await come(gate)
    assert refused[0]["status"] == 503
    assert 5 <= int(dict(refused[0]["headers"])[b"retry-after"]) <= 15
    inside.let_go.set()
    assert [sent[0]["type"] for sent in await asyncio.gather(*here)] == ["websocket.close"] * 2
    assert gate.open == 0
    assert (await come(gate))[0]["type"] == "websocket.close"


async def test_nobody_while_the_server_leaves_but_pages_go_on() -> None:
    inside = Inside()
    inside.let_go.set()
    gate = Gate(inside, most=2, stays=("/sse",))
    gate.closed = True
    assert (await come(gate))[0]["type"] == "websocket.http.response.start"
    assert (await come(gate, "http", "/chat/sse"))[0]["type"] == "http.response.start"
    assert (await come(gate, "http", "/tips"))[0]["type"] == "websocket.close"


async def test_not_more_at_once_than_can_be_greeted() -> None:
    inside = Inside()
    inside.let_go.set()
    gate = Gate(inside, most=10_000, monotonic=lambda: 1.0)
    answers = [await come(gate) for _ in range(NEW_PER_SECOND + 1)]
    assert [sent[0]["type"] == "websocket.close" for sent in answers] == [True] * NEW_PER_SECOND + [False]


async def test_a_load_test_may_come_all_at_once() -> None:
    inside = Inside()
    inside.let_go.set()
    for paced, refused in ((True, 5), (False, 0)):
        gate = Gate(inside, most=2, monotonic=lambda: 1.0, paced=paced)
        answers = [(await come(gate))[0]["type"] for _ in range(NEW_PER_SECOND + 5)]
        assert answers.count("websocket.http.response.start") == refused
