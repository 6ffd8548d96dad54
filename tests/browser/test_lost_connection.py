"""The server dies while somebody types: the words stay, go out once when it is back, and nothing is doubled. Filmed."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.browser import beginning
from tests.browser.album import Album
from tests.browser.group import enter, hears, message, placed, write
from tests.browser.house import House
from tests.browser.neutral import neutral_site
from tests.browser.person import DESKTOP, PHONE, Person, person
from tests.faults.server import ROOT, Server

pytestmark = pytest.mark.browser
BEFORE = "Ik zit op de dijk en kijk naar de schapen"
FIRST = "Het waait hier hard, maar de zon schijnt"
SECOND = "Straks loop ik terug langs het water"
UNPLUGGED = "Onderweg zag ik nog een reiger staan"
BACK_MS = 60_000


@pytest.fixture
async def frail() -> AsyncIterator[House]:
    """A demo of its own, which may be killed."""
    async with neutral_site() as site, Server(MOI_MODE="demo", MOI_NEUTRAL_URL=site.origin) as server:
        await server.start()
        yield House(server, site)


@pytest.fixture
def film() -> Album:
    """The pictures, in var/screens-verbinding."""
    made = Album(ROOT / "var" / "screens-verbinding")
    made.begin()
    return made


async def test_words_survive_a_server_that_dies(browser: Browser, frail: House, film: Album) -> None:
    emma, daan = await person(browser, frail, PHONE), await person(browser, frail, DESKTOP)
    sam = await person(browser, frail, DESKTOP)
    await beginning.come_in(sam, "Sam")
    for who, name in ((emma, "Veenlicht Emma"), (daan, "Slootkant Daan")):
        await beginning.begin(who, name)
        await enter(who)
    await write(emma, BEFORE)
    await hears(daan, BEFORE)
    await _cut(emma, frail, film)
    await frail.server.start()
    await _back(emma, daan, film)
    await _unplugged(emma, daan)
    for who in (emma, daan):
        await who.page.reload()
        await _once_and_in_order(who)
        assert who.watch.elsewhere == []
        await who.context.close()
    film.passed()


async def test_words_survive_a_visit_that_ends_in_another_tab(browser: Browser, frail: House, film: Album) -> None:
    """What others said goes from the screen; what was being written can still be copied."""
    emma, sam = await person(browser, frail, PHONE), await person(browser, frail, DESKTOP)
    await beginning.come_in(sam, "Sam")
    await beginning.begin(emma, "Veenlicht Emma")
    await enter(emma)
    await write(emma, BEFORE)
    await placed(emma, BEFORE)
    field = emma.page.get_by_label("Je bericht", exact=True)
    await field.fill(frail.said(FIRST))
    other = await emma.context.new_page()
    await other.goto(f"{frail.origin}/mijn")
    await other.get_by_role("button", name="Stop mijn bezoek").click()
    await expect(_bar(emma, "over")).to_be_visible()
    await expect(field).to_have_value(FIRST)
    await expect(message(emma, BEFORE)).to_have_count(0)
    await field.press("Enter")
    await expect(emma.button("Verstuur")).to_be_hidden()
    await film.look(emma, "bezoek-voorbij")
    await _bar(emma, "over").get_by_role("link").click()
    await emma.sees("Stap 1 van 4")


async def _cut(emma: Person, frail: House, film: Album) -> None:
    """Half a sentence stands in the field when the server is killed; she goes on, and twice presses the button."""
    field = emma.page.get_by_label("Je bericht", exact=True)
    await field.fill(FIRST[:20])
    frail.server.kill()
    await expect(_bar(emma, "lost")).to_be_visible()
    await expect(field).to_have_value(FIRST[:20])
    await film.look(emma, "geen-verbinding")
    for text in (FIRST, SECOND):
        await write(emma, text)
        await expect(message(emma, text)).to_contain_text("Wordt verstuurd")
    await film.look(emma, "wordt-verstuurd")


async def _back(emma: Person, daan: Person, film: Album) -> None:
    """Nobody does anything: both come back, and hear each other."""
    await expect(_bar(emma, "back")).to_be_visible(timeout=BACK_MS)
    for text in (FIRST, SECOND):
        await expect(message(emma, text).locator("[data-time]")).not_to_be_empty(timeout=BACK_MS)
        await expect(message(daan, text)).to_be_visible(timeout=BACK_MS)
    await expect(_bar(emma, "lost")).to_be_hidden()
    await film.look(emma, "weer-verbonden")
    for who in (emma, daan):
        await _once_and_in_order(who, unplugged=False)


async def _unplugged(emma: Person, daan: Person) -> None:
    """A browser that says it is offline keeps its socket: the message still goes out once."""
    await emma.context.set_offline(True)
    await write(emma, UNPLUGGED)
    await emma.context.set_offline(False)
    await expect(message(daan, UNPLUGGED)).to_be_visible(timeout=BACK_MS)
    await placed(emma, UNPLUGGED)


async def _once_and_in_order(who: Person, *, unplugged: bool = True) -> None:
    said = [BEFORE, FIRST, SECOND, *([UNPLUGGED] if unplugged else [])]
    await expect(message(who, said[-1])).to_be_visible()
    shown = [text for text in await who.page.locator("[data-list] [data-text]").all_inner_texts() if text in said]
    assert shown == said


def _bar(who: Person, part: str) -> Locator:
    return who.page.locator(f"[data-connection-{part}]")
