"""Serve the built assets from memory: /assets/…, cached for ever, compressed beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from web.manifest import PREFIX, files

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
CODINGS = {"br": ".br", "gzip": ".gz"}
FOREVER = b"public, max-age=31536000, immutable"
Raw = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Asset:
    """One file and its compressed copies by the name of the coding; "identity" is always there."""

    media_type: str
    bodies: dict[str, bytes]


class Assets:
    """ASGI application for everything under /assets/. All files together are small, so they are kept in memory."""

    def __init__(self) -> None:
        """Take what was built. Raises NotBuilt."""
        built = files()
        self._assets = {name: _asset(name, built) for name in built if Path(name).suffix in TYPES}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        asset = self._assets.get(scope["path"].removeprefix(PREFIX))
        if asset is None or scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 404, [(b"content-type", b"text/plain"), (b"cache-control", b"no-store")], b"")
            return
        coding = _coding(Headers(scope=scope).get("accept-encoding", ""), asset)
        body = asset.bodies[coding]
        await _answer(send, 200, _headers(asset, coding, len(body)), b"" if scope["method"] == "HEAD" else body)


def _asset(name: str, built: dict[str, bytes]) -> Asset:
    copies = {coding: built[name + ending] for coding, ending in CODINGS.items() if name + ending in built}
    return Asset(TYPES[Path(name).suffix], {"identity": built[name], **copies})


def _coding(accepted: str, asset: Asset) -> str:
    offered = {part.split(";")[0].strip() for part in accepted.split(",") if "q=0" not in part.replace("q=0.", "")}
    return next((coding for coding in CODINGS if coding in offered and coding in asset.bodies), "identity")


def _headers(asset: Asset, coding: str, length: int) -> Raw:
    headers = [
        (b"content-type", asset.media_type.encode()),
        (b"content-length", str(length).encode()),
        (b"cache-control", FOREVER),
        (b"vary", b"accept-encoding"),
    ]
    return headers if coding == "identity" else [*headers, (b"content-encoding", coding.encode())]


async def _answer(send: Send, status: int, headers: Raw, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
