"""Uvicorn on one public and one internal port, without a log of who came."""

import asyncio
import contextlib
import gc
import socket
from collections.abc import Iterator
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp

from server.kit.run.direct import DirectWebSocket
from server.kit.run.drain import DrainingServer, Leaving
from server.kit.run.patience import PatientHttp, sweep
from server.kit.settings import Settings

GONE_MS: Final = 30_000
UNSENT_BYTES: Final = 64 * 1024
BACKLOG: Final = 4096
GRACE_SECONDS: Final = 10
COLLECTING: Final = (20_000, 50, 50)
"""Connections are many objects that stay: walking all of them again and again stops everybody for half a second."""


def config(app: ASGIApp, **more: Any) -> uvicorn.Config:
    """Return what both ports share: no access log, no names of software, no compression of frames."""
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        http=PatientHttp,
        ws=DirectWebSocket,
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        ws_max_size=16 * 1024,
        timeout_graceful_shutdown=GRACE_SECONDS,
        **more,
    )


class Quiet(uvicorn.Server):
    """A second server in the same process: the first one handles the signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


async def serve(settings: Settings, public: ASGIApp, internal: ASGIApp, leaving: Leaving) -> None:
    """Serve until the first server is told to stop."""
    gc.set_threshold(*COLLECTING)
    outer = DrainingServer(config(public), leaving, settings.drain_seconds)
    inner = Quiet(config(internal, lifespan="off"))
    beside = asyncio.create_task(inner.serve(sockets=[listening(settings.internal_host, settings.internal_port)]))
    sweeping = asyncio.create_task(sweep(outer.server_state.connections))
    await outer.serve(sockets=[listening(settings.host, settings.port)])
    sweeping.cancel()
    inner.should_exit = True
    await beside


def listening(host: str, port: int) -> socket.socket:
    """Return a listening socket whose connections are gone 30 s after the other side stops reading.

    The server's own pings wait for a full buffer for ever; the kernel does not (reliability-spec 2, rule 14). The
    protocol is named because asyncio asks for it before it sends small writes at once; else each answer waits 40 ms.
    What cannot be sent yet waits with us, where hidden words are taken out again (P6), and not by megabytes in the
    kernel, where nobody reaches it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, GONE_MS)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
    made.bind((host, port))
    made.listen(BACKLOG)
    return made
