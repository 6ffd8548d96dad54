"""From settings to a serving process: schema, stores, content, demo data, ports."""

import sys
from contextlib import suppress
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from server.app import Moi, make_runtime
from server.booking import demo as booking_demo
from server.chat import doors
from server.chat import service as chat
from server.chat.groups import groups
from server.crisis.page import page as crisis_page
from server.desk import demo as desk_demo
from server.forum import demo as forum_demo
from server.kit.db.sqlite import StoreInUse
from server.kit.run.health import Health, InternalApp
from server.kit.run.preflight import preflight
from server.kit.run.server import serve
from server.kit.runtime import Runtime
from server.kit.settings import EXIT_BAD_SETTINGS, PREFIX, BadSettings, Fault, Settings
from server.kring import demo as kring_demo
from server.kring import service as kring
from server.migrations.schema import UnknownSchema, check, migrate
from server.roster import demo as roster_demo
from server.roster.models import MODERATION, TALKS
from server.stats import demo as stats_demo
from server.team import demo as team_demo
from server.visitors import readiness
from web.frame import LANGUAGES


async def start(settings: Settings) -> int:
    """Serve until told to stop. Returns the exit status; 78 when stores or schema cannot be used."""
    try:
        machine = await preflight(settings)
        if settings.mode != "production" and not machine:
            await migrate(settings)
        if faults := await find_faults(settings, machine):
            raise BadSettings(faults)
        rt = make_runtime(settings)
    except (BadSettings, UnknownSchema, StoreInUse) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return EXIT_BAD_SETTINGS
    with suppress(IntegrityError):  # another process that started at this moment was first
        await chat.ensure_groups(rt)
    if settings.mode == "demo":
        await demo(rt, rt.clock.now())
    await doors.turn(rt, rt.clock.now())
    await kring.prepare(rt, rt.clock.now())
    moi = Moi(rt)
    health = Health(
        started=True,
        parts=lambda: {"database": rt.stores.answer(), "bus": rt.bus.state() == "up"},
        lag=rt.overload.pulse.lag,
        warm=moi.is_warm,
    )
    print(f"Moi is open: {settings.public_url}", flush=True)
    exact = rt.metrics.exact.render if rt.metrics.exact else None
    await serve(settings, moi, InternalApp(health, rt.metrics.render, exact), moi.leaving(health))
    return 0


async def find_faults(settings: Settings, machine: list[Fault]) -> list[Fault]:
    """Return everything that stands in the way of serving; machine: what preflight found (reliability-spec 6)."""
    database_answers = not any(fault.name == PREFIX + "DATABASE_URL" for fault in machine)
    return [*machine, *(await _schema_faults(settings) if database_answers else []), *_own_faults(settings)]


async def _schema_faults(settings: Settings) -> list[Fault]:
    try:
        await check(settings)
    except UnknownSchema as error:
        problem = f"store {error} has another schema than this release"
        return [
            Fault(PREFIX + "DATABASE_URL", problem, "a store that `python -m server migrate` brought up to date", "…")
        ]
    return []


def _own_faults(settings: Settings) -> list[Fault]:
    """Return what is wrong with the crisis page, the word lists and the cost of a guess."""
    try:
        for language in LANGUAGES:
            crisis_page(language)
        readiness.check(settings)
    except BadSettings as error:
        return error.faults
    except (OSError, ValueError) as error:
        return [Fault("content", f"cannot be used ({type(error).__name__}: {error})", "the files of this release", "…")]
    return []


async def demo(rt: Runtime, now: datetime) -> None:
    """Load what a demonstration shows; what is there already stays as it is."""
    await team_demo.seed(rt, now)
    await kring_demo.seed(rt, now)
    await roster_demo.seed(rt, now, demo_hours(rt.settings.staffed))
    await booking_demo.seed(rt, now)
    for title in await forum_demo.seed(rt, now):
        print(f"forum example left out, the checker refuses it: {title}", file=sys.stderr)
    await desk_demo.seed(rt, now)
    await stats_demo.seed_past_year(rt, now)


def demo_hours(staffed: str) -> dict[str, str]:
    """Return the hours of the demo's roster by place; none when no hours are set."""
    hours = {group.id: group.demo_hours or staffed for group in groups().values()}
    return hours | {TALKS: staffed, MODERATION: staffed} if staffed else {}
