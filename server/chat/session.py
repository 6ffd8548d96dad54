"""One connection, whatever the transport: frames in, one deed each, answers and events out (reliability-spec 2)."""

import asyncio
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from server.chat.frames import (
    MAX_FRAME,
    PING_SECONDS,
    VERSION,
    BadFrame,
    Close,
    Code,
    Frame,
    Hello,
    Join,
    MustClose,
    Pong,
    Position,
    Send,
    frame,
)
from server.chat.hub import Hub
from server.chat.protocol import Manners, Place
from server.chat.rules import RoomUnknown, Speaker
from server.chat.service import MAX_CHARS
from server.chat.speakers import Actor
from server.kit.crypto import same
from server.kit.errors import AppError, Unavailable
from server.kit.limits import Bucket
from server.kit.live.outbox import Door, Outbox, Parcel
from server.kit.log import Component, Event, log
from server.kit.runtime import Runtime

HELLO_SECONDS: Final = 10
SILENCE_SECONDS: Final = 60
FRAMES_PER_SECOND: Final = 20
FRAMES_BURST: Final = 40
TOO_OFTEN: Final = 20


@dataclass(frozen=True)
class Way:
    """What a kind of frame leads to: who may send it, and the deed."""

    guard: "Guard"
    deed: "Deed"


