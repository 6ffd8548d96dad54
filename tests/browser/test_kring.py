"""A kring from its door to its wipe, with a host and two visitors; the roster, and a door shut by one press."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Route, WebSocket, expect

from tests.browser import beginning, group
from tests.browser.album import Album
from tests.browser.conftest import Comes
from tests.browser.house import House, traces
from tests.browser.neutral import neutral_site
from tests.browser.person import DESKTOP, PHONE, Person, person
from tests.faults.server import ROOT, Server
from web import build

pytestmark = pytest.mark.browser
MEREL, DAAN = "Kreekrug Merel", "Kwelderlicht Daan"
KRING = "Kring: wachten op hulp"
LAST_PARTS = "40"
"""Seconds of the last round, and from the end to the wipe: long enough for pictures."""


@pytest.fixture(scope="module")
async def house() -> AsyncIterator[House]:
    """The demo with a short last round; a kring begins within a quarter of an hour of its start."""
    assert build.main([]) == 0
    async with (
        neutral_site() as site,
        Server(
            MOI_MODE="demo", MOI_NEUTRAL_URL=site.origin, MOI_KRING_CLOSING=LAST_PARTS, MOI_KRING_WIPE=LAST_PARTS
        ) as server,
    ):
        await server.start()
        made = House(server, site)
        yield made
        assert made.troubles() == []


@pytest.fixture
async def comes(browser: Browser, house: House) -> Comes:
    """Let somebody sit down at a browser of their own, in this house."""

    async def sit(**how: Any) -> Person:
        return await person(browser, house, how.pop("size", PHONE), **how)

    return sit


@pytest.fixture
def album(request: pytest.FixtureRequest) -> Album:
    """The pictures of one test."""
    made = Album(ROOT / "var" / f"screens-{request.node.name.removeprefix('test_')}")
    made.begin()
    return made


async def test_kring(comes: Comes, album: Album, house: House) -> None:
    """Nobody writes before the host opens; at the promised time nothing is left, on no screen and in no file."""
    merel, daan, sam = await comes(), await comes(), await comes(size=DESKTOP)
    await beginning.begin(merel, MEREL)
    await beginning.begin(daan, DAAN)
    await beginning.come_in(sam, "Sam")
    await _take_places(merel, daan, album)
    await _open(sam, merel, album)
    await _talk(merel, daan, sam, album)
    await _round_off(merel, daan, sam, album)
    await _wiped(merel, daan, sam, album)
    for each in (merel, daan, sam):
        await each.leave()
    album.passed()
    assert traces(house.words, await house.places()) == []


async def _take_places(merel: Person, daan: Person, album: Album) -> None:
    await album.look(merel, "lijst")
    for each in (merel, daan):
        await each.page.locator("main").get_by_role("link", name=KRING).first.click()
        await each.heading(KRING)
        if each is merel:
            await album.look(merel, "deur")
        await each.press("Neem een plek en ga naar binnen")
        await each.sees("Je kunt nog niet schrijven.")
    await album.look(merel, "wacht-op-begeleider")


async def _open(sam: Person, merel: Person, album: Album) -> None:
    await sam.open("/team/kringen")
    await album.look(sam, "team-kringen")
    await sam.follow("Ga naar de kring")
    await sam.heading(KRING)
    await album.look(sam, "begeleider-voor-het-begin")
    await expect(merel.page.get_by_label("Je bericht", exact=True)).to_be_hidden()
    await sam.press("Open de kring")
    await sam.sees("De kring is bezig.")


async def _talk(merel: Person, daan: Person, sam: Person, album: Album) -> None:
    """The page opens by itself, without being loaded again."""
    await merel.sees("De begeleider heeft de kring geopend.")
    await group.write(merel, "Ik wacht al zeven maanden op een plek")
    await group.hears(daan, "Ik wacht al zeven maanden")
    await group.write(sam, "Zeven maanden is lang, goed dat je er bent")
    await group.hears(merel, "Zeven maanden is lang")
    await album.look(merel, "bezig")
    await sam.press("10 minuten langer")
    await merel.sees("De kring duurt wat langer")


async def _round_off(merel: Person, daan: Person, sam: Person, album: Album) -> None:
    await album.look(sam, "begeleider-bezig")
    await daan.page.get_by_label("Je bericht", exact=True).fill("Ik ben nog aan het typen")
    await sam.press("Begin de laatste ronde")
    await merel.sees("Dit is de laatste ronde.")
    await merel.sees("Wat kun je hierna doen?")
    await album.look(merel, "laatste-ronde")
    patience = 1000 * 2 * int(LAST_PARTS)
    over = merel.page.get_by_text(re.compile(r"De kring is klaar. .* Deze kring wordt om \d\d:\d\d gewist."))
    await expect(over).to_be_visible(timeout=patience)
    await expect(daan.page.get_by_label("Je bericht", exact=True)).to_have_value("Ik ben nog aan het typen")
    await album.look(merel, "klaar")


async def _wiped(merel: Person, daan: Person, sam: Person, album: Album) -> None:
    gone = merel.page.get_by_role("status").filter(has_text="Er is niets bewaard van wat er is gezegd.")
    await expect(gone).to_be_visible(timeout=1000 * 2 * int(LAST_PARTS))
    for each in (merel, daan):
        await expect(each.page.get_by_text("Ik wacht al zeven maanden")).to_have_count(0)
    await album.look(merel, "gewist")
    await merel.page.reload()
    await merel.sees("Er is niets bewaard")
    await merel.does_not_see("zeven maanden")
    await sam.open("/team/kringen")
    await album.look(sam, "hoe-het-ging")
    await sam.press("Rustig")
    await expect(sam.button("Rustig")).to_have_count(0)


async def test_rooster(comes: Comes, album: Album) -> None:
    """A coordinator puts somebody on, copies the week; who works sees the own shifts; one press shuts a door."""
    merel, hilde, sam = await comes(), await comes(size=DESKTOP), await comes()
    await beginning.begin(merel, "Rietkraag Merel")
    await beginning.come_in(hilde, "Hilde")
    await beginning.come_in(sam, "Sam")
    await _plan(hilde, album)
    await sam.open("/team/rooster")
    await sam.sees("Je ziet je eigen diensten.")
    await album.look(sam, "eigen-diensten")
    await _shut(hilde, merel, album)
    for each in (merel, hilde, sam):
        await each.leave()
    album.passed()


async def _plan(hilde: Person, album: Album) -> None:
    """In a week that the demo left empty."""
    await hilde.open("/team/rooster")
    for _ in range(5):
        await hilde.follow("Week erna")
    await hilde.page.get_by_text("Zet iemand op het rooster").click()
    await hilde.page.get_by_label("Plek", exact=True).select_option(label="Gesprekken")
    await hilde.page.get_by_label("Wie", exact=True).select_option(label="Sam")
    await hilde.page.get_by_label("Van", exact=True).fill("19:00")
    await hilde.page.get_by_label("Tot", exact=True).fill("08:00")
    await hilde.press("Zet op het rooster")
    await hilde.sees("hoogstens 12 uur")
    await hilde.page.get_by_label("Tot", exact=True).fill("22:30")
    await hilde.press("Zet op het rooster")
    await hilde.sees("19:00–22:30 Sam")
    await album.look(hilde, "week")
    await hilde.press("Kopieer deze week naar de volgende")
    await hilde.sees("19:00–22:30 Sam")
    await hilde.press(re.compile("Haal weg: Sam"))
    await expect(hilde.page.get_by_text("19:00–22:30 Sam")).to_have_count(0)


async def _shut(hilde: Person, merel: Person, album: Album) -> None:
    """Who is inside hears it at once and reads why; who is typing keeps the words."""
    await group.enter(merel)
    await hilde.open("/team/rooster/deuren")
    await _shut_the_door(hilde, album)
    await merel.sees("Deze groep is nu dicht.")
    await merel.open("/groepen")
    await merel.sees("Iemand van het team is ziek.")
    await album.look(merel, "lijst-met-dichte-deur")
    await merel.page.locator("main").get_by_role("link", name=group.GROUP).first.click()
    await merel.sees("Iemand van het team is ziek.")
    await album.look(merel, "dichte-groep")
    await _open_the_door(hilde)
    await expect(merel.page.get_by_label("Je bericht", exact=True)).to_be_visible()
    await _shut_the_door(hilde)
    await merel.sees("Deze groep is nu dicht.")
    async with merel.page.expect_websocket() as opening:
        await merel.page.reload()
        await merel.sees("Iemand van het team is ziek.")
    await _on_the_way(hilde, merel, await opening.value)
    await group.enter(merel)


async def _shut_the_door(hilde: Person, album: Album | None = None) -> None:
    await hilde.page.get_by_text("Sluit deze deur: De Huiskamer").click()
    if album:
        await album.look(hilde, "deuren")
    await hilde.press("Iemand is ziek")
    await hilde.sees("Open deze deur weer")


async def _open_the_door(hilde: Person) -> None:
    await hilde.press(re.compile("Open deze deur weer"))
    await expect(hilde.button(re.compile("Open deze deur weer"))).to_have_count(0)


async def _on_the_way(hilde: Person, merel: Person, socket: WebSocket) -> None:
    """A door that opens calls nobody back who is on the way to another page, however slow that page is."""
    left, arrives = asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        left.set()
        await arrives.wait()
        await route.continue_()

    await merel.page.route("**/groepen", late)
    async with asyncio.TaskGroup() as both:
        both.create_task(merel.follow("Alle groepen"))
        await left.wait()
        async with socket.expect_event("framereceived", lambda frame: '"kind":"open"' in frame):
            await _open_the_door(hilde)
        arrives.set()
    await merel.heading("Groepen")
    await merel.page.unroute("**/groepen", late)
