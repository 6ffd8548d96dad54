"""The team's keyboard map (ux-spec 11): each key does its deed, and none while somebody types or reads the list."""

import re

import pytest
from playwright.async_api import Locator, expect

from tests.browser import beginning, talk
from tests.browser.conftest import Comes
from tests.browser.group import hears, write
from tests.browser.person import DESKTOP, Person

pytestmark = pytest.mark.browser
EVERY_KEY = "gc gm go n j k r b p o x l v w t e z 1 2 3 4 5 6 / ?"
TALK = re.compile(r"/team/balie/[0-9a-f]{32}$")
CASE = re.compile(r"/team/moderatie/[0-9a-f]{32}$")


async def keys(person: Person, *pressed: str) -> None:
    """Press keys one after another, as soon as the page is at work."""
    await person.started()
    for key in pressed:
        await person.page.keyboard.press(key)


async def goes(person: Person, where: str | re.Pattern[str], *pressed: str) -> None:
    """Press keys that lead to another page."""
    before = person.page.url
    await keys(person, *pressed)
    await person.page.wait_for_url(lambda url: url != before)
    await expect(person.page).to_have_url(where)
    await person.started()


async def types(person: Person, field: Locator) -> None:
    """Type every key into a field: they are letters there, and nothing on the page is pressed."""
    await field.focus()
    await field.fill("")
    await person.page.evaluate("window.presses = 0; addEventListener('click', () => window.presses++, true)")
    await field.press_sequentially(EVERY_KEY)
    await expect(field).to_have_value(EVERY_KEY)
    await expect(field).to_be_focused()
    assert await person.page.evaluate("window.presses") == 0
    await field.fill("")


async def test_the_desk_by_keys_alone(comes: Comes) -> None:
    fenna, jelle, sam = await comes(), await comes(), await comes(size=DESKTOP)
    await beginning.come_in(sam, "Sam")
    for person, name in ((fenna, "Zilte Wulp Kee"), (jelle, "Stille Otter Kee")):
        await beginning.begin(person, name)
        await talk.ask(person)
    await goes(sam, re.compile("/team/balie$"), "g", "c")
    await _status(sam)
    await goes(sam, TALK, "n")
    first = sam.page.url
    await fenna.press("Begin het gesprek")
    await fenna.heading("Je praat met Sam")
    await sam.open("/team/balie")
    await goes(sam, TALK, "n")
    second = sam.page.url
    assert first != second
    await goes(sam, first, "j")
    await goes(sam, second, "j")
    await goes(sam, first, "k")
    await _field(fenna, sam)
    await _beside(sam)
    await keys(sam, "b")
    await expect(sam.button("Niet meer nodig")).to_be_visible()
    assert sam.page.url.split("#")[0] == first
    for person in (fenna, jelle, sam):
        await person.leave()


async def _status(sam: Person) -> None:
    for wanted in ("Even pauze", "Beschikbaar"):
        await keys(sam, "p")
        await expect(sam.button(wanted)).to_have_attribute("aria-pressed", "true")


async def _field(fenna: Person, sam: Person) -> None:
    """In the field only Escape, the semicolon, Ctrl and Enter, Alt and n, and Ctrl and the point do something."""
    field = sam.page.get_by_label("Je bericht")
    await keys(sam, "r")
    await expect(field).to_be_focused()
    await types(sam, field)
    await field.press_sequentially("eerst dit; dan dat")
    await expect(field).to_have_value("eerst dit; dan dat")
    await field.press("Control+Enter")
    await hears(fenna, "eerst dit; dan dat")
    await expect(field).to_have_value("")
    await field.press(";")
    await expect(sam.page.locator("[data-snippet]:focus")).to_have_count(1)
    await sam.page.keyboard.press("Escape")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("")
    await field.press("Escape")
    await expect(sam.page.get_by_role("heading", name="Wie wacht er?")).to_be_focused()


async def _beside(sam: Person) -> None:
    """The note, the search, the list of keys and the cover."""
    note = sam.page.get_by_label(re.compile("Notitie voor een collega"))
    await keys(sam, "Alt+n")
    await expect(note).to_be_focused()
    await types(sam, note)
    await keys(sam, "Alt+n")
    await expect(sam.page.get_by_label("Je bericht")).to_be_focused()
    await keys(sam, "Escape", "/")
    search = sam.page.get_by_label(re.compile("Zoek in de sociale kaart"))
    await expect(search).to_be_visible()
    await types(sam, search)
    await sam.page.get_by_role("heading", name="Wie wacht er?").focus()
    await _list(sam, "n", "j", "k", "r", "b", "p", "/", "g c")
    await keys(sam, "r")
    for covered in ("true", "false"):
        await keys(sam, "Control+.")
        await expect(sam.page.locator("[data-behaviour~=screen-cover]")).to_have_attribute("aria-pressed", covered)
    await keys(sam, "Escape")


