"""What the home page says about the chat: open, busy, full, closed, or that we do not know."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request

from server.kit.errors import Unavailable

Kind = Literal["open", "busy", "full", "closed", "unknown"]


@dataclass(frozen=True)
class HomeState:
    """State of the chat. opens: when it opens again, in words ("morgen om 10:00"), empty when unknown."""

    kind: Kind = "unknown"
    opens: str = ""


Ask = Callable[[], Awaitable[HomeState]]


async def home_state(request: Request) -> HomeState:
    """Return the live state. app.py puts the question in app.state.home_state; without an answer it is unknown."""
    ask: Ask | None = getattr(request.app.state, "home_state", None)
    if ask is None:
        return HomeState()
    try:
        return await ask()
    except Unavailable:
        return HomeState()
