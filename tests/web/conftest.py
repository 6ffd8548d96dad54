"""A site of reading pages only, on a free port, and a browser to look at it."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from server.crisis.asgi import CrisisPage
from server.info import routes, team_routes
from server.kit.runtime import Runtime
from tests.chromium import PATIENCE_MS, chromium
from web import build
from web.assets import Assets
from web.frame import FrameMiddleware, Site, split_language
from web.headers import SecurityHeaders

NEUTRAL = "https://weer.example/"


@pytest.fixture(scope="session", autouse=True)
def _built() -> None:
    assert build.main([]) == 0


class Reading:
    """The visitor pages that need no store, put together as server/app.py does. Counts the calls of /weg."""

    def __init__(self, rt: Runtime, origin: str) -> None:
        """Build it for one address."""
        self.left: list[str] = []
        self._farewell = asyncio.Event()
        app = FastAPI()
        app.state.runtime = rt
        app.include_router(routes.ROUTER)
        app.include_router(team_routes.TEAM_ROUTER)
        app.add_api_route("/weg", self._weg, methods=["GET", "POST"])
        self._pages: ASGIApp = SecurityHeaders(FrameMiddleware(app, "visitor", Site(neutral_site=NEUTRAL)), origin)
        self._assets = Assets()
        self._nood = CrisisPage(Site(neutral_site=NEUTRAL))

    def _weg(self) -> Response:
        self.left.append("weg")
        self._farewell.set()
        return RedirectResponse("/robots.txt", 303)

    async def heard(self) -> list[str]:
        """Return the calls of /weg once there is one: it may come after the weather is shown."""
        async with asyncio.timeout(PATIENCE_MS / 1000):
            await self._farewell.wait()
        return self.left

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if split_language(scope["path"])[1] == "/nood":
            await self._nood(scope, receive, send)
        elif scope["path"].startswith("/assets/"):
            await self._assets(scope, receive, send)
        else:
            await self._pages(scope, receive, send)


@pytest.fixture
async def reading(rt: Runtime) -> AsyncIterator[tuple[str, Reading]]:
    """The address of the site and the site."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        origin = f"http://localhost:{listener.getsockname()[1]}"
        site = Reading(rt, origin)
        server = uvicorn.Server(uvicorn.Config(site, lifespan="off", log_level="critical", ws="none"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield origin, site
        server.should_exit = True
        await serving


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all of them."""
    async with chromium() as made:
        yield made
