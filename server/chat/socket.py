"""The WebSocket door of chat: the framework accepts and closes, the frames go past it (reliability-spec 2)."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, Final

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from server.chat.frames import SUBPROTOCOL
from server.chat.hub import Hub
from server.chat.session import ChatSession, Ways
from server.chat.speakers import Actor
from server.kit.live.outbox import Parcel
from server.kit.run.direct import EXTENSION, DirectWebSocket
from server.kit.runtime import Runtime

Heard = Callable[[str], None]
Told = Callable[[], None]
UNREADABLE: Final = "binary"
"""Binary frames are refused like any other frame that cannot be read."""


async def serve(socket: WebSocket, rt: Runtime, hub: Hub, actor: Actor, ways: Ways) -> None:
    """Serve one connection from hello to its end."""
    await socket.accept(subprotocol=SUBPROTOCOL)
    direct = socket.scope.get("extensions", {}).get(EXTENSION)
    door = direct if isinstance(direct, DirectWebSocket) else Pump(socket)
    session = ChatSession(rt, hub, actor, door, ways)
    door.open(session.receive, session.lost, session.outbox.flush)
    try:
        code = await session.over
    finally:
        hub.depart(session)
    if code and socket.application_state is WebSocketState.CONNECTED:
        door.gone_soon()
        with suppress(RuntimeError):  # the protocol itself has closed it: a frame that was no UTF-8
            await socket.close(code)


class Pump:
    """The same door through the framework, for a server that is not ours."""

    def __init__(self, socket: WebSocket) -> None:
        """Wait to be opened."""
        self.ready = True
        self._socket = socket
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self, heard: Heard, lost: Told, drained: Told) -> None:
        """Call heard for every text from now on, drained when more can be written, lost at the end."""
        self._drained = drained
        self._begin(self._listen(heard, lost))

    def write(self, parcels: Sequence[Parcel]) -> None:
        """Send the frames one by one; more is taken when they are out."""
        self.ready = False
        self._begin(self._send([each for parcel in parcels for each in parcel.frames]))

    def gone_soon(self) -> None:
        """Stop listening."""
        for task in self._tasks:
            task.cancel()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _listen(self, heard: Heard, lost: Told) -> None:
        while (message := await self._socket.receive())["type"] != "websocket.disconnect":
            heard(message.get("text") or UNREADABLE)
        lost()

    async def _send(self, frames: list[bytes]) -> None:
        try:
            for each in frames:
                await self._socket.send({"type": "websocket.send", "text": each.decode()})
        except (OSError, RuntimeError, WebSocketDisconnect):  # the other side has left; `lost` says so
            return
        self.ready = True
        self._drained()
