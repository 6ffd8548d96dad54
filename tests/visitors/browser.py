"""A browser without script on the visitors' pages: keeps cookies, checks every page, follows nothing by itself."""

from urllib.parse import urlencode
from xml.etree.ElementTree import Element

import httpx

from server.kit.runtime import Runtime
from tests import pages
from tests.team.cast import app_of


class Page:
    """One answer: its response and, for pages, its checked tree."""

    def __init__(self, response: httpx.Response) -> None:
        """Check it when it is a page."""
        self.response = response
        self.status = response.status_code
        self.to = response.headers.get("location", "")
        self.tree = (
            pages.check(response.text) if response.headers.get("content-type", "").startswith("text/html") else None
        )

    @property
    def words(self) -> str:
        """Return the text of the main part."""
        return pages.words(next(self._tree.iter("main")))

    @property
    def heading(self) -> str:
        """Return the h1."""
        return pages.words(next(self._tree.iter("h1")))

    def form(self, action: str) -> dict[str, str]:
        """Return what a form holds as the page came: hidden fields, texts, what is checked. The last of a name wins."""
        return dict(self.pairs(action))

    def pairs(self, action: str) -> list[tuple[str, str]]:
        """The same with every value."""
        form = next(form for form in self._tree.iter("form") if (form.get("action") or "").endswith(action))
        return [
            (field.get("name", ""), field.get("value", ""))
            for field in form.iter("input")
            if field.get("name")
            and (field.get("type") not in ("radio", "checkbox") or field.get("checked") is not None)
        ]

    def values(self, name: str) -> list[str]:
        """Return the values of all fields of a name."""
        return [field.get("value", "") for field in self._tree.iter("input") if field.get("name") == name]

    @property
    def _tree(self) -> Element:
        assert self.tree is not None, self.response.text
        return self.tree


class Browser:
    """One browser; its cookie stays until it is told to go."""

    def __init__(self, rt: Runtime) -> None:
        """Open it on the visitors' address."""
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app_of(rt)),
            base_url=rt.settings.public_url,
            headers={"origin": rt.settings.public_url, "sec-fetch-site": "same-origin"},
        )

    @property
    def cookie(self) -> str | None:
        """Return the token it holds."""
        return self._client.cookies.get("moi")

    async def get(self, path: str, **headers: str) -> Page:
        """Open a page."""
        return Page(await self._client.get(path, headers=headers))

    async def post(self, path: str, pairs: dict[str, str] | list[tuple[str, str]], **headers: str) -> Page:
        """Send a form."""
        body = urlencode(pairs)
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return Page(await self._client.post(path, content=body, headers=kind | headers))

    async def send(self, page: Page, path: str, **values: str) -> Page:
        """Fill in the form of a page that goes to a path, and send it."""
        kept = [(name, value) for name, value in page.pairs(path) if name not in values]
        return await self.post(path, [*kept, *values.items()])

    async def arrive(self, going: str = "forum") -> str:
        """Walk all four steps with the first offered name; return that name."""
        page = await self.get(f"/begin/naam?naar={going}")
        name = page.values("naam")[0]
        rules = await self.send(page, "/begin/naam", naam=name)
        done = await self.send(rules, "/begin/regels", akkoord="1")
        assert done.status == 303, done.response.text
        return name
