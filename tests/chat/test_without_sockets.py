"""Where WebSockets are blocked on the way, the page finds another way by itself; in a real browser."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from server.app import Moi
from server.kit.runtime import Runtime
from server.visitors import service as visitors
from tests.cast import a_group, guest, say
from tests.chromium import chromium, go
from tests.serving import served
from web import text

pytestmark = pytest.mark.browser


class Between:
    """What stands between browser and server: no WebSockets get through, and streams are held back if it says so."""

    app: Moi

    def __init__(self, *, holds_streams: bool, lets_sockets_in: bool = False) -> None:
        """Say what gets through."""
        self.holds_streams, self.lets_sockets_in = holds_streams, lets_sockets_in
        self.asked: set[str] = set()

    def before(self, app: Moi) -> "Between":
        """Stand before the application."""
        self.app = app
        return self

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Let through what may."""
        self.asked.add(scope["path"].rsplit("/", 1)[-1])
        if scope["type"] == "websocket" and not self.lets_sockets_in:
            await send({"type": "websocket.close", "code": 1000})
            return

        async def held(message: Any) -> None:
            if not (self.holds_streams and scope["path"].endswith("/sse")):
                await send(message)

        await self.app(scope, receive, held)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium."""
    async with chromium() as made:
        yield made


async def in_room(browser: Browser, origin: str, token: str, room_id: str) -> Page:
    """Sit down in a group with a visit that has begun."""
    context = await browser.new_context(base_url=origin)
    await context.add_cookies([{"name": "moi", "value": token, "url": origin, "sameSite": "Strict", "httpOnly": True}])
    page = await context.new_page()
    await go(page, f"/groepen/{room_id}")
    return page


@pytest.mark.parametrize(("holds_streams", "way"), [(False, "sse"), (True, "poll")])
async def test_the_page_finds_another_way(browser: Browser, rt: Runtime, holds_streams: bool, way: str) -> None:
    """Words come and go, each once, without anybody being asked or told."""
    between = Between(holds_streams=holds_streams)
    async with served(rt, between.before) as door:
        room_id = await a_group(rt)
        token, _ = await visitors.begin(rt, "Stille Wulp")
        page = await in_room(browser, door.origin, token, room_id)
        log = page.get_by_role("log")
        await page.get_by_label("Je bericht").fill("Is hier iemand?")
        await page.get_by_role("button", name="Verstuur").click()
        own = log.locator(".message", has_text="Is hier iemand?")
        await expect(own).to_have_attribute("data-message", re.compile("[0-9a-f]{32}"), timeout=60_000)
        await say(rt, (await guest(rt, "Daan")).in_group(rt, room_id), room_id, "Ja, ik ben er")
        await expect(log.locator(".message", has_text="Ja, ik ben er")).to_have_count(1, timeout=60_000)
        await expect(own).to_have_count(1)
        assert {"frame", way} <= between.asked
        await page.context.close()


@pytest.mark.parametrize(("lets_sockets_in", "holds_streams"), [(True, False), (False, False), (False, True)])
async def test_the_page_says_what_does_not_work_and_no_longer_when_it_does(
    browser: Browser, rt: Runtime, lets_sockets_in: bool, holds_streams: bool
) -> None:
    """Over every transport, the worst first; also to who comes meanwhile, and without anybody loading the page."""
    between = Between(holds_streams=holds_streams, lets_sockets_in=lets_sockets_in)
    async with served(rt, between.before) as door:
        room_id, hub = await a_group(rt), between.app.hub
        token, _ = await visitors.begin(rt, "Stille Wulp")
        hub.announce("druk", on=True)
        page = await in_room(browser, door.origin, token, room_id)
        bar = page.locator("[data-connection-impaired]")
        await expect(bar).to_have_text(text("storing.druk"), timeout=60_000)
        hub.announce("opslag", on=True)
        await expect(bar).to_have_text(text("storing.opslag"))
        hub.announce("opslag", on=False)
        await expect(bar).to_have_text(text("storing.druk"))
        hub.announce("druk", on=False)
        await expect(bar).to_be_hidden()
        await page.context.close()
