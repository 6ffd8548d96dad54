"""The reading pages in a real browser: accessible, light, quick to leave."""

from collections.abc import AsyncIterator
from typing import Literal

import pytest
from playwright.async_api import Browser, BrowserContext, Dialog, Page, Request, ViewportSize, expect

from server.info import articles
from tests.chromium import go
from tests.web.conftest import NEUTRAL, Reading
from web.packages import NODE_MODULES

pytestmark = pytest.mark.browser

AXE = (NODE_MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TIP = f"/tips/{next(iter(articles.tips()))}"
EXERCISE = next(f"/tips/{code}" for code, tip in articles.tips().items() if tip.kind == "adem")
WORKSHEET = next(f"/tips/{code}" for code, tip in articles.tips().items() if tip.kind == "steunplan")
PAGES = [
    "/",
    "/tips",
    TIP,
    EXERCISE,
    WORKSHEET,
    "/privacy",
    "/contact",
    "/nood",
    "/team/onderdelen",
    "/en/",
    "/en/tips",
]
PHONE: ViewportSize = {"width": 360, "height": 740}
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
KIB = 1024


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    made = await browser.new_context(viewport=PHONE)
    await made.route(f"{NEUTRAL}**", lambda route: route.fulfill(body="<title>Weer</title>", content_type="text/html"))
    yield made
    await made.close()


@pytest.fixture
async def page(context: BrowserContext) -> Page:
    return await context.new_page()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
async def test_axe_finds_nothing(
    browser: Browser, reading: tuple[str, Reading], scheme: Literal["light", "dark"], size: ViewportSize
) -> None:
    origin, _ = reading
    context = await browser.new_context(viewport=size, color_scheme=scheme, bypass_csp=True)
    page = await context.new_page()
    for path in PAGES:
        await go(page, origin + path)
        await page.evaluate(AXE)
        found = await page.evaluate("tags => axe.run({runOnly: {type: 'tag', values: tags}})", TAGS)
        assert [(v["id"], v["nodes"][0]["html"]) for v in found["violations"]] == [], path
    await context.close()


@pytest.mark.parametrize("path", PAGES)
async def test_nothing_slides_sideways_at_400_percent(
    browser: Browser, reading: tuple[str, Reading], path: str
) -> None:
    context = await browser.new_context(viewport={"width": 320, "height": 256})
    page = await context.new_page()
    await go(page, reading[0] + path)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await context.close()


@pytest.mark.parametrize("path", ["/", "/tips", "/privacy"])
async def test_first_page_is_light_and_stays_home(
    context: BrowserContext, reading: tuple[str, Reading], path: str
) -> None:
    origin, _ = reading
    page = await context.new_page()
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request))
    await page.goto(origin + path, wait_until="networkidle")
    sizes = [(await request.sizes())["responseBodySize"] for request in asked]
    assert all(request.url.startswith(origin) for request in asked)
    assert len(asked) <= 8, [request.url for request in asked]
    assert sum(sizes) <= 80 * KIB, sizes
    fonts = sum(size for size, request in zip(sizes, asked, strict=True) if request.url.endswith(".woff2"))
    assert sum(sizes) - fonts <= 45 * KIB
    assert await context.cookies() == []


async def test_nothing_in_the_console(page: Page, reading: tuple[str, Reading]) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    for path in PAGES:
        await go(page, reading[0] + path)  # not until nothing is asked any more: who waits in the line keeps asking
    assert said == []


async def _press(page: Page, how: str) -> None:
    if how == "button":
        await page.click("header [data-exit]")
    elif how == "first tab stop":
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
    else:
        for _ in range(2 if how == "Escape" else 3):
            await page.keyboard.press(how)


@pytest.mark.parametrize(
    ("path", "how"),
    [
        *(("/privacy", how) for how in ("button", "first tab stop", "Escape", "Shift")),
        *(("/nood", how) for how in ("button", "first tab stop", "Escape")),  # self-contained, so it knows less
    ],
)
async def test_leaving_quickly(page: Page, reading: tuple[str, Reading], path: str, how: str) -> None:
    origin, site = reading
    await page.goto(f"{origin}/tips")
    await page.goto(origin + path, wait_until="load")
    await _press(page, how)
    await page.wait_for_url(NEUTRAL)
    await page.go_back()
    assert page.url == f"{origin}/tips", "the page one left from is not in the history"
    assert await site.heard() == ["weg"]


async def test_other_tabs_leave_too(context: BrowserContext, reading: tuple[str, Reading]) -> None:
    one, other = await context.new_page(), await context.new_page()
    for tab in (one, other):
        await go(tab, f"{reading[0]}/privacy")
    await one.click("header [data-exit]")
    await other.wait_for_url(NEUTRAL)


