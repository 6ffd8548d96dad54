"""One server and one Chromium for all journeys."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Browser

from tests.browser.album import Album
from tests.browser.house import House
from tests.browser.neutral import neutral_site
from tests.browser.person import PHONE, Person, person
from tests.chromium import chromium
from tests.faults.server import ROOT, Server
from web import build

Comes = Callable[..., Awaitable[Person]]


@pytest.fixture(scope="module")
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
    """One Chromium for all of them."""
    async with chromium() as made:
        yield made


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
