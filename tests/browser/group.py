"""A group: reading along, writing, what is not placed, and who looks after it."""

from playwright.async_api import Locator, expect

from tests.browser.album import Album
from tests.browser.person import Person

GROUP = "De Huiskamer"
NUMBER = "06 12345678"
CRY = "Ik wil vannacht dood, het lukt me niet meer"


async def enter(person: Person) -> None:
    """Go into the living room."""
    await person.open("/groepen")
    await person.page.get_by_role("link", name=f"Ga naar binnen: {GROUP}").click()
    await person.heading(GROUP)


async def write(person: Person, text: str) -> None:
    """Write something and press the button."""
    await person.page.get_by_label("Je bericht", exact=True).fill(person.house.said(text))
    await person.press("Verstuur")


def message(person: Person, text: str) -> Locator:
    """Return the message with this text."""
    return person.page.locator("[data-list] .message", has_text=text)


async def hears(person: Person, text: str) -> None:
    """Wait until a message stands in the page, without reloading."""
    await expect(message(person, text)).to_be_visible()


async def placed(person: Person, text: str) -> None:
    """Wait until an own message has the time the server gave it."""
    await expect(message(person, text).locator("[data-time]")).not_to_be_empty()


async def give_a_number(daan: Person, emma: Person, album: Album) -> None:
    """A telephone number never reaches the group; what was typed does not get lost; without it, it is placed."""
    text = f"Mijn buurvrouw op {NUMBER} luistert altijd"
    await write(daan, text)
    await daan.sees("Er staat een telefoonnummer in je bericht")
    await expect(daan.page.get_by_label("Je bericht", exact=True)).to_have_value(text)
    await album.look(daan, "nummer-niet-geplaatst")
    await daan.press("Haal weg en plaats")
    await hears(emma, "luistert altijd")
    daan.house.said(NUMBER)
    await emma.does_not_see(NUMBER)
    await expect(daan.page.get_by_label("Je bericht", exact=True)).to_have_value("")


async def want_to_die(daan: Person, emma: Person, album: Album) -> None:
    """Who says so gets help at once, in the page, and a person; the group does not see it yet."""
    await write(daan, CRY)
    panel = daan.page.locator("[data-panels] [data-crisis=crisis]")
    await expect(panel).to_be_visible()
    await expect(panel.get_by_role("link", name="113").first).to_be_visible()
    await expect(message(daan, CRY)).to_contain_text("In behandeling")
    await album.look(daan, "hulp-nu")
    await write(emma, "Ik drink nu thee, dat helpt een beetje")
    await hears(daan, "Ik drink nu thee")
    await emma.does_not_see(CRY)


async def look_after(noor: Person, album: Album) -> None:
    """The moderator finds it on top, takes it, reads it, and decides with a reason the writer will read."""
    await noor.open("/team/moderatie")
    await expect(noor.page.locator(".desk-row").first).to_have_class("desk-row desk-row--now")
    await album.look(noor, "moderatie-rij")
    await _find_case(noor, CRY)
    await album.look(noor, "moderatie-zaak")
    await noor.page.locator("input[name=besluit][value=hide]").check()
    await noor.choose("We willen eerst bij de schrijver zijn")
    await expect(noor.page.get_by_label("Dit leest de schrijver")).not_to_be_empty()
    await noor.press("Voer dit besluit uit")
    await expect(noor.page.locator(".toast")).to_be_visible()
    await album.look(noor, "moderatie-besloten")


async def _find_case(noor: Person, text: str) -> None:
    """Read the urgent cases until it is this one; what the demo left there is passed on."""
    rows = await noor.page.locator(".desk-row--now a").all()
    paths = [str(await row.get_attribute("href")) for row in rows]
    for path in paths:
        await noor.open(path)
        await noor.press("Pak op en lees")
        await noor.page.get_by_text("Toon tekst").click()
        if await noor.page.locator(".desk-text").inner_text() == text:
            return
        await noor.press("Sla over")
    raise AssertionError(f"{len(paths)} urgent cases, not this one")


async def reads_statement(daan: Person, album: Album) -> None:
    """After the minute in which a moderator can change their mind, the writer reads why."""
    statement = daan.page.locator("main").get_by_text("we willen eerst bij jou zijn").first
    while not await statement.is_visible():
        await daan.page.reload()
    await album.look(daan, "bericht-van-moderator")
