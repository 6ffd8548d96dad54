"""Where WebSockets are blocked on the way, the page finds another way by itself; in a real browser."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
import uvicorn
from playwright.async_api import Browser, Page, expect

from server.app import Moi
from server.kit.run.server import config
from server.kit.runtime import Runtime
from server.visitors import service as visitors
from tests.cast import a_group, guest, say
from tests.chromium import chromium

pytestmark = pytest.mark.browser


class Between:
    """What stands between browser and server: no WebSockets get through, and streams are held back if it says so."""

    def __init__(self, app: Any, *, holds_streams: bool) -> None:
        """Stand before the application."""
        self.app, self.holds_streams = app, holds_streams
        self.asked: set[str] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Let through what may."""
        self.asked.add(scope["path"].rsplit("/", 1)[-1])
        if scope["type"] == "websocket":
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
    await page.goto(f"/groepen/{room_id}")
    return page


@asynccontextmanager
async def served(rt: Runtime, *, holds_streams: bool) -> AsyncIterator[tuple[Between, str]]:
    """Serve the application behind what stands between, and give its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        origin = f"http://localhost:{listener.getsockname()[1]}"
        settings = replace(rt.settings, public_url=origin, team_url=origin, booking_url=origin)
        between = Between(Moi(replace(rt, settings=settings)), holds_streams=holds_streams)
        server = uvicorn.Server(config(between, lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield between, origin
        finally:
            server.should_exit = True
            await serving


@pytest.mark.parametrize(("holds_streams", "way"), [(False, "sse"), (True, "poll")])
async def test_the_page_finds_another_way(browser: Browser, rt: Runtime, holds_streams: bool, way: str) -> None:
    """Words come and go, each once, without anybody being asked or told."""
    async with served(rt, holds_streams=holds_streams) as (between, origin):
        room_id = await a_group(rt)
        token, _ = await visitors.begin(rt, "Stille Wulp")
        page = await in_room(browser, origin, token, room_id)
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
