"""Many peer workers take talks at once, through processes that are killed: nobody is with two of them."""

import asyncio
from collections import Counter
from typing import Any

import httpx

from tests.faults import stored
from tests.faults.people import Helper, seeded_waiting
from tests.faults.stage import Options, Report, Stage, open_stage, sentence, verdict

STORES = ("sqlite", "pg")
AT_ONCE = 3
LEASE_SECONDS = 60.0
OPEN = "SELECT waiting_id, helper, slot_no FROM assignment WHERE ended_at IS NULL"
LINE = "SELECT id, state FROM waiting ORDER BY order_at, returned DESC, enqueued_at, id"


async def run(options: Options) -> Report:
    """Let everybody press at once while a process dies, then let leases run out and everybody press again."""
    helpers, rounds = options.pick(10, 30), options.pick(2, 100)
    seed: dict[str, Any] = {"waiting": helpers * AT_ONCE + 5, "team": f"peer_worker={helpers}"}
    found: Counter[str] = Counter()
    async with open_stage(options, clock=True, **seed) as stage:
        for nth in range(rounds):
            desks = [Helper(stage, number, number) for number in range(helpers)]
            claimed = await _press(stage, desks, kill=nth % 2 == 0)
            found += await _wrong(stage, claimed)
            stage.cluster.set_clock((nth + 1) * LEASE_SECONDS)
            took = await _all_back(stage)
            found["not_back"] += took > LEASE_SECONDS
            found["stale_heard"] += await _stale(desks, claimed)
        gens = await stored.rows(stage.cluster, "SELECT waiting_id, gen FROM assignment")
        found["gen_twice"] += len(gens) - len(set(gens))
        report: Report = dict(found) | {"rounds": rounds, "talks": len(seeded_waiting(stage)), "taken": len(gens)}
        report |= await stage.measured()
    wrong = {
        name: found[name] == 0 for name in ("double", "too_many", "unfair", "not_back", "stale_heard", "gen_twice")
    }
    return verdict("queue_race", options, report, really_taken=len(gens) >= helpers, **wrong)


async def _press(stage: Stage, desks: list[Helper], *, kill: bool) -> dict[int, list[str]]:
    """Let everybody take as many as they may, all at the same time. Returns the talks of each."""
    pressing = [asyncio.create_task(_take_all(desk)) for desk in desks]
    if kill:
        number = stage.chance.randrange(len(stage.cluster.apps))
        await asyncio.sleep(stage.chance.random() * 0.3)
        await stage.kill(number)
        await stage.cluster.restart(number)
    return dict(enumerate(await asyncio.gather(*pressing)))


async def _take_all(desk: Helper) -> list[str]:
    """Press until both hands are full; when the process dies, press at another one."""
    taken: list[str] = []
    for _ in range(8 * AT_ONCE):
        try:
            talk = await desk.claim()
        except httpx.TransportError:  # taken or not: nobody knows, and the desk will show it
            desk.app += 1
            await asyncio.sleep(0.2)
            continue
        if talk is None:
            break
        taken.append(talk)
    return taken


async def _wrong(stage: Stage, claimed: dict[int, list[str]]) -> Counter[str]:
    """Count what may never be: two for one person, four for one helper, somebody passed over."""
    held = await stored.rows(stage.cluster, OPEN)
    per_helper = Counter(helper for _, helper, _ in held)
    twice = Counter(talk for _, talks in claimed.items() for talk in talks)
    line = [state for _, state in await stored.rows(stage.cluster, LINE) if state in ("wacht", "bezig")]
    taken = line.count("bezig")
    return Counter(
        double=len(held) - len({talk for talk, _, _ in held}) + sum(count - 1 for count in twice.values()),
        too_many=sum(count > AT_ONCE for count in per_helper.values()),
        unfair=line[:taken].count("wacht"),
    )


async def _all_back(stage: Stage) -> float:
    """Wait until every talk is back in the line. Returns the seconds it took."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while await stored.rows(stage.cluster, OPEN) and loop.time() - began <= LEASE_SECONDS:
        await asyncio.sleep(0.2)
    return loop.time() - began


async def _stale(desks: list[Helper], claimed: dict[int, list[str]]) -> int:
    """Count peer workers who can still speak in a talk that has gone back."""
    asked = [(desks[number], talks[0]) for number, talks in claimed.items() if talks][:4]
    statuses = await asyncio.gather(*(desk.say(talk, sentence(0, 0)) for desk, talk in asked))
    return sum(status == 303 for status in statuses)
