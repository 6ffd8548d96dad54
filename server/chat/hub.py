"""The connections of this process: who is here, who listens to which room, and getting every event to them in order."""

import asyncio
import random
from collections.abc import Collection, Coroutine
from typing import Any, Final

from server.chat import feed as feeds
from server.chat import live, queries
from server.chat.feed import Feed, Listener
from server.chat.frames import MAX_GAP, PING_SECONDS, RESUME_EVENTS, Close, Position, frame
from server.chat.models import EventKind, Room, RoomKind
from server.chat.protocol import Place
from server.chat.queries import Event
from server.chat.rules import RoomUnknown, Speaker, band
from server.chat.speakers import Actor
from server.chat.tabs import SAID, Tabs
from server.kit.clock import local_day
from server.kit.errors import Unavailable
from server.kit.live.outbox import TICK_SECONDS, Parcel, Ticker
from server.kit.live.turns import Turns
from server.kit.run.overload import Part
from server.kit.runtime import Runtime
from server.team.logins import Login, is_open
from server.team.permissions import Permission
from server.visitors import queries as visits

DESK: Final = "desk"
IMPAIRED: Final = ("opslag", "bus", "druk")
HOLD_SECONDS: Final = 0.05
LAST_SECONDS: Final = 2
BAND_MINUTES: Final = 10
UNKNOWN: Final = "onbekend"
RETURN_MS: Final = 10_000
SIGN_SECONDS: Final = 30
"""Longer than from one ping to the answer of the next."""
AT_ONCE: Final = 16
"""Visits that are written in one step, so that no message waits behind many."""
STEPS: Final = 10
"""In a second: a tenth of the work ten times delays nobody, all of it at once does."""
LOOKS: Final = PING_SECONDS * STEPS
"""At every step one part of the connections is looked at, so that each is once in PING_SECONDS."""


