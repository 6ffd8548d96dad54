"""What goes on the bus after a commit, and what every process does with it."""

from dataclasses import asdict
from typing import Any

import orjson

from server.chat.queries import Event
from server.kit.live.bus import Bus


def topic(room_id: str) -> str:
    """Return the topic of a room."""
    return f"r:{room_id}"


async def publish(bus: Bus, room_id: str, event: Event) -> None:
    """Tell every process about one committed event."""
    await bus.publish(topic(room_id), pack(event))


def pack(event: Event) -> bytes:
    """Return an event as bytes for the bus; it is kept nowhere."""
    values: dict[str, Any] = asdict(event)
    return orjson.dumps(values | {"payload": event.payload.decode(), "own": event.own.decode()})


def unpack(payload: bytes) -> Event:
    """Return the event of `pack`."""
    values = orjson.loads(payload)
    return Event(**values | {"payload": values["payload"].encode(), "own": values["own"].encode()})
