"""A visitor's browser without script: fills in the forms of a page, and checks every page it gets."""

from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

import httpx

from server.app import Moi
from server.kit.runtime import Runtime
from server.visitors import service as visitors
from server.visitors.guards import cookie_name
from server.visitors.visit import NEWCOMER_MESSAGES, Visit
from tests.pages import check, words

FORM = {"content-type": "application/x-www-form-urlencoded"}


@dataclass
class Seen:
    """One page."""

    response: httpx.Response
    tree: Element

    @property
    def main(self) -> str:
        """All words of the page's main part."""
        return words(next(self.tree.iter("main")))

    @property
    def address(self) -> str:
        """Path, query and fragment after redirects."""
        url = self.response.url
        return url.raw_path.decode() + (f"#{url.fragment}" if url.fragment else "")

    def form(self, action: str) -> dict[str, list[str]]:
        """Return what the form with this action would send untouched. Raises StopIteration when there is none."""
        found = next(form for form in self.tree.iter("form") if (form.get("action") or "").endswith(action))
        sent: dict[str, list[str]] = {}
        for field in found.iter():
            name, kind = field.get("name"), field.get("type")
            unchecked = kind in ("checkbox", "radio") and "checked" not in field.attrib
            if name and not unchecked and field.tag in ("input", "textarea"):
                sent.setdefault(name, []).append(field.get("value") or (field.text or "").removeprefix("\n"))
        return sent


@dataclass
class Browser:
    """One visitor's device."""

    rt: Runtime
    client: httpx.AsyncClient
    visit: Visit

    async def get(self, path: str, status: int = 200) -> Seen:
        """Open a page and follow where it sends."""
        return self._seen(await self.client.get(path, follow_redirects=True), status)

    async def send(self, page: Seen, action: str, status: int = 200, **filled: str | list[str]) -> Seen:
        """Send a form of a page with some fields filled in, and follow where it sends."""
        sent = page.form(action) | {
            name: [value] if isinstance(value, str) else value for name, value in filled.items()
        }
        form = next(one for one in page.tree.iter("form") if (one.get("action") or "").endswith(action))
        return await self.post(form.get("action") or "", sent, status)

    async def post(self, path: str, sent: dict[str, list[str]], status: int = 200) -> Seen:
        """Post fields as they are."""
        answer = await self.client.post(path, content=urlencode(sent, doseq=True), headers=FORM, follow_redirects=True)
        return self._seen(answer, status)

    def _seen(self, answer: httpx.Response, status: int) -> Seen:
        assert answer.status_code == status, (answer.status_code, answer.text[:2000])
        return Seen(answer, check(answer.text))


async def browser(rt: Runtime, nickname: str, *, newcomer: bool = False) -> Browser:
    """Let somebody in, with a browser."""
    token, visit = await visitors.begin(rt, nickname)
    if not newcomer:
        await visitors.change(rt, visit, lambda known: _known(known, rt))
    origin = rt.settings.public_url
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=Moi(rt)), base_url=origin, headers={"origin": origin},
        cookies={cookie_name(rt): token},
    )  # fmt: skip
    return Browser(rt, client, visit)


def _known(visit: Visit, rt: Runtime) -> Visit:
    return replace(visit, known_since=rt.clock.now() - timedelta(days=3), messages_sent=NEWCOMER_MESSAGES)
