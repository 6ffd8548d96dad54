"""What scripts add to a visit, in a real browser: the work before a return, and the warning before a visit ends."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import uvicorn
from playwright.async_api import BrowserContext, Page, expect

from server.app import Moi
from server.kit.runtime import Runtime
from server.visitors import returning, service
from tests.chromium import chromium, go, started

pytestmark = pytest.mark.browser


@asynccontextmanager
async def served(rt: Runtime) -> AsyncIterator[str]:
    """Serve the application on a free port and give its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        origin = f"http://localhost:{listener.getsockname()[1]}"
        settings = replace(rt.settings, public_url=origin, team_url=origin, booking_url=origin)
        app = Moi(replace(rt, settings=settings))
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="critical"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield origin
        server.should_exit = True
        await serving


@pytest.fixture
async def page(rt: Runtime) -> AsyncIterator[Page]:
    """A page whose clock stands still until it is told."""
    async with chromium() as browser, served(rt) as origin:
        context: BrowserContext = await browser.new_context(base_url=origin)
        yield await context.new_page()
        await context.close()


async def test_script_does_the_work_while_somebody_types(page: Page, rt: Runtime) -> None:
    """No waiting page: the words bring Merel back at once."""
    _, merel = await service.begin(rt, "Stille Wulp")
    words = await returning.make_phrase(rt, merel)
    await page.clock.set_system_time(rt.clock.now())
    await go(page, "/terugkomen")
    await page.get_by_label("Je 6 woorden").fill(" ".join(words))
    await page.get_by_role("button", name="Kom terug").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Mijn plek")


async def test_old_work_is_renewed(page: Page, rt: Runtime) -> None:
    """A page that stood open for an hour asks for new work by itself."""
    _, merel = await service.begin(rt, "Stille Wulp")
    words = await returning.make_phrase(rt, merel)
    await page.clock.set_system_time(rt.clock.now())
    await go(page, "/terugkomen")
    await page.eval_on_selector("[name=bewijs]", "field => { field.value = 'a.1.0.1.' + 'b'.repeat(32) }")
    await page.get_by_label("Je 6 woorden").fill(" ".join(words))
    await page.get_by_role("button", name="Kom terug").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Mijn plek")


async def test_warning_comes_before_the_end_and_one_press_stays(page: Page, rt: Runtime) -> None:
    """Five minutes before two hours; afterwards it is gone and the visit goes on."""
    await page.clock.install(time=rt.clock.now())
    await page.goto("/begin/naam?naar=mijn")
    await page.get_by_role("radio").first.check()
    await page.get_by_role("button", name="Ga verder").click()
    await page.get_by_label("Ik doe mee met deze regels").check()
    await page.get_by_role("button", name="Begin").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Mijn plek")
    await started(page)
    warning = page.get_by_role("alert").filter(has_text="Ben je er nog?")
    await expect(warning).to_be_hidden()
    await page.clock.fast_forward("01:55:01")
    await expect(warning).to_be_visible()
    await page.get_by_role("button", name="Ik ben er nog").click()
    await expect(warning).to_be_hidden()
