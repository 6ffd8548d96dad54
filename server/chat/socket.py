"""The WebSocket door of chat: frames in, one deed each, answers out (reliability-spec 2)."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from server.chat import queries, service
from server.chat.frames import (
    MAX_FRAME,
    PING_SECONDS,
    SUBPROTOCOL,
    VERSION,
    Backfill,
    BadFrame,
    Close,
    Code,
    Frame,
    Hello,
    Join,
    Leave,
    MustClose,
    Pong,
    Position,
    Retract,
    Send,
    frame,
)
from server.chat.hub import Hub
from server.chat.models import MessageState, RoomKind
from server.chat.protocol import ChatSession, Place
from server.chat.rules import RoomUnknown, Speaker
from server.chat.service import Draft, Outcome
from server.chat.speakers import Actor
from server.kit.crypto import same
from server.kit.errors import AppError, Conflict, Unavailable
from server.kit.guards import guard
from server.kit.limits import Bucket
from server.kit.live.outbox import Outbox, TooSlow
from server.kit.log import Component, Event, log
from server.kit.runtime import Runtime

HELLO_SECONDS: Final = 10
SILENCE_SECONDS: Final = 60
FRAMES_PER_SECOND: Final = 20
FRAMES_BURST: Final = 40
TOO_OFTEN: Final = 20

StillThere = Callable[[], Awaitable[bool]]


class OldEpoch(Conflict):
    """A page asked about an earlier life of the room."""

    code = "verlopen"
    key = "fout.verlopen"


@dataclass(eq=False)
class Connection:
    """One tab. eq=False: two connections are never the same one."""

    rt: Runtime
    hub: Hub
    actor: Actor
    socket: WebSocket
    still_there: StillThere
    session: ChatSession = field(default_factory=ChatSession)
    speakers: dict[str, Speaker] = field(default_factory=dict)
    kinds: dict[str, RoomKind] = field(default_factory=dict)
    seen: float = 0.0
    too_often: int = 0
    closing: int | None = None

    def __post_init__(self) -> None:
        """Make the queue of what goes out."""
        self.ref = self.actor.ref
        self.outbox = Outbox(self._write)
        self.bucket = Bucket(FRAMES_PER_SECOND, FRAMES_BURST)
        self.gone = asyncio.Event()

    @property
    def places(self) -> dict[str, Place]:
        """Return the rooms this tab listens to."""
        return self.session.places

    def drop(self, code: int) -> None:
        """End the connection with a close code, soon and without waiting."""
        self.closing = self.closing or code
        self.gone.set()

    def say(self, answer: bytes, *, droppable: bool = False) -> None:
        """Queue a frame; a reader that is too far behind is dropped and comes back."""
        try:
            self.outbox.put(answer, droppable=droppable)
        except TooSlow:
            self.drop(Close.RESYNC)

    async def _write(self, frames: list[bytes]) -> None:
        for one in frames:
            await self.socket.send({"type": "websocket.send", "text": one.decode()})


Guard = Callable[[Connection, Frame], None]
Deed = Callable[[Connection, Frame], Awaitable[None]]


@dataclass(frozen=True)
class Way:
    """What a kind of frame leads to: who may send it, and the deed."""

    guard: Guard
    deed: Deed


@guard
def greeted(connection: Connection, asked: Frame) -> None:
    """Let in whoever said hello with the right csrf value; the session keeps that."""


@guard
def in_room(connection: Connection, asked: Frame) -> None:
    """Let in whoever joined the room the frame is about."""
    if getattr(asked, "room", None) not in connection.places:
        raise RoomUnknown(Code.NO_ACCESS)


async def serve(connection: Connection, ways: Mapping[type[Frame], Way]) -> None:
    """Serve one connection from hello to its end."""
    await connection.socket.accept(subprotocol=SUBPROTOCOL)
    tasks = [
        asyncio.create_task(work)
        for work in (_read(connection, ways), connection.outbox.run(), _heart(connection), connection.gone.wait())
    ]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        connection.hub.depart(connection)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await _end(connection, tasks)


async def _end(connection: Connection, tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Say goodbye with the right code, unless the other side has left."""
    code = connection.closing or int(Close.RESTART)
    for task in tasks:
        error = None if task.cancelled() else task.exception()
        if isinstance(error, MustClose):
            code = int(error.close)
        elif isinstance(error, WebSocketDisconnect):
            return
        elif error is not None and not isinstance(error, OSError | RuntimeError):
            log(Event.FRAME_FAILED, component=Component.SOCKET, level="error", error=error)
    if connection.socket.application_state is WebSocketState.CONNECTED:
        await connection.socket.close(code)


