"""The slim bar on other pages of Moi: one keeps one's place, and hears when somebody is there."""

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import orjson

from server.chat.hub import DESK
from server.kit.db.database import Tx
from server.kit.live.bus import Bus
from server.kit.runtime import Runtime
from server.talks import queries
from server.talks.models import Waiting, WaitingState
from server.visitors.visit import Visit
from web import text
from web.frame import Frame

HOME: Final = "/gesprek"
WAIT_SECONDS: Final = 8
"""Less than a server that leaves gives to what it still answers."""
SPREAD_SECONDS: Final = 1.0
"""A ring is heard by every page that waits: each reads at a moment of its own, and what rings meanwhile is read too."""


async def fill(rt: Runtime, visit: Visit, frame: Frame) -> None:
    """Give the page its bar when this visitor waits or talks, except on the pages of the talk itself."""
    if frame.path == HOME or frame.path.startswith(f"{HOME}/"):
        return
    async with rt.stores.vluchtig.reading() as tx:
        found = await queries.mine(tx, queries.person_of(visit), rt.clock.now())
        frame.queue_bar = await of(tx, rt, found, frame.lang)


async def of(tx: Tx, rt: Runtime, found: Waiting | None, lang: str, ahead: int | None = None) -> dict[str, Any] | None:
    """Return the words of the bar, or None for who neither waits nor talks. turn: it is one's turn now.

    ahead: how many wait before this visitor, where that was read already.
    """
    if found is None or found.state is WaitingState.ENDED:
        return None
    link = text("queue.bar_open", lang)
    if found.state is WaitingState.WAITING:
        if found.missed:
            return {"words": text("queue.bar_missed", lang), "link_words": link, "turn": True}
        if ahead is None:
            ahead = (await queries.line(tx, found, rt.clock.now())).ahead
        words = text("queue.bar", lang, plek=text("queue.ahead", lang, n=ahead) if ahead else text("queue.next", lang))
        return {"words": words, "link_words": link, "turn": False}
    helper = await queries.last_helper(tx, found.id)
    if found.begun_at is None:
        return {"words": text("queue.ready", lang, naam=helper), "link_words": text("queue.begin", lang), "turn": True}
    return {
        "words": text("queue.bar_talk", lang, naam=helper),
        "link_words": text("queue.bar_back", lang),
        "turn": False,
    }


def mark(shown: dict[str, Any] | None) -> str:
    """Return a short mark of what a bar shows, by which a page says what it knows."""
    return hashlib.blake2s(orjson.dumps(shown), digest_size=6).hexdigest()


@asynccontextmanager
async def bell(bus: Bus) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
    """Give what waits until the line or a talk changes, in any process; it returns False when the time is up."""
    rung = asyncio.Event()
    until = asyncio.get_running_loop().time() + WAIT_SECONDS

    def ring(topic: str, payload: bytes) -> None:
        rung.set()

    async def rings() -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await rung.wait()
        if was := rung.is_set():
            await asyncio.sleep(random.uniform(0, SPREAD_SECONDS))
        rung.clear()
        return was

    bus.subscribe(DESK, ring)
    try:
        yield rings
    finally:
        bus.unsubscribe(DESK, ring)
