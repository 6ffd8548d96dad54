"""A room where much is said, on a phone: what a screen reader hears, how fast presses answer, what the page keeps."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

import pytest
import uvicorn
from playwright.async_api import Browser, CDPSession, Page, expect

from server.app import Moi
from server.kit.limits import Limits
from server.kit.run.server import config
from server.kit.runtime import Runtime
from server.visitors import service as visitors
from tests.browser.person import PHONE
from tests.cast import a_group, guest, say
from tests.chromium import chromium, go
from web import build

pytestmark = pytest.mark.browser

MOST_ANNOUNCED: Final = 6
INP_MS: Final = 200
TRIES: Final = 3
"""Other work on the machine can only make a press slower; one quiet try shows what the page needs."""
HEAP_BYTES: Final = 60 * 1024 * 1024
HOUR: Final = 3600
TOGETHER: Final = 100
HEARD = """() => {
  window.heard = [];
  const place = document.querySelector("[data-announce-place]");
  new MutationObserver(() => place.textContent && window.heard.push([Date.now(), place.textContent]))
    .observe(place, { childList: true, characterData: true, subtree: true });
}"""
PRESSES = """() => {
  window.presses = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.interactionId) window.presses.push([entry.name, entry.duration]);
  }).observe({ type: "event", durationThreshold: 16, buffered: true });
}"""


@dataclass
class Busy:
    """A room with its page, and many people who say things."""

    page: Page
    speak: Callable[[int], Awaitable[None]]
    session: CDPSession


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium."""
    async with chromium() as made:
        yield made


