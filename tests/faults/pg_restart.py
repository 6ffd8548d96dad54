"""PostgreSQL crashes, and backends are ended in the middle of commits: no ack without a row, and soon all is well."""

import asyncio

import asyncpg

from tests.faults.history import What
from tests.faults.stage import Options, Report, Stage, open_stage, verdict

STORES = ("pg",)
PEOPLE = 12
RECOVERY_SECONDS = 10.0
END_BACKENDS = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'moi-vluchtig'"


async def run(options: Options) -> Report:
    """Let people talk while the database crashes and comes back, and while its backends are ended at random moments."""
    recovered, ended = [], 0
    async with open_stage(options, visitors=PEOPLE, rooms=2) as stage:
        stage.talk_on(await stage.enter(PEOPLE), 0.2)
        await asyncio.sleep(1)
        for _ in range(options.pick(2, 10)):
            await _crash(stage, options.pick(2, 10))
            recovered.append(await recovery(stage))
            for _ in range(5):
                ended += await _end_backends(stage)
                await asyncio.sleep(stage.chance.random())
        spoken = await stage.hush()
        report = await stage.end()
    report |= {"recovery_s": recovered, "backends_ended": ended}
    soon = max(recovered) <= options.bound(RECOVERY_SECONDS)
    kept = report["stored"] == report["said"]
    return verdict("pg_restart", options, report, spoken=spoken, kept=kept, recovered=soon, really_ended=ended > 0)


async def recovery(stage: Stage) -> float:
    """Return how long it takes from now until people hear acks again: as many as there are people."""
    before = stage.history.counts[What.OK]
    return round(await stage.watch(lambda: stage.history.counts[What.OK] >= before + PEOPLE), 2)


async def _crash(stage: Stage, seconds: int) -> None:
    database = stage.cluster.postgres
    assert database is not None
    await asyncio.to_thread(database.stop)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(database.start)


async def _end_backends(stage: Stage) -> int:
    """End every connection to `vluchtig`, whatever it is doing. Returns how many there were."""
    assert stage.cluster.postgres is not None
    connection = await asyncpg.connect(stage.cluster.postgres.url)
    try:
        return int(await connection.fetchval(END_BACKENDS))
    finally:
        await connection.close()
