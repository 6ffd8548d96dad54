"""Somebody at a browser of their own, and what is noted of everything the browser does."""

import asyncio
import re
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Request,
    ViewportSize,
    WebError,
    expect,
)

from tests.browser.house import ADDRESS, TRAVELLER, House
from tests.chromium import PATIENCE_MS, started
from tests.pages import TITLES

PHONE: ViewportSize = {"width": 360, "height": 740}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
REFUSAL = re.compile(r"^Failed to load resource: the server responded with a status of (403|409|422|429)")
"""What Chromium says of a form that came back with an error: the page is the answer."""
STORAGE = """async () => [
  Object.keys(localStorage), Object.keys(sessionStorage), (await indexedDB.databases()).map((one) => one.name),
  "caches" in window ? await caches.keys() : [], (await navigator.serviceWorker?.getRegistrations() ?? []).length,
]"""


class Watch:
    """Notes where a browser goes, whom it asks and what it complains of."""

    def __init__(self, context: BrowserContext, house: House) -> None:
        """Listen to one context."""
        self.origin, self.neutral = house.origin, house.neutral.origin
        self.elsewhere: list[str] = []
        self.complaints: list[str] = []
        self.addresses: set[str] = set()
        context.on("request", self._asked)
        context.on("console", self._said)
        context.on("weberror", self._failed)

    def _asked(self, request: Request) -> None:
        if request.url.startswith(self.origin):
            self.addresses.add(request.url)
        elif not self._left(request):
            self.elsewhere.append(request.url)

    def _left(self, request: Request) -> bool:
        """Say whether this is somebody leaving for the weather, and what a browser asks of a page by itself."""
        own = request.is_navigation_request() or request.url.endswith("/favicon.ico")
        return request.url.startswith(self.neutral) and own

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not REFUSAL.match(message.text):
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def _failed(self, error: WebError) -> None:
        self.complaints.append(str(error.error))


class Person:
    """One person of the cast with a context of their own."""

    def __init__(self, house: House, context: BrowserContext, page: Page, size: ViewportSize, *, script: bool) -> None:
        """Sit down; nothing is opened yet."""
        self.house, self.context, self.page, self.size, self.script = house, context, page, size, script
        self.watch = Watch(context, house)

    async def open(self, path: str) -> None:
        """Go to a page of the site."""
        await self.page.goto(self.house.origin + path)
        await self.started()

    async def heading(self, words: str | re.Pattern[str]) -> None:
        """Wait for a page with this h1."""
        await expect(self.page.get_by_role("heading", level=1)).to_have_text(words)
        await self.started()

    async def started(self) -> None:
        """Wait until the scripts of the page are at work, if there are any."""
        if self.script:
            await started(self.page)

    def button(self, name: str | re.Pattern[str]) -> Locator:
        """Return a button by what it says."""
        return self.page.get_by_role("button", name=name, exact=isinstance(name, str))

    def link(self, name: str | re.Pattern[str]) -> Locator:
        """Return a link of the page itself, not of what stands around it."""
        return self.page.locator("main").get_by_role("link", name=name, exact=isinstance(name, str))

    async def press(self, name: str | re.Pattern[str]) -> None:
        """Press the button."""
        await self.button(name).click()

    async def follow(self, name: str | re.Pattern[str]) -> None:
        """Follow the link."""
        await self.link(name).click()

    async def choose(self, words: str | re.Pattern[str]) -> None:
        """Tick a radio or a checkbox by its label."""
        await self.page.locator("label", has_text=words).first.click()

    async def sees(self, words: str | re.Pattern[str]) -> None:
        """Wait until these words can be read on the page."""
        await expect(self.page.locator("main").get_by_text(words).filter(visible=True).first).to_be_visible()
        await self.started()

    async def does_not_see(self, words: str) -> None:
        """Check that the whole page, hidden parts too, is without these words."""
        assert words not in await self.page.content()

    async def download(self, link: str) -> bytes:
        """Follow a link to a file. Returns what is in it."""
        async with self.page.expect_download() as waiting:
            await self.follow(link)
        return await asyncio.to_thread(Path(await (await waiting.value).path()).read_bytes)

    async def keeps_nothing(self) -> None:
        """Check what the browser stores, and the title."""
        local, session, databases, caches, workers = await self.page.evaluate(STORAGE)
        assert (local, databases, caches, workers) == ([], [], [], 0)
        assert set(session) <= {"tekst"}, session
        assert (await self.page.title()).removeprefix("Fout: ") in TITLES

    async def note_cookies(self) -> None:
        """Count the present cookies among the words that may be found nowhere."""
        for cookie in await self.context.cookies():
            self.house.said(str(cookie.get("value", "")))

    def behaved(self) -> None:
        """Check that no other site was asked, nothing was complained of, and no word stood in an address."""
        assert self.watch.elsewhere == []
        assert self.watch.complaints == []
        addresses = {unquote(url).replace("+", " ").lower() for url in self.watch.addresses}
        found = [(word, url) for word in self.house.words for url in addresses if word.lower() in url]
        assert found == []

    async def leave(self) -> None:
        """Check the browser once more and close it."""
        self.behaved()
        with suppress(
            Error
        ):  # a page that is on its way elsewhere is let arrive: closing it meanwhile can wait for ever
            await self.page.wait_for_load_state("load")
        await asyncio.wait_for(self.context.close(), PATIENCE_MS / 1000)


async def person(browser: Browser, house: House, size: ViewportSize = PHONE, *, script: bool = True) -> Person:
    """Return somebody with a fresh browser. script: False switches JavaScript off."""
    context = await browser.new_context(
        viewport=size,
        java_script_enabled=script,
        user_agent=f"Mozilla/5.0 (X11; Linux x86_64) Chromium {TRAVELLER}",
        locale="nl-NL",
        reduced_motion="reduce",
        extra_http_headers={"X-Forwarded-For": ADDRESS},
    )
    context.set_default_timeout(PATIENCE_MS)
    return Person(house, context, await context.new_page(), size, script=script)
