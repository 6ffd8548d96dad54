"""A talk with a peer worker, from waiting to after-care."""

import re

from playwright.async_api import expect

from tests.browser.album import Album
from tests.browser.group import hears, placed, write
from tests.browser.person import Person

PLACE = re.compile("Er is 1 persoon voor je|Jij bent de volgende")


async def ask(person: Person, album: Album | None = None) -> None:
    """Ask for a talk about too many stimuli, and stand in the line."""
    await person.open("/gesprek")
    if album is not None:
        await album.look(person, "gesprek-vooraf")
    await person.follow("Ga verder")
    await person.choose("Te veel prikkels")
    if album is not None:
        await album.look(person, "gesprek-onderwerp")
    await person.press("Vraag een gesprek")
    await person.heading("Je staat in de rij")


async def wait(emma: Person, daan: Person, album: Album) -> str:
    """Emma waits behind Daan; he stops; she is next. Returns what she typed meanwhile."""
    await ask(daan)
    await ask(emma, album)
    await emma.sees("Er is 1 persoon voor je.")
    await album.look(emma, "wachten")
    await daan.press("Stop met wachten")
    await emma.sees("Jij bent de volgende.")
    text = emma.house.said("Alle geluiden zijn vandaag te hard, ook de kraan")
    await emma.page.get_by_label(re.compile("Je eerste bericht")).fill(text)
    return text


async def meet(emma: Person, sam: Person, first: str, album: Album) -> None:
    """Sam takes the next; Emma's page says so by itself; what she had typed is the first message."""
    await sam.open("/team/balie")
    await sam.sees(re.compile("^Wacht (nog maar net|[0-9]+ minu)"))
    await album.look(sam, "balie")
    await sam.press("Neem volgende")
    await emma.heading("Sam is er voor je.")
    await album.look(emma, "aan-de-beurt")
    await emma.press("Begin het gesprek")
    await emma.heading("Je praat met Sam")
    await hears(sam, first)


async def talk(emma: Person, sam: Person) -> None:
    """Both write; both read it at once."""
    await write(sam, "Dag, fijn dat je er bent. Wat hoor je nu?")
    await hears(emma, "Wat hoor je nu?")
    await write(emma, "De koelkast, en de regen op het dakraam")
    await hears(sam, "de regen op het dakraam")
    await placed(emma, "de regen op het dakraam")


async def share(emma: Person, sam: Person, album: Album) -> None:
    """Sam looks a place up and shares it; a verkennend gesprek can be offered once."""
    await unfold(sam, "Deel een plek")
    await sam.page.get_by_label(re.compile("Zoek in de sociale kaart")).fill("herstelgroep")
    await sam.page.get_by_role("search").get_by_role("button", name="Zoek").click()
    place = sam.page.get_by_role("button", name=re.compile("^Deel "))
    name = (await place.first.get_attribute("aria-label") or "").removeprefix("Deel ")
    await album.look(sam, "balie-zoeken")
    await place.first.click()
    await expect(emma.page.get_by_role("link", name=name)).to_be_visible()
    await sam.press("Bied een verkennend gesprek aan")
    await expect(sam.button("Bied een verkennend gesprek aan")).to_have_count(0)
    await sam.sees("Aangeboden. De bezoeker kiest zelf.")
    await emma.sees("Wil je iemand in het echt spreken?")
    await album.look(emma, "gesprek")
    await album.look(sam, "balie-gesprek")


async def unfold(person: Person, summary: str) -> None:
    """Open a fold by its summary."""
    await person.page.locator("summary", has_text=summary).click()


async def end(emma: Person, sam: Person, album: Album) -> None:
    """Emma ends the talk; the page after it is about her."""
    await emma.open("/gesprek")
    await emma.follow("Gesprek stoppen")
    await album.look(emma, "stoppen")
    await emma.press("Ja, stop het gesprek")
    await emma.heading("Het gesprek is klaar. Fijn dat je er was.")
    await album.look(emma, "nazorg")
    await expect(sam.page).to_have_url(re.compile("/team/balie$"))