class ChatSession:
    """One tab. places: the rooms it hears; speakers: who it is there; over: the close code, once it has ended."""

    __slots__ = (
        "_bucket", "_busy", "_hello", "_inbox", "_manners", "_too_often", "_ways", "_working", "actor", "closing",
        "hub", "outbox", "over", "places", "ref", "rt", "seen", "speakers", "team",
    )  # fmt: skip

    def __init__(self, rt: Runtime, hub: Hub, actor: Actor, door: Door, ways: "Ways") -> None:
        """Wait for a hello of at most ten seconds."""
        self.rt, self.hub, self.actor = rt, hub, actor
        self.ref, self.team = actor.ref, actor.team
        self.outbox = Outbox(hub.ticker, door, self._fell_behind)
        self.places: dict[str, Place] = {}
        self.speakers: dict[str, Speaker] = {}
        self.over: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.closing = False
        self.seen = rt.clock.monotonic()
        self._ways = ways
        self._manners = Manners()
        self._bucket = Bucket(FRAMES_PER_SECOND, FRAMES_BURST)
        self._too_often = 0
        self._inbox: deque[Frame] = deque()
        self._busy = False
        self._working: asyncio.Task[None] | None = None
        self._hello = asyncio.get_running_loop().call_later(HELLO_SECONDS, self.drop, Close.NO_LIFE_SIGN)

    def receive(self, text: str) -> None:
        """Take one frame; its deed is done after those before it. Whatever is wrong is said. Never raises or waits."""
        asked = None if self.closing else self._read(text)
        if asked is not None and not isinstance(asked, Pong):  # any frame is a life sign, and that one is no more
            self._inbox.append(asked)
            if not self._busy:
                self._busy = True
                room_id = asked.room if isinstance(asked, Send) else None
                self.hub.turns.soon(partial(self._begin, room_id is not None), room_id)

    async def receive_alone(self, text: str) -> None:
        """Do what the only frame of this connection asks, in a room that it has not joined if need be."""
        if (asked := self._read(text)) is None:
            return
        room_id = getattr(asked, "room", None)
        try:
            if room_id and not isinstance(asked, Join):
                self.speakers[room_id] = (await self.hub.admit(self.actor, room_id))[1]
        except AppError as error:
            unknown = isinstance(error, RoomUnknown)  # as for whoever has not joined it (frames.in_room)
            self.say(refusal(getattr(asked, "ref", None), RoomUnknown(Code.NO_ACCESS) if unknown else error))
        else:
            await self._one(asked)

    async def begin(self, positions: Sequence[Position]) -> None:
        """Arrive: after a hello, or at once where the request itself has said who it is."""
        self.greet()
        self.hub.arrive(self)
        self.say(self._welcome())
        for position in positions:
            try:
                await self.hub.enter(self, position.room, position)
            except Unavailable:  # the page comes back by itself and asks again; an error here would leave it deaf
                self.drop(Close.RESYNC)
            except AppError as error:
                self.say(refusal(None, error))

    def greet(self) -> None:
        """Need no hello: it has come, or the request itself said who is there."""
        self._hello.cancel()
        self._manners.greeted = True

    def alive(self) -> None:
        """Take note of a life sign."""
        self.seen = self.rt.clock.monotonic()

    def say(self, answer: bytes, *, droppable: bool = False) -> None:
        """Queue a frame."""
        self.outbox.put(Parcel([answer]), droppable=droppable)

    def drop(self, code: int) -> None:
        """End the connection with a close code, soon and without waiting."""
        if not self.closing:
            self.closing = True
            self._hello.cancel()
            self._inbox.clear()
            self.over.set_result(code)

    def lost(self) -> None:
        """Hear that the other side has left: there is nobody to say a code to."""
        self.drop(0)
        self.outbox.give_up()

    def silent(self, seconds: float = SILENCE_SECONDS) -> bool:
        """Say whether there was no life sign for so long; a minute unless told."""
        return self.rt.clock.monotonic() - self.seen > seconds

    def _read(self, text: str) -> Frame | None:
        """Return the frame in a text; None when it was wrong, which is said."""
        self.alive()
        try:
            if self._bucket.take(self.seen):
                return self._manners.receive(text)
            self._slow_down()
        except BadFrame as error:
            self._misread(error)
        except MustClose as error:
            self.drop(error.close)
        return None

    def _fell_behind(self) -> None:
        self.drop(Close.RESYNC)

    def _begin(self, in_room: bool) -> None:
        self._working = asyncio.create_task(self._work(in_room))

    async def _work(self, in_room: bool) -> None:
        """Do what the frames ask, in their order. in_room: the first of them has a turn among those of its room."""
        try:
            while self._inbox:
                await self._one(self._inbox.popleft())
                if in_room:
                    self.hub.turns.ended()
                    in_room = False
        except Exception as error:  # one frame may not take the process with it
            log(Event.FRAME_FAILED, component=Component.SOCKET, level="error", error=error)
            self.drop(Close.RESTART)
        finally:
            if in_room:
                self.hub.turns.ended()
            self._working, self._busy = None, False

    async def _one(self, asked: Frame) -> None:
        if isinstance(asked, Hello):
            await self._greet(asked)
            return
        ref = getattr(asked, "ref", None)
        try:
            if (way := self._ways.get(type(asked))) is None:  # nobody's deed stands behind it at this door
                raise BadFrame(Code.UNKNOWN_TYPE, "t", ref)
            way.guard(self, asked)
            await way.deed(self, asked)
        except BadFrame as error:
            self._misread(error)
        except AppError as error:
            self.say(refusal(ref, error))

    def _misread(self, error: BadFrame) -> None:
        try:
            self._manners.misbehaved(self.seen)
        except MustClose as end:
            self.drop(end.close)
        else:
            self.say(frame("error", ref=error.ref, code=error.code, key="fout.ongeldig", field=error.field))

    def _slow_down(self) -> None:
        self._too_often += 1
        if self._too_often > TOO_OFTEN:
            raise MustClose(Close.TOO_FAST)
        self.say(frame("error", code="te_snel", key="fout.te_snel", retry_ms=1000, args={"s": 1}))

    async def _greet(self, hello: Hello) -> None:
        if not same(hello.csrf.encode(), self.actor.csrf.encode()):
            self.drop(Close.NO_SESSION)
            return
        await self.begin(hello.resume)

    def _welcome(self) -> bytes:
        """Return the first frame of the server."""
        return frame(
            "welcome",
            v=VERSION,
            conn=secrets.token_hex(8),
            server_time=int(self.rt.clock.now().timestamp() * 1000),
            limits={"frame": MAX_FRAME, "text": MAX_CHARS},
            ping_s=PING_SECONDS,
            degraded=self.hub.impaired,
        )


Guard = Callable[[ChatSession, Frame], None]
Deed = Callable[[ChatSession, Frame], Awaitable[None]]
Ways = Mapping[type[Frame], Way]


def refusal(ref: str | None, error: AppError) -> bytes:
    """Return the error frame for something that could not be done."""
    values = {name: value for name, value in error.values.items() if isinstance(value, int | str)}
    return frame(
        "error",
        ref=ref,
        code=error.code,
        key=error.key,
        field=error.field,
        retry_ms=error.retry_ms,
        args=values or None,
    )
