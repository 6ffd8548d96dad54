"""A verkennend gesprek: chosen without a name, kept by four words."""

import re
from datetime import UTC, datetime

from icalendar import Calendar
from playwright.async_api import expect

from tests.browser.album import Album
from tests.browser.person import Person

CALLED = "Heidebloem"
NOTE = "Liever geen felle lampen aan, alsjeblieft"
CONTACT = "emma.heide@voorbeeld.example"


async def from_talk(emma: Person, album: Album) -> None:
    """Take the offer: a ticket opens the booking pages, which cannot see the talk."""
    await emma.press("Kies een moment")
    await emma.heading("Naar je afspraak")
    await album.look(emma, "naar-de-afspraak")
    await emma.press("Kies een moment")
    await emma.heading("Waar wil je praten?")
    await album.look(emma, "plek")


async def choose(person: Person, album: Album | None = None) -> None:
    """Pick the first place and moment that are free, and what to be called."""
    free = person.page.locator("label.choice", has_text="Eerste vrije moment")
    await free.first.click()
    await person.press("Ga verder")
    await person.heading("Wanneer wil je komen?")
    await person.page.locator("input[name=moment]").first.check()
    if album is not None:
        await album.look(person, "moment")
    await person.press("Ga verder")
    await person.heading("Iets over jou")
    await _about(person)
    if album is not None:
        await album.look(person, "roepnaam")
    await person.press("Ga verder")


async def _about(person: Person) -> None:
    await person.page.get_by_label(re.compile("Hoe mogen we je noemen")).fill(person.house.said(CALLED))
    await person.choose("Ja, dit is mijn telefoonnummer of e-mailadres")
    await person.page.locator("#contact").fill(person.house.said(CONTACT))
    await person.page.locator("#note").fill(person.house.said(NOTE))
    await person.choose("Ja, de twee gastheren mogen dit lezen")


async def confirm(person: Person, album: Album | None = None) -> str:
    """Check the answers and make it. Returns the four words."""
    await person.heading("Controleer je antwoorden")
    await person.sees(CALLED)
    if album is not None:
        await album.look(person, "controle")
    await person.press("Maak de afspraak")
    await person.heading("Je afspraak staat")
    words = await person.page.locator(".word-code__words li").all_inner_texts()
    assert len(words) == 4
    await person.note_cookies()
    return person.house.said(" ".join(words), "-".join(words))


async def put_in_calendar(person: Person) -> None:
    """Download the calendar file: one event, in the future, with a neutral title and nothing about the person."""
    body = await person.download("Zet in je agenda")
    events = Calendar.from_ical(body).walk("VEVENT")
    assert [str(event["SUMMARY"]) for event in events] == ["Afspraak"]
    assert events[0].decoded("DTSTART").astimezone(UTC) > datetime.now(UTC)
    assert not [word for word in person.house.words if word.encode() in body]


async def take_off_screen(person: Person) -> None:
    """The words go from the screen, and Back does not bring them."""
    await person.press(re.compile("^(Ik heb de code. )?Haal dit van het scherm$"))
    await expect(person.page.locator(".word-code")).to_have_count(0)


async def type_code(person: Person, code: str) -> None:
    """Type the four words in."""
    await person.open("/afspraak/mijn")
    await person.page.get_by_label("Vul de 4 woorden van je code in").fill(code)
    await person.press("Laat mijn afspraak zien")


async def wait_out(person: Person) -> None:
    """Without script one waits half a minute instead of computing: press until it was long enough."""
    while await person.page.get_by_role("heading", name="Nog heel even").is_visible():
        await person.press("Ga verder")
        await person.page.wait_for_load_state("load")
    await person.sees("Je afspraak gaat door.")


async def open_with(person: Person, code: str) -> None:
    """Open the appointment with its four words."""
    await type_code(person, code)
    await person.sees("Je afspraak gaat door.")
    await person.note_cookies()


async def keep(person: Person, album: Album) -> None:
    """Look at cancelling, and come anyway."""
    await album.look(person, "mijn-afspraak")
    await person.follow("Afspraak afzeggen")
    await person.heading("Wil je de afspraak afzeggen?")
    await album.look(person, "afzeggen")
    await person.follow("Nee, ik kom")
    await person.sees("Je afspraak gaat door.")


async def cancel(person: Person) -> None:
    """Cancel it."""
    await person.follow("Afspraak afzeggen")
    await person.press("Ja, zeg af")
    await person.sees("Deze afspraak is afgezegd.")
