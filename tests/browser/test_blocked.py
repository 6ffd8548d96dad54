"""WebSockets are blocked on the way, and streams perhaps too: the same journey, and nobody is told of it. Filmed."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from tests.browser import beginning, talk
from tests.browser.album import Album
from tests.browser.group import enter, hears, placed, write
from tests.browser.house import House
from tests.browser.neutral import neutral_site
from tests.browser.person import DESKTOP, PHONE, Person, person
from tests.browser.strict_proxy import StrictProxy, strict_proxy
from tests.chromium import PATIENCE_MS
from tests.faults.server import ROOT, Server

pytestmark = pytest.mark.browser
WAYS_MS = 60_000
"""Each page tries the better ways first: three sockets, and a stream that stays silent for six seconds."""
EMMA, DAAN = "Veenlicht Emma", "Slootkant Daan"


@pytest.fixture(params=["sse", "poll"])
def way(request: pytest.FixtureRequest) -> str:
    """The best way that is left."""
    return str(request.param)


@pytest.fixture
async def proxy(way: str) -> AsyncIterator[StrictProxy]:
    """What lets only that one through."""
    expect.set_options(timeout=WAYS_MS)
    async with strict_proxy(holds_streams=way == "poll") as made:
        yield made
    expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
async def behind(proxy: StrictProxy) -> AsyncIterator[House]:
    """A demo behind it."""
    async with (
        neutral_site() as site,
        Server(MOI_MODE="demo", MOI_NEUTRAL_URL=site.origin, MOI_PUBLIC_URL=proxy.origin) as server,
    ):
        proxy.port = server.port
        await server.start()
        made = House(server, site)
        yield made
        assert made.troubles() == []


@pytest.fixture
def film(way: str) -> Album:
    """The pictures, in var/screens-sse and var/screens-poll."""
    made = Album(ROOT / "var" / f"screens-{way}")
    made.begin()
    return made


async def test_the_whole_way_without_sockets(
    browser: Browser, behind: House, proxy: StrictProxy, way: str, film: Album
) -> None:
    emma, daan = await person(browser, behind, PHONE), await person(browser, behind, DESKTOP)
    sam = await person(browser, behind, DESKTOP)
    await beginning.come_in(sam, "Sam")
    for who, name in ((emma, EMMA), (daan, DAAN)):
        await beginning.begin(who, name)
    await _in_group(emma, daan, film)
    first = await talk.wait(emma, daan, film)
    await talk.meet(emma, sam, first, film)
    await talk.talk(emma, sam)
    await film.look(emma, "gesprek")
    await talk.end(emma, sam, film)
    for who in (emma, daan, sam):
        _nobody_was_told(who)
        await who.context.close()
    film.passed()
    assert {"ws", "sse", "frame"} <= proxy.asked
    assert ("poll" in proxy.asked) is (way == "poll")


async def _in_group(emma: Person, daan: Person, film: Album) -> None:
    for who in (emma, daan):
        await enter(who)
    await write(emma, "Goedenavond, ik zit bij het raam")
    await placed(emma, "bij het raam")
    await hears(daan, "bij het raam")
    await write(daan, "Dag Emma, hier regent het zachtjes")
    await hears(emma, "regent het zachtjes")
    await expect(emma.page.locator("[data-connection-lost]")).to_be_hidden()
    await film.look(emma, "groep")


def _nobody_was_told(who: Person) -> None:
    """The browser itself notes that a socket was refused; nothing else was wrong."""
    assert who.watch.elsewhere == []
    assert [one for one in who.watch.complaints if not one.startswith("WebSocket connection to")] == []
