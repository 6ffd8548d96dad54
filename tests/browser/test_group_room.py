"""An evening in a group, filmed: answering, support, folding away, going apart, standing still, changing one's mind."""

import re

import pytest
from playwright.async_api import Locator, expect

from tests.browser import beginning
from tests.browser.album import Album
from tests.browser.conftest import Comes
from tests.browser.group import GROUP, enter, hears, message, write
from tests.browser.house import House, traces
from tests.browser.person import DESKTOP, Person
from tests.faults.server import ROOT

pytestmark = pytest.mark.browser
EMMA, DAAN = "Veenlicht Emma", "Slootkant Daan"
SOUP = "Vanavond maak ik soep met alles wat er nog ligt"
BREAD = "Met brood erbij wordt het vast heel lekker"
TEA = "Ik zet eerst thee en luister naar de regen"


@pytest.fixture
def film() -> Album:
    """The pictures of this evening, in var/screens-groep."""
    made = Album(ROOT / "var" / "screens-groep")
    made.begin()
    return made


async def test_an_evening_in_a_group(comes: Comes, film: Album, house: House) -> None:
    emma, daan, sam = await comes(), await comes(), await comes(size=DESKTOP)
    await beginning.come_in(sam, "Sam")
    for person, name in ((emma, EMMA), (daan, DAAN)):
        await beginning.begin(person, name)
        await enter(person)
    await sam.open("/team/groepen")
    await sam.follow(GROUP)
    await _answer(emma, daan, film)
    await _support(emma, daan, film)
    await _read_on(emma, daan, film)
    await _fold_away(emma, daan, film)
    await _change(emma, daan, film)
    await _apart(emma, daan, sam, film)
    await _stand_still(emma, sam, film)
    for person in (emma, daan, sam):
        await person.leave()
    film.passed()
    assert traces(house.words, await house.places()) == []


async def deeds(person: Person, text: str) -> Locator:
    """Open what can be done with a message."""
    found = message(person, text)
    if await found.locator(".message__deeds").count() == 0:
        await found.locator("[data-more]").click()
    return found


async def _answer(emma: Person, daan: Person, film: Album) -> None:
    """The quote over an answer says whose words it is about, and leads there."""
    await write(daan, SOUP)
    await hears(emma, SOUP)
    said = await deeds(emma, SOUP)
    await film.look(emma, "acties")
    await said.get_by_role("link", name="Antwoord").click()
    await expect(emma.page.locator("[data-answering]")).to_contain_text(DAAN)
    await film.look(emma, "antwoord-schrijven")
    await write(emma, BREAD)
    await hears(daan, BREAD)
    quote = message(daan, BREAD).locator("[data-quote]")
    await expect(quote).to_contain_text(SOUP)
    await film.look(daan, "antwoord-lezen")
    await quote.click()
    await expect(message(daan, SOUP).first).to_be_focused()


async def _support(emma: Person, daan: Person, film: Album) -> None:
    """A sign is seen at once, by everybody, without a number."""
    said = message(emma, SOUP).first
    await said.locator("[data-more]").click()
    await said.get_by_role("button", name="Sterkte").click()
    for person in (emma, daan):
        await expect(message(person, SOUP).first.locator("[data-signs]")).to_have_text(re.compile("^Sterkte ?$"))
    await expect(said.get_by_role("button", name="Sterkte")).to_have_attribute("aria-pressed", "true")
    await film.look(daan, "steun")
    await said.locator("[data-more]").click()


async def _read_on(emma: Person, daan: Person, film: Album) -> None:
    """Who reads further up keeps the view still; the button leads to the unread line."""
    await emma.page.locator("[data-log]").evaluate("log => { log.scrollTop = 0; }")
    await write(daan, TEA)
    jump = emma.page.locator("[data-jump] button")
    await expect(jump).to_have_text("1 nieuw bericht")
    assert await emma.page.locator("[data-log]").evaluate("log => log.scrollTop") < 50
    await film.look(emma, "nieuwe-berichten")
    await jump.click()
    await expect(emma.page.locator(".unread-line")).to_be_in_viewport()
    await expect(jump).to_be_hidden()


