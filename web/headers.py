"""Security headers on every answer, errors included (privacy-spec 7.1–7.3)."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PERMISSIONS = "camera=(), microphone=(), geolocation=(), clipboard-read=(), idle-detection=(), payment=(), usb=()"
CACHED_ELSEWHERE = ("/assets/", "/api/hsds")
HSTS = "max-age=63072000; includeSubDomains; preload"


class SecurityHeaders:
    """Put the headers on every answer.

    public_url: where this zone is reached; its host may open WebSockets. booking_url: host of the booking zone when it
    has its own, the only other place a form may go to. On http://localhost there is no HSTS, which would lock a
    developer's browser out.
    """

    def __init__(self, app: ASGIApp, public_url: str = "http://localhost", booking_url: str = "") -> None:
        self.app = app
        self._headers = {
            "content-security-policy": policy(public_url, booking_url),
            "referrer-policy": "same-origin",
            "x-content-type-options": "nosniff",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": PERMISSIONS,
        }
        if urlsplit(public_url).scheme == "https":
            self._headers["strict-transport-security"] = HSTS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), scope["path"])
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def _add(self, headers: MutableHeaders, path: str) -> None:
        for name, value in self._headers.items():
            headers.setdefault(name, value)
        if not path.startswith(CACHED_ELSEWHERE):
            headers["cache-control"] = "no-store"


def policy(public_url: str, booking_url: str = "") -> str:
    """Return the Content-Security-Policy: everything from here, nothing inline, no HTML from strings."""
    at = urlsplit(public_url)
    socket = f"{'wss' if at.scheme == 'https' else 'ws'}://{at.netloc}"
    form = f"'self' {_origin(booking_url)}".strip()
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "font-src 'self'",
            f"connect-src 'self' {socket}",
            f"form-action {form}",
            "base-uri 'none'",
            "object-src 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
        )
    )


def _origin(url: str) -> str:
    at = urlsplit(url)
    return f"{at.scheme}://{at.netloc}" if at.netloc else ""
