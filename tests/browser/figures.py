"""The coordinator's figures: what was published, and nothing else."""

import csv
from io import StringIO

from playwright.async_api import expect

from tests.browser.album import Album
from tests.browser.person import Person


async def read_figures(hilde: Person, album: Album) -> None:
    """Open the figures, unfold a table, take the file."""
    await hilde.open("/team/cijfers")
    await hilde.heading("Cijfers")
    assert await hilde.page.locator("main svg").count() > 3
    await hilde.page.get_by_text("Toon als tabel").first.click()
    await expect(hilde.page.get_by_role("table").first).to_be_visible()
    await album.look(hilde, "cijfers")
    body = await hilde.download("Download als tabel (CSV)")
    rows = list(csv.reader(StringIO(body.decode("utf-8-sig"))))
    assert len(rows) > 10
    assert not [word for word in hilde.house.words for row in rows if word in row]
