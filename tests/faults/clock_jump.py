"""The wall clock jumps an hour ahead and back while people talk: order, leases and expiry stay right."""

import asyncio
import uuid
from typing import Any

from tests.faults import stored
from tests.faults.people import Helper, Person, seeded_waiting
from tests.faults.stage import Options, Report, Stage, open_stage, sentence, verdict

STORES = ("sqlite", "pg")
PEOPLE = 8
HOUR = 3600.0
LEASE_SECONDS = 60.0
RETURNED_WITHIN = 60.0
VISIT_IDLE = 2 * HOUR + 11 * 60
"""Later than any visit that was left alone lasts: two hours, rounded up to ten minutes."""


async def run(options: Options) -> Report:
    """Step back and forth while running, then far enough for a lease and a visit to end."""
    seed: dict[str, Any] = {"visitors": PEOPLE + 1, "rooms": 1, "waiting": 1, "team": "peer_worker=2"}
    async with open_stage(options, clock=True, **seed) as stage:
        clients = await stage.enter(PEOPLE)
        stage.talk_on(clients, 0.2)
        for step in (HOUR, -HOUR, 0.0) * options.pick(1, 10):
            stage.cluster.set_clock(step)
            await asyncio.sleep(options.pick(2, 5))
        spoken = await stage.hush()
        lease = await _lease(stage)
        over = await _visit_over(stage)
        report = await stage.end()
    kept = report["stored"] == report["said"]
    return verdict("clock_jump", options, report, spoken=spoken, kept=kept, lease_ends=lease, visit_ends=over)


async def _lease(stage: Stage) -> bool:
    """Say whether a talk whose peer worker is silent returns once its lease is over, and not before; and whether the
    next one takes it with a higher number, after which the first one can say nothing there any more. It was not given
    up by the clock that was wrong, and returns once everybody had the time for a sign of life."""
    first, second = Helper(stage, 0), Helper(stage, 1)
    talk = await first.claim()
    assert talk == seeded_waiting(stage)[0]["talk"], f"who waited is not taken: {talk}"
    kept = await second.claim() is None
    stage.cluster.set_clock(LEASE_SECONDS)
    await _state(stage, talk, "wacht")
    taken = await second.claim() == talk
    gens = await stored.rows(stage.cluster, "SELECT gen FROM assignment WHERE waiting_id = ? ORDER BY gen", talk)
    stale = await first.say(talk, sentence(0, 0))
    return kept and taken and gens == [(1,), (2,)] and stale != 303 and await second.say(talk, sentence(0, 1)) == 303


async def _state(stage: Stage, talk: str, wanted: str) -> None:
    """Wait until a talk is in a state. Raises TimeoutError."""
    async with asyncio.timeout(RETURNED_WITHIN):
        while await stored.rows(stage.cluster, "SELECT state FROM waiting WHERE id = ?", talk) != [(wanted,)]:
            await asyncio.sleep(0.1)


async def _visit_over(stage: Stage) -> bool:
    """Say whether a visit that was left alone is let in before its end and not after it."""
    person = Person(stage, stage.made["visitors"][PEOPLE])
    stage.cluster.set_clock(LEASE_SECONDS + 1)
    before = (await person.get(f"/forum?x={uuid.uuid4().hex[:4]}")).status_code
    stage.cluster.set_clock(LEASE_SECONDS + VISIT_IDLE)
    after = (await person.post("/forum", titel="Proef", text="Proef")).status_code
    stage.cluster.set_clock(0)
    return before == 200 and after == 403
