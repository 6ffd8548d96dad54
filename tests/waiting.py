"""Waiting for a condition, never for a while."""

import asyncio
from collections.abc import Callable

from server.kit.live.bus import Bus
from server.kit.live.redis_bus import RedisBus

LONGEST_SECONDS = 20


async def until(true: Callable[[], object]) -> None:
    """Wait for something to become true. Raises TimeoutError."""
    async with asyncio.timeout(LONGEST_SECONDS):
        while not true():
            await asyncio.sleep(0.01)


async def hears(bus: Bus, *topics: str) -> None:
    """Wait until what others publish on these topics arrives here, however busy the machine is."""
    await until(lambda: bus.state() == "up")
    if isinstance(bus, RedisBus):
        await until(lambda: bus._confirmed.issuperset(topics))
