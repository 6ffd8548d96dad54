"""What goes on the bus after a commit, and what every process does with it."""

from typing import Final

import orjson

from server.chat.queries import Event
from server.kit.live.bus import Bus

PASSING: Final = b"!"
"""In front of a frame that has no place in the order of the room."""
REMOVED: Final = b"-"
"""In front of the author key of who is no member any more."""


LEFT: Final = b"left:"
"""To all tabs of one person: they may hear this room no more."""


def topic(room_id: str) -> str:
    """Return the topic of a room."""
    return f"r:{room_id}"


async def publish(bus: Bus, room_id: str, event: Event) -> None:
    """Tell every process about one committed event."""
    await bus.publish(topic(room_id), pack(event))


async def pass_on(bus: Bus, room_id: str, payload: bytes) -> None:
    """Tell every process a frame that is kept nowhere: who misses it, misses nothing that counts."""
    await bus.publish(topic(room_id), PASSING + payload)


async def remove(bus: Bus, room_id: str, author_key: str) -> None:
    """Tell every process that somebody is no member any more: their pages hear nothing of the room from now on."""
    await bus.publish(topic(room_id), REMOVED + author_key.encode())


def pack(event: Event) -> bytes:
    """Return an event as three lines for the bus, where it is kept nowhere; JSON has no line break in it."""
    head = orjson.dumps([event.seq, event.kind, event.message_id, event.author_key])
    return b"\n".join((head, event.payload, event.own))


def unpack(payload: bytes) -> Event:
    """Return the event of `pack`."""
    head, everybody, own = payload.split(b"\n")
    seq, kind, message_id, author_key = orjson.loads(head)
    return Event(seq, kind, message_id, author_key, everybody, own)
