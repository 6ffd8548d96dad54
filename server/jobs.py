"""What runs by itself: one line per job."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import moderation
from server.booking import queries as booking_queries
from server.booking import retention as booking
from server.booking import slots
from server.chat import doors, pacing
from server.chat import retention as rooms
from server.chat import service as chat
from server.chat.hub import STEPS, Hub
from server.desk import service as desk
from server.forum import retention as forum
from server.kit.clock import local_day
from server.kit.db import sealed
from server.kit.log import Component, Event, log
from server.kit.run.jobs import Deed, Job
from server.kit.run.overload import Signs, memory_used
from server.kit.runtime import Runtime
from server.kit.tally import Tally
from server.kring import service as kring
from server.roster import service as roster
from server.stats import service as stats
from server.talks import ending, turns
from server.talks.news import News
from server.team import accounts, attempts, audit
from server.team import service as team
from server.upkeep import dumps, watch
from server.upkeep.tidy import tidy
from server.visitors import returning
from server.visitors import service as visitors

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
COMING_BACK_SECONDS = 40
STEP = timedelta(seconds=5)
"""The wall clock was set when it moved so much more or less than time went by."""

RETENTION: Final = (
    Job("forget-talks", MINUTE, ending.forget),
    Job("booking-holds", MINUTE, booking.sweep),
    Job("forget-visits", 10 * MINUTE, visitors.forget),
    Job("forget-rooms", 10 * MINUTE, rooms.forget),
    Job("forget-phrases", DAY, returning.forget_phrases),
    Job("forget-bookings", DAY, booking.forget),
    Job("forget-forum", DAY, forum.forget),
    Job("forget-cases", DAY, desk.forget),
    Job("forget-logins", 10 * MINUTE, team.forget),
    Job("forget-invitations", HOUR, accounts.forget),
    Job("forget-roster", DAY, roster.forget),
    Job("forget-attempts", DAY, attempts.forget),
    Job("forget-kringen", HOUR, kring.forget),
    Job("forget-trail", DAY, audit.forget),
)
"""What deletes what has had its time; also `python -m server retain`."""

NOTICED = 3
"""The level from which people notice that something is given up."""


def all_jobs(hub: Hub) -> list[Job]:
    """Return the jobs of one process."""

    async def keep_leases(rt: Runtime, now: datetime) -> None:
        if helpers := hub.team_refs():
            await turns.extend_leases(rt, helpers)

    async def keep_places(rt: Runtime, now: datetime) -> None:
        if rooms := hub.visited():
            await turns.keep_places(rt, rooms)

    checked = "degraded"

    async def check_positions(rt: Runtime, now: datetime) -> None:
        """Every second while the bus is out of order and once afterwards; else every five, for a single lost one."""
        nonlocal checked
        before, checked = checked, rt.bus.state()
        if not rt.settings.redis_url:
            return
        if "degraded" in (before, checked) or now.second % 5 == 0:
            await hub.check_positions()
        if now.second % 5 == 2:
            await hub.check_visits()

    async def look(rt: Runtime, now: datetime) -> None:
        await hub.look()

    said: dict[str, bool] = {}

    async def weigh(rt: Runtime, now: datetime) -> None:
        """See how busy it is, and tell everybody here what they may notice of it, once."""
        answers, lag = rt.stores.answer(), rt.overload.pulse.lag()
        level = rt.overload.note(Signs(lag, rt.stores.pool_wait(), memory_used(), answers))
        rt.metrics.overload(level)
        rt.metrics.up("db", answers)
        for what, on in (("opslag", not answers), ("bus", rt.bus.state() != "up"), ("druk", level >= NOTICED)):
            if said.get(what, False) != on:
                said[what] = on
                hub.announce(what, on=on)

    async def refresh_rules(rt: Runtime, now: datetime) -> None:
        """Take what editors saved into use within five seconds; a file that fails leaves the last good rules."""
        try:
            await asyncio.to_thread(moderation.refresh_rules)
        except moderation.RulebookError as error:
            log(Event.RULES_REFUSED, component=Component.WORKER, level="error", error=error)

    async def keep_presence(rt: Runtime, now: datetime) -> None:
        await rt.presence.keep()

    async def sign_in_sight(rt: Runtime, now: datetime) -> None:
        if present := hub.team_refs():
            await roster.sign(rt, present)

    return [
        Job("look", SECOND / STEPS, look, everywhere=True),
        Job("weigh", SECOND, weigh, everywhere=True),
        Job("presence", SECOND, keep_presence, everywhere=True),
        Job("news", SECOND, News(hub).tell, everywhere=True),
        Job("positions", SECOND, check_positions, everywhere=True),
        Job("leases", 10 * SECOND, keep_leases, everywhere=True),
        Job("signs", 20 * SECOND, sign_in_sight, everywhere=True),
        Job("doors", 5 * SECOND, doors.turn, everywhere=True),
        Job("rules", 4 * SECOND, refresh_rules, everywhere=True),
        Job("measures", 5 * SECOND, pacing.end_over, everywhere=True),
        Job("tell-writers", 10 * SECOND, desk.tell_writers, everywhere=True),
        Job("places", 20 * SECOND, keep_places, everywhere=True),
        Job("return-talks", 5 * SECOND, _patient(turns.return_lost), everywhere=True),
        Job("missed-turns", 5 * SECOND, _patient(turns.miss_turns), everywhere=True),
        Job("give-up-places", 20 * SECOND, _patient(turns.give_up), everywhere=True),
        Job("close-talks", 5 * SECOND, ending.close_due, everywhere=True),
        Job("kringen", 2 * SECOND, kring.advance, everywhere=True),
        Job("make-kringen", HOUR, kring.prepare),
        Job("file-missing", MINUTE, chat.file_missing),
        Job("write-counts", HOUR, write_counts, everywhere=True),
        Job("booking-slots", DAY, slots.make_slots),
        Job("renew-keys", DAY, sealed.renew_keys),
        Job("check-trail", DAY, audit.check),
        Job("figures", DAY, figures),
        Job("backup", 4 * HOUR, dumps.every_four_hours),
        Job("tidy", DAY, tidy),
        Job("watch", HOUR, watch.look, everywhere=True),
        *RETENTION,
    ]


def _patient(deed: Deed) -> Deed:
    """Return a deed that waits, after a start and after a step of the wall clock, until everybody had the time to give
    a sign of life again: who seems to be away so long was here, and we were not, or the clock was wrong.
    """
    zero, since = datetime.min.replace(tzinfo=UTC), 0.0

    async def patient(rt: Runtime, now: datetime) -> None:
        nonlocal zero, since
        passed = rt.clock.monotonic()
        before, zero = zero, now - timedelta(seconds=passed)
        if abs(zero - before) > STEP:
            since = passed
        if passed - since >= COMING_BACK_SECONDS:
            await deed(rt, now)

    return patient


async def write_counts(rt: Runtime, now: datetime) -> None:
    """Put this process's counts where a restart cannot lose more than an hour of them."""
    if isinstance(rt.tally, Tally):
        await rt.tally.write_down(rt.stores.vluchtig, rt.keyring)


async def figures(rt: Runtime, now: datetime) -> None:
    """Add up the counts and publish what is due."""
    await stats.nightly(rt, now, organisations)


async def organisations(rt: Runtime, now: datetime) -> Mapping[str, Mapping[str, int]]:
    """Return what a quarter's release says of organisations: locations per gemeente (L1)."""
    async with rt.stores.afspraken.reading() as tx:
        active = await booking_queries.active_locations(tx, local_day(now))
    return {"L1": Counter(location.municipality_code for location in active)}


async def before_stop(rt: Runtime) -> None:
    """Write down what is only in memory."""
    await write_counts(rt, rt.clock.now())