async def _list(person: Person, *wanted: str) -> None:
    """The list under ? names the keys of this page; while it is open they do nothing."""
    before = person.page.url
    await keys(person, "?")
    dialog = person.page.get_by_role("dialog", name="Sneltoetsen")
    await expect(dialog).to_be_visible()
    named = await dialog.locator("dt").all_inner_texts()
    assert set(wanted) <= set(named), named
    await keys(person, *(key for key in wanted if len(key) == 1 and key != "/"))
    await expect(dialog).to_be_visible()
    await keys(person, "Escape")
    await expect(dialog).to_be_hidden()
    assert person.page.url == before


async def test_moderation_by_keys_alone(comes: Comes) -> None:
    fenna, sam, noor = await comes(), await comes(size=DESKTOP), await comes(size=DESKTOP)
    await beginning.come_in(noor, "Noor")
    await goes(noor, re.compile("/team/moderatie$"), "g", "m")
    await _walk(noor)
    await _decide(noor)
    await beginning.come_in(sam, "Sam")
    await beginning.begin(fenna, "Zilte Wulp Moos")
    await talk.ask(fenna)
    await goes(sam, re.compile("/team/balie$"), "g", "c")
    await goes(sam, TALK, "n")
    await fenna.press("Begin het gesprek")
    await fenna.heading("Je praat met Sam")
    await write(fenna, "Ik wil vannacht dood, ik heb alles klaarliggen")
    await sam.sees("Let op: iemand kan in gevaar zijn.")
    await _second(noor)
    for person in (fenna, sam, noor):
        await person.leave()


async def _walk(noor: Person) -> None:
    """Up and down the queue, open a case, its text and what stood around it."""
    await goes(noor, CASE, "j")
    here = noor.page.url
    await goes(noor, CASE, "j")
    await goes(noor, here, "k")
    await keys(noor, "o")
    await noor.sees("Je hebt deze zaak tot")
    for key, words in (("o", "Toon tekst"), ("x", "Wat ervoor en erna stond")):
        fold = noor.page.locator("details", has=noor.page.locator("summary", has_text=words))
        if await fold.count():
            was = await fold.get_attribute("open")
            await keys(noor, key)
            assert await fold.get_attribute("open") != was


async def _decide(noor: Person) -> None:
    """Every decision and reason has its key; in the field they are letters; and the last decision goes back with z."""
    reasons = noor.page.locator("[name=reden_soort]")
    for number in range(1, 7):
        await keys(noor, str(number))
        await expect(reasons.nth(number - 1)).to_be_checked()
    for key, kind in (("w", "warn"), ("t", "timeout"), ("l", "approve"), ("v", "hide")):
        await keys(noor, key)
        await expect(noor.page.locator(f"[name=besluit][value={kind}]")).to_be_checked()
    field = noor.page.get_by_label("Dit leest de schrijver")
    words = await field.input_value()
    await types(noor, field)
    await field.fill(words)
    await noor.page.locator("[name=besluit][value=hide]").focus()
    await _list(noor, "l", "v", "w", "t", "1", "6", "o", "g m")
    await goes(noor, re.compile(r"/team/moderatie\?klaar="), "Enter")
    await noor.sees("Verborgen.")
    await goes(noor, CASE, "z")
    await noor.does_not_see("Besloten")


async def _second(noor: Person) -> None:
    """A text from a talk takes a second moderator; e asks for one."""
    await goes(noor, re.compile("/team/moderatie$"), "g", "m")
    row = noor.page.locator(".desk-row__link", has_text="Leven in gevaar").filter(has_not_text="De Huiskamer")
    await row.first.click()
    await noor.started()
    await keys(noor, "o")
    await noor.sees("Je hebt deze zaak tot")
    await keys(noor, "e")
    await noor.sees(re.compile("Wacht op een tweede moderator"))


async def test_keys_can_be_switched_off(comes: Comes) -> None:
    noor = await comes(size=DESKTOP)
    await beginning.come_in(noor, "Noor")
    await goes(noor, re.compile("/team/cijfers$"), "g", "o")
    await noor.open("/team/sessies")
    await noor.press("Zet sneltoetsen uit")
    await expect(noor.button("Zet sneltoetsen aan")).to_be_visible()
    before = noor.page.url
    await keys(noor, "g", "m", "?")
    await expect(noor.page.locator("dialog[open]")).to_have_count(0)
    assert noor.page.url == before
    await noor.leave()
