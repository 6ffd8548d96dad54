"""Team members for tests: accounts with a real password and app, and a browser that keeps its cookie."""

from dataclasses import dataclass, field
from typing import Any

import httpx
import pyotp

from server.app import Moi
from server.kit.clock import FixedClock
from server.kit.runtime import Runtime
from server.team import accounts, demo, logins
from server.team.permissions import Right, Role

PASSWORD = "koe wilg brood tram 42"


@dataclass
class Member:
    """Somebody with an account; code() is what the app shows now."""

    name: str
    secret: str
    clock: FixedClock
    recovery: list[str] = field(default_factory=list)

    def code(self) -> str:
        """Return the six digits of this half minute."""
        return pyotp.TOTP(self.secret).at(self.clock.now())


def clock_of(rt: Runtime) -> FixedClock:
    """Return the clock that tests move."""
    assert isinstance(rt.clock, FixedClock)
    return rt.clock


async def join(rt: Runtime, name: str, role: Role = Role.MODERATOR, *rights: Right) -> Member:
    """Invite somebody and let them accept."""
    token = await accounts.invite(rt, None, name, role, frozenset(rights))
    member = Member(name, (await accounts.guest(rt, token)).secret, clock_of(rt))
    member.recovery = await accounts.accept(rt, token, PASSWORD, member.code())
    return member


_APPS: dict[int, Moi] = {}


def app_of(rt: Runtime) -> Moi:
    """Return the application of this run; building it anew for each test would take most of the time."""
    return _APPS.setdefault(id(rt), _APPS.get(id(rt)) or Moi(rt))


class Screen:
    """A browser on the team's pages: keeps cookies, follows nothing, sends what a browser sends."""

    def __init__(self, rt: Runtime) -> None:
        self.rt = rt
        self.csrf = ""
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app_of(rt)),
            base_url=rt.settings.team_url,
            headers={"origin": rt.settings.team_url, "sec-fetch-site": "same-origin"},
        )

    @property
    def cookie(self) -> str | None:
        """Return the token this browser holds."""
        return self._client.cookies.get(logins.cookie_name(self.rt.settings))

    async def hold(self, token: str) -> "Screen":
        """Give the browser a token, as signing in does."""
        self._client.cookies.clear()
        self._client.cookies.set(logins.cookie_name(self.rt.settings), token, domain="localhost.local")
        await self._learn_csrf()
        return self

    async def get(self, path: str) -> httpx.Response:
        """Open a page."""
        return await self._client.get(path)

    async def post(self, path: str, **form: Any) -> httpx.Response:
        """Send a form with the csrf word of this login."""
        answer = await self._client.post(path, data={"csrf": self.csrf, **form})
        if answer.headers.get("set-cookie"):
            await self._learn_csrf()
        return answer

    async def _learn_csrf(self) -> None:
        found = await logins.load(self.rt, self.cookie)
        self.csrf = found.csrf if found else ""


async def signed_in(rt: Runtime, role: Role) -> Screen:
    """Return a browser with an open login of a new account of this role."""
    (made,) = await demo.sign_in_for_tests(rt, role, 1)
    return await Screen(rt).hold(made["cookie"])
