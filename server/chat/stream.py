"""The doors of chat where WebSockets are blocked: events by stream or by long poll, frames by form (transport B).

Nothing here is kept between two requests: the position that a page sends along says everything, so that each request
may reach another process (reliability-spec 2).
"""

import asyncio
import binascii
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from server.chat.frames import EPOCH, ID, MAX_ROOMS, Close, Position
from server.chat.protocol import Place
from server.chat.session import ChatSession
from server.kit.errors import Invalid
from server.kit.forms import BadEncoding, WrongType, read_body
from server.kit.limits import Rule
from server.kit.live.outbox import Parcel

COMMENT_SECONDS: Final = 15
LONGEST_WAIT: Final = 25
FRAMES: Final = Rule("chat-frame", 600, burst=40)
POSITION_HEADER: Final = "last-event-id"
JSON: Final = "application/json"
HEADERS: Final = (
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)
NO_NEWS: Final = tuple(f'{{"t":"{kind}"'.encode() for kind in ("welcome", "resumed", "ping"))
STANDING: Final = tuple(f'{{"t":"{kind}"'.encode() for kind in ("presence", "queue"))
"""What every answer begins with; only afterwards it means that something changed."""


def positions(request: Request) -> list[Position]:
    """Return where a page is in its rooms: from the header, which stands in no history, or from the address.

    Raises Invalid; also for none at all, because who hears no room would wait for nothing.
    """
    text = request.headers.get(POSITION_HEADER) or request.query_params.get("pos", "")
    try:
        rows = [row.split(".") for row in b64decode(text.encode("ascii"), b"-_", validate=True).decode("ascii").split()]
        found = [Position(room, epoch, int(seq)) for room, epoch, seq in rows if len(seq) < 16]
    except (ValueError, binascii.Error):
        raise Invalid(field="pos") from None
    known = all(ID.fullmatch(one.room) and EPOCH.fullmatch(one.epoch) for one in found)
    if not known or len(found) != len(rows) or not 1 <= len(found) <= MAX_ROOMS:
        raise Invalid(field="pos")
    return found


def as_text(places: Mapping[str, Place]) -> str:
    """Return the same as text; nobody but this module reads it."""
    rows = [f"{room}.{place.epoch}.{place.upcoming() - 1}" for room, place in places.items()]
    return urlsafe_b64encode("\n".join(rows).encode()).decode()


def as_events(frames: Sequence[bytes]) -> bytes:
    """Return frames as server-sent events."""
    return b"".join([b"data: %b\n\n" % each for each in frames])


class Collected:
    """A door that keeps the frames for one answer. news: set when something came that a page waits for.

    begun: what stood already has been collected.
    """

    ready = True
    begun = False

    def __init__(self) -> None:
        """Start empty."""
        self.frames: list[bytes] = []
        self.news = asyncio.Event()

    def write(self, parcels: Sequence[Parcel]) -> None:
        """Keep the frames."""
        fresh = [each for parcel in parcels for each in parcel.frames]
        self.frames += fresh
        if not all(each.startswith(NO_NEWS if self.begun else NO_NEWS + STANDING) for each in fresh):
            self.news.set()

    def answer(self, session: ChatSession) -> Response:
        """Return what was collected, with the position after it and the close code if there is one."""
        session.outbox.flush()
        code = session.over.result() if session.over.done() else 0
        body = b'{"frames":[%b],"pos":"%b","close":%d}' % (
            b",".join(self.frames), as_text(session.places).encode(), code,
        )  # fmt: skip
        return Response(body, media_type=JSON)


async def poll(session: ChatSession, door: Collected, request: Request) -> Response:
    """Answer as soon as there is news, or with nothing after a while.

    Of the address: wait, in seconds, and stand, what does not work as far as the page knows.
    """
    wait = request.query_params.get("wait", "")
    seconds = min(int(wait), LONGEST_WAIT) if wait.isascii() and wait.isdigit() and len(wait) < 4 else LONGEST_WAIT
    try:
        await session.begin(positions(request))
        _hears_something(session)
        session.outbox.flush()
        door.begun = True
        if request.query_params.get("stand", news := ".".join(session.hub.impaired)) != news:
            door.news.set()  # it changed between two polls, when nobody of this page heard it
        session.over.add_done_callback(lambda _: door.news.set())
        with suppress(TimeoutError):
            await asyncio.wait_for(door.news.wait(), seconds)
        _hears_something(session)  # it may have been let go of meanwhile, and nobody can ask from nowhere
        return door.answer(session)
    finally:
        session.hub.depart(session)
        session.lost()


async def one_frame(session: ChatSession, door: Collected, request: Request) -> Response:
    """Do what one frame asks and answer it. Raises WrongType, TooLarge or BadEncoding."""
    if request.headers.get("content-type", "").split(";")[0] != JSON:
        raise WrongType
    try:
        text = (await read_body(request)).decode()
    except UnicodeDecodeError:
        raise BadEncoding from None
    try:
        session.greet()
        await session.receive_alone(text)
        return door.answer(session)
    finally:
        session.hub.depart(session)
        session.lost()


def _hears_something(session: ChatSession) -> None:
    """End what may hear none of its rooms: it would be told so again and again."""
    if not session.places:
        session.drop(Close.NOT_ALLOWED)


class EventStream(Response):
    """A connection whose frames leave as server-sent events until the page goes away."""

    def __init__(self, door: "StreamDoor", session: ChatSession, start: Sequence[Position]) -> None:
        """Begin at these positions."""
        self.door, self.session, self.start = door, session, start
        self.background = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Write until the connection is over, and say why it is."""
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        left = asyncio.create_task(self._leaving(receive))
        try:
            self.door.open(send, self.session)
            await self.session.begin(self.start)
            _hears_something(self.session)
            while not (await asyncio.wait([self.session.over], timeout=COMMENT_SECONDS))[0]:
                self.session.alive()
                self.door.comment()
            await self.door.end(self.session.over.result())
        finally:
            left.cancel()
            self.session.hub.depart(self.session)

    async def _leaving(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.session.lost()


class StreamDoor:
    """Writes one piece at a time; more is taken when the one before is out."""

    def __init__(self) -> None:
        """Wait to be opened."""
        self.ready = False
        self._writing: asyncio.Task[None] | None = None

    def open(self, send: Send, session: ChatSession) -> None:
        """Begin to take frames."""
        self._send, self._session = send, session
        self.ready = True

    def write(self, parcels: Sequence[Parcel]) -> None:
        """Send the frames, and the position that a page has reached with them."""
        here = f"id: {as_text(self._session.places)}\n\n".encode()
        self._begin(b"".join([parcel.shaped(as_events) for parcel in parcels]) + here)

    def comment(self) -> None:
        """Show the page and everything between that there is life."""
        if self.ready:
            self._begin(b":\n\n")

    async def end(self, code: int) -> None:
        """Say why it is over."""
        with suppress(OSError):
            if self._writing is not None:
                await asyncio.wait([self._writing], timeout=COMMENT_SECONDS)
            body = b"event: close\ndata: %d\n\n" % code
            await self._send({"type": "http.response.body", "body": body, "more_body": False})

    def _begin(self, body: bytes) -> None:
        self.ready = False
        self._writing = asyncio.create_task(self._put(body))

    async def _put(self, body: bytes) -> None:
        try:
            await self._send({"type": "http.response.body", "body": body, "more_body": True})
        except OSError:  # the page has left
            self._session.lost()
            return
        self.ready = True
        self._session.outbox.flush()
