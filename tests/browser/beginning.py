"""Starting without a name, coming back with six words, and the demo's way into the team."""

import re

from playwright.async_api import expect

from tests.browser.album import Album
from tests.browser.person import Person

RULES = re.compile("huisregels$")


async def begin(person: Person, name: str, album: Album | None = None) -> None:
    """Take the four steps with a chosen name; arrive at the groups."""
    person.house.said(name)
    await person.open("/begin")
    await person.heading("Begin zonder je naam")
    await _seen(person, album, "begin")
    await person.follow("Ga verder")
    await person.choose("Ja")
    await _seen(person, album, "leeftijd")
    await person.press("Ga verder")
    await _choose_name(person, name, album)
    await person.choose("Ik doe mee met deze regels")
    await person.press("Begin")
    await person.heading("Groepen")
    await person.note_cookies()


async def _choose_name(person: Person, name: str, album: Album | None) -> None:
    await person.heading("Je schuilnaam")
    await expect(person.page.get_by_role("radio")).to_have_count(3)
    await person.page.get_by_label("Zelf kiezen").fill(name)
    await _seen(person, album, "schuilnaam")
    await person.press("Ga verder")
    await person.heading(RULES)
    await person.sees(name)
    if album is not None:
        await person.press("Begin")
        await expect(person.page.get_by_role("alert").first).to_be_visible()
        await _seen(person, album, "regels-vergeten")


async def keep_words(person: Person, album: Album) -> str:
    """Take the offer of a return phrase. Returns the six words, which are shown this once."""
    await person.follow("Bekijk hoe dat werkt")
    await person.heading("Wil je later terug kunnen komen?")
    await person.choose("Nee")
    await album.look(person, "terugkeerzin-aanbod")
    await person.press("Laat mijn 6 woorden zien")
    await person.heading("Je terugkeerzin")
    words = await person.page.locator(".word-code__words li").all_inner_texts()
    assert len(words) == 6
    await album.look(person, "terugkeerzin")
    await person.page.reload()
    return person.house.said(" ".join(words), "-".join(words))


async def come_back(person: Person, words: str, name: str, album: Album | None = None) -> None:
    """Type the six words in; arrive at the own place under the same name."""
    await person.open("/terugkomen")
    await person.page.get_by_label("Je 6 woorden").fill(words)
    await _seen(person, album, "terugkomen")
    await person.press("Kom terug")
    await person.heading("Mijn plek")
    await person.sees(name)
    await person.note_cookies()
    await _seen(person, album, "mijn-plek")


async def come_in(member: Person, name: str) -> None:
    """Become one of the demo team with one press."""
    await member.open("/team")
    await member.press(f"Ga verder als {name}")
    await member.heading(f"Moi {name}")
    await member.note_cookies()


async def _seen(person: Person, album: Album | None, step: str) -> None:
    if album is not None:
        await album.look(person, step)
