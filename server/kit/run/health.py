"""The internal port: is the loop alive, is the server ready, and the metrics. No counts of people (privacy 9.5)."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import Receive, Scope, Send


@dataclass
class Health:
    """What the server says about itself. draining: it leaves soon and takes nothing new."""

    started: bool = False
    draining: bool = False

    @property
    def ready(self) -> bool:
        """Say whether new visitors may be sent here. A database in trouble is no reason not to."""
        return self.started and not self.draining


class InternalApp:
    """ASGI application of the internal port."""

    def __init__(self, health: Health, metrics: Callable[[], bytes]) -> None:
        """metrics returns the exposition text."""
        self._health = health
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        status, body = self._answer(scope["path"])
        headers = [(b"content-type", b"text/plain; version=0.0.4; charset=utf-8"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _answer(self, path: str) -> tuple[int, bytes]:
        if path == "/metrics":
            return 200, self._metrics()
        good = {
            "/health/live": True,
            "/health/startup": self._health.started,
            "/health/ready": self._health.ready,
        }.get(path)
        if good is None:
            return 404, b"unknown\n"
        return (200, b"ok\n") if good else (503, b"not yet\n")
