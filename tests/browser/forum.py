"""The forum: a topic of one's own, checked and looked at first, and the posts of others."""

import re

from playwright.async_api import expect

from tests.browser.album import Album
from tests.browser.person import Person

TITLE = "Kent iemand de partnergroep in Delfzijl?"
TEXT = "Mijn vriend wil graag leren hoe hij naast me kan staan als alles te veel is."
REPLY = "Wandelen langs het Damsterdiep helpt mij om te zakken."


async def post_topic(person: Person, album: Album | None = None) -> None:
    """Write a topic, see it as others will, and place it."""
    await person.open("/forum")
    if album is not None:
        await album.look(person, "forum")
    await person.follow("Begin een onderwerp")
    await person.page.get_by_label("Waar gaat het over?").select_option(label="Voor naasten")
    await person.page.get_by_label("Titel").fill(TITLE)
    await person.page.get_by_label("Je bericht", exact=True).fill(TEXT)
    if album is not None:
        await album.look(person, "onderwerp-schrijven")
    await person.press("Controleer je bericht")
    await person.heading("Controleer je bericht")
    await person.sees(TEXT)
    if album is not None:
        await album.look(person, "onderwerp-controle")
    await person.press("Plaats bericht")
    await person.heading(TITLE)


async def waits_for_moderator(emma: Person, album: Album) -> str:
    """A newcomer's first topic waits. Returns where it will stand."""
    await emma.sees(re.compile("in behandeling", re.IGNORECASE))
    await album.look(emma, "onderwerp-wacht")
    return emma.page.url.removeprefix(emma.house.origin).partition("#")[0]


async def approve(noor: Person) -> None:
    """The moderator reads it and lets it stand."""
    await noor.open("/team/moderatie")
    path = await noor.page.locator(".desk-row__link", has_text="forum").last.get_attribute("href")
    await noor.open(str(path))
    await noor.press("Pak op en lees")
    await expect(noor.page.locator(".desk-text")).to_contain_text(TEXT)
    await noor.page.locator("input[name=besluit][value=approve]").check()
    await noor.press("Voer dit besluit uit")
    await expect(noor.page.locator(".toast")).to_be_visible()


async def sees_topic(person: Person, path: str, album: Album) -> None:
    """The topic stands in the list and can be read."""
    await person.open("/forum")
    await person.follow(TITLE)
    assert person.page.url.endswith(path)
    await expect(person.page.locator(".post", has_text=TEXT)).to_be_visible()
    await album.look(person, "onderwerp")


async def take_part(person: Person, album: Album | None = None) -> None:
    """Reply to somebody, give support and take a look at reporting: on a topic that was there already."""
    await person.open("/forum")
    await person.page.locator(".topics__title a").filter(has_not_text=TITLE).first.click()
    await person.page.get_by_label("Je bericht", exact=True).fill(REPLY)
    await person.press("Plaats reactie")
    await expect(person.page.locator(".post--mine", has_text=REPLY)).to_be_visible()
    support = person.page.get_by_role("button", name=re.compile("^Sterkte")).first
    await support.click()
    await expect(person.page.get_by_role("button", name=re.compile("^Sterkte")).first).to_have_attribute(
        "aria-pressed", "true"
    )
    if album is not None:
        await album.look(person, "reactie-en-steun")
    await report(person, album)


async def report(person: Person, album: Album | None = None) -> None:
    """Put a post of somebody else before a moderator."""
    await person.page.get_by_role("link", name=re.compile("^Meld")).first.click()
    await person.choose("Ik maak me zorgen om de schrijver")
    if album is not None:
        await album.look(person, "melden")
    await person.press("Verstuur melding")
    await person.heading("Dank je. Een moderator kijkt ernaar.")
