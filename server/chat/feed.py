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
    busy the listeners were told it is. since: the monotonic moment from which the first of what waits has waited;
    handed_at: when events last went out.
    """

    def __init__(self, room_id: str, kind: RoomKind, hand_out: Callable[["Feed"], None]) -> None:
        """Start without listeners. hand_out is what the ticker calls when something waits."""
        self.room_id, self.kind = room_id, kind
        self.band = ""
        self.since = 0.0
        self.handed_at = 0.0
        self.places: dict[Listener, Place] = {}
        self.next_seq: int | None = None
        self.due = partial(hand_out, self)
        self._waiting: list[Event] = []
        self._held: dict[int, Event] = {}
        self._over: dict[str, Event] = {}
        self._level: dict[Listener, Callable[[Parcel], None]] = {}
        self._uneven: dict[Listener, None] = {}
        self._by_key: dict[str, tuple[Listener, ...]] = {}
        self._sent = lambda: self.sent

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

    def add(self, listener: Listener, place: Place) -> None:
        """Let somebody listen from the number of this place on, once `settle` says so."""
        self.drop(listener)
        self.places[listener] = place
        self._uneven[listener] = None
        for key in place.keys:
            self._by_key[key] = (*self._by_key.get(key, ()), listener)

    def drop(self, listener: Listener) -> bool:
        """Let somebody listen no more. Returns whether they did."""
        if (place := self.places.pop(listener, None)) is None:
            return False
        self._level.pop(listener, None)
        self._uneven.pop(listener, None)
        for key in place.keys:
            others = tuple(one for one in self._by_key.pop(key) if one is not listener)
            if others:
                self._by_key[key] = others
        return True

    def settle(self, listener: Listener) -> bool:
        """Say whether somebody has nothing to read first; who has all that went out gets the rest with the others."""
        place = self.places[listener]
        place.reading = place.upcoming() < self.sent
        if place.upcoming() == self.sent:
            place.level = self._sent
            self._level[listener] = listener.outbox.put_now
            self._uneven.pop(listener, None)
        return not place.reading

    def hand_out(self) -> list[Listener]:
        """Queue what is new for every listener. Returns those who first have to read what they missed."""
        events, self._waiting = self._waiting, []
        if not events:
            return []
        shared = parcel(events)
        authors = {one: None for event in events for one in self._by_key.get(event.author_key, ())}
        own = [one for one in authors if self._level.pop(one, None)]
        for put in self._level.values():  # a thousand times in a full room: nothing else is looked at
            put(shared)
        for listener in own:
            self._level[listener] = listener.outbox.put_now
            listener.outbox.put(parcel(events, self.places[listener].keys))
            listener.outbox.flush()  # the answer to their own message leaves with it
        return [listener for listener in list(self._uneven) if self._falls_behind(listener, events)]

    def _falls_behind(self, listener: Listener, events: Sequence[Event]) -> bool:
        """Queue events for somebody who is not as far as the others. Returns whether they begin to read first."""
        place, first, after = self.places[listener], events[0].seq, events[-1].seq + 1
        if (missing := place.missing(first, after)) is None:
            begins, place.reading = not place.reading, True
            return begins
        if missing:
            place.next_seq = after
            listener.outbox.put(parcel([events[seq - first] for seq in missing], place.keys))
        self.settle(listener)
        return False

    def _take_held(self) -> None:
        while self.next_seq is not None and (event := self._held.pop(self.next_seq, None)) is not None:
            self._waiting.append(event)
            self.next_seq += 1

    def _take_out(self, gone: Event) -> None:
        """Take the words out of what still waits here or in a queue: they may not leave any more (P6)."""
        if (known := self._over.pop(gone.tag, gone)).seq > gone.seq:  # the later one came first, and it stands
            gone = known
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
