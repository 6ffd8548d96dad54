"""One server and one Chromium for all journeys."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.browser.album import Album
from tests.browser.house import House
from tests.browser.neutral import neutral_site
from tests.browser.person import PHONE, Person, person
from tests.faults.server import ROOT, Server
from web import build

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 20_000
"""A newcomer's second message within ten seconds is sent by itself a little later."""
Comes = Callable[..., Awaitable[Person]]


@pytest.fixture(scope="session")
async def house() -> AsyncIterator[House]:
    """The demo, on a folder and ports of its own, with the limits that visitors meet."""
    assert build.main([]) == 0
    async with (
        neutral_site() as site,
        Server(MOI_MODE="demo", MOI_LIMITS="aan", MOI_NEUTRAL_URL=site.origin, MOI_PROOF_BITS="12") as server,
    ):
        await server.start()
        made = House(server, site)
        yield made
        assert made.troubles() == []


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, or the one MOI_TEST_CHROMIUM names."""
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as driver:
        path = os.environ.get("MOI_TEST_CHROMIUM", "/usr/bin/chromium")
        made = await driver.chromium.launch(executable_path=path, args=FLAGS)
        yield made
        await made.close()


@pytest.fixture
async def comes(browser: Browser, house: House) -> Comes:
    """Let somebody sit down at a browser of their own."""

    async def sit(**how: Any) -> Person:
        return await person(browser, house, how.pop("size", PHONE), **how)

    return sit


@pytest.fixture
def album() -> Album:
    """The pictures of a journey, in var/screens."""
    made = Album(ROOT / "var" / "screens")
    made.begin()
    return made
