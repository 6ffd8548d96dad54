"""WebSockets without a detour: frames come in by a call, and go out as one write of ready bytes.

Routing, cookies, accepting and closing stay the framework's; only what happens thousands of times a second goes past
it. It leans on the inside of uvicorn's protocol, whose version is pinned; tests/kit/test_direct.py fails when it moves.
"""

import asyncio
from collections.abc import Callable, Sequence
from types import GeneratorType
from typing import Any, Final, cast

from starlette.types import Scope
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import apply_mask  # type: ignore[attr-defined]  # the quick one where it could be built
from websockets.protocol import OPEN
from websockets.streams import StreamReader

from server.kit.live.outbox import Parcel

EXTENSION: Final = "moi.direct"
WHOLE_TEXT: Final = 0x81
MAX_TEXT: Final = 16 * 1024
"""Longer ones go to the parser, which refuses them."""
BETWEEN: Final = StreamReader.at_eof.__code__
"""Where the parser stands while it waits for the first byte of a frame."""
UNREAD_SECONDS: Final = 10
"""How long a closed connection may still hold what its reader does not take."""


def text_frames(frames: Sequence[bytes]) -> bytes:
    """Return texts as WebSocket frames, one after the other."""
    return b"".join([_head(len(each)) + each for each in frames])


def _head(length: int) -> bytes:
    """Return what stands in front of an unmasked text of so many bytes (RFC 6455, 5.2)."""
    if length < 126:
        return bytes((WHOLE_TEXT, length))
    return b"\x81\x7e" + length.to_bytes(2) if length < 1 << 16 else b"\x81\x7f" + length.to_bytes(8)


def whole_text(data: bytes, start: int) -> tuple[str, int] | None:
    """Return a masked text that stands whole in what came, and where it ends; None leaves it to the parser."""
    if len(data) - start < 8 or data[start] != WHOLE_TEXT:
        return None
    length, at = data[start + 1] - 128, start + 2
    if length == 126:
        length, at = int.from_bytes(data[at : at + 2]), at + 2
    elif not 0 <= length < 126:
        return None
    end = at + 4 + length
    if length > MAX_TEXT or end > len(data):
        return None
    try:
        return apply_mask(data[at + 4 : end], data[at : at + 4]).decode(), end
    except UnicodeDecodeError:
        return None


async def until_gone(scope: Scope) -> None:
    """Wait until a connection that goes past the framework is gone; at once for any other.

    The application has returned by then, so that nothing of it is kept for each connection that is open.
    """
    door = scope.get("extensions", {}).get(EXTENSION)
    if isinstance(door, DirectWebSocket) and door.is_open:
        scope.clear()
        await door.gone


class DirectWebSocket(WebSocketsSansIOProtocol):
    """One connection that is a door of its own (see kit/live/outbox). Found in the scope's extensions."""

    ready = True

    def __init__(self, *parts: Any, **named: Any) -> None:
        """Behave as uvicorn's own until somebody opens it."""
        super().__init__(*parts, **named)
        self._heard: Callable[[str], None] | None = None
        self._lost: Callable[[], None] | None = None
        self._drained: Callable[[], None] | None = None
        self.gone: asyncio.Future[None] = self.loop.create_future()

    @property
    def is_open(self) -> bool:
        """Say whether somebody opened it who has not lost it yet."""
        return self._heard is not None

    def open(self, heard: Callable[[str], None], lost: Callable[[], None], drained: Callable[[], None]) -> None:
        """Call heard for every text from now on, drained when more can be written, lost at the end."""
        self._heard, self._lost, self._drained = heard, lost, drained
        del self.request, self.response  # what was asked and answered at the start is several KiB
        while not self.queue.empty():  # what came while the connection was being accepted
            message = self.queue.get_nowait()
            if message["type"] == "websocket.receive":
                heard(message.get("text") or "binary")
            elif message["type"] == "websocket.disconnect":
                lost()
        self._listen_on()

    def write(self, parcels: Sequence[Parcel]) -> None:
        """Send the frames of all parcels in one go."""
        if self.close_sent or self.transport.is_closing():
            return
        if len(parcels) == 1:  # nearly always, and then the bytes are the same object for everybody
            self.transport.write(parcels[0].shaped(text_frames))
        else:
            self.transport.write(b"".join([parcel.shaped(text_frames) for parcel in parcels]))

    def data_received(self, data: bytes) -> None:
        """Take whole texts past the parser, which would cost more than most deeds; anything else it reads itself."""
        start = 0
        while self._heard is not None and self.between_frames() and (found := whole_text(data, start)) is not None:
            text, start = found
            self._heard(text)
        if start < len(data):
            super().data_received(data[start:])

    def between_frames(self) -> bool:
        """Say whether the parser has nothing of a frame, or of a text in several frames."""
        if self.close_sent or self.conn.state is not OPEN or self.conn.current_size is not None:
            return False
        at: object = self.conn.parser
        while isinstance(at, GeneratorType) and at.gi_yieldfrom is not None:
            at = at.gi_yieldfrom
        return isinstance(at, GeneratorType) and at.gi_code is BETWEEN

    def handle_connect(self, event: Any) -> None:
        """Let the application find this connection."""
        super().handle_connect(event)
        if self.handshake_initiated and not self.close_sent:
            cast("dict[str, object]", self.scope["extensions"])[EXTENSION] = self

    def send_receive_event_to_app(self) -> None:
        """Hand a text over by a call; anything else goes the ordinary way, which closes on what is no UTF-8."""
        if self._heard is None or self.close_sent:
            super().send_receive_event_to_app()
            return
        data = b"".join(self.frames)
        self.frames = []
        try:
            text = data.decode() if self.curr_msg_data_type == "text" else "binary"
        except UnicodeDecodeError:
            self.conn.fail(1007)
            self.handle_parser_exception()
            return
        self._heard(text)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever opened it."""
        super().connection_lost(exc)
        if self._lost is not None:
            self._lost()
        self._heard = self._lost = self._drained = None
        if not self.gone.done():
            self.gone.set_result(None)

    def pause_writing(self) -> None:
        """Keep frames back: here they can still be changed or dropped."""
        super().pause_writing()
        self.ready = False

    def resume_writing(self) -> None:
        """Go on."""
        super().resume_writing()
        self.ready = True
        if self._drained is not None:
            self._drained()

    def shut(self, code: int) -> None:
        """Close with a code; a reader who takes nothing more is cut off soon after."""
        if not self.close_sent and not self.transport.is_closing():
            closing = self.loop.create_task(self.send({"type": "websocket.close", "code": code, "reason": ""}))
            self.tasks.add(closing)
            closing.add_done_callback(self._shut_down)
            self.loop.call_later(UNREAD_SECONDS, self.transport.abort)

    def _shut_down(self, closing: "asyncio.Task[None]") -> None:
        self.tasks.discard(closing)
        if not closing.cancelled():
            closing.exception()  # the other side left first

    def _listen_on(self) -> None:
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
