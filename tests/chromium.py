"""The Chromium of all browser tests, and when a page in it is ready to be used."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from playwright.async_api import Browser, Page, async_playwright, expect

FLAGS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS: Final = 20_000
"""A slow machine gets this long for what a person sees at once; a newcomer's second message is sent a little later."""
READY: Final = "html[data-started], html:not(:has(script[type=module]))"


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Give Debian's Chromium, or the one MOI_TEST_CHROMIUM names."""
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as driver:
        path = os.environ.get("MOI_TEST_CHROMIUM", "/usr/bin/chromium")
        made = await driver.chromium.launch(executable_path=path, args=FLAGS)
        yield made
        await made.close()


async def started(page: Page) -> None:
    """Wait until every behaviour of the page has begun: their modules come after the load event."""
    await page.locator(READY).wait_for(state="attached", timeout=PATIENCE_MS)


async def go(page: Page, address: str) -> None:
    """Open a page and wait until it can be used."""
    await page.goto(address, wait_until="load")
    await started(page)
