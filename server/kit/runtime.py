"""What a running server has at hand: one value, handed to deeds, with only the stores its zone may see."""

from dataclasses import dataclass, replace
from typing import Any, cast

from starlette.requests import HTTPConnection

from server.kit.clock import Clock
from server.kit.db.stores import Stores
from server.kit.keys import Keyring
from server.kit.limits import Limits
from server.kit.live.bus import Bus
from server.kit.live.store import Presence
from server.kit.run.metrics import Metrics
from server.kit.run.overload import Overload
from server.kit.settings import Settings
from server.kit.tally import Tally


@dataclass(frozen=True)
class Runtime:
    """Settings, clock, stores, keys, bus, presence, limits, load and counts of one zone."""

    settings: Settings
    clock: Clock
    stores: Stores
    keyring: Keyring
    bus: Bus
    presence: Presence
    limits: Limits
    overload: Overload
    tally: Tally
    metrics: Metrics

    def zone(self, *stores: str) -> "Runtime":
        """Return the runtime of a zone that may see these stores only."""
        return replace(self, stores=self.stores.only(*stores))

    async def close(self) -> None:
        """Let go of every connection and file."""
        await self.presence.close()
        await self.bus.close()
        await self.limits.close()
        await self.stores.close()


def runtime_of(connection: HTTPConnection) -> Runtime:
    """Return the runtime of the zone this request came in by."""
    return cast("Runtime", state(connection).runtime)


async def runtime(connection: HTTPConnection) -> Runtime:
    """FastAPI dependency: the same. It never waits, but the framework hands what is not async to a thread and back."""
    return runtime_of(connection)


def state(connection: HTTPConnection) -> Any:
    """Return the application state of the zone; app.py fills it."""
    return connection.scope["app"].state
