"""Snel weg, in every way there is, and what Back shows afterwards."""

import asyncio
from typing import Literal

from playwright.async_api import Error, Page, expect

from tests.browser.person import Person
from tests.chromium import PATIENCE_MS

Way = Literal["button", "Escape", "Shift"]
TIMES = {"Escape": 2, "Shift": 3}


async def leave_quickly(person: Person, way: Way) -> None:
    """Leave; the visit is over and nothing of it can be brought back with the Back button."""
    await person.page.wait_for_load_state("load")
    await person.started()
    assert _personal(person, await person.page.content()), "nothing to hide here"
    if way == "button":
        await person.page.locator("header [data-exit]").click()
    for _ in range(TIMES.get(way, 0)):
        await person.page.keyboard.press(way)
    await person.page.wait_for_url(f"{person.house.neutral.origin}/**")
    async with asyncio.timeout(
        PATIENCE_MS / 1000
    ):  # the farewell to the server goes on while the weather is shown already
        while await _cookies(person):
            await person.page.wait_for_load_state("load")
    await back_shows_nothing(person)


async def back_shows_nothing(person: Person) -> None:
    """Go back as far as it goes: no page says anything about who was here."""
    while await _one_back(person):
        found = _personal(person, await _settled(person.page))
        assert found == [], f"{person.page.url} shows {found}"
    assert person.house.neutral.learned() == []
    await person.open("/forum")
    await expect(person.page.get_by_role("heading", level=1)).to_have_text("Begin zonder je naam")


async def _cookies(person: Person) -> list[str]:
    """Return the names of the cookies of the site that still say something."""
    return [str(one.get("name")) for one in await person.context.cookies(person.house.origin) if one.get("value")]


async def _one_back(person: Person) -> bool:
    """Go one page back. Returns whether there was one; a form that would have to be sent again is not shown at all."""
    try:
        return await person.page.go_back() is not None
    except Error as error:
        if "ERR_CACHE_MISS" in error.message:
            return True
        raise


async def _settled(page: Page) -> str:
    """Return what the page shows once it has stopped going elsewhere."""
    while True:
        await page.wait_for_load_state("load")
        try:
            return await page.content()
        except Error as error:
            if "navigating" not in error.message:
                raise


def _personal(person: Person, html: str) -> list[str]:
    return [word for word in person.house.words if word in html]
