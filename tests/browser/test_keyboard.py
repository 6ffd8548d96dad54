"""Without a mouse and at 400 percent: the way out comes first, focus can be seen, and nothing slides sideways."""

import pytest

from tests.browser import beginning, forum, group
from tests.browser.conftest import Comes
from tests.browser.person import DESKTOP, Person

pytestmark = pytest.mark.browser
HOVE = "Zachte Lepelaar Hove"
OPEN = ("/", "/begin", "/begin/leeftijd", "/begin/naam", "/groepen", "/hulp-in-de-buurt", "/afspraak", "/tips", "/nood")
INSIDE = ("/gesprek", "/gesprek/vraag", "/forum", "/forum/nieuw", "/mijn", "/terugkeerzin", "/afspraak/mijn")
TEAM = {
    "Sam": ("/team", "/team/balie", "/team/agenda", "/team/groepen"),
    "Noor": ("/team/moderatie",),
    "Hilde": ("/team/cijfers",),
    "Joost": ("/team/beheer",),
}
FOCUS = """() => {
  const here = document.activeElement, box = here.getBoundingClientRect(), style = getComputedStyle(here);
  const x = Math.min(Math.max(box.x + box.width / 2, 0), innerWidth - 1), y = box.y + Math.min(box.height / 2, 20);
  const top = document.elementFromPoint(x, y);
  return {
    words: (here.getAttribute("aria-label") ?? here.labels?.[0]?.textContent ?? here.textContent).trim(),
    body: here === document.body,
    seen: (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || here.matches("label :focus"),
    covered: !(top && (here.contains(top) || top.contains(here))),
  };
}"""
MOST_STOPS = 60


async def test_the_way_out_is_the_first_stop(comes: Comes) -> None:
    hove = await comes()
    await beginning.begin(hove, HOVE)
    for path in OPEN + INSIDE:
        await hove.open(path)
        await hove.page.keyboard.press("Tab")
        assert (await hove.page.evaluate(FOCUS))["words"].startswith("Snel weg"), path
    await hove.leave()


async def test_starting_and_writing_by_keyboard(comes: Comes) -> None:
    hove = await comes(size=DESKTOP)
    hove.house.said(HOVE)
    await hove.open("/begin")
    for step, key in (("Ga verder", "Enter"), ("Ja", "Space"), ("Ga verder", "Enter")):
        await _press(hove, step, key)
    await _tab_to(hove, "Zelf kiezen")
    await hove.page.keyboard.type(HOVE)
    await hove.page.keyboard.press("Enter")
    await hove.heading(beginning.RULES)
    await _press(hove, "Ik doe mee met deze regels", "Space")
    await _press(hove, "Begin", "Enter")
    await hove.heading("Groepen")
    await _press(hove, f"Ga naar binnen: {group.GROUP}", "Enter")
    await hove.heading(group.GROUP)
    await _tab_to(hove, "Je bericht")
    await hove.page.keyboard.type(hove.house.said("Getypt zonder muis, op mijn gemak"))
    await hove.page.keyboard.press("Enter")
    await group.placed(hove, "Getypt zonder muis")
    assert (await hove.page.evaluate(FOCUS))["words"].startswith("Je bericht"), "focus stays where one types"
    await hove.leave()


async def test_nothing_slides_sideways_at_400_percent(comes: Comes) -> None:
    hove = await comes(size={"width": 320, "height": 256})
    await beginning.begin(hove, HOVE)
    await _fits(hove, *OPEN, *INSIDE)
    await group.enter(hove)
    await _fits_here(hove)
    await hove.open("/forum")
    await hove.page.locator(".topics__title a").filter(has_not_text=forum.TITLE).first.click()
    await hove.page.locator(".posts").wait_for()
    await _fits_here(hove)
    await hove.leave()


@pytest.mark.parametrize("member", list(TEAM))
async def test_the_team_fits_too(comes: Comes, member: str) -> None:
    person = await comes(size={"width": 320, "height": 256})
    await beginning.come_in(person, member)
    await _fits(person, *TEAM[member])
    await person.leave()


async def _fits(person: Person, *paths: str) -> None:
    for path in paths:
        await person.open(path)
        await _fits_here(person)


async def _fits_here(person: Person) -> None:
    wide = await person.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{person.page.url} is {wide} px too wide"


async def _press(person: Person, words: str, key: str) -> None:
    await _tab_to(person, words)
    before = person.page.url
    await person.page.keyboard.press(key)
    if key == "Enter":
        await person.page.wait_for_function("before => location.href !== before", arg=before)
        await person.page.wait_for_load_state("load")
        await person.started()


async def _tab_to(person: Person, words: str) -> None:
    """Press Tab until it is there; on the way focus is never lost, hidden or covered. A group of radios is one stop."""
    for _ in range(MOST_STOPS):
        await person.page.keyboard.press("Tab")
        focus = await person.page.evaluate(FOCUS)
        assert focus["seen"], focus
        assert not focus["covered"], focus
        if " ".join(focus["words"].split()).startswith(words):
            return
    raise AssertionError(f"{words} cannot be reached by keyboard")
