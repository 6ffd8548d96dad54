"""Talking where WebSockets are blocked: the same words, over a stream or by asking again and again, and by form."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest

from server.chat.protocol import Place
from server.chat.stream import LONGEST_WAIT, as_text
from server.kit.errors import Invalid
from server.kit.runtime import Runtime
from server.visitors import service as visitors
from tests.cast import a_group
from tests.serving import served


class Page:
    """A page of somebody in a room, without WebSocket."""

    def __init__(self, client: httpx.AsyncClient, room: str, csrf: str) -> None:
        """Nothing is known yet."""
        self.client, self.room, self.csrf = client, room, csrf
        self.pos = ""
        self.frames: list[dict[str, Any]] = []

    async def ask(self, kind: str, **values: Any) -> list[dict[str, Any]]:
        """Send one frame by form. Returns the answers."""
        text = orjson.dumps({"t": kind, "ref": "1", "room": self.room} | values)
        return (await self.post(text)).json()["frames"]  # type: ignore[no-any-return]

    async def post(self, content: bytes, **headers: str) -> httpx.Response:
        """Send a body."""
        given = {"content-type": "application/json", "x-csrf": self.csrf} | headers
        return await self.client.post("/chat/v1/frame", content=content, headers=given)

    async def say(self, text: str, client_id: str = "") -> dict[str, Any]:
        """Say something. Returns the answer."""
        return (await self.ask("send", client_id=client_id or str(uuid.uuid4()), text=text))[0]

    async def arrive(self) -> None:
        """Learn where the room is now."""
        joined = (await self.ask("join"))[0]
        self.pos = as_text({self.room: Place(joined["epoch"], joined["last_seq"] + 1)})

    async def poll(self, wait: int = 25) -> list[dict[str, Any]]:
        """Ask once for what is new, without the frames that only greet."""
        answer = await self.client.get(f"/chat/v1/poll?wait={wait}", headers={"last-event-id": self.pos})
        self.pos = answer.json()["pos"]
        return [each for each in answer.json()["frames"] if each["t"] not in ("welcome", "resumed", "ping")]

    @asynccontextmanager
    async def stream(self) -> AsyncIterator[AsyncIterator[tuple[str, str]]]:
        """Give the fields of the event stream."""
        async with self.client.stream("GET", "/chat/v1/sse", headers={"last-event-id": self.pos}) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["cache-control"] == "no-store"
            yield self._fields(answer)

    async def _fields(self, answer: httpx.Response) -> AsyncIterator[tuple[str, str]]:
        async for line in answer.aiter_lines():
            name, colon, value = line.partition(": ")
            if colon:
                if name == "id":
                    self.pos = value
                yield name, value


async def message_on(fields: AsyncIterator[tuple[str, str]]) -> dict[str, Any]:
    """Return the next message of a stream, once its position is known."""
    found: dict[str, Any] | None = None
    async for name, value in fields:
        if name == "data" and (frame := orjson.loads(value))["t"] == "message":
            found = frame
        if name == "id" and found is not None:
            return found
    raise AssertionError("the stream ended")


@pytest.fixture
async def room(rt: Runtime) -> AsyncIterator[tuple[Any, str]]:
    """Serve the application; gives a way to come in and a group."""
    group, clients = await a_group(rt), []
    async with served(rt) as door:

        async def come(name: str) -> Page:
            token, visit = await visitors.begin(rt, name)
            headers = {"origin": door.origin, "cookie": f"moi={token}", "accept": "application/json"}
            clients.append(httpx.AsyncClient(base_url=door.origin, headers=headers, timeout=40))
            page = Page(clients[-1], group, visit.csrf)
            await page.arrive()
            return page

        yield come, group
        for client in clients:
            await client.aclose()


async def test_words_come_by_long_poll_once_and_in_order(room: Any) -> None:
    come, _ = room
    merel, daan, bo = [await come(name) for name in ("Merel", "Daan", "Bo")]
    waiting = asyncio.create_task(merel.poll())
    assert (await daan.say("Hallo"))["state"] == "placed"
    assert [each["text"] for each in await waiting] == ["Hallo"]
    assert (await bo.say("Dag"))["seq"] == 2
    assert [each["text"] for each in await merel.poll()] == ["Dag"]
    assert await merel.poll(wait=0) == []


async def test_a_poll_answers_at_once_when_what_does_not_work_changed_since_the_one_before(room: Any) -> None:
    come, _ = room
    merel = await come("Merel")
    async with asyncio.timeout(LONGEST_WAIT / 2):
        asked = "/chat/v1/poll?wait=25&stand=opslag"
        answer = await merel.client.get(asked, headers={"last-event-id": merel.pos})
    assert [each["degraded"] for each in answer.json()["frames"] if each["t"] == "welcome"] == [[]]


async def test_words_come_by_stream_and_it_goes_on_where_it_broke_off(room: Any) -> None:
    come, _ = room
    merel, daan, bo = [await come(name) for name in ("Merel", "Daan", "Bo")]
    async with merel.stream() as fields:
        await daan.say("Hallo")
        assert (await message_on(fields))["text"] == "Hallo"
    await bo.say("Dag")
    async with merel.stream() as fields:
        assert (await message_on(fields))["text"] == "Dag"


async def test_a_repeat_by_another_way_is_the_same_message(room: Any) -> None:
    come, _ = room
    daan = await come("Daan")
    key = str(uuid.uuid4())
    first, again = await daan.say("Hallo", key), await daan.say("Hallo", key)
    assert (first["seq"], again["seq"], again["dup"]) == (1, 1, True)
    other = (await daan.ask("send", client_id=key, text="Iets anders"))[0]
    assert (other["t"], other["code"]) == ("error", "sleutel_hergebruikt")


async def test_what_cannot_be_read_is_said_by_its_code(room: Any) -> None:
    come, _ = room
    daan = await come("Daan")
    assert (await daan.ask("dansen"))[0]["code"] == "onbekend_type"
    assert (await daan.post(b"{")).json()["frames"][0]["code"] == "ongeldig_bericht"
    assert (await daan.post(b"x" * 17_000)).json()["close"] == 1009
    assert (await daan.post(b"x" * 70_000)).status_code == 413
    assert (await daan.post(b"\xff")).status_code == 400
    assert (await daan.post(b"{}", **{"content-type": "text/plain"})).status_code == 415
    assert (await daan.post(b"{}", **{"x-csrf": "nee"})).json()["code"] == "csrf"
    for pos in ("%FF", "", "aGFsbG8="):
        assert (await daan.client.get(f"/chat/v1/poll?pos={pos}")).json()["code"] == Invalid.code
    unknown = (await daan.ask("send", room="f" * 32, client_id=str(uuid.uuid4()), text="hoi"))[0]
    assert unknown["code"] == "geen_toegang"


async def test_an_ended_visit_ends_the_stream(room: Any, rt: Runtime) -> None:
    come, _ = room
    daan = await come("Daan")
    async with daan.stream() as fields:
        assert (await anext(fields))[0] in ("data", "id")
        visit = await visitors.load(rt, daan.client.headers["cookie"].removeprefix("moi="))
        assert visit is not None
        await visitors.end(rt, visit)
        async for name, value in fields:
            if (name, value) == ("event", "close"):
                break
        assert await anext(fields) == ("data", "4401")
    assert (await daan.client.get("/chat/v1/poll")).status_code == 303


async def test_a_position_from_another_life_of_the_room_starts_anew(room: Any) -> None:
    come, group = room
    daan = await come("Daan")
    daan.pos = as_text({group: Place("0" * 8, 7)})
    assert [each["t"] for each in await daan.poll()] == ["resync"]