class Hub:
    """One per process. A room is heard on the bus as long as somebody here listens to it."""

    def __init__(self, rt: Runtime) -> None:
        """Start with nobody."""
        self.ticker = Ticker()
        self.turns = Turns()
        self._rt = rt
        self._feeds: dict[str, Feed] = {}
        self._tabs: dict[str, list[Listener]] = {}
        self._newest = Tabs()
        self._desk: dict[Listener, None] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._bands: dict[str, tuple[float, str]] = {}
        self._parts: list[dict[Listener, None]] = [{} for _ in range(LOOKS)]
        self._looks = 0
        self._unchecked: list[Listener] = []
        self._spoken: dict[Listener, None] = {}
        self._day = local_day(rt.clock.now())
        self._open = 0
        self.standing: dict[tuple[str, bool], bytes] = {}
        """What holds in a talk now, by room and side (True: the team): a frame for who is there and for who comes."""
        self.impaired: list[str] = []
        """What does not work as it should: opslag, bus or druk, the worst first."""
        self.rings = 0
        """How often the line or a talk changed."""
        rt.bus.subscribe(DESK, self._rung)

    def arrive(self, listener: Listener) -> None:
        """Add a connection; the sixth tab of one visit ends the first."""
        tabs = self._tabs.setdefault(listener.ref, [])
        tabs.append(listener)
        self._count(1)
        if len(tabs) == 1:
            self._rt.bus.subscribe(f"p:{listener.ref}", self._told)
        asked = self._newest.open(listener, int(self._rt.clock.now().timestamp() * 1000))
        self._begin(self._ask(f"p:{listener.ref}", asked))
        if listener.team:
            self._desk[listener] = None
        min(self._parts, key=len)[listener] = None

    def depart(self, listener: Listener) -> None:
        """Forget a connection everywhere."""
        for room_id in list(listener.places):
            self.leave(listener, room_id)
        tabs = self._tabs.get(listener.ref, [])
        if listener in tabs:
            tabs.remove(listener)
            self._count(-1)
        self._newest.close(listener)
        self._desk.pop(listener, None)
        for part in self._parts:
            part.pop(listener, None)
        if not tabs and self._tabs.pop(listener.ref, None) is not None:
            self._rt.bus.unsubscribe(f"p:{listener.ref}", self._told)
        self._spoken.pop(listener, None)
        self._write_unsaved(listener)

    def spoke(self, listener: Listener) -> None:
        """Take note that somebody said something; what that means is written soon, for all of them together.

        Who left while it was placed is not looked at again, so theirs is written now.
        """
        if listener.closing:
            self._write_unsaved(listener)
        else:
            self._spoken[listener] = None

    def _write_unsaved(self, listener: Listener) -> None:
        if (writing := listener.actor.unsaved(leaving=True)) is not None:
            self._begin(writing)

    async def enter(self, listener: Listener, room_id: str, position: Position | None) -> Room:
        """Let somebody listen to a room they may read, from a position or from now on. Raises RoomUnknown.

        Subscribe first, then read, then leave out what was sent already: nothing falls between.
        """
        room, speaker = await self.admit(listener.actor, room_id)
        if room.kind is RoomKind.GROUP and position is None and not listener.team:
            self._rt.overload.require(Part.GROUP_JOIN)
        if listener.closing:  # it left while it was let in: nobody would take it out again
            raise RoomUnknown
        feed = self._listen(listener, room, speaker)
        try:
            await self._rt.bus.heard(live.topic(room_id))
            room = await self._room(room_id)
            feed.begin(room.last_seq + 1)
            await self._take_place(listener, feed, room, position)
        except BaseException:
            self.leave(listener, room_id)
            raise
        return room

    async def admit(self, actor: Actor, room_id: str) -> tuple[Room, Speaker]:
        """Return a room and who this is in it. Raises RoomUnknown for who may not know of it."""
        room = await self._room(room_id)
        if isinstance(actor.who, Login) and room.kind is not RoomKind.TALK and not actor.who.may(Permission.ROOM):
            raise RoomUnknown
        speaker = actor.in_room(room.id, room.kind, self._rt.clock.now())
        if room.kind is not RoomKind.GROUP:
            async with self._rt.stores.vluchtig.reading() as tx:
                await queries.readable_room(tx, room_id, speaker.keys, team=actor.team)
        return room, speaker

    def leave(self, listener: Listener, room_id: str) -> None:
        """Stop listening to one room."""
        listener.places.pop(room_id, None)
        listener.speakers.pop(room_id, None)
        if (feed := self._feeds.get(room_id)) is None:
            return
        if feed.drop(listener):
            for place in _seen_in(listener, room_id):
                self._rt.presence.leave(place, listener.ref)
        if not feed.places:
            del self._feeds[room_id]
            self._rt.bus.unsubscribe(live.topic(room_id), self._heard)

    def ask_back(self, within_seconds: float) -> None:
        """Ask everybody here to come back, each at a moment of their own, because this process leaves."""
        for listener in [one for tabs in self._tabs.values() for one in tabs]:
            after_ms = random.randrange(int(1000 * within_seconds) + 1)
            listener.outbox.put(Parcel([frame("reconnect", after_ms=after_ms)]))

    def announce(self, what: str, *, on: bool) -> None:
        """Tell everybody here what does not work as it should, and when it does again; who comes hears it first."""
        self.impaired = [one for one in IMPAIRED if (on if one == what else one in self.impaired)]
        parcel = Parcel([frame("degraded", what=what, key=f"storing.{what}", on=on, degraded=self.impaired)])
        for listener in [one for tabs in self._tabs.values() for one in tabs]:
            listener.outbox.put(parcel, droppable=True)

    async def dismiss(self) -> None:
        """End every connection here: whoever has not gone by now comes back elsewhere. Waits for what that writes."""
        for listener in [one for tabs in self._tabs.values() for one in tabs]:
            listener.drop(Close.RESTART)
        await asyncio.sleep(0)  # each is taken out when the loop comes round
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=LAST_SECONDS)

    def is_empty(self) -> bool:
        """Say whether nobody is connected here, by whatever transport."""
        return not self._tabs

    def band(self, room_id: str) -> str:
        """Return rustig, gezellig, druk or onbekend; it changes at most every ten minutes (privacy 7.8)."""
        now = self._rt.clock.monotonic()
        since, shown = self._bands.get(room_id, (-1e9, ""))
        if now - since >= BAND_MINUTES * 60 and not self._rt.overload.gives_up(Part.PRESENCE):
            people = self._rt.presence.count(f"room:{room_id}")
            if people is None:
                return UNKNOWN
            since, shown = now, band(people)
            self._bands[room_id] = (since, shown)
        return shown or UNKNOWN

    def team_present(self, room_id: str) -> bool:
        """Say whether somebody of the team listens to a room, as far as is known."""
        return bool(self._rt.presence.count(f"team:{room_id}"))

    def team_refs(self) -> list[str]:
        """Return who of the team has a page open here that gave a sign of life just now; it keeps their talks."""
        signing = {one.ref: None for one in self._desk if not one.silent(SIGN_SECONDS)}
        return [ref.removeprefix("team-") for ref in signing]

    def visited(self) -> list[str]:
        """Return the rooms in which a visitor listens here; a sign of life for their place or talk."""
        return [room_id for room_id, feed in self._feeds.items() if any(not listener.team for listener in feed.places)]

    def talks(self) -> dict[str, list[Listener]]:
        """Return who hears which talk here."""
        return {room_id: list(feed.places) for room_id, feed in self._feeds.items() if feed.kind is RoomKind.TALK}

    def stand(self, room_id: str, told: bytes, *, team: bool) -> None:
        """Say to one side of a talk what holds from now on, unless it is known; who comes later hears it then."""
        if self.standing.get((room_id, team)) == told:
            return
        self.standing[room_id, team] = told
        feed = self._feeds.get(room_id)
        for listener in feed.places if feed is not None else ():
            if listener.team is team:
                listener.outbox.put(Parcel([told]), droppable=True)

    async def look(self) -> None:
        """Ping one part of the connections; end what gives no life sign or has lost its visit. STEPS times a second."""
        self._looks += 1
        part = list(self._parts[self._looks % LOOKS])
        now = int(self._rt.clock.now().timestamp() * 1000)
        ping = Parcel([frame("ping", n=self._looks // LOOKS, server_time=now)])
        for listener in part:
            if listener.silent():
                listener.drop(Close.NO_LIFE_SIGN)
            else:
                listener.outbox.put(ping)
        if not self._looks % LOOKS:
            self._tell_bands()
            self._begin_day()
        await self._write_down()
        self._unchecked += part if self._looks // LOOKS % 2 else []
        if not self._looks % STEPS:
            unchecked, self._unchecked = self._unchecked, []
            await self._check(unchecked)

    async def _write_down(self) -> None:
        """Write what those who spoke since the last look have said, some at a time: nobody waits long for it."""
        spoken, self._spoken = list(self._spoken), {}
        for start in range(0, len(spoken), AT_ONCE):
            writing = [listener.actor.unsaved(leaving=False) for listener in spoken[start : start + AT_ONCE]]
            await asyncio.gather(*(each for each in writing if each is not None))

    def _begin_day(self) -> None:
        """After midnight everybody in a group is somebody else (privacy 2.4): their pages come back soon."""
        today = local_day(self._rt.clock.now())
        if today != self._day:
            self._day = today
            groups = [feed for feed in self._feeds.values() if feed.kind is not RoomKind.TALK]
            for listener in {one for feed in groups for one in feed.places}:
                after_ms = random.randrange(RETURN_MS)
                listener.outbox.put(Parcel([frame("reconnect", after_ms=after_ms)]))

    def _tell_bands(self) -> None:
        """Say in each room how busy it is, where that has changed; a talk has no crowd."""
        for room_id, feed in self._feeds.items():
            shown = UNKNOWN if feed.kind is RoomKind.TALK else self.band(room_id)
            if shown not in (UNKNOWN, feed.band):
                feed.band = shown
                told = Parcel([frame("presence", room=room_id, band=shown)])
                for listener in feed.places:
                    listener.outbox.put(told, droppable=True)

    async def check_visits(self) -> None:
        """End at once whose visit ended in another process and whom the bus did not tell (reliability-spec 7)."""
        await self._check([one for tabs in self._tabs.values() for one in tabs])

    async def _check(self, here: Collection[Listener]) -> None:
        """End those whose visit or login is over; one question for all visits."""
        visitors = [one for one in here if not one.team]
        try:
            async with self._rt.stores.vluchtig.reading() as tx:
                going_on = await visits.going_on(tx, {one.ref for one in visitors}, self._rt.clock.now())
        except Unavailable:  # a store that is away is no reason to send anybody away
            return
        for listener in visitors:
            if listener.ref not in going_on:
                listener.drop(Close.NO_SESSION)
        await asyncio.gather(*(self._check_login(one) for one in here if one.team))

    async def _check_login(self, listener: Listener) -> None:
        who = listener.actor.who
        try:
            if isinstance(who, Login) and not await is_open(self._rt, who.id):
                listener.drop(Close.NO_SESSION)
        except Unavailable:
            return

    async def check_positions(self) -> None:
        """Read what the bus may have lost, after one query for all rooms that are open here (reliability-spec 3)."""
        async with self._rt.stores.vluchtig.reading() as tx:
            last = await queries.last_seqs(tx, list(self._feeds))
        for room_id, last_seq in last.items():
            feed = self._feeds.get(room_id)
            if feed is not None and feed.next_seq is not None and feed.next_seq <= last_seq:
                self._rt.metrics.repair("gap")
                await self._fill(feed)

    async def _room(self, room_id: str) -> Room:
        return await self._rt.stores.vluchtig.read_together(queries.rooms, room_id)

    async def _take_place(self, listener: Listener, feed: Feed, room: Room, position: Position | None) -> None:
        """Give the place its number: now, or where a position left off; a lost position gives `resync`."""
        if (place := feed.places.get(listener)) is None:  # it left, or was sent away, in the meantime
            raise RoomUnknown
        place.next_seq = room.last_seq + 1
        if position is not None and (reason := _cannot_resume(room, position)):
            self._rt.metrics.repair("resync")
            answer = frame("resync", room=room.id, epoch=room.epoch, last_seq=room.last_seq, reason=reason)
            listener.outbox.put(Parcel([answer]))
        elif position is not None:
            self._rt.metrics.repair("resume")
            place.next_seq = position.last_seq + 1
            listener.outbox.put(Parcel([_resumed(room, position)]))
        if (told := self.standing.get((room.id, listener.team))) is not None:
            listener.outbox.put(Parcel([told]), droppable=True)
        await self._catch_up(listener, feed)

    def _listen(self, listener: Listener, room: Room, speaker: Speaker) -> Feed:
        feed = self._feeds.get(room.id)
        if feed is None:
            feed = self._feeds[room.id] = Feed(room.id, room.kind, self._hand_out)
            self._rt.bus.subscribe(live.topic(room.id), self._heard)
        if listener not in feed.places:
            for place in _seen_in(listener, room.id):
                self._rt.presence.enter(place, listener.ref)
        listener.places[room.id] = Place(room.epoch, 0, speaker.keys, reading=True)
        feed.add(listener, listener.places[room.id])
        listener.speakers[room.id] = speaker
        return feed

    def _heard(self, topic: str, payload: bytes) -> None:
        """Take one event of a room off the bus. No await: one slow reader delays nobody."""
        if (feed := self._feeds.get(topic.removeprefix("r:"))) is None:
            return
        if payload[:1] in (live.PASSING, live.REMOVED):
            self._heard_aside(feed, payload[:1], payload[1:])
        else:
            self._take(feed, live.unpack(payload))

    def _heard_aside(self, feed: Feed, kind: bytes, rest: bytes) -> None:
        """Pass on a frame that is kept nowhere, or let go of who is no member any more."""
        for listener, place in list(feed.places.items()):
            if kind == live.PASSING:
                listener.outbox.put(Parcel([rest]), droppable=True)
            elif rest.decode() in place.keys:
                self.leave(listener, feed.room_id)

    def _take(self, feed: Feed, event: Event) -> None:
        if not feed.filled:
            feed.since = self._rt.clock.monotonic()
        feed.hear(event)
        if event.kind == EventKind.RETURNED:  # this talk is somebody else's from now on
            self._hand_out(feed)
            over = [one for one, place in feed.places.items() if one.team and 0 < place.upcoming() <= event.seq + 1]
            for listener in over:  # not who took the talk afterwards and knows it
                self.leave(listener, feed.room_id)
        elif feed.filled:
            self.ticker.soon(feed.due, rested=feed.since - feed.handed_at >= TICK_SECONDS)
        if feed.behind:
            self._begin(self._fill_later(feed))

    def _hand_out(self, feed: Feed) -> None:
        if feed.filled:
            feed.handed_at = self._rt.clock.monotonic()
            self._rt.metrics.latency("delivery", feed.handed_at - feed.since)
        for listener in feed.hand_out():
            self._begin(self._catch_up(listener, feed))

    async def _fill_later(self, feed: Feed) -> None:
        """Give a late event a moment to come by itself, then read the gap from the database."""
        await asyncio.sleep(HOLD_SECONDS)
        if feed.behind:
            self._rt.metrics.repair("gap")
            await self._fill(feed)

    async def _fill(self, feed: Feed) -> None:
        """Read what is stored after the last event known here, until there is no more."""
        while feed.next_seq is not None:
            found = await self._stored(feed.room_id, feed.next_seq - 1)
            for event in found:
                self._take(feed, event)
            if len(found) < RESUME_EVENTS:
                return

    async def _catch_up(self, listener: Listener, feed: Feed) -> None:
        """Send what one listener missed, until it is as far as the others. Waits for a slow reader."""
        while (place := feed.places.get(listener)) is not None:
            if feed.settle(listener):
                return
            found = await self._stored(feed.room_id, place.next_seq - 1)
            if not found or found[0].seq != place.next_seq:  # retention was faster: start anew
                listener.drop(Close.RESYNC)
                return
            now = [feed.bare(event) for event in feeds.portion(found)]
            listener.outbox.put(feeds.parcel(now, place.keys))
            place.next_seq += len(now)
            await listener.outbox.emptied()

    async def _stored(self, room_id: str, after: int) -> list[Event]:
        asked = queries.After(room_id, after, RESUME_EVENTS, self._rt.keyring)
        return await self._rt.stores.vluchtig.read_together(queries.events_after, asked)

    def _rung(self, topic: str, payload: bytes) -> None:
        """Tell every desk here that the line changed."""
        self.rings += 1
        for listener in self._desk:
            listener.outbox.put(Parcel([payload]), droppable=True)

    def _told(self, topic: str, payload: bytes) -> None:
        """Pass on what concerns one person: an ended visit, a room they left, or a frame for all their tabs."""
        if payload.startswith(SAID):
            if (answer := self._newest.heard(topic.removeprefix("p:"), payload)) is not None:
                self._begin(self._rt.bus.publish(topic, answer))
            return
        for listener in list(self._tabs.get(topic.removeprefix("p:"), [])):
            if payload == b"ended":
                listener.drop(Close.NO_SESSION)
            elif payload.startswith(live.LEFT):
                self.leave(listener, payload.removeprefix(live.LEFT).decode())
            else:
                listener.outbox.put(Parcel([payload]))

    async def _ask(self, topic: str, question: bytes) -> None:
        """Ask other processes something, once their answer would arrive here."""
        await self._rt.bus.heard(topic)
        await self._rt.bus.publish(topic, question)

    def _count(self, change: int) -> None:
        self._open += change
        self._rt.metrics.connections(self._open)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _seen_in(listener: Listener, room_id: str) -> list[str]:
    """Return where somebody is present while they listen to a room."""
    return [f"room:{room_id}", *([f"team:{room_id}"] if listener.team else [])]


def _resumed(room: Room, position: Position) -> bytes:
    until = min(room.last_seq, position.last_seq + RESUME_EVENTS)
    more = until < room.last_seq
    return frame("resumed", room=room.id, epoch=room.epoch, from_seq=position.last_seq + 1, to_seq=until, more=more)


def _cannot_resume(room: Room, position: Position) -> str | None:
    """Return why a reader has to start anew, or None (reliability-spec 2, rule 6)."""
    if position.epoch != room.epoch:
        return "epoch"
    if not 0 <= position.last_seq <= room.last_seq:
        return "seq"
    if room.last_seq - position.last_seq > MAX_GAP:
        return "gap"
    return "removed" if position.last_seq < room.first_seq - 1 else None
