"""What surrounds every page: language, zone, links, the visit's name. Set per request, before any route runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Receive, Scope, Send

LANGUAGES = ("nl", "en")  # the first is the source
RIGHT_TO_LEFT = frozenset({"ar"})
BOOKING = "/afspraak"


@dataclass(frozen=True)
class Site:
    """What differs per installation.

    neutral_site: where *Snel weg* goes, a national weather page without login. booking_url: own host of the booking
    zone, empty when it is mounted at /afspraak. public_url: address of the visitor pages, used in links from elsewhere.
    """

    name: str = "Moi"
    neutral_site: str = "https://www.knmi.nl/nederland-nu/weer/verwachtingen"
    public_url: str = ""
    booking_url: str = ""


@dataclass
class Frame:
    """One request's surroundings. csrf, visit_nickname, queue_bar and notice are filled in by guards and slices;
    visit_wishes: what a visitor chose about announcements, Enter and sound, as far as they chose. posted: the page
    answers a form, so its address cannot be asked for again.

    On team pages the guard also fills in who is signed in, which pages that person may see ([(path, words, key)]) and
    whether single keys are on.
    """

    lang: str = "nl"
    path: str = "/"
    zone: str = "visitor"
    site: Site = field(default_factory=Site)
    csrf: str | None = None
    visit_nickname: str | None = None
    visit_wishes: Mapping[str, str] = field(default_factory=dict)
    queue_bar: dict[str, object] | None = None
    notice: str | None = None
    posted: bool = False
    login_name: str | None = None
    team_nav: list[tuple[str, str, str]] = field(default_factory=list)
    team_keys: bool = False

    @property
    def direction(self) -> str:
        return "rtl" if self.lang in RIGHT_TO_LEFT else "ltr"

    @property
    def team(self) -> bool:
        return self.zone == "team"

    def link(self, path: str, lang: str = "") -> str:
        """Return the address of a path of ours, in this language and on the host of its zone."""
        language = lang or self.lang
        prefix = "" if language == LANGUAGES[0] else f"/{language}"
        return self._host(path) + prefix + path

    def _host(self, path: str) -> str:
        booking = path == BOOKING or path.startswith(f"{BOOKING}/")
        if not self.site.booking_url or booking == (self.zone == "booking"):
            return ""
        return self.site.booking_url if booking else self.site.public_url


def split_language(path: str) -> tuple[str, str]:
    """Take the language off a path: "/en/forum" → ("en", "/forum"). Dutch has no prefix."""
    for lang in LANGUAGES[1:]:
        if path == f"/{lang}" or path.startswith(f"/{lang}/"):
            return lang, path[len(lang) + 1 :] or "/"
    return LANGUAGES[0], path


class FrameMiddleware:
    """Give each request its frame, and the routes a path without language."""

    def __init__(self, app: ASGIApp, zone: str = "visitor", site: Site | None = None) -> None:
        self.app = app
        self.zone = zone
        self.site = site or Site()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        lang, path = split_language(scope["path"])
        frame = Frame(lang=lang, path=path, zone=self.zone, site=self.site, posted=scope.get("method") == "POST")
        state = {**scope.get("state", {}), "frame": frame}
        raw = path.encode() if lang != LANGUAGES[0] else scope.get("raw_path")
        await self.app({**scope, "path": path, "raw_path": raw, "state": state}, receive, send)
