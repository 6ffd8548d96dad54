"""The WebSocket door of chat: the framework accepts and closes, the frames go past it (reliability-spec 2)."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

from starlette.websockets import WebSocket, WebSocketDisconnect

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
    """Serve one connection from hello to its end; a direct one goes on after this returns."""
    await socket.accept(subprotocol=SUBPROTOCOL)
    direct = socket.scope.get("extensions", {}).get(EXTENSION)
    door = direct if isinstance(direct, DirectWebSocket) else Pump(socket)
    session = ChatSession(rt, hub, actor, door, ways)
    session.over.add_done_callback(partial(_finish, session, door))
    door.open(session.receive, session.lost, session.outbox.flush)
    if isinstance(door, Pump):
        await door.done()


def _finish(session: ChatSession, door: "Pump | DirectWebSocket", over: asyncio.Future[int]) -> None:
    """Forget a connection that is over, and say why to who is still there."""
    session.hub.depart(session)
    if over.result():
        door.shut(over.result())


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
        self._listening = self._begin(self._listen(heard, lost))

    def write(self, parcels: Sequence[Parcel]) -> None:
        """Send the frames one by one; more is taken when they are out."""
        self.ready = False
        self._begin(self._send([each for parcel in parcels for each in parcel.frames]))

    def shut(self, code: int) -> None:
        """Close with a code."""
        self._begin(self._close(code))

    async def done(self) -> None:
        """Wait until the other side has left."""
        await self._listening

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _listen(self, heard: Heard, lost: Told) -> None:
        while (message := await self._socket.receive())["type"] != "websocket.disconnect":
            heard(message.get("text") or UNREADABLE)
        lost()

    async def _close(self, code: int) -> None:
        with suppress(OSError, RuntimeError, WebSocketDisconnect):  # the other side left first
            await self._socket.close(code)

    async def _send(self, frames: list[bytes]) -> None:
        try:
            for each in frames:
                await self._socket.send({"type": "websocket.send", "text": each.decode()})
        except (OSError, RuntimeError, WebSocketDisconnect):  # the other side has left; `lost` says so
            return
        self.ready = True
        self._drained()