async def _fold_away(emma: Person, daan: Person, film: Album) -> None:
    """One person's messages go, for Emma alone; a new one is counted and not shown; one press brings them back."""
    said = await deeds(emma, TEA)
    await said.get_by_role("button", name="Verberg deze persoon voor mij").click()
    folded = emma.page.locator("[data-folded]")
    await expect(folded).to_contain_text(f"2 berichten van {DAAN} verborgen.")
    await write(daan, "Het regent nog steeds heel hard hier")
    await expect(folded).to_contain_text(f"3 berichten van {DAAN} verborgen.")
    await expect(message(emma, TEA)).to_be_hidden()
    await film.look(emma, "verborgen")
    await emma.press("Laat weer zien")
    await hears(emma, TEA)


async def _change(emma: Person, daan: Person, film: Album) -> None:
    """Emma changes her words; Daan sees the new ones; later she takes them back, and the quote says nothing more."""
    said = await deeds(emma, BREAD)
    await said.get_by_role("link", name="Verander").click()
    await emma.heading("Verander je bericht")
    await film.look(emma, "veranderen")
    changed = emma.house.said("Met kaas erbij wordt het vast heel lekker")
    await emma.page.get_by_label("Je bericht", exact=True).fill(changed)
    await emma.press("Bewaar")
    await emma.heading(GROUP)
    await hears(daan, changed)
    await expect(message(daan, changed)).to_contain_text("Aangepast")
    await expect(message(daan, BREAD)).to_have_count(0)
    await (await deeds(emma, changed)).get_by_role("button", name="Neem dit bericht terug").click()
    await expect(message(daan, "De schrijver heeft dit bericht teruggenomen.")).to_be_visible()
    await daan.does_not_see(changed)
    await film.look(daan, "teruggenomen")


async def _apart(emma: Person, daan: Person, sam: Person, film: Album) -> None:
    """Sam offers Daan a talk that nobody else sees; Daan goes, the group sees that he is away, his place stays."""
    await (await deeds(sam, TEA)).get_by_role("button", name="Bied een gesprek aan").click()
    offer = daan.page.locator("[data-offered]")
    await expect(offer).to_contain_text("Sam biedt je een gesprek aan.")
    await film.look(daan, "aanbod")
    assert await emma.page.locator("[data-offers] [data-offered]").count() == 0
    await offer.get_by_role("link", name="Even apart praten").click()
    await daan.heading("Even apart praten")
    await film.look(daan, "even-apart")
    await daan.press("Vraag een gesprek")
    await daan.heading("Je staat in de rij")
    away = emma.page.locator(".notice-line", has_text=f"{DAAN} is even weg.")
    await expect(away).to_be_visible()
    await film.look(emma, "even-weg")
    await enter(daan)
    await hears(daan, TEA)
    await film.look(daan, "plek-bewaard")


async def _stand_still(emma: Person, sam: Person, film: Album) -> None:
    """The group stands still; what Emma was typing stays, she reads why and disagrees; then it goes on."""
    field = emma.page.get_by_label("Je bericht", exact=True)
    await field.fill("Half getypt")
    await sam.follow("Breng rust in de groep")
    await film.look(sam, "maatregel")
    for choice in ("De groep staat even stil", "Het gaat te snel om te lezen", "15 minuten"):
        await sam.choose(choice)
    await sam.press("Zet dit aan")
    await expect(emma.page.locator("[data-room-news]")).to_contain_text("Deze groep staat even stil.")
    await sam.follow("Verander of hef op")
    await sam.press("Hef dit nu op")
    await expect(field).to_have_value("Half getypt")
    await expect(field).to_be_visible()
    await field.fill("")
    await sam.follow("Breng rust in de groep")
    for choice in ("De groep staat even stil", "Het loopt hoog op", "15 minuten"):
        await sam.choose(choice)
    await sam.press("Zet dit aan")
    await emma.page.get_by_role("link", name="Bekijk waarom").click()
    await expect(emma.page.locator("#maatregel")).to_contain_text("Het gesprek liep hoog op.")
    await film.look(emma, "stil")
    await emma.follow("Ik ben het er niet mee eens")
    await film.look(emma, "niet-eens")
    await emma.page.get_by_label(re.compile("Waarom klopt het niet")).fill(emma.house.said("Het ging juist goed hier"))
    await emma.press("Verstuur")
    await emma.heading(GROUP)
    await sam.follow("Verander of hef op")
    await sam.press("Hef dit nu op")
    await expect(emma.page.get_by_label("Je bericht", exact=True)).to_be_visible()