async def test_leaving_covers_the_page_before_the_network_answers(
    context: BrowserContext, reading: tuple[str, Reading]
) -> None:
    page = await context.new_page()
    await context.unroute(f"{NEUTRAL}**")
    await context.route(f"{NEUTRAL}**", lambda route: route.fulfill(status=204))  # so the browser stays where it is
    await page.goto(f"{reading[0]}/privacy", wait_until="load")
    await page.evaluate("sessionStorage.setItem('tekst', '1')")
    await page.click("header [data-exit]", no_wait_after=True)
    await expect(page.locator("main")).to_be_hidden()
    assert await page.title() == "Weer"
    assert await page.evaluate("sessionStorage.length") == 0


async def test_ordinary_keys_do_not_leave(page: Page, reading: tuple[str, Reading]) -> None:
    await go(page, f"{reading[0]}{WORKSHEET}")
    await page.locator("textarea").first.click()
    await page.keyboard.type("Hallo Wereld Groningen ABC")
    await page.keyboard.press("Escape")
    await page.keyboard.press("a")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Control+Shift")
    assert page.url.endswith(WORKSHEET)
    assert reading[1].left == []


async def test_leaving_works_without_script(browser: Browser, reading: tuple[str, Reading]) -> None:
    origin, site = reading
    context = await browser.new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{origin}/privacy")
    await page.click("header [data-exit]")
    assert await site.heard() == ["weg"]
    await context.close()


async def test_larger_text_stays_in_this_tab(page: Page, reading: tuple[str, Reading]) -> None:
    await page.goto(reading[0], wait_until="load")
    await page.click("[data-text-size]")
    await page.goto(f"{reading[0]}/tips", wait_until="load")
    assert await page.evaluate("getComputedStyle(document.documentElement).fontSize") == "18px"
    assert await page.evaluate("Object.keys(sessionStorage)") == ["tekst"]
    assert await page.evaluate("localStorage.length") == 0


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("bel me op 06 12345678", "telefoonnummer"),
        ("mail naar merel@voorbeeld.example", "e-mailadres"),
        ("NL91 ABNA 0417 1643 00", "rekeningnummer"),
        ("mijn nummer is 123456782", "BSN"),
        ("ik woon op 9711 AB 12", "postcode met huisnummer"),
    ],
)
async def test_personal_data_gets_a_word_of_warning(
    page: Page, reading: tuple[str, Reading], typed: str, kind: str
) -> None:
    await go(page, f"{reading[0]}/team/onderdelen")
    await page.fill("#tekst", typed)
    await expect(page.locator("#tekst ~ [data-personal-words]")).to_contain_text(kind)


@pytest.mark.parametrize(
    "typed", ["bel 0800-0113 of 113", "ik ben 34 en woon in 9711", "in 2024 was het 3 keer", "123456789"]
)
async def test_ordinary_numbers_do_not_warn(page: Page, reading: tuple[str, Reading], typed: str) -> None:
    await go(page, f"{reading[0]}/team/onderdelen")
    await page.fill("#tekst", "9711 AB 12")
    warning = page.locator("#tekst ~ [data-personal-words]")
    await expect(warning).to_be_visible()
    await page.fill("#tekst", typed)
    await expect(warning).to_be_hidden()


class Answered:
    """Notes each question the browser asks, and answers it."""

    def __init__(self, page: Page, *, stay: bool) -> None:
        """Listen to a page; stay: refuse to leave."""
        self.kinds: list[str] = []
        self._stay = stay
        page.on("dialog", self._answer)

    async def _answer(self, dialog: Dialog) -> None:
        self.kinds.append(dialog.type)
        if self._stay:
            await dialog.dismiss()
        else:
            await dialog.accept()


async def test_leaving_with_unsent_text_warns_once(page: Page, reading: tuple[str, Reading]) -> None:
    asked = Answered(page, stay=True)
    await go(page, f"{reading[0]}/team/onderdelen")
    await page.locator("#tekst").press_sequentially("half af")
    await page.click("footer a[href='/privacy']", no_wait_after=True)
    await expect(page.locator("#tekst")).to_have_value("half af")
    await page.click("footer a[href='/privacy']")
    await page.wait_for_url("**/privacy")
    assert asked.kinds == ["beforeunload"]


async def test_snel_weg_never_asks(page: Page, reading: tuple[str, Reading]) -> None:
    asked = Answered(page, stay=False)
    await go(page, f"{reading[0]}/team/onderdelen")
    await page.locator("#tekst").press_sequentially("half af")
    await page.click("header [data-exit]")
    await page.wait_for_url(NEUTRAL)
    assert asked.kinds == []


async def test_back_from_memory_shows_nothing_old(page: Page, reading: tuple[str, Reading]) -> None:
    await go(page, f"{reading[0]}{WORKSHEET}")
    await page.locator("textarea").first.fill("geheim")
    await page.goto(f"{reading[0]}/tips")
    await page.go_back()
    assert await page.locator("textarea").first.input_value() == ""