async def _read(connection: Connection, ways: Mapping[type[Frame], Way]) -> None:
    try:
        async with asyncio.timeout(HELLO_SECONDS):
            await _greet(connection, connection.session.receive(await _text(connection)))
    except TimeoutError:
        raise MustClose(Close.NO_LIFE_SIGN) from None
    while True:
        text = await _text(connection)
        connection.seen = connection.rt.clock.monotonic()
        await _one(connection, text, ways)


async def _one(connection: Connection, text: str, ways: Mapping[type[Frame], Way]) -> None:
    """Do what one frame asks; whatever is wrong with it is said, and the connection stays open."""
    ref: str | None = None
    try:
        if not connection.bucket.take(connection.seen):
            _slow_down(connection)
            return
        asked = connection.session.receive(text)
        ref = getattr(asked, "ref", None)
        if (way := ways.get(type(asked))) is None:  # a frame that this door does not take: nobody's deed is behind it
            raise BadFrame(Code.UNKNOWN_TYPE, "t", ref)
        way.guard(connection, asked)
        await way.deed(connection, asked)
    except BadFrame as error:
        connection.session.misbehaved(connection.seen)
        connection.say(frame("error", ref=error.ref, code=error.code, key="fout.ongeldig", field=error.field))
    except AppError as error:
        connection.say(refusal(ref, error))


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


def _slow_down(connection: Connection) -> None:
    connection.too_often += 1
    if connection.too_often > TOO_OFTEN:
        raise MustClose(Close.TOO_FAST)
    connection.say(frame("error", code="te_snel", key="fout.te_snel", retry_ms=1000, args={"s": 1}))


async def _text(connection: Connection) -> str:
    message = await connection.socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect
    text = message.get("text")
    if text is None:  # binary frames are refused like any other frame that cannot be read
        return "binary"
    return str(text)


async def _greet(connection: Connection, hello: Frame) -> None:
    if not isinstance(hello, Hello) or not same(hello.csrf.encode(), connection.actor.csrf.encode()):
        raise MustClose(Close.NO_SESSION)
    connection.seen = connection.rt.clock.monotonic()
    connection.hub.arrive(connection)
    connection.say(
        frame(
            "welcome",
            v=VERSION,
            conn=secrets.token_hex(8),
            server_time=int(connection.rt.clock.now().timestamp() * 1000),
            limits={"frame": MAX_FRAME, "text": service.MAX_CHARS},
            ping_s=PING_SECONDS,
        )
    )
    for position in hello.resume:
        try:
            await _enter(connection, position.room, position)
        except AppError as error:
            connection.say(refusal(None, error))


async def _heart(connection: Connection) -> None:
    """Ping, and end what gives no life sign or has lost its visit."""
    number = 0
    while True:
        await asyncio.sleep(PING_SECONDS)
        number += 1
        if connection.rt.clock.monotonic() - connection.seen > SILENCE_SECONDS:
            raise MustClose(Close.NO_LIFE_SIGN)
        if number % 2 == 0 and not await _may_stay(connection):
            raise MustClose(Close.NO_SESSION)
        connection.say(frame("ping", n=number, server_time=int(connection.rt.clock.now().timestamp() * 1000)))


async def _may_stay(connection: Connection) -> bool:
    try:
        return await connection.still_there()
    except Unavailable:  # a store that is away is no reason to send anybody away
        return True


