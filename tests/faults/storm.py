"""Every connection is cut at once and all come back; whoever talks one to one hardly notices."""

import asyncio
from contextlib import AsyncExitStack

from tests.faults.checker import waits
from tests.faults.history import What
from tests.faults.lines import Door
from tests.faults.loadclient import LoadClient
from tests.faults.people import Helper, seeded_waiting
from tests.faults.stage import Options, Report, Stage, open_stage, verdict
from tests.faults.tcpfault import TcpFault

STORES = ("sqlite", "pg")
SHORT = ("pg",)
BACK_SECONDS = 60.0
TALK_SECONDS = 2.0
POOL_SECONDS = 5.0


async def run(options: Options) -> Report:
    """Fill some rooms through one door, keep a talk going through another, and cut the first door."""
    people, rooms = options.pick(120, 2000), options.pick(6, 40)
    async with AsyncExitStack() as stack:
        opened = open_stage(options, visitors=people, rooms=rooms, waiting=1, team="peer_worker=1")
        stage = await stack.enter_async_context(opened)
        crowd = await stack.enter_async_context(TcpFault(stage.cluster.ports[0]))
        doors = [Door(crowd.port, stage.cluster.origin)]
        for start in range(0, people, 100):
            await stage.enter(min(100, people - start), doors=doors)
        talker = await _talk(stage)
        stage.talk_on([talker], 0.2)
        stage.talk_on(stage.clients[:5], 0.5)
        await asyncio.sleep(2)
        cut = crowd.reset()
        took = await stage.watch(lambda: stage.history.counts[What.RESUMED] >= cut * 0.99, 2 * BACK_SECONDS)
        await asyncio.sleep(1)
        spoken = await stage.hush()
        report = await stage.end()
    report |= {"cut": cut, "back_99_s": round(took, 2), "talk_ack_ms": waits(_acks_of(stage, talker))}
    fine = report["talk_ack_ms"]["p99"] < options.bound(TALK_SECONDS) * 1000
    return verdict(
        "storm", options, report,
        spoken=spoken, back=took <= BACK_SECONDS, talk_unharmed=fine, resumed_not_anew=report["resyncs"] == 0,
        pool_holds=_longest_out(stage) <= POOL_SECONDS,
    )  # fmt: skip


async def _talk(stage: Stage) -> LoadClient:
    """Return the client of a visitor who talks one to one, past the doors that will be cut."""
    waiting = seeded_waiting(stage)[0]
    await Helper(stage, 0).claim()
    stage.made["visitors"].append(waiting | {"room": waiting["talk"]})
    client = stage.client(len(stage.made["visitors"]) - 1, gen=1)
    await client.start()
    return client


def _acks_of(stage: Stage, client: LoadClient) -> list[float]:
    asked = {one.client_id: one.at for one in stage.history.of(What.INVOKE) if one.who == client.number}
    return [one.at - asked[one.client_id] for one in stage.history.of(What.OK) if one.client_id in asked]


def _longest_out(stage: Stage) -> float:
    """Return for how long the store took nothing: from the first refusal to the last one."""
    moments = [one.at for one in stage.history.of(What.FAIL) if one.code == "opslag_weg"]
    return max(moments) - min(moments) if moments else 0.0
