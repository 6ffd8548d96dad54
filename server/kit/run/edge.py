"""The outermost layer: forgets who is calling, refuses what cannot be a visitor's request, and survives every error.

Order of the promises: no address or browser name gets further than here (privacy 2.12), a foreign page cannot post for
somebody (7.8), and no input yields a traceback (reliability-spec 7).
"""

from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from server.kit.errors import AppError, Forbidden
from server.kit.log import Component, Event, log

FORGOTTEN: Final = frozenset(
    {b"user-agent", b"x-forwarded-for", b"x-real-ip", b"forwarded", b"via", b"accept-language", b"referer"}
)
FORGOTTEN_PREFIX: Final = b"sec-ch-"
MAX_HEADERS: Final = 64
MAX_HEADER_BYTES: Final = 8 * 1024
MAX_TARGET: Final = 2 * 1024
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
TICKET_PATH: Final = "/afspraak/begin"

Answer = Callable[[Scope, Receive, Send, AppError], Awaitable[None]]


class HeadersTooLarge(AppError):
    """More or larger headers than any browser of ours sends."""

    code = "kop_te_groot"
    status = 431
    key = "fout.te_groot"


class TargetTooLong(AppError):
    """A longer address than any of ours."""

    code = "adres_te_lang"
    status = 414
    key = "fout.404"


class ForeignOrigin(Forbidden):
    """A form or socket that another site opened."""

    code = "csrf"


class Edge:
    """Wrap the whole application. answer turns an AppError into a page, JSON or a refused handshake."""

    def __init__(self, app: ASGIApp, origins: frozenset[str], answer: Answer) -> None:
        """Take forms and sockets from these origins only."""
        self._app = app
        self._origins = origins
        self._hosts = frozenset(urlsplit(origin).netloc for origin in origins)
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request or connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refused = self._refuse(scope)
        _forget(scope)
        if refused is not None:
            await self._answer(scope, receive, send, refused)
            return
        started = _Started(send)
        try:
            await self._app(scope, receive, started)
        except ClientDisconnect:
            return  # whoever asked left before the whole question was here
        except Exception as error:  # the last place where anything can be answered
            if scope["type"] == "websocket" and isinstance(error, OSError | WebSocketDisconnect):
                return  # the browser left while the connection was being made
            log(Event.REQUEST_FAILED, component=Component.WEB, level="error", error=error)
            if not started.begun:
                await self._answer(scope, receive, send, AppError())

    def _refuse(self, scope: Scope) -> AppError | None:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        if len(headers) > MAX_HEADERS or sum(len(name) + len(value) for name, value in headers) > MAX_HEADER_BYTES:
            return HeadersTooLarge()
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MAX_TARGET:
            return TargetTooLong()
        if scope["type"] == "websocket" or scope["method"] not in SAFE:
            return None if self._own(scope, dict(headers)) else ForeignOrigin()
        return None

    def _own(self, scope: Scope, headers: dict[bytes, bytes]) -> bool:
        if headers.get(b"host", b"").decode("latin-1").lower() not in self._hosts:  # a name that somebody pointed at us
            return False
        origin = headers.get(b"origin", b"").decode("latin-1")
        if scope["path"].endswith(TICKET_PATH):  # reads no cookie; a strict browser says "null" here
            return origin == "null" or origin in self._origins
        site = headers.get(b"sec-fetch-site", b"same-origin")
        return origin in self._origins and site in (b"same-origin", b"none")


class _Started:
    """A `send` that remembers whether an answer has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False

    async def __call__(self, message: Message) -> None:
        self.begun = True
        await self._send(message)


def _forget(scope: Scope) -> None:
    """Take the caller's address and browser out of the request."""
    scope["client"] = None
    scope["headers"] = [
        (name, value)
        for name, value in scope["headers"]
        if name not in FORGOTTEN and not name.startswith(FORGOTTEN_PREFIX)
    ]
