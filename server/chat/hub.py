"""The connections of this process: who listens to which room, and getting every event to them in order."""

import asyncio
from typing import Final, Protocol

import orjson

from server.chat import live, queries
from server.chat.frames import MAX_GAP, RESUME_EVENTS, Close, Position, frame
from server.chat.models import EventKind, Room
from server.chat.protocol import Place
from server.chat.queries import Event
from server.chat.rules import Speaker, band
from server.kit.live.outbox import Outbox, TooSlow
from server.kit.runtime import Runtime

DESK: Final = "desk"
TABS: Final = 5
HOLD_SECONDS: Final = 0.05
BAND_MINUTES: Final = 10


class Listener(Protocol):
    """What the hub needs of a connection."""

    ref: str
    outbox: Outbox
    speakers: dict[str, Speaker]

    @property
    def places(self) -> dict[str, Place]:
        """Return the rooms it listens to, and how far it has come in each."""
        ...

    def drop(self, code: int) -> None:
        """End the connection with a close code, soon and without waiting."""
        ...


class Hub:
    """One per process. A room is heard on the bus as long as somebody here listens to it."""

    def __init__(self, rt: Runtime) -> None:
        """Start with nobody."""
        self._rt = rt
        self._rooms: dict[str, dict[Listener, None]] = {}
        self._tabs: dict[str, list[Listener]] = {}
        self._fills: set[asyncio.Task[None]] = set()
        self._bands: dict[str, tuple[float, str]] = {}
        self._desk: dict[Listener, None] = {}
        self._open = 0
        rt.bus.subscribe(DESK, self._rung)

    def arrive(self, listener: Listener) -> None:
        """Add a connection; the sixth tab of one visit ends the first."""
        tabs = self._tabs.setdefault(listener.ref, [])
        tabs.append(listener)
        self._open += 1
        self._rt.metrics.connections(self._open)
        if len(tabs) > TABS:
            tabs.pop(0).drop(4409)
            self._open -= 1
        if len(tabs) == 1:
            self._rt.bus.subscribe(f"p:{listener.ref}", self._told)
        if listener.ref.startswith("team-"):
            self._desk[listener] = None

    def depart(self, listener: Listener) -> None:
        """Forget a connection everywhere."""
        for room_id in list(listener.places):
            self.leave(listener, room_id)
        tabs = self._tabs.get(listener.ref, [])
        if listener in tabs:
            tabs.remove(listener)
            self._open -= 1
            self._rt.metrics.connections(self._open)
        self._desk.pop(listener, None)
        if not tabs and self._tabs.pop(listener.ref, None) is not None:
            self._rt.bus.unsubscribe(f"p:{listener.ref}", self._told)

    async def join(self, listener: Listener, room: Room, speaker: Speaker, position: Position | None) -> list[bytes]:
        """Subscribe first, then read what was missed. Returns the answer frames; events go to the outbox.

        A position that cannot be continued (other epoch, from the future, too far back, removed) gives `resync`.
        """
        self._listen(listener, room.id)
        await self._rt.bus.heard(live.topic(room.id))
        listener.speakers[room.id] = speaker
        async with self._rt.stores.vluchtig.reading() as tx:
            room = await queries.room(tx, room.id)
        if position is None:
            listener.places[room.id] = Place(room.epoch, room.last_seq + 1)
            return []
        if reason := _cannot_resume(room, position):
            listener.places[room.id] = Place(room.epoch, room.last_seq + 1)
            self._rt.metrics.repair("resync")
            return [frame("resync", room=room.id, epoch=room.epoch, last_seq=room.last_seq, reason=reason)]
        self._rt.metrics.repair("resume")
        listener.places[room.id] = Place(room.epoch, position.last_seq + 1)
        until = min(room.last_seq, position.last_seq + RESUME_EVENTS)
        answer = frame(
            "resumed", room=room.id, epoch=room.epoch, from_seq=position.last_seq + 1, to_seq=until,
            more=until < room.last_seq,
        )  # fmt: skip
        self._put(listener, answer)
        await self._fill(listener, room.id)
        return []

    def leave(self, listener: Listener, room_id: str) -> None:
        """Stop listening to one room."""
        listener.places.pop(room_id, None)
        listener.speakers.pop(room_id, None)
        listeners = self._rooms.get(room_id, {})
        listeners.pop(listener, None)
        if not listeners and self._rooms.pop(room_id, None) is not None:
            self._rt.bus.unsubscribe(live.topic(room_id), self._heard)

    def band(self, room_id: str) -> str:
        """Return rustig, gezellig or druk for a room here; it changes at most every ten minutes (privacy 7.8)."""
        now = self._rt.clock.monotonic()
        since, shown = self._bands.get(room_id, (-1e9, ""))
        if now - since >= BAND_MINUTES * 60:
            since, shown = now, band(len({listener.ref for listener in self._rooms.get(room_id, {})}))
            self._bands[room_id] = (since, shown)
        return shown

    def team_present(self, room_id: str) -> bool:
        """Say whether somebody of the team listens to a room here."""
        return any(listener.speakers[room_id].role for listener in self._rooms.get(room_id, {}))

    def team_refs(self) -> list[str]:
        """Return who of the team has a page of ours open here; a sign of life for their talks."""
        return [ref.removeprefix("team-") for ref in self._tabs if ref.startswith("team-")]

    async def check_positions(self) -> None:
        """Read what the bus may have lost, after one query for all rooms that are open here (reliability-spec 3)."""
        async with self._rt.stores.vluchtig.reading() as tx:
            last = await queries.last_seqs(tx, list(self._rooms))
        for room_id, last_seq in last.items():
            places = [one.places[room_id] for one in self._rooms.get(room_id, {}) if room_id in one.places]
            if places and (first := min(place.next_seq for place in places)) <= last_seq:
                self._rt.metrics.repair("gap")
                async with self._rt.stores.vluchtig.reading() as tx:
                    room = await queries.room(tx, room_id)
                    found = await queries.events(tx, self._rt.keyring, room, after=first - 1, limit=RESUME_EVENTS)
                for event in found:
                    self._hand(room_id, event)

    def _listen(self, listener: Listener, room_id: str) -> None:
        listeners = self._rooms.setdefault(room_id, {})
        if not listeners:
            self._rt.bus.subscribe(live.topic(room_id), self._heard)
        listeners[listener] = None

    def _heard(self, topic: str, payload: bytes) -> None:
        """Hand one event of a room to everybody here. No await: one slow reader delays nobody."""
        self._hand(topic.removeprefix("r:"), live.unpack(payload))

    def _hand(self, room_id: str, event: Event) -> None:
        returned = orjson.loads(event.payload)["t"] == EventKind.RETURNED
        for listener in list(self._rooms.get(room_id, {})):
            if room_id in listener.places and event.seq >= listener.places[room_id].next_seq:
                self._offer(listener, room_id, event)
                if returned and listener.speakers[room_id].role:  # this talk is somebody else's from now on
                    self.leave(listener, room_id)
                elif listener.places[room_id].behind:
                    self._fill_soon(listener, room_id)

    def _rung(self, topic: str, payload: bytes) -> None:
        """Tell every desk here that the line changed."""
        for listener in list(self._desk):
            self._put(listener, payload, droppable=True)

    def _told(self, topic: str, payload: bytes) -> None:
        """Pass on what concerns one person: an ended visit, or a frame for all their tabs."""
        for listener in list(self._tabs.get(topic.removeprefix("p:"), [])):
            if payload == b"ended":
                listener.drop(4401)
            else:
                self._put(listener, payload)

    def _offer(self, listener: Listener, room_id: str, event: Event) -> None:
        place = listener.places[room_id]
        mine = event.author_key in listener.speakers[room_id].keys
        if orjson.loads(event.payload)["t"] in ("hidden", "retracted"):
            listener.outbox.replace(f"{room_id}/{event.message_id}", event.payload)
        ready = place.offer(event.seq, event.own if mine else event.payload)
        # Alone it is this event; with it come later ones that waited, each about a message of its own.
        ids = [event.message_id] if len(ready) == 1 else [orjson.loads(each).get("id") for each in ready]
        for each, message_id in zip(ready, ids, strict=True):
            self._put(listener, each, tag=f"{room_id}/{message_id}")

    def _put(self, listener: Listener, payload: bytes, *, tag: str | None = None, droppable: bool = False) -> None:
        """Queue a frame; a reader that is too far behind is dropped and comes back, and nobody else notices."""
        try:
            listener.outbox.put(payload, tag=tag, droppable=droppable)
        except TooSlow:
            listener.drop(Close.RESYNC)

    def _fill_soon(self, listener: Listener, room_id: str) -> None:
        task = asyncio.create_task(self._fill_later(listener, room_id))
        self._fills.add(task)
        task.add_done_callback(self._fills.discard)

    async def _fill_later(self, listener: Listener, room_id: str) -> None:
        """Give a late event a moment to come by itself, then read the gap from the database."""
        await asyncio.sleep(HOLD_SECONDS)
        place = listener.places.get(room_id)
        if place is not None and place.behind:
            await self._fill(listener, room_id)

    async def _fill(self, listener: Listener, room_id: str) -> None:
        """Read and offer until nothing newer is stored. Waits for a slow reader rather than filling its queue."""
        while (place := listener.places.get(room_id)) is not None:
            async with self._rt.stores.vluchtig.reading() as tx:
                room = await queries.room(tx, room_id)
                found = await queries.events(tx, self._rt.keyring, room, after=place.next_seq - 1, limit=RESUME_EVENTS)
            for event in found:
                self._offer(listener, room_id, event)
            if len(found) < RESUME_EVENTS:
                return
            await listener.outbox.emptied()


def _cannot_resume(room: Room, position: Position) -> str | None:
    """Return why a reader has to start anew, or None (reliability-spec 2, rule 6)."""
    if position.epoch != room.epoch:
        return "epoch"
    if not 0 <= position.last_seq <= room.last_seq:
        return "seq"
    if room.last_seq - position.last_seq > MAX_GAP:
        return "gap"
    return "removed" if position.last_seq < room.first_seq - 1 else None
