"""Schedulers start on one turn and one of them is killed in it: each job is done, and its effect is there once."""

import asyncio
from typing import Any, cast

from server.booking import demo
from server.chat.hub import Hub
from server.jobs import all_jobs
from server.kit.runtime import Runtime
from tests.faults import stored
from tests.faults.stage import Options, Report, Stage, open_stage, verdict

STORES = ("sqlite", "pg")
SHORT = ("pg",)
DAY = 24 * 3600.0
QUARTER = 100 * DAY
STALE = 6 * 60.0
"""Later than a turn is taken over from who gave no sign of life."""
DONE_SECONDS = 60.0
MOST_ROUNDS = 10
"""A kill may come before the first turn or after the last one; then it is tried again."""
TURNS = "SELECT name, ended_at FROM job_run ORDER BY due_at"
MOMENT = "room_id || CAST(day AS TEXT) || CAST(start AS TEXT)"
ONCE = {
    "release": ("hoofd", "SELECT count(*), count(DISTINCT period), max(number) FROM release"),
    "slots": ("afspraken", f"SELECT count(*), count(DISTINCT {MOMENT}) FROM slot"),
}
"""Numbers that are the same when every effect is there once."""
SLOW = {job.name for job in all_jobs(cast("Hub", None)) if job.is_slow}
"""Jobs that leave a note when they end; only their names are looked at."""


async def run(options: Options) -> Report:
    """Go on a day and kill one in its turns, some times, and once a quarter of a year."""
    rounds = options.pick(2, 20)
    took: list[float] = []
    killed_in_turn = 0
    async with open_stage(options, clock=True, prepare=_office) as stage:
        while len(took) < rounds or (not killed_in_turn and len(took) < MOST_ROUNDS):
            at = (len(took) + 1) * DAY + (QUARTER if took else 0.0)
            killed_in_turn += await _turn(stage, at)
            took.append(await _done(stage))
        counts = {name: await _count(stage, *asked) for name, asked in ONCE.items()}
        turns = await stored.rows(stage.cluster, "SELECT name, due_at FROM job_run", store="hoofd")
        report: Report = await stage.measured()
    once = {name: len(set(found)) == 1 for name, found in counts.items()}
    report |= {"rounds": len(took), "turns": len(turns), "killed_in_turn": killed_in_turn, "done_s": took} | counts
    return verdict(
        "jobs_once", options, report,
        done=max(took) < DONE_SECONDS, really_killed=killed_in_turn > 0, published=counts["release"][0] > 0, **once,
    )  # fmt: skip


async def _count(stage: Stage, store: str, query: str) -> tuple[int, ...]:
    return (await stored.rows(stage.cluster, query, store=store))[0]


async def _office(rt: Runtime) -> dict[str, Any]:
    """Open places whose moments are made every night."""
    await demo.seed(rt, rt.clock.now())
    return {}


async def _turn(stage: Stage, at: float) -> int:
    """Start all processes on new turns and kill one while it is in some. Returns whether a turn was left undone."""
    cluster = stage.cluster
    await asyncio.gather(*(asyncio.to_thread(app.stop) for app in cluster.apps))
    cluster.set_clock(at)
    for app in cluster.apps:
        app.launch()
    number = stage.chance.randrange(len(cluster.apps))
    await cluster.apps[number].answering()
    await asyncio.sleep(stage.chance.random() * 0.2)
    await stage.kill(number)
    cluster.set_clock(at + STALE)
    left = await _open(stage)
    await cluster.restart(number)
    return bool(left)


async def _open(stage: Stage) -> set[str]:
    """Return the jobs whose latest turn was begun and not ended; one before it needs no end any more."""
    latest = {str(name): ended for name, ended in await stored.rows(stage.cluster, TURNS, store="hoofd")}
    return {name for name in SLOW if name in latest and latest[name] is None}


async def _done(stage: Stage) -> float:
    """Wait until no turn is left undone. Returns the seconds."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while await _open(stage) and loop.time() - began < DONE_SECONDS:
        await asyncio.sleep(0.2)
    return round(loop.time() - began, 2)
