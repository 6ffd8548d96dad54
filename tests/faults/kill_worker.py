"""kill -9 of one process of several, again and again: people come back through another one and miss nothing."""

import asyncio

from tests.faults.stage import Options, Report, Stage, open_stage, verdict

STORES = ("pg",)
RETURN_SECONDS = 5.0


async def run(options: Options) -> Report:
    """Let some people talk and more listen behind the proxy while processes are killed and started again."""
    senders, readers = options.pick(8, 50), options.pick(16, 200)
    kills = options.pick(3, 24)
    async with open_stage(options, proxy=True, visitors=senders + readers, rooms=2) as stage:
        clients = await stage.enter(senders + readers)
        stage.talk_on(clients[:senders], 0.3)
        for _ in range(kills):
            await _kill_one(stage)
        spoken = await stage.hush()
        report = await stage.end()
    soon = report["return_ms"]["p99"] < options.bound(RETURN_SECONDS) * 1000
    kept = report["stored"] == report["said"]
    return verdict("kill_worker", options, report | {"kills": kills}, spoken=spoken, kept=kept, back_soon=soon)


async def _kill_one(stage: Stage) -> None:
    """Kill a process, start it again, and go on when it takes people, some seconds later at the earliest."""
    number = stage.chance.randrange(len(stage.cluster.apps))
    await stage.kill(number)
    await asyncio.gather(stage.cluster.restart(number), asyncio.sleep(stage.options.pick(2, 5)))
