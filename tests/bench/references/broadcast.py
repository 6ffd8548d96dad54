"""Reference: the `websockets` package, asyncio, `broadcast()`: python broadcast.py PORT. A room per path."""

import asyncio
import gc
import sys
from collections import defaultdict

from websockets.asyncio.server import ServerConnection, broadcast, serve

rooms: defaultdict[str, set[ServerConnection]] = defaultdict(set)


async def member(connection: ServerConnection) -> None:
    """Serve one connection: `hier` is answered, everything else goes to the whole room."""
    assert connection.request is not None
    room = rooms[connection.request.path]
    room.add(connection)
    try:
        async for said in connection:
            if said == "hier":
                await connection.send(said)
            else:
                broadcast(room, said)
    finally:
        room.discard(connection)


async def main(port: int) -> None:
    """Serve until killed. No pings: they are not what is measured; no compression, as with us."""
    async with serve(member, "127.0.0.1", port, backlog=4096, compression=None, ping_interval=None):
        gc.freeze()
        await asyncio.Future()


asyncio.run(main(int(sys.argv[1])))
