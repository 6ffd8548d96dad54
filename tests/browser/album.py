"""Looks at a page in four ways, phone and desktop, light and dark: keeps the pictures, and checks each page."""

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from playwright.async_api import Page, ViewportSize

from tests.browser.person import DESKTOP, PHONE, Person
from tests.faults.server import ROOT
from web.packages import NODE_MODULES

AXE: Final = (NODE_MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN: Final = "tags => axe.run({runOnly: {type: 'tag', values: tags}, preload: false, resultTypes: ['violations']})"
Scheme = Literal["light", "dark"]


@dataclass(frozen=True)
class View:
    """One way to look at a page. judged: axe looks too; between them the judged views have both sizes and colours."""

    name: str
    size: ViewportSize
    scheme: Scheme
    judged: bool = False


VIEWS: Final = (
    View("telefoon-licht", PHONE, "light", judged=True),
    View("telefoon-donker", PHONE, "dark"),
    View("scherm-licht", DESKTOP, "light"),
    View("scherm-donker", DESKTOP, "dark", judged=True),
)
KEPT: Final = frozenset({"start", "groep", "wachten", "gesprek", "moment", "afspraakcode", "onderwerp", "hulp-nu"})
"""Steps whose picture, as one holds a phone, goes into the documentation when MOI_TEST_KEEP_SCREENS is set."""


@dataclass
class Album:
    """Numbered pictures of one journey. steps: what was looked at; faults: what axe found, per step and view."""

    folder: Path
    steps: list[str] = field(default_factory=list)
    pages: set[str] = field(default_factory=set)
    faults: list[tuple[str, str, str, str]] = field(default_factory=list)
    wide: list[tuple[str, str]] = field(default_factory=list)

    def begin(self) -> None:
        """Empty the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    async def look(self, person: Person, step: str) -> None:
        """Take the pictures of one step and check the page; afterwards the window is as it was."""
        self.steps.append(step)
        self.pages.add(await person.page.title() + " / " + await person.page.locator("h1").first.inner_text())
        for view in VIEWS:
            await self._one(person.page, step, view)
        await _set(person.page, person.size, "light")
        await person.keeps_nothing()

    async def _one(self, page: Page, step: str, view: View) -> None:
        await _set(page, view.size, view.scheme)
        if view is VIEWS[0] and step in KEPT and os.environ.get("MOI_TEST_KEEP_SCREENS"):
            await page.screenshot(path=ROOT / "docs" / "screens" / f"{step}.png")
        await page.evaluate("scrollTo(0, 0)")
        name = f"{len(self.steps):02d}-{step}-{view.name}.png"
        await page.screenshot(path=self.folder / name, full_page=True)
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            self.wide.append((step, view.name))
        if view.judged:
            self.faults += [(step, view.name, *found) for found in await violations(page)]

    def passed(self) -> None:
        """Check that axe found nothing and no page was too wide."""
        assert self.faults == []
        assert self.wide == []


async def violations(page: Page) -> list[tuple[str, str]]:
    """Return (rule, first element) for everything axe finds wrong. The page keeps its own rules on scripts."""
    await page.evaluate(AXE)
    found = await page.evaluate(RUN, TAGS)
    return [(rule["id"], rule["nodes"][0]["html"]) for rule in found["violations"]]


async def _set(page: Page, size: ViewportSize, scheme: Scheme) -> None:
    await page.set_viewport_size(size)
    await page.emulate_media(color_scheme=scheme)
