"""Redis hangs, then some connections to it are cut: the processes find in the database what they did not hear."""

import asyncio

from tests.faults.redis_restart import judged
from tests.faults.stage import Options, Report, Stage, open_stage, sentence
from tests.faults.tcpfault import TcpFault

STORES = ("pg",)
PEOPLE = 12
SHOWN_SECONDS = 6.0
CUT_SHARE = 0.2


async def run(options: Options) -> Report:
    """Freeze Redis for a while, let it go on, then cut a fifth of the connections to it again and again."""
    async with open_stage(options, visitors=PEOPLE, rooms=2, between=True) as stage:
        assert stage.cluster.redis is not None
        stage.talk_on(await stage.enter(PEOPLE), 0.3)
        await asyncio.sleep(1)
        stage.cluster.redis.freeze()
        await asyncio.sleep(options.pick(6, 30))
        stage.cluster.redis.thaw()
        await asyncio.sleep(options.pick(2, 3))
        cuts = 0
        for _ in range(options.pick(3, 20)):
            cuts += _between(stage.redis_fault).reset(CUT_SHARE, stage.chance)
            await asyncio.sleep(1)
        spoken = await stage.hush()
        await _last_words(stage)
        report = await stage.end()
    return judged("redis_stall", options, report | {"cuts": cuts}, SHOWN_SECONDS, spoken=spoken)


async def _last_words(stage: Stage) -> None:
    """Lose the last thing that is said, after which nothing comes that would show that something is missing."""
    for nth in range(3):
        _between(stage.redis_fault).reset()
        await stage.clients[nth].send(sentence(nth, 10_000 + nth))
        await asyncio.sleep(1)


def _between(fault: TcpFault | None) -> TcpFault:
    assert fault is not None
    return fault