@pytest.fixture
async def busy(browser: Browser, rt: Runtime) -> AsyncIterator[Busy]:
    """A phone in a group, served from here, where twenty people talk without a limit."""
    assert build.main([]) == 0
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        origin = f"http://localhost:{listener.getsockname()[1]}"
        settings = replace(rt.settings, public_url=origin, team_url=origin, booking_url=origin)
        rt = replace(rt, settings=settings, limits=Limits(enabled=False))
        server = uvicorn.Server(config(Moi(rt), lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        room_id = await a_group(rt)
        token, _ = await visitors.begin(rt, "Stille Wulp")
        context = await browser.new_context(base_url=origin, viewport=PHONE, locale="nl-NL")
        await context.add_cookies([{"name": "moi", "value": token, "url": origin}])
        page = await context.new_page()
        await page.clock.install()
        await go(page, f"{origin}/groepen/{room_id}")
        yield Busy(page, await _speakers(rt, room_id), await context.new_cdp_session(page))
        await context.close()
        server.should_exit = True
        await serving


async def _speakers(rt: Runtime, room_id: str) -> Callable[[int], Awaitable[None]]:
    people = [(await guest(rt, f"Wandelaar {letter}")).in_group(rt, room_id) for letter in "abcdefghijklmnopqrst"]

    async def speak(number: int) -> None:
        text = f"Gedachte {number} van vandaag: thee op de dijk, en daarna rustig naar huis door het dorp"
        await say(rt, people[number % len(people)], room_id, text)

    return speak


async def reached(page: Page, number: int) -> None:
    """Wait until a message stands in the page."""
    await expect(page.locator("[data-list] .message").last).to_contain_text(f"Gedachte {number} van")


async def test_sixty_messages_a_minute_are_told_six_times(busy: Busy) -> None:
    """Two minutes of it, on a clock that the test moves (ux-spec 6, Announcements)."""
    page = busy.page
    await page.evaluate(HEARD)
    for number in range(120):
        await busy.speak(number)
        await reached(page, number)
        await page.clock.run_for(1000)
    heard: list[tuple[int, str]] = await page.evaluate("window.heard")
    times = [at for at, _ in heard]
    most = max(sum(start <= at < start + 60_000 for at in times) for start in times)
    print(f"\n{len(heard)} announcements in two minutes, at most {most} in one: {heard[1][1]}")
    assert 6 <= len(heard) <= 12
    assert most <= MOST_ANNOUNCED
    assert all(re.fullmatch(r"\d+ nieuwe berichten|Wandelaar . ?: .*", words) for _, words in heard)


async def test_who_chose_silence_hears_nothing_and_who_chose_all_hears_all(busy: Busy) -> None:
    page = busy.page
    for wish, expected in (("uit", 0), ("alles", 5)):
        await page.goto(page.url.split("/groepen")[0] + "/mijn")
        await page.locator(f"input[name=melden][value={wish}]").check()
        await page.get_by_role("button", name="Bewaar voor dit bezoek").click()
        await page.locator("main").get_by_role("link", name="Groepen").click()
        await page.get_by_role("link", name=re.compile("^Ga naar binnen: De Huiskamer")).click()
        await page.locator("html[data-started]").wait_for(state="attached")
        await page.evaluate(HEARD)
        for number in range(5):
            await busy.speak(1000 + number)
            await reached(page, 1000 + number)
            await page.clock.run_for(1000)
        assert len(await page.evaluate("window.heard")) == expected


HIDE = """hidden => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


async def test_who_comes_back_after_a_minute_finds_the_line(busy: Busy) -> None:
    """The view stands where it was; the button leads to the line, and by keyboard to the first unread message."""
    page = busy.page
    for number in range(12):
        await busy.speak(number)
    await reached(page, 11)
    await page.evaluate(HIDE, True)
    for number in range(12, 18):
        await busy.speak(number)
    await reached(page, 17)
    await page.clock.run_for(61_000)
    await page.evaluate(HIDE, False)
    line = page.locator(".unread-line")
    await expect(line).to_have_count(1)
    assert await line.evaluate("line => line.nextElementSibling.textContent.includes('Gedachte 12 ')")
    jump = page.locator("[data-jump] button")
    await expect(jump).to_have_text("6 nieuwe berichten")
    await jump.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-list] .message", has_text="Gedachte 12 ")).to_be_focused()
    await page.clock.run_for(2000)
    await expect(jump).not_to_have_text("6 nieuwe berichten")
    await page.get_by_label("Je bericht").fill("Ik ben er weer, fijn om te lezen")
    await page.get_by_role("button", name="Verstuur").click()
    await expect(line).to_have_count(0)


async def test_a_short_look_elsewhere_changes_nothing(busy: Busy) -> None:
    page = busy.page
    await page.evaluate(HIDE, True)
    for number in range(8):
        await busy.speak(number)
    await reached(page, 7)
    await page.clock.run_for(10_000)
    await page.evaluate(HIDE, False)
    left = "log => log.scrollHeight - log.scrollTop - log.clientHeight"
    assert await page.locator("[data-log]").evaluate(left) <= 2
    await expect(page.locator("[data-jump]")).to_be_hidden()
    await expect(page.locator(".unread-line")).to_have_count(0)


@pytest.mark.alone
async def test_presses_answer_on_a_slow_phone_with_three_hundred_messages(busy: Busy) -> None:
    """300 messages in the page, a processor six times slower, and the talk goes on meanwhile (ux-spec 13)."""
    page = busy.page
    await page.clock.resume()
    for number in range(310):
        await busy.speak(number)
    await reached(page, 309)
    assert await page.locator("[data-list] .message").count() == 300
    assert await page.evaluate("document.documentElement.scrollHeight") < 2500
    await page.evaluate(PRESSES)
    await busy.session.send("Emulation.setCPUThrottlingRate", {"rate": 6})
    worst = [await _worst_press(busy, 0)]
    while min(worst)[0] > INP_MS and len(worst) < TRIES:  # what else the machine does only ever makes it slower
        worst.append(await _worst_press(busy, len(worst)))
    await busy.session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    print(f"\nslowest presses with 300 messages and 6x slower: {worst}")
    assert min(duration for duration, _ in worst) <= INP_MS


async def _worst_press(busy: Busy, attempt: int) -> tuple[float, str]:
    page = busy.page
    await page.evaluate("window.presses.length = 0")
    await busy.speak(400 + attempt)
    await page.get_by_label("Je bericht").click()
    await page.keyboard.type("Fijn, thee")
    await busy.speak(500 + attempt)
    await page.get_by_role("button", name="Verstuur").click()
    more = page.locator("[data-list] .message--other [data-more]").last
    await more.click()
    await page.locator(".message__deeds").get_by_role("button", name="Sterkte").click()
    await page.locator("[data-answer]:visible").last.click()
    await page.locator("[data-answer-stop]").click()
    await expect(page.locator("[data-answering]")).to_be_hidden()
    await page.wait_for_function("window.presses.length > 3")
    found: list[tuple[str, float]] = await page.evaluate("window.presses")
    duration, name = max((duration, name) for name, duration in found)
    return duration, name


async def test_an_hour_in_a_busy_room_keeps_little(busy: Busy) -> None:
    """Sixty a minute for an hour, in a page that shows three hundred at most."""
    page = busy.page
    await page.clock.resume()
    await busy.session.send("Performance.enable")
    for first in range(0, HOUR, TOGETHER):
        await asyncio.gather(*(busy.speak(number) for number in range(first, first + TOGETHER)))
        await page.locator(f"[data-list] [data-seq='{first + TOGETHER}']").wait_for(state="attached")
    await busy.session.send("HeapProfiler.collectGarbage")
    found = await busy.session.send("Performance.getMetrics")
    metrics = {one["name"]: one["value"] for one in found["metrics"]}
    print(f"\nheap after an hour: {metrics['JSHeapUsedSize'] / 2**20:.1f} MB, {metrics['Nodes']:.0f} nodes")
    assert await page.locator("[data-list] .message").count() == 300
    assert metrics["JSHeapUsedSize"] <= HEAP_BYTES