async def _enter(connection: Connection, room_id: str, position: Position | None) -> tuple[str, int]:
    async with connection.rt.stores.vluchtig.reading() as tx:
        room = await queries.room(tx, room_id)
        speaker = connection.actor.in_room(room.id, room.kind, connection.rt.clock.now())
        team_visits_group = connection.actor.team and room.kind is RoomKind.GROUP
        if not team_visits_group:
            room = await queries.readable_room(tx, room_id, speaker.keys)
    connection.kinds[room_id] = room.kind
    for answer in await connection.hub.join(connection, room, speaker, position):
        connection.say(answer)
    return room.epoch, room.last_seq


async def _join(connection: Connection, asked: Frame) -> None:
    assert isinstance(asked, Join)
    if len(connection.places) >= 10 and asked.room not in connection.places:
        raise RoomUnknown(Code.NO_ACCESS)
    epoch, last_seq = await _enter(connection, asked.room, asked.position)
    band = connection.hub.band(asked.room)
    connection.say(frame("ok", ref=asked.ref, room=asked.room, epoch=epoch, last_seq=last_seq, band=band))


async def _leave(connection: Connection, asked: Frame) -> None:
    assert isinstance(asked, Leave)
    connection.hub.leave(connection, asked.room)
    connection.say(frame("ok", ref=asked.ref, room=asked.room))


async def _send(connection: Connection, asked: Frame) -> None:
    assert isinstance(asked, Send)
    draft = Draft(asked.room, asked.client_id, asked.text, asked.reply_to)
    outcome = await service.send(connection.rt, connection.speakers[asked.room], draft)
    connection.rt.metrics.frame("repeat" if outcome.dup else "send")
    connection.rt.metrics.frame("refused" if outcome.state is MessageState.REFUSED else "ack")
    if not outcome.dup:
        await connection.actor.said(outcome.state, connection.kinds[asked.room])
    connection.say(answer_frame(asked.ref, outcome))


def answer_frame(ref: str | None, outcome: Outcome) -> bytes:
    """Return `ack` for what was placed or held, `refused` for what was not (D24)."""
    shared = {"ref": ref, "client_id": outcome.client_id, "room": outcome.room}
    if outcome.state is MessageState.REFUSED:
        return frame("refused", **shared, **outcome.answer, dup=outcome.dup or None)
    at = outcome.at.strftime("%Y-%m-%dT%H:%MZ")
    placed = {"id": outcome.id, "state": outcome.state.value, "seq": outcome.seq, "at": at, "dup": outcome.dup or None}
    return frame("ack", **shared, **placed, **outcome.answer)


async def _retract(connection: Connection, asked: Frame) -> None:
    assert isinstance(asked, Retract)
    await service.retract(connection.rt, connection.speakers[asked.room], asked.id)
    connection.say(frame("ok", ref=asked.ref, room=asked.room))


async def _backfill(connection: Connection, asked: Frame) -> None:
    assert isinstance(asked, Backfill)
    speaker = connection.speakers[asked.room]
    async with connection.rt.stores.vluchtig.reading() as tx:
        room = await queries.room(tx, asked.room)
        if asked.epoch != room.epoch:
            raise OldEpoch
        found = await queries.events(
            tx,
            connection.rt.keyring,
            room,
            after=asked.after_seq if asked.after_seq is not None else 0,
            before=asked.before_seq,
            limit=asked.limit,
        )
    events = b",".join(event.own if event.author_key in speaker.keys else event.payload for event in found)
    head = frame("page", ref=asked.ref, room=asked.room, more=len(found) == asked.limit)
    connection.say(head[:-1] + b',"events":[' + events + b"]}")


async def _pong(connection: Connection, asked: Frame) -> None:
    """Nothing to do: any frame is a life sign."""


WAYS: Final[dict[type[Frame], Way]] = {
    Join: Way(greeted, _join),
    Leave: Way(in_room, _leave),
    Send: Way(in_room, _send),
    Retract: Way(in_room, _retract),
    Backfill: Way(in_room, _backfill),
    Pong: Way(greeted, _pong),
}
