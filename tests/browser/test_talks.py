"""One-to-one in full: the line with the bar elsewhere, the achterwacht by consent, handing over, a lost peer worker."""

import re

import pytest
from playwright.async_api import expect

from tests.browser import beginning, talk
from tests.browser.album import Album
from tests.browser.conftest import Comes
from tests.browser.group import hears, write
from tests.browser.person import DESKTOP, Person
from tests.faults.server import ROOT

pytestmark = pytest.mark.browser
FENNA, JELLE = "Zilte Wulp Fenna", "Stille Otter Jelle"
SOON_MS = 4_000
"""Told by the server, without a look that comes by itself."""
AWAY_MS = 20_000
PATIENT_MS = 90_000
"""A lease of 50 seconds, and a look every five."""


@pytest.fixture(scope="module")
def film() -> Album:
    """The pictures of these journeys, beside those of the long one."""
    made = Album(ROOT / "var" / "screens-gesprek")
    made.begin()
    return made


async def test_waiting_elsewhere_talking_and_afterwards(comes: Comes, film: Album) -> None:
    fenna, jelle, sam = await comes(), await comes(), await comes(size=DESKTOP)
    await beginning.come_in(sam, "Sam")
    await beginning.begin(fenna, FENNA)
    await beginning.begin(jelle, JELLE)
    await _start_duty(sam, film)
    await talk.ask(jelle)
    await _wait_elsewhere(fenna, jelle, film)
    await _taken_while_elsewhere(fenna, sam, film)
    await _signals(fenna, sam, film)
    await _away(fenna, sam, film)
    await _danger(fenna, sam, film)
    await _round_off(fenna, sam, film)
    for person in (fenna, jelle, sam):
        await person.leave()
    film.passed()


async def test_a_colleague_comes_in_only_with_a_yes(comes: Comes, film: Album) -> None:
    fenna, sam, femke = await comes(), await comes(size=DESKTOP), await comes(size=DESKTOP)
    await beginning.come_in(sam, "Sam")
    await beginning.come_in(femke, "Femke")
    await beginning.begin(fenna, FENNA + " 2")
    await _in_talk(fenna, sam)
    await write(fenna, "Ik wil hier graag nog over praten")
    await _ring(sam, femke, film)
    await femke.sees("Je ziet nog niets van het gesprek.")
    await femke.does_not_see("graag nog over praten")
    await fenna.heading("Je praat met Sam")
    await fenna.sees("Mag Femke meepraten?")
    await film.look(fenna, "vraag-achterwacht")
    await fenna.press("Ja, dat is goed")
    await hears(femke, "graag nog over praten")
    await write(femke, "Dag, ik ben Femke en ik denk graag mee")
    await hears(fenna, "ik denk graag mee")
    await film.look(femke, "achterwacht-gesprek")
    await film.look(fenna, "gesprek-met-drie")
    await femke.press("Ga uit dit gesprek")
    await fenna.sees(re.compile("Femke is weer weg|^ervaringsdeskundige$"))
    await _hand_over(fenna, sam, film)
    for person in (fenna, sam, femke):
        await person.leave()
    film.passed()


async def _start_duty(sam: Person, film: Album) -> None:
    await sam.open("/team/balie")
    await sam.choose("2 gesprekken")
    await sam.choose("Te veel prikkels")
    await sam.press("Zo werk ik vandaag")
    await sam.sees("Er wacht nu niemand")
    await film.look(sam, "balie-leeg")


