"""The internal port: is the loop alive, is the server ready, and the metrics. No counts of people (privacy 9.5)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.types import Receive, Scope, Send

LATE_SECONDS: Final = 1.0


def _nothing() -> Mapping[str, bool]:
    return {}


def _yes() -> bool:
    return True


def _on_time() -> float:
    return 0.0


@dataclass
class Health:
    """What the server says about itself. draining: it leaves soon and takes nothing new.

    parts: whether each part it leans on answers; lag: how late its loop is, in seconds; warm: whether all is read that
    the first person would else wait for.
    """

    started: bool = False
    draining: bool = False
    parts: Callable[[], Mapping[str, bool]] = _nothing
    lag: Callable[[], float] = _on_time
    warm: Callable[[], bool] = _yes

    @property
    def begun(self) -> bool:
        """Say whether settings, schema and caches are there."""
        return self.started and self.warm()

    @property
    def ready(self) -> bool:
        """Say whether new visitors may be sent here.

        A database or bus in trouble is no reason not to: taking out all processes at once makes an outage of a fault.
        """
        return self.begun and not self.draining and self.lag() < LATE_SECONDS

    def report(self) -> bytes:
        """Return one line per part."""
        lines = [f"{name} {'up' if answers else 'degraded'}" for name, answers in self.parts().items()]
        return "".join(f"{line}\n" for line in ["ok" if self.ready else "not ready", *lines]).encode()


class InternalApp:
    """ASGI application of the internal port."""

    def __init__(self, health: Health, metrics: Callable[[], bytes], exact: Callable[[], bytes] | None = None) -> None:
        """metrics returns the exposition text; exact, in test mode only, every single measure."""
        self._health = health
        self._metrics = metrics
        self._exact = exact

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
        if path == "/exact" and self._exact is not None:
            return 200, self._exact()
        if path == "/health/ready":
            return (200 if self._health.ready else 503), self._health.report()
        if path == "/health/startup":
            return (200, b"ok\n") if self._health.begun else (503, b"not yet\n")
        return (200, b"ok\n") if path == "/health/live" else (404, b"unknown\n")
