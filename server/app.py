"""One application per zone, put together from the slices; errors become pages, JSON or a refused handshake here."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server import jobs
from server.booking import routes as booking_routes
from server.booking import team_routes as booking_team_routes
from server.chat import attachments, deeds, doors
from server.chat import measure_routes as chat_measure_routes
from server.chat import message_routes as chat_message_routes
from server.chat import objections as chat_objections
from server.chat import routes as chat_routes
from server.chat import team_message_routes as chat_team_message_routes
from server.chat import team_routes as chat_team_routes
from server.chat.groups import groups
from server.chat.hub import Hub
from server.crisis.asgi import CrisisPage
from server.desk import room_routes as desk_room_routes
from server.desk import team_routes as desk_team_routes
from server.directory import queries as directory
from server.directory import routes as directory_routes
from server.directory.cards import Card
from server.forum import retention as forum
from server.forum import routes as forum_routes
from server.forum import team_routes as forum_team_routes
from server.info import routes as info_routes
from server.info import team_routes as info_team_routes
from server.info.home import HomeState
from server.kit.clock import Clock, SystemClock, local_day
from server.kit.db.stores import open_stores
from server.kit.db.tables import STORES
from server.kit.errors import AppError, Invalid, NotFound, Unavailable
from server.kit.guards import SeeOther
from server.kit.keys import Keyring
from server.kit.limits import Limits
from server.kit.live.bus import Bus, LocalBus, State
from server.kit.live.store import presence
from server.kit.log import Component, Event, log
from server.kit.run.drain import Leaving
from server.kit.run.edge import Edge
from server.kit.run.exact import Exact
from server.kit.run.gate import Gate
from server.kit.run.health import Health
from server.kit.run.jobs import run_forever
from server.kit.run.metrics import Metrics
from server.kit.run.overload import Overload
from server.kit.runtime import Runtime, runtime_of
from server.kit.settings import Settings
from server.kit.tally import Tally
from server.kring import routes as kring_routes
from server.kring import service as kring
from server.kring import team_routes as kring_team_routes
from server.kring import views as kring_views
from server.rest import load_rest
from server.roster import doors as roster
from server.roster import team_routes as roster_team_routes
from server.roster.models import MODERATION, TALKS
from server.stats import team_routes as stats_team_routes
from server.stats.tables import TABLES
from server.talks import apart_routes as talks_apart_routes
from server.talks import backup_routes, bar, duties, frames
from server.talks import objections as talks_objections
from server.talks import routes as talks_routes
from server.talks import service as talks
from server.talks import team_routes as talks_team_routes
from server.talks import waiting_routes as talks_waiting_routes
from server.team import queries as team
from server.team import routes as team_routes
from server.visitors import routes as visitors_routes
from server.visitors.guards import VisitOver, known_visit, token_of, written
from web import page, text
from web.assets import Assets
from web.filters import opening_words
from web.frame import FrameMiddleware, Site, split_language
from web.headers import SecurityHeaders

VERSION: Final = "0.1.0"
BOOKING: Final = "/afspraak"
TEAM: Final = "/team"
FIRST_PAGE_SECONDS: Final = 0.5
CONNECTED: Final = ("/chat/v1/sse", "/chat/v1/poll")
"""Where answers stay open as a WebSocket does."""

# What each zone serves, and the only stores it may see (privacy 3, 8.4).
ZONES: Final[Mapping[str, tuple[APIRouter, ...]]] = {
    "visitor": (
        visitors_routes.ROUTER,
        kring_routes.ROUTER,
        chat_routes.ROUTER,
        chat_objections.ROUTER,
        chat_message_routes.ROUTER,
        chat_measure_routes.ROUTER,
        talks_routes.ROUTER,
        talks_objections.ROUTER,
        talks_waiting_routes.ROUTER,
        talks_apart_routes.ROUTER,
        forum_routes.ROUTER,
        directory_routes.ROUTER,
        info_routes.ROUTER,
    ),
    "booking": (booking_routes.ROUTER,),
    "team": (
        team_routes.TEAM_ROUTER,
        desk_team_routes.TEAM_ROUTER,
        desk_room_routes.TEAM_ROUTER,
        talks_team_routes.TEAM_ROUTER,
        backup_routes.TEAM_ROUTER,
        chat_team_routes.TEAM_ROUTER,
        chat_team_message_routes.TEAM_ROUTER,
        chat_measure_routes.TEAM_ROUTER,
        forum_team_routes.TEAM_ROUTER,
        kring_team_routes.TEAM_ROUTER,
        roster_team_routes.TEAM_ROUTER,
        booking_team_routes.TEAM_ROUTER,
        stats_team_routes.TEAM_ROUTER,
        info_team_routes.TEAM_ROUTER,
    ),
}
STORES_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "visitor": ("hoofd", "vluchtig"),
    "booking": ("afspraken", "hoofd"),
    "team": STORES,
}


def make_runtime(settings: Settings, clock: Clock | None = None) -> Runtime:
    """Open stores and keys for these settings. Raises StoreInUse when another process has the files."""
    clock = clock or SystemClock()
    keyring = Keyring(settings.data_dir / "keys", clock.now)
    metrics = Metrics(clock, VERSION, exact=Exact() if settings.mode == "test" else None)
    return Runtime(
        settings=settings,
        clock=clock,
        stores=open_stores(settings, metrics.latency),
        keyring=keyring,
        bus=_bus(settings),
        presence=presence(settings.redis_url, settings.redis_prefix),
        limits=Limits(
            settings.redis_url,
            partial(keyring.of_today, "limits"),
            enabled=settings.limits,
            prefix=settings.redis_prefix,
            processes=settings.processes,
        ),
        overload=Overload(enabled=settings.shed),
        tally=Tally(TABLES, clock.now),
        metrics=metrics,
    )


def _bus(settings: Settings) -> Bus:
    if not settings.redis_url:
        return LocalBus()
    from server.kit.live.redis_bus import RedisBus  # Redis takes long to load, and a single process has none

    return RedisBus(settings.redis_url, settings.redis_prefix)


class Moi:
    """The whole server as one ASGI application: help first, then files, then the zone the address belongs to."""

    def __init__(self, rt: Runtime) -> None:
        """Build the zones; each gets only the stores it may see."""
        self.rt = rt
        self.zones = {name: zone_app(name, rt.zone(*STORES_OF[name]), routers) for name, routers in ZONES.items()}
        self.hub = Hub(rt)
        if rt.metrics.exact is not None:
            rt.metrics.exact.number("queue_frames", lambda: self.hub.ticker.most_frames)
            rt.metrics.exact.number("queue_bytes", lambda: self.hub.ticker.most_bytes)
            rt.metrics.exact.number("queue_bytes_now", self.hub.ticker.most_held)
            rt.metrics.exact.number("connections_in_use", rt.stores.in_use)
        for app in self.zones.values():
            app.state.hub, app.state.ways = self.hub, deeds.WAYS | frames.WAYS
            app.state.hulpbron_card = partial(directory.card, rt=rt)
            app.state.team_names = self._team_names
            app.state.home_state = self._home_state
            app.state.added_to_rooms = partial(kring_views.added, rt)
            app.state.turn_doors, app.state.roster_places = self._turn_doors, roster_places()
            app.state.gone_home = partial(duties.stop, rt)
            app.state.open_now = partial(directory.open_now, rt=rt)
            app.state.forgetters = (talks.forgotten, kring.forgotten, forum.forget_author)
        attachments.allow("card", self._card, self._find_cards, self._spot_card)
        attachments.allow("invite", lambda _: {})
        self._nood = CrisisPage(_site(rt.settings))
        self._assets = Assets()
        self._zones = {name: _surround(name, app, rt.settings) for name, app in self.zones.items()}
        self.gate = Gate(self._to_zone, rt.settings.max_connections, CONNECTED, paced=rt.settings.limits)
        self._edge = Edge(self._dispatch, rt.settings.origins, self._refuse)
        self._running: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._beating: asyncio.Task[None] | None = None
        rt.bus.on_state(self._bus_changed)

    async def _team_names(self) -> list[str]:
        async with self.rt.stores.hoofd.reading() as tx:
            return await team.all_names(tx)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, connection or lifespan."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http" and split_language(scope["path"])[1] == "/nood":
            await self._nood(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith("/assets/"):
            await self._assets(scope, receive, send)
        else:
            await self._edge(scope, receive, send)

    async def start(self) -> None:
        """Begin the work that runs by itself."""
        self._beating = asyncio.create_task(self.rt.overload.pulse.run())
        self._running = asyncio.create_task(run_forever(self.rt, jobs.all_jobs(self.hub)))
        # Beside the first requests, and not when the first person writes. A proxy waits for it.
        self._reading = asyncio.create_task(self._load_rest())
        log(Event.STARTED, component=Component.WEB)

    async def _load_rest(self) -> None:
        if self.rt.settings.mode == "demo":  # who just started it looks at the first page, and both want the same core
            await asyncio.sleep(FIRST_PAGE_SECONDS)
        try:
            await asyncio.to_thread(load_rest, self.rt)
        except Exception as error:
            log(Event.START_FAILED, component=Component.WEB, level="error", error=error)
            raise

    def is_warm(self) -> bool:
        """Say whether all is read and loaded that a start leaves for later, so that nobody waits for it."""
        reading = self._reading
        return reading is not None and reading.done() and not reading.cancelled() and reading.exception() is None

    def leaving(self, health: Health) -> Leaving:
        """Return what is done on the way out."""

        def refuse() -> None:
            health.draining = self.gate.closed = True

        async def stop() -> None:
            await self.hub.dismiss()
            await self.end_jobs()
            await self.rt.presence.close()

        return Leaving(refuse, self.hub.ask_back, lambda: not self.hub.is_empty(), stop)

    async def end_jobs(self) -> None:
        """Stop that work and write down what is counted; people are still served."""
        if self._running is not None:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running
            self._running = None
            await jobs.before_stop(self.rt)

    async def stop(self) -> None:
        """Close the stores."""
        await self.end_jobs()
        if self._reading is not None:
            await asyncio.wait([self._reading])
        if self._beating is not None:
            self._beating.cancel()
        await self.rt.close()
        log(Event.STOPPED, component=Component.WEB)

    def _bus_changed(self, state: State) -> None:
        self.rt.metrics.bus_degraded(state == "degraded")
        self.rt.metrics.up("bus", state == "up")

    def _card(self, card_id: str) -> dict[str, Any] | None:
        """Return what a message shows of a place, as it is today."""
        card = directory.card(card_id, self.rt)
        return None if card is None else _drawn(card)

    def _find_cards(self, words: str, limit: int) -> list[dict[str, Any]]:
        return [_drawn(card) for card in directory.find(words, limit, self.rt)]

    def _spot_card(self, text: str) -> tuple[str, str] | None:
        return directory.spot(text, self.rt.settings.public_url, self.rt)

    async def _home_state(self) -> HomeState:
        """Say on the home page whether somebody is there to talk with."""
        door = await roster.standing(self.rt, TALKS)
        if door.open:
            return HomeState("open")
        return HomeState("closed", opening_words(door.opens, local_day(self.rt.clock.now())) if door.opens else "")

    async def _turn_doors(self) -> None:
        """Let the doors follow the roster now."""
        await doors.turn(self.rt, self.rt.clock.now())

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.gate(scope, receive, send)
            return
        if scope["method"] == "HEAD":  # what GET would answer; uvicorn knows the question and leaves the page out
            scope = {**scope, "method": "GET"}
        zone = zone_of(scope["path"])
        begun = self.rt.clock.monotonic()

        async def measured(message: Message) -> None:
            if message["type"] == "http.response.start":
                group = "team" if zone == "team" else "visitor"
                self.rt.metrics.response(group, message["status"], self.rt.clock.monotonic() - begun)
            await send(message)

        await self.gate(scope, receive, measured)

    async def _to_zone(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._zones[zone_of(scope["path"])](scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, error: AppError) -> None:
        """Answer what never reached a zone."""
        if scope["type"] == "websocket":  # before the upgrade: the server makes this HTTP 403
            await send({"type": "websocket.close", "code": 4403})
            return

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            await error_answer(Request(scope, receive), error)(scope, receive, send)

        await _surround(zone_of(scope["path"]), answer, self.rt.settings)(scope, receive, send)


def roster_places() -> dict[str, str]:
    """Return the names of what has a roster: the groups, the talks, the moderators."""
    groups_ = {group.id: group.name for group in groups().values()}
    return groups_ | {place: text(f"rooster.plek.{place}") for place in (TALKS, MODERATION)}


def zone_of(path: str) -> str:
    """Return the zone a path belongs to."""
    path = split_language(path)[1]
    for prefix, zone in ((BOOKING, "booking"), (TEAM, "team")):
        if path == prefix or path.startswith(prefix + "/"):
            return zone
    return "visitor"


def zone_app(name: str, rt: Runtime, parts: Sequence[APIRouter]) -> FastAPI:
    """Return the application of one zone with its routers and error pages."""
    app = FastAPI(title="Moi", docs_url=None, redoc_url=None, openapi_url="/api" if name == "visitor" else None)
    app.state.runtime = rt
    app.add_exception_handler(AppError, _app_error)
    app.add_exception_handler(Exception, _app_error)  # the page; the edge logs it
    app.add_exception_handler(SeeOther, _see_other)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _bad_request)
    beside = [Depends(_queue_bar)] if name == "visitor" else []
    for part in parts:
        app.include_router(part, dependencies=beside)
    return app


async def _queue_bar(request: HTTPConnection) -> None:
    """Put the bar of who waits for a talk on every page of the visitors, also those that cannot know a visitor."""
    rt = runtime_of(request)
    page_asked = request.scope.get("method") == "GET" and "text/html" in request.headers.get("accept", "")
    if not page_asked or token_of(request, rt) is None:
        return
    with suppress(Unavailable):  # a page without its bar is better than no page
        if (visit := await known_visit(request)) is not None:
            await bar.fill(rt, visit, request.state.frame)


def error_answer(request: Request, error: AppError, words: Sequence[str] = ()) -> Response:
    """Return a page that says what happened and what to do, or JSON for scripts.

    words: what somebody wrote and would lose, for the page alone. Nothing else that somebody typed is ever in it.
    """
    headers = {"Retry-After": str(max(1, error.retry_ms // 1000))} if error.retry_ms else None
    if request.scope["type"] == "websocket":  # no browser shows the page of a refused handshake
        return Response(status_code=error.status, headers=headers)
    frame = getattr(request.state, "frame", None)
    said = text(error.key, frame.lang if frame else "nl", **error.values)
    if request.url.path.startswith("/api/") or "application/json" in request.headers.get("accept", ""):
        body = {"code": error.code, "key": error.key, "text": said, "field": error.field, "retry_ms": error.retry_ms}
        return JSONResponse({name: value for name, value in body.items() if value is not None}, error.status, headers)
    context = {"code": error.code, "said": said, "written": words}
    return page(request, "errors/error.html", context, error.status, headers)


async def _app_error(request: Request, error: Exception) -> Response:
    words = await written(request) if isinstance(error, VisitOver) else ()
    return error_answer(request, error if isinstance(error, AppError) else AppError(), words)


async def _see_other(request: Request, error: Exception) -> Response:
    frame = getattr(request.state, "frame", None)
    path = error.path if isinstance(error, SeeOther) else "/"
    return RedirectResponse(frame.link(path) if frame else path, 303)


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    known: AppError = NotFound() if status in (404, 405) else Invalid()
    known.status = status
    return error_answer(request, known)


async def _bad_request(request: Request, error: Exception) -> Response:
    """Name the field at fault. The framework's own answer would repeat the value that was sent (privacy 4.3)."""
    return error_answer(request, Invalid())


def _surround(zone: str, app: ASGIApp, settings: Settings) -> ASGIApp:
    own = {"visitor": settings.public_url, "booking": settings.booking_url, "team": settings.team_url}[zone]
    site = _site(settings)
    return SecurityHeaders(FrameMiddleware(app, zone, site), own, site.booking_url)


def _site(settings: Settings) -> Site:
    booking = settings.booking_url if settings.booking_url != settings.public_url else ""
    return Site(settings.site_name, settings.neutral_url, settings.public_url, booking)


def _drawn(card: Card) -> dict[str, Any]:
    return {"id": card.number, "name": card.name, "line": card.what, "href": card.path}