async def _wait_elsewhere(fenna: Person, jelle: Person, film: Album) -> None:
    await fenna.open("/gesprek/vraag")
    await film.look(fenna, "onderwerp-met-wens")
    await fenna.choose("Te veel prikkels")
    await fenna.choose("Liefst iemand die dit zelf kent")
    await fenna.press("Vraag een gesprek")
    await fenna.sees("Er is 1 persoon voor je.")
    await talk.unfold(fenna, "Liever nu ergens anders?")
    await fenna.sees("De Luisterlijn")
    await film.look(fenna, "rij")
    for path in ("/groepen", "/forum", "/tips", "/hulp-in-de-buurt"):
        await fenna.open(path)
        await expect(fenna.page.get_by_role("region", name="Je plek in de rij")).to_contain_text("Er is 1 persoon")
    await film.look(fenna, "rijbalk")
    await fenna.open("/gesprek")
    await fenna.sees("Er is 1 persoon voor je.")
    await jelle.press("Stop met wachten")
    await expect(fenna.page.locator("[data-queue-ahead]")).to_have_text("Jij bent de volgende.", timeout=SOON_MS)
    await fenna.open("/tips")


async def _taken_while_elsewhere(fenna: Person, sam: Person, film: Album) -> None:
    await sam.open("/team/balie")
    await sam.sees("Te veel prikkels")
    await sam.press("Neem volgende")
    bar = fenna.page.get_by_role("region", name="Je plek in de rij")
    await expect(bar).to_contain_text("Sam is er voor je.", timeout=SOON_MS)
    await film.look(fenna, "rijbalk-beurt")
    await bar.get_by_role("link").click()
    await fenna.heading("Sam is er voor je.")
    await film.look(fenna, "beurt")
    await fenna.press("Begin het gesprek")
    await fenna.heading("Je praat met Sam")
    await expect(sam.page.locator("[data-clock]")).to_contain_text("Jullie praten")


async def _signals(fenna: Person, sam: Person, film: Album) -> None:
    await sam.press("Ik schrijf een langer antwoord")
    await sam.sees("De bezoeker ziet dit nu.")
    await fenna.sees("Sam schrijft een langer antwoord")
    await film.look(fenna, "teken")
    field = sam.page.get_by_label("Je bericht")
    await field.focus()
    await field.press(";")
    await sam.page.keyboard.press("Enter")
    await expect(field).to_have_value(re.compile("^Dag .*Ik ben Sam"))
    await field.press("Control+Enter")
    await hears(fenna, "Fijn dat je er bent")
    await expect(fenna.page.locator("[data-sign]")).to_be_hidden()
    await talk.unfold(sam, "Alleen het team ziet dit")
    await sam.page.get_by_label(re.compile("Notitie voor een collega")).fill(
        sam.house.said("Slaapt slecht, rustig aan")
    )
    await sam.press("Bewaar notitie")
    await expect(sam.page.get_by_label(re.compile("Notitie voor een collega"))).to_have_value(re.compile("Slaapt"))
    await fenna.does_not_see("Slaapt slecht")


async def _away(fenna: Person, sam: Person, film: Album) -> None:
    """Sam's page is gone for a while; nobody has to load anything to see that."""
    desk = sam.page.url
    await sam.page.goto("about:blank")
    sign = fenna.page.locator("[data-sign]")
    await expect(sign).to_have_text("Sam is even weg. Laat deze pagina gerust open.", timeout=AWAY_MS)
    await film.look(fenna, "even-weg")
    await sam.page.goto(desk)
    await expect(sign).to_have_text("Sam is er weer.", timeout=SOON_MS)
    here = fenna.page.url
    await fenna.page.goto("about:blank")
    await expect(sam.page.locator("[data-away]")).to_be_visible(timeout=AWAY_MS)
    await fenna.page.goto(here)
    await expect(sam.page.locator("[data-away]")).to_be_hidden(timeout=SOON_MS)


async def _danger(fenna: Person, sam: Person, film: Album) -> None:
    await write(fenna, "Ik wil vannacht dood, ik heb alles klaarliggen")
    await sam.sees("Let op: iemand kan in gevaar zijn.")
    await film.look(sam, "balie-gevaar")
    await film.look(fenna, "gesprek-gevaar")


