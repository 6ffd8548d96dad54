"""Who may open a connection now: nobody while the server leaves, and never more than it can serve (reliability-spec 6).

The answer comes before the upgrade, as HTTP 503, so that the proxy or the page tries another process.
"""

import random
import time
from collections.abc import Callable, Sequence
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from server.kit.limits import Bucket
from server.kit.run.direct import until_gone

NEW_PER_SECOND: Final = 100
SOONEST_SECONDS: Final = 5
LATEST_SECONDS: Final = 15


class Gate:
    """Wraps an application for what stays connected; other requests pass. open: how many connections there are."""

    def __init__(
        self,
        app: ASGIApp,
        most: int,
        stays: Sequence[str] = (),
        monotonic: Callable[[], float] = time.monotonic,
        *,
        paced: bool = True,
    ) -> None:
        """most: connections of this process at one time; stays: how the addresses end whose answers stay open.

        paced: whether so many new ones a second are enough; off only in load and fault tests.
        """
        self._app = app
        self._stays = tuple(stays)
        self._most = most
        self._now = monotonic
        self._bucket = Bucket(NEW_PER_SECOND, NEW_PER_SECOND) if paced else None
        self.open = 0
        self.closed = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a connection in, or refuse its upgrade."""
        if scope["type"] != "websocket" and not (self._stays and scope["path"].endswith(self._stays)):
            await self._app(scope, receive, send)
            return
        if self.closed or self.open >= self._most or self._too_fast():
            await _refuse(scope, receive, send)
            return
        self.open += 1
        try:
            await self._app(scope, receive, send)
            await until_gone(scope)
        finally:
            self.open -= 1

    def _too_fast(self) -> bool:
        return self._bucket is not None and not self._bucket.take(self._now())


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    kind = "http.response"
    if scope["type"] == "websocket":
        await receive()  # "connect"
        kind = "websocket.http.response"
    headers = [
        (b"retry-after", str(random.randint(SOONEST_SECONDS, LATEST_SECONDS)).encode()),
        (b"cache-control", b"no-store"),
        (b"content-length", b"0"),
    ]
    await send({"type": f"{kind}.start", "status": 503, "headers": headers})
    await send({"type": f"{kind}.body", "body": b""})
