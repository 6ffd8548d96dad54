"""Redis goes away and comes back empty: nobody waits longer for an ack, and everything is still shown."""

import asyncio

from tests.faults.stage import Options, Report, Stage, open_stage, verdict

STORES = ("pg",)
PEOPLE = 12
ACK_SECONDS = 1.0
SHOWN_SECONDS = 6.0


async def run(options: Options) -> Report:
    """Let people talk through all processes while Redis is ended and started, several times."""
    async with open_stage(options, visitors=PEOPLE, rooms=2) as stage:
        stage.talk_on(await stage.enter(PEOPLE), 0.3)
        for _ in range(options.pick(2, 10)):
            await asyncio.sleep(1)
            await _restart(stage, options.pick(3, 10))
        await asyncio.sleep(2)
        spoken = await stage.hush()
        report = await stage.end()
    return judged("redis_restart", options, report, SHOWN_SECONDS, spoken=spoken)


async def _restart(stage: Stage, seconds: int) -> None:
    redis = stage.cluster.redis
    assert redis is not None
    redis.stop()
    await asyncio.sleep(seconds)
    await asyncio.to_thread(redis.start)


def judged(name: str, options: Options, report: Report, shown: float, **conditions: bool) -> Report:
    """Return the verdict of a fault of the bus: acks as fast as ever, and everything shown within so many seconds."""
    return verdict(
        name, options, report,
        ack_soon=report["ack_ms"]["p99"] < options.bound(ACK_SECONDS) * 1000,
        shown_soon=report["seen_ms"]["max"] < options.bound(shown) * 1000,
        kept=report["stored"] == report["said"], nobody_left=report["reconnects"] == 0, **conditions,
    )  # fmt: skip
