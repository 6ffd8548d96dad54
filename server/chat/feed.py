"""One room in this process: its events in order, and who gets them. No database, no bus, no clock."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final, Protocol

import orjson

from server.chat.frames import frame
from server.chat.models import EventKind, RoomKind
from server.chat.protocol import Place
from server.chat.queries import Event
from server.chat.rules import Speaker
from server.chat.speakers import Actor
from server.kit.live.outbox import Outbox, Parcel

GONE: Final = frozenset({EventKind.HIDDEN, EventKind.RETRACTED})
OVER: Final = GONE | {EventKind.EDITED}
"""After these the words before may not leave any more (P6)."""

REMEMBERED: Final = 256
PORTION: Final = 256 * 1024


class Listener(Protocol):
    """What rooms need of a connection. places and speakers: the rooms it hears, and who it is there."""

    actor: Actor
    ref: str
    team: bool
    outbox: Outbox
    closing: bool
    places: dict[str, Place]
    speakers: dict[str, Speaker]

    def silent(self, seconds: float = ...) -> bool:
        """Say whether there was no life sign for so long; a minute unless told."""
        ...

    def drop(self, code: int) -> None:
        """End the connection with a close code, soon and without waiting."""
        ...


class Feed:
    """Who listens to one room, and the events on their way to them.

    next_seq: the event that comes next, None until the room has been read; sent: the next one that goes out. band: how
    busy the listeners were told it is.
    """

    def __init__(self, room_id: str, kind: RoomKind, hand_out: Callable[["Feed"], None]) -> None:
        """Start without listeners. hand_out is what the ticker calls when something waits."""
        self.room_id, self.kind = room_id, kind
        self.band = ""
        self.places: dict[Listener, Place] = {}
        self.next_seq: int | None = None
        self.due = partial(hand_out, self)
        self._waiting: list[Event] = []
        self._held: dict[int, Event] = {}
        self._over: dict[str, Event] = {}

    @property
    def sent(self) -> int:
        """Return the seq of the next event that goes out."""
        return self._waiting[0].seq if self._waiting else self.next_seq or 0

    @property
    def behind(self) -> bool:
        """Say whether an event waits for an earlier one, which has to be read from the database."""
        return self.next_seq is not None and bool(self._held)

    @property
    def filled(self) -> bool:
        """Say whether something waits to go out."""
        return bool(self._waiting)

    def begin(self, next_seq: int) -> None:
        """Say which event comes next, once the room has been read; what came before that is dropped."""
        if self.next_seq is None:
            self.next_seq = next_seq
            self._held = {seq: event for seq, event in self._held.items() if seq >= next_seq}
            self._take_held()

    def hear(self, event: Event) -> None:
        """Take one event, in whatever order they come: known ones are dropped, early ones held."""
        if event.kind in OVER:
            self._take_out(event)
        if self.next_seq is None or event.seq >= self.next_seq:
            self._held[event.seq] = self.bare(event)
            self._take_held()

    def bare(self, event: Event) -> Event:
        """Return an event without its words when a later one has taken them back, whichever came first (P6)."""
        over = self._over.get(event.message_id or "")
        if over is None or event.seq >= over.seq or event.kind in GONE:
            return event
        return event.changed(over.kind, partial(without_words, over.kind))

    def hand_out(self) -> list[Listener]:
        """Queue what is new for every listener. Returns those who first have to read what they missed."""
        events, self._waiting = self._waiting, []
        if not events:
            return []
        first, after = events[0].seq, events[-1].seq + 1
        shared, authors = parcel(events), frozenset(event.author_key for event in events)
        behind = []
        for listener, place in self.places.items():
            if place.next_seq == first and not place.reading and authors.isdisjoint(place.keys):
                place.next_seq = after
                listener.outbox.put_now(shared)
            elif (missing := place.missing(first, after)) is None:
                if not place.reading:
                    place.reading = True
                    behind.append(listener)
            elif missing:
                place.next_seq = after
                listener.outbox.put(parcel([events[seq - first] for seq in missing], place.keys))
        return behind

    def _take_held(self) -> None:
        while self.next_seq is not None and (event := self._held.pop(self.next_seq, None)) is not None:
            self._waiting.append(event)
            self.next_seq += 1

    def _take_out(self, gone: Event) -> None:
        """Take the words out of what still waits here or in a queue: they may not leave any more (P6)."""
        self._over.pop(gone.tag, None)
        self._over[gone.tag] = gone
        if len(self._over) > REMEMBERED:
            del self._over[next(iter(self._over))]
        self._waiting = [self.bare(event) for event in self._waiting]
        self._held = {seq: self.bare(event) for seq, event in self._held.items()}
        for listener in self.places:
            listener.outbox.rewrite(gone.tag, partial(without_words, gone.kind))


def parcel(events: Iterable[Event], keys: frozenset[str] = frozenset()) -> Parcel:
    """Return events as frames; those of the own keys carry what only their author gets."""
    return Parcel(
        [event.own if event.author_key in keys else event.payload for event in events],
        [event.tag for event in events],
    )


def portion(events: Sequence[Event]) -> Sequence[Event]:
    """Return the first of these events, as many as a queue takes at once; one at least."""
    size = 0
    for count, event in enumerate(events):
        size += len(event.own)
        if size > PORTION and count:
            return events[:count]
    return events


def without_words(kind: str, payload: bytes) -> bytes:
    """Return a frame about a message that is gone: its place in the order stays, its words do not."""
    known = orjson.loads(payload)
    if "text" not in known:
        return payload
    return frame(kind, room=known["room"], seq=known["seq"], id=known["id"], rev=known.get("rev"))
