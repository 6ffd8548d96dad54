"""The achterwacht in a talk has the doors everybody has: a socket, a stream, asking again; and hears nothing else."""

import re
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from server.chat import service as chat
from server.chat.frames import Close
from server.chat.models import Room, RoomKind
from server.chat.speakers import team_in
from server.kit.ids import new_id
from server.kit.runtime import Runtime
from server.talks import colleagues, service, turns, waiting
from server.team import demo
from server.team.logins import Login, load
from server.team.permissions import Role
from tests.cast import Guest, a_group, colleague, draft, guest
from tests.chat.test_without_sockets import Between
from tests.chromium import chromium
from tests.faults.lines import Door, Frame, Gone, Line, PollLine, SseLine, WsLine
from tests.serving import served

LINES = [WsLine, SseLine, PollLine]
CLOSED = ("kamer_onbekend", "geen_toegang")


class Talk:
    """Merel talks with Sam; Femke was asked in and is there."""

    id: str
    merel: Guest
    sam: Login
    femke: Login
    row: dict[str, str]

    async def say(self, rt: Runtime, text: str) -> None:
        """Let Merel say something."""
        await service.say_as_visitor(rt, self.merel.visit, self.id, str(uuid.uuid4()), text)

    async def open(self, line: Line, door: Door) -> Line:
        """Let Femke's page connect."""
        hello = {"t": "hello", "v": 1, "csrf": self.row["csrf"], "tab": "een", "resume": []}
        await line.open(door, self.row, "/team/chat/v1/ws", hello)
        return line


@pytest.fixture
async def talk(rt: Runtime) -> Talk:
    """A talk with an achterwacht."""
    made = Talk()
    made.merel, made.sam = await guest(rt, "Merel"), await colleague(rt)
    made.id = await waiting.ask(rt, made.merel.visit, "")
    await turns.claim(rt, made.sam)
    await waiting.begin(rt, made.merel.visit)
    (row,) = await demo.sign_in_for_tests(rt, Role.PROFESSIONAL, 1)
    made.row = {**row, "role": "professional"}
    femke = await load(rt, row["cookie"])
    assert femke is not None
    made.femke = femke
    await colleagues.ring_backup(rt, made.sam, made.id)
    await colleagues.answer_ring(rt, made.femke, made.id)
    await colleagues.answer_backup(rt, made.merel.visit, yes=True)
    return made


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium."""
    async with chromium() as made:
        yield made


async def answer(line: Line, **asked: Any) -> Frame:
    """Return the answer to one frame."""
    ref = uuid.uuid4().hex[:8]
    await line.say(asked | {"ref": ref})
    while (heard := await line.hear()).get("ref") != ref:
        pass
    return heard


async def message(line: Line, text: str) -> Frame:
    """Wait for a message."""
    while (heard := await line.hear()).get("text") != text:
        pass
    return heard


@pytest.mark.parametrize("kind", LINES)
async def test_words_go_and_come_over_every_door(rt: Runtime, talk: Talk, kind: Callable[[], Line]) -> None:
    async with served(rt) as door:
        line = await talk.open(kind(), door)
        assert (await answer(line, t="join", room=talk.id))["t"] == "ok"
        await talk.say(rt, "Fijn dat je er ook bent")
        assert (await message(line, "Fijn dat je er ook bent"))["author"]["role"] is None
        said = await answer(line, t="send", room=talk.id, client_id=str(uuid.uuid4()), text="Ik denk graag mee")
        assert said["state"] == "placed"
        await line.close()


@pytest.mark.parametrize("kind", LINES)
async def test_groups_kringen_and_other_talks_stay_closed(rt: Runtime, talk: Talk, kind: Callable[[], Line]) -> None:
    circle, group = new_id(), await a_group(rt)
    async with rt.stores.vluchtig.transaction() as tx:
        tx.add(Room(id=circle, kind=RoomKind.KRING, theme="wachten"))
    bo, other = await guest(rt, "Bo"), await colleague(rt)
    await waiting.ask(rt, bo.visit, "")
    elsewhere = await turns.claim(rt, other)
    async with served(rt) as door:
        line = await talk.open(kind(), door)
        for room in (circle, group, elsewhere):
            for asked in ({"t": "join"}, {"t": "send", "client_id": str(uuid.uuid4()), "text": "Hallo"}):
                assert (await answer(line, room=room, **asked))["code"] in CLOSED, (room, asked)
        await line.close()


@pytest.mark.parametrize("kind", [SseLine, PollLine])
async def test_who_went_out_hears_no_more(rt: Runtime, talk: Talk, kind: Callable[[], Line]) -> None:
    async with served(rt) as door:
        line = await talk.open(kind(), door)
        await answer(line, t="join", room=talk.id)
        await talk.say(rt, "Nog even samen")
        await message(line, "Nog even samen")
        await colleagues.leave_as_backup(rt, talk.femke, talk.id)
        await talk.say(rt, "Nu zijn we weer met twee")
        try:
            refused = await answer(line, t="send", room=talk.id, client_id=str(uuid.uuid4()), text="Ben ik er nog?")
            code = refused["code"]
        except Gone as gone:  # who hears no room any more is told so, and that may come first
            code = gone.code
        assert code in (*CLOSED, Close.NOT_ALLOWED)
        await line.close()
        again = await talk.open(kind(), door)
        assert (await answer(again, t="join", room=talk.id))["code"] in CLOSED
        await again.close()


@pytest.mark.browser
@pytest.mark.parametrize(("holds_streams", "way"), [(False, "sse"), (True, "poll")])
async def test_the_page_of_the_achterwacht_finds_another_way(
    browser: Browser, rt: Runtime, talk: Talk, holds_streams: bool, way: str
) -> None:
    between = Between(holds_streams=holds_streams)
    async with served(rt, between.before) as door:
        context = await browser.new_context(base_url=door.origin)
        cookie = talk.row["cookie"]
        await context.add_cookies([{"name": "moi-team", "value": cookie, "url": door.origin, "httpOnly": True}])
        page = await context.new_page()
        await page.goto(f"/team/achterwacht/{talk.id}")
        log = page.get_by_role("log")
        await page.get_by_label("Je bericht").fill("Ik denk graag mee")
        await page.get_by_role("button", name="Verstuur").click()
        own = log.locator(".message", has_text="Ik denk graag mee")
        await expect(own).to_have_attribute("data-message", re.compile("[0-9a-f]{32}"), timeout=60_000)
        await talk.say(rt, "Fijn dat je er ook bent")
        await chat.send(rt, team_in(talk.sam, talk.id), draft(talk.id, "Samen komen we verder"))
        for words in ("Fijn dat je er ook bent", "Samen komen we verder", "Ik denk graag mee"):
            await expect(log.locator(".message", has_text=words)).to_have_count(1, timeout=60_000)
        assert {"frame", way} <= between.asked
        await context.close()
