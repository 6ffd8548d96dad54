"""Snel weg, in every way there is, and what Back shows afterwards."""

from typing import Literal

from playwright.async_api import expect

from tests.browser.person import Person

Way = Literal["button", "Escape", "Shift"]
TIMES = {"Escape": 2, "Shift": 3}


async def leave_quickly(person: Person, way: Way) -> None:
    """Leave; the visit is over and nothing of it can be brought back with the Back button."""
    await person.page.wait_for_load_state("load")
    assert _personal(person, await person.page.content()), "nothing to hide here"
    if way == "button":
        await person.page.locator("header [data-exit]").click()
    for _ in range(TIMES.get(way, 0)):
        await person.page.keyboard.press(way)
    await person.page.wait_for_url(f"{person.house.neutral.origin}/**")
    await back_shows_nothing(person)


async def back_shows_nothing(person: Person) -> None:
    """Go back as far as it goes: no page says anything about who was here."""
    while await person.page.go_back() is not None:
        found = _personal(person, await person.page.content())
        assert found == [], f"{person.page.url} shows {found}"
    assert person.house.neutral.learned() == []
    kept = [cookie.get("name") for cookie in await person.context.cookies(person.house.origin) if cookie.get("value")]
    assert kept == []
    await person.open("/forum")
    await expect(person.page.get_by_role("heading", level=1)).to_have_text("Begin zonder je naam")


def _personal(person: Person, html: str) -> list[str]:
    return [word for word in person.house.words if word in html]