async def _round_off(fenna: Person, sam: Person, film: Album) -> None:
    await sam.choose("Ik wil later vandaag graag verder praten")
    await sam.press("Rond af")
    await fenna.sees(re.compile("Het gesprek stopt over 2 minuten"))
    await film.look(fenna, "laatste-minuten")
    await fenna.press("Ik heb meer tijd nodig")
    await fenna.sees("Er zijn 10 minuten bij gekomen.")
    await fenna.follow("Gesprek stoppen")
    await fenna.page.get_by_label(re.compile("Wil je nog iets zeggen")).fill(fenna.house.said("Dank je voor vanavond"))
    await fenna.press("Ja, stop het gesprek")
    await fenna.heading("Het gesprek is klaar. Fijn dat je er was.")
    await film.look(fenna, "nazorg")
    await fenna.press("Ja, dat wil ik")
    await fenna.sees("Je kunt vandaag weer om Sam vragen")
    await fenna.press("Slecht")
    await fenna.sees("Dank je dat je dit zegt.")
    await film.look(fenna, "nazorg-slecht")
    await sam.heading("Even voor jou")
    await film.look(sam, "balie-nazorg")
    await sam.press("Neem even pauze")
    await expect(sam.button("Even pauze")).to_have_attribute("aria-pressed", "true")
    await sam.press("Beschikbaar")
    await fenna.press("Vergeet mij nu")


async def _in_talk(fenna: Person, sam: Person) -> None:
    await talk.ask(fenna)
    await sam.open("/team/balie")
    await sam.press("Neem volgende")
    await fenna.heading("Sam is er voor je.")
    await fenna.press("Begin het gesprek")
    await fenna.heading("Je praat met Sam")


async def _ring(sam: Person, femke: Person, film: Album) -> None:
    await femke.open("/team/achterwacht")
    await sam.press("Vraag achterwacht")
    await femke.sees(re.compile("Sam vraagt of je meekijkt"))
    await film.look(femke, "achterwacht-oproep")
    await femke.press("Ik kom")


async def _hand_over(fenna: Person, sam: Person, film: Album) -> None:
    await talk.unfold(sam, "Draag over")
    note = sam.house.said("Mijn dienst stopt, een collega praat graag verder over slapen")
    await sam.page.get_by_label(re.compile("Kort, voor de bezoeker")).fill(note)
    await sam.press("Vraag het de bezoeker")
    await fenna.sees("Mag een collega verder met dit gesprek?")
    await film.look(fenna, "vraag-overdracht")
    await fenna.press("Ja, dat is goed")
    await fenna.heading("Je staat in de rij")
    await fenna.sees("Jij bent de volgende.")
    await expect(sam.page).to_have_url(re.compile("/team/balie$"))
    await sam.press("Neem volgende")
    await sam.sees("Overgedragen aan jou")
    await sam.sees(note)
    await film.look(sam, "balie-overgedragen")
    await fenna.heading("Sam is er voor je.")
    await fenna.press("Begin het gesprek")
    await fenna.heading("Je praat met Sam")
    await fenna.follow("Gesprek stoppen")
    await fenna.press("Ja, stop het gesprek")


async def test_a_lost_peer_worker_gives_the_place_back(comes: Comes, film: Album) -> None:
    """Promise P8, as the visitor sees it: said at once, at the old place, within a minute."""
    fenna, sam = await comes(), await comes(size=DESKTOP)
    await beginning.come_in(sam, "Sam")
    await beginning.begin(fenna, FENNA + " 3")
    await _in_talk(fenna, sam)
    await sam.leave()
    await expect(fenna.page.get_by_role("heading", level=1)).to_have_text("Je staat in de rij", timeout=PATIENT_MS)
    await fenna.sees("Je staat weer op je oude plek in de rij.")
    await fenna.sees("Jij bent de volgende.")
    await film.look(fenna, "terug-in-de-rij")
    await fenna.press("Stop met wachten")
    await fenna.leave()
    film.passed()
