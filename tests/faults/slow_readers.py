"""People stop reading in a busy room: they are gone soon, they cost little, and nobody else notices."""

import asyncio

from tests.faults.checker import waits
from tests.faults.history import What
from tests.faults.lines import WsLine
from tests.faults.loadclient import LoadClient
from tests.faults.stage import Options, Report, Stage, open_stage, verdict

STORES = ("sqlite", "pg")
SHORT = ("sqlite",)
GONE_SECONDS = 60.0
KIB_EACH = 1536
SMALL_BUFFER = 4096
PAUSE = 0.08
"""Below the 20 frames a second that one connection may send."""


async def run(options: Options) -> Report:
    """Measure a busy room, let many stop reading, measure again, and wait until the server has let go of them."""
    slow, others, talkers = options.pick(25, 100), options.pick(8, 20), 6
    async with open_stage(options, visitors=slow + others, rooms=1) as stage:
        fine = await stage.enter(others)
        lazy = await stage.enter(slow, line=lambda: WsLine(SMALL_BUFFER))
        before = await _busy(stage, fine[:talkers], options.pick(4, 20))
        memory, open_files = _memory(stage), _files(stage)
        for client in lazy:
            client.stop_reading()
        during, gone = await _until_gone(stage, fine[:talkers], open_files - slow)
        grown = max(0, _memory(stage) - memory) / slow
        for client in lazy:
            client.read_on()
        report = await stage.end()
    report |= {
        "slow": slow,
        "gone_s": round(gone, 1),
        "kib_each": round(grown),
        "before_ms": before,
        "during_ms": during,
    }
    unchanged = during["p99"] <= before["p99"] * 1.2 + (0 if options.long else 400)
    return verdict(
        "slow_readers", options, report,
        gone_in_time=gone <= GONE_SECONDS, small=grown <= KIB_EACH, others_unchanged=unchanged,
    )  # fmt: skip


async def _busy(stage: Stage, talkers: list[LoadClient], seconds: int) -> dict[str, float]:
    """Let these talk for a while. Returns the waits until their words stood on the other screens."""
    begun = len(stage.history.entries)
    stage.talk_on(talkers, PAUSE)
    await asyncio.sleep(seconds)
    await stage.hush()
    return _deliveries(stage, begun, talkers)


async def _until_gone(stage: Stage, talkers: list[LoadClient], files: int) -> tuple[dict[str, float], float]:
    """Go on talking, at length, until the slow ones' descriptors are free. Returns the waits and the seconds."""
    begun = len(stage.history.entries)
    stage.talk_on(talkers, PAUSE, length=1900)
    try:
        took = await stage.watch(lambda: _files(stage) <= files + 3, 2 * GONE_SECONDS)
    except TimeoutError:
        took = 2 * GONE_SECONDS
    await stage.measured()
    await stage.hush()
    return _deliveries(stage, begun, talkers), took


def _deliveries(stage: Stage, begun: int, talkers: list[LoadClient]) -> dict[str, float]:
    """Return the waits of the readers who do read, from an entry of the history on."""
    reading = {client.number for client in talkers}
    asked: dict[str | None, float] = {}
    seen: list[float] = []
    for entry in stage.history.entries[begun:]:
        if entry.what is What.INVOKE:
            asked[entry.text] = entry.at
        elif entry.what is What.SHOWN and entry.who in reading and not entry.client_id and entry.text in asked:
            seen.append(entry.at - asked[entry.text])
    return waits(seen)


def _files(stage: Stage) -> int:
    return sum(app.descriptors() for app in stage.cluster.apps)


def _memory(stage: Stage) -> int:
    return sum(app.resident() for app in stage.cluster.apps)
