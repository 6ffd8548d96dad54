"""The application behind a real port, for tests that come in by a socket, a stream or a browser."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import uvicorn

from server.app import Moi
from server.kit.run.server import config
from server.kit.runtime import Runtime
from tests.faults.lines import Door


@asynccontextmanager
async def served(rt: Runtime, between: Callable[[Any], Any] = lambda app: app) -> AsyncIterator[Door]:
    """Serve it on a free port for as long as this lasts. between: puts something before the application."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()  # who comes before it serves waits
        port = listener.getsockname()[1]
        origin = f"http://localhost:{port}"
        settings = replace(rt.settings, public_url=origin, team_url=origin, booking_url=origin)
        app = Moi(replace(rt, settings=settings))
        server = uvicorn.Server(config(between(app), lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield Door(port, origin)
        finally:
            server.should_exit = True
            await serving
