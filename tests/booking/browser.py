"""A browser without script: keeps cookies, sends what a form would send, and checks every page it gets."""

from dataclasses import dataclass, field
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

import httpx

from server.app import Moi
from server.kit.proof_of_work import solve
from tests.booking.making import Office
from tests.pages import check, words

FORM = {"content-type": "application/x-www-form-urlencoded"}


@dataclass
class Seen:
    """One page: where it is, its status and its tree. tree is empty for a file or a redirect."""

    response: httpx.Response
    tree: Element | None

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status_code

    @property
    def path(self) -> str:
        """The path after redirects."""
        return self.response.url.path

    @property
    def text(self) -> str:
        """All words of the page's main part."""
        assert self.tree is not None
        return words(next(self.tree.iter("main")))

    @property
    def heading(self) -> str:
        """The h1."""
        assert self.tree is not None
        return words(next(self.tree.iter("h1")))

    def values(self, name: str) -> list[str]:
        """Return the values of all inputs with a name."""
        assert self.tree is not None
        return [each.get("value") or "" for each in self.tree.iter("input") if each.get("name") == name]

    def chosen(self, name: str) -> str:
        """Return the checked radio or the typed text of a field."""
        assert self.tree is not None
        found = [each for each in self.tree.iter("input") if each.get("name") == name]
        checked = [each.get("value") or "" for each in found if "checked" in each.attrib or each.get("type") == "text"]
        return checked[0] if checked else ""

    @property
    def csrf(self) -> str:
        """The word of the first form, if there is one."""
        return next(iter(self.values("csrf")), "")


@dataclass
class Browser:
    """One device. jar is its cookies."""

    client: httpx.AsyncClient
    origin: str
    csrf: str = ""
    visited: list[str] = field(default_factory=list)

    async def get(self, path: str) -> Seen:
        """Open a page and follow where it sends."""
        return self._read(await self.client.get(path, follow_redirects=True))

    async def post(self, path: str, fields: dict[str, str | list[str]] | None = None, **headers: str) -> Seen:
        """Send a form with the csrf word of the last page."""
        body = {"csrf": self.csrf, **(fields or {})} if self.csrf else dict(fields or {})
        sent = {"origin": self.origin, **FORM, **headers}
        return self._read(
            await self.client.post(path, content=urlencode(body, doseq=True), headers=sent, follow_redirects=True)
        )

    async def begin(self, start: str = "/afspraak") -> Seen:
        """Come in by the front door: read the page, do its work, press the button."""
        return await self.post(f"{start}/begin", solved(await self.get(start)))

    async def open(self, code: str) -> Seen:
        """Type a code on the page that asks for it."""
        return await self.post("/afspraak/mijn", {"code": code, **solved(await self.get("/afspraak/mijn"))})

    def _read(self, response: httpx.Response) -> Seen:
        self.visited += [str(each.url) for each in [*response.history, response]]
        page = response.headers.get("content-type", "").startswith("text/html")
        tree = check(response.text, team=response.url.path.startswith("/team")) if page else None
        seen = Seen(response, tree)
        if page:
            self.csrf = seen.csrf
        return seen


def solved(page: Seen) -> dict[str, str | list[str]]:
    """Return the proof of work of a page's form with its answer, as a script fills it in."""
    asked = page.values("bewijs")[0]
    return {"bewijs": asked, "antwoord": solve(asked)}


def browser(office: Office) -> Browser:
    """Return a fresh device in front of the whole server."""
    origin = office.rt.settings.public_url
    transport = httpx.ASGITransport(app=Moi(office.rt))
    return Browser(httpx.AsyncClient(transport=transport, base_url=origin), origin)
