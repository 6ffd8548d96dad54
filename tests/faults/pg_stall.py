"""PostgreSQL hangs and goes on: connections stay open, nothing is acknowledged, and nothing stays stuck."""

import asyncio

import httpx

from tests.faults.history import What
from tests.faults.pg_restart import PEOPLE, RECOVERY_SECONDS, recovery
from tests.faults.stage import Options, Report, Stage, open_stage, verdict

STORES = ("pg",)
NOTICED_SECONDS = 3
"""What was under way when the database froze may still be heard of this long."""


async def run(options: Options) -> Report:
    """Freeze the database for a while; the crisis page answers all the time."""
    async with open_stage(options, visitors=PEOPLE, rooms=2) as stage:
        assert stage.cluster.postgres is not None
        stage.talk_on(await stage.enter(PEOPLE), 0.2)
        await asyncio.sleep(2)
        stage.cluster.postgres.freeze()
        await asyncio.sleep(NOTICED_SECONDS)
        before = stage.history.counts[What.OK]
        help_there = await _help(stage)
        await asyncio.sleep(options.pick(9, 20) - NOTICED_SECONDS)
        silent = stage.history.counts[What.OK] == before
        stage.cluster.postgres.thaw()
        recovered = await recovery(stage)
        spoken = await stage.hush()
        report = await stage.end()
    report |= {"recovery_s": recovered}
    return verdict(
        "pg_stall", options, report,
        told="opslag_weg" in report["failed"], spoken=spoken, kept=report["stored"] == report["said"],
        no_ack_meanwhile=silent, help_there=help_there,
        recovered=recovered <= options.bound(RECOVERY_SECONDS), nobody_left=report["reconnects"] == 0,
    )  # fmt: skip


async def _help(stage: Stage) -> bool:
    """Say whether every process shows the crisis page."""
    async with httpx.AsyncClient(timeout=2) as client:
        answers = [await client.get(f"http://127.0.0.1:{port}/nood") for port in stage.cluster.ports]
    return all(answer.status_code == 200 for answer in answers)
