"""The same visitor's part without JavaScript: every page works as a plain form."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser import appointment, beginning, forum, group, talk
from tests.browser.conftest import Comes
from tests.browser.house import House, traces
from tests.browser.person import DESKTOP, Person

pytestmark = pytest.mark.browser
MEREL = "Stille Grutto Merel"


async def test_a_visitor_without_script(comes: Comes, house: House) -> None:
    merel, sam = await comes(script=False), await comes(size=DESKTOP, script=False)
    await beginning.come_in(sam, "Sam")
    await merel.open("/")
    await beginning.begin(merel, MEREL)
    await _write_in_a_group(merel)
    await _talk(merel, sam)
    waiting = await _book(merel)
    await _end(merel)
    await _search(merel)
    await forum.post_topic(merel)
    await merel.sees(re.compile("in behandeling", re.IGNORECASE))
    await forum.take_part(merel)
    await _cancel(merel, waiting)
    await _leave(merel)
    for person in (merel, sam):
        await person.leave()
    assert traces(house.words, await house.places()) == []


async def _write_in_a_group(merel: Person) -> None:
    await group.enter(merel)
    await group.write(merel, "Zonder script schrijven gaat ook, gelukkig")
    await group.hears(merel, "Zonder script schrijven gaat ook")
    await merel.follow("Kijk of er nieuwe berichten zijn")
    await group.hears(merel, "Zonder script schrijven gaat ook")
    await merel.follow("Bekijk hoe dat werkt")
    await merel.heading("Wil je later terug kunnen komen?")


async def _talk(merel: Person, sam: Person) -> None:
    await talk.ask(merel)
    await sam.open("/team/balie")
    await sam.press("Neem volgende")
    await merel.follow("Kijk of je aan de beurt bent")
    await merel.heading("Sam is er voor je.")
    await merel.page.get_by_label(re.compile("Je eerste bericht")).fill(merel.house.said("Het stormt in mijn hoofd"))
    await merel.press("Begin het gesprek")
    await group.hears(merel, "Het stormt in mijn hoofd")
    await sam.follow("Kijk of er nieuwe berichten zijn")
    await group.write(sam, "Vertel maar rustig, ik heb de tijd")
    await sam.press("Bied een verkennend gesprek aan")
    await merel.follow("Kijk of er nieuwe berichten zijn")
    await group.hears(merel, "Vertel maar rustig")
    await group.write(merel, "Dat lucht op, dank je wel daarvoor")
    await group.hears(merel, "Dat lucht op")


async def _book(merel: Person) -> Page:
    """Book, and ask for the appointment with its code. Returns the tab that waits for the answer."""
    await merel.press("Kies een moment")
    await merel.press("Kies een moment")
    await merel.heading("Waar wil je praten?")
    await appointment.choose(merel)
    code = await appointment.confirm(merel)
    await appointment.put_in_calendar(merel)
    await appointment.take_off_screen(merel)
    await appointment.type_code(merel, code)
    await merel.heading("Nog heel even")
    waiting, merel.page = merel.page, await merel.context.new_page()
    return waiting


async def _cancel(merel: Person, waiting: Page) -> None:
    merel.page = waiting
    await appointment.wait_out(merel)
    await appointment.cancel(merel)
    await group.enter(merel)


async def _end(merel: Person) -> None:
    await merel.open("/gesprek")
    await merel.follow("Gesprek stoppen")
    await merel.press("Ja, stop het gesprek")
    await merel.heading("Het gesprek is klaar. Fijn dat je er was.")


async def _search(merel: Person) -> None:
    await merel.open("/hulp-in-de-buurt")
    await merel.page.get_by_label(re.compile("Waar zoek je hulp bij")).fill(merel.house.said("eenzaamheid"))
    await merel.page.get_by_role("search").get_by_role("button", name="Zoek").click()
    await merel.heading("Hulp in de buurt")
    await expect(merel.page.locator(".place-card").first).to_be_visible()
    await merel.page.locator(".place-card__link").first.click()
    await expect(merel.page.get_by_role("heading", name="Zo doe je mee")).to_be_visible()


async def _leave(merel: Person) -> None:
    await merel.page.locator("header [data-exit]").click()
    await merel.page.wait_for_url(f"{merel.house.neutral.origin}/**")
    assert [cookie for cookie in await merel.context.cookies(merel.house.origin) if cookie.get("value")] == []
    await merel.open("/forum")
    await merel.heading("Begin zonder je naam")
