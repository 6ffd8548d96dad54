"""The network between people, processes and stores is parted for a while, one way too: nothing is lost or doubled."""

import asyncio
from contextlib import AsyncExitStack

from tests.faults.lines import Door
from tests.faults.stage import Options, Report, Stage, open_stage, verdict
from tests.faults.tcpfault import TcpFault

STORES = ("sqlite", "pg")
PEOPLE = 12
SILENCE_SECONDS = 6.0
"""Sooner than a real client (40 s), so that the short form sees one notice that nobody answers."""


async def run(options: Options) -> Report:
    """Part one stretch after another: both ways, only the answers, only the questions; then heal and wait.

    In the short form that between people and processes on SQLite only, those to the stores on PostgreSQL.
    """
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(open_stage(options, visitors=PEOPLE, rooms=2, between=True))
        near = [await stack.enter_async_context(TcpFault(port)) for port in stage.cluster.ports]
        doors = [Door(fault.port, stage.cluster.origin) for fault in near]
        stage.talk_on(await stage.enter(PEOPLE, doors=doors, silence=SILENCE_SECONDS, patience=4.0), 0.3)
        stores = [one for one in (stage.pg_fault, stage.redis_fault) if one]
        people = [stage.chance.choice(near)] if options.long or not stores else []
        for _ in range(options.pick(1, 5)):
            for fault in [*people, *stores]:
                await _part(stage, fault, options.pick(3, 15))
        spoken = await stage.hush()
        report = await stage.end()
    return verdict("partition", options, report, spoken=spoken, kept=report["stored"] == report["said"])


async def _part(stage: Stage, fault: TcpFault, seconds: int) -> None:
    """Part one stretch in each way there is, and give it a moment to heal after each."""
    for way in ("both", "answers", "questions"):
        if way == "both":
            fault.part()
        elif way == "answers":
            fault.down.losing = True
        else:
            fault.up.losing = True
        await asyncio.sleep(seconds)
        fault.mend()
        if way != "both":  # bytes are missing in the middle: no connection goes on after that
            fault.reset()
        await asyncio.sleep(stage.chance.uniform(0.3, 1) * stage.options.pick(1, 3))
