"""A talk by forms alone: in the language one reads, and without losing what was typed."""

import pytest

from server.kit.runtime import Runtime
from server.talks import turns
from tests.cast import HELP, colleague
from tests.pages import panels
from tests.visitors.browser import Browser


@pytest.fixture
async def merel(rt: Runtime) -> Browser:
    """Merel's browser, with a visit."""
    browser = Browser(rt)
    await browser.arrive("gesprek")
    return browser


async def test_an_english_reader_stays_in_english(merel: Browser) -> None:
    asked = await merel.send(await merel.get("/en/gesprek/vraag"), "/en/gesprek/vraag", onderwerp="")
    assert (asked.status, asked.to) == (303, "/en/gesprek")
    place = await merel.get("/en/gesprek/plek")
    told = place.response.json()
    assert (told["ahead"], told["eta"]) == ("You are next.", "We do not know how long.")
    left = await merel.send(await merel.get("/en/gesprek"), "/en/gesprek/stop-wachten")
    assert left.to == "/en/gesprek"


async def test_first_words_that_cannot_be_placed_come_back(merel: Browser, rt: Runtime) -> None:
    await merel.send(await merel.get("/gesprek/vraag"), "/gesprek/vraag", onderwerp="")
    await turns.claim(rt, await colleague(rt))
    begun = await merel.send(await merel.get("/gesprek"), "/gesprek/begin", text="Bel me op 06 12 34 56 78")
    assert begun.status == 200
    assert "Bel me op 06 12 34 56 78" in begun.response.text


@pytest.mark.parametrize(("words", "panel"), HELP)
async def test_words_that_call_for_help_show_it_in_a_talk(merel: Browser, rt: Runtime, words: str, panel: str) -> None:
    await merel.send(await merel.get("/gesprek/vraag"), "/gesprek/vraag", onderwerp="")
    await turns.claim(rt, await colleague(rt))
    said = await merel.send(await merel.get("/gesprek"), "/gesprek/begin", text=words)
    assert said.tree is not None
    assert panels(said.tree) == [panel]


async def test_talking_now_leads_to_the_line_and_never_to_the_end_of_an_earlier_talk(merel: Browser) -> None:
    """It stands in the panel for who is in danger: `Fijn dat je er was` would be the wrong word."""
    assert (await merel.get("/gesprek/nu")).to == "/gesprek"
    await merel.send(await merel.get("/gesprek/vraag"), "/gesprek/vraag", onderwerp="")
    assert (await merel.get("/gesprek/nu")).to == "/gesprek"
    await merel.send(await merel.get("/gesprek"), "/gesprek/stop-wachten")
    assert (await merel.get("/gesprek/nu")).to in ("/gesprek", "/gesprek/vraag")


async def test_nor_does_it_after_a_talk_that_has_ended(merel: Browser, rt: Runtime) -> None:
    await merel.send(await merel.get("/gesprek/vraag"), "/gesprek/vraag", onderwerp="")
    await turns.claim(rt, await colleague(rt))
    await merel.send(await merel.get("/gesprek"), "/gesprek/begin", text="Hallo")
    await merel.send(await merel.get("/gesprek/stoppen"), "/gesprek/stoppen")
    assert (await merel.get("/gesprek/nu")).to == "/gesprek/vraag"
