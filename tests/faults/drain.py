"""A rolling restart under load: everybody is asked to come back in time, spread out, and nobody notices more."""

from collections import Counter

from tests.faults.history import History, What
from tests.faults.stage import Options, Report, open_stage, verdict

STORES = ("pg",)
LARGEST_SHARE = 0.25
PEOPLE = 240
"""With a third of them asked to come back, a quarter within one second would be no chance."""
SHOWN_SECONDS = 3.0
"""The page shows that the connection is lost only after this."""


async def run(options: Options) -> Report:
    """Restart one process after another while people talk; in the short form only one of them."""
    people, slowly = PEOPLE, {"MOI_DRAIN_SECONDS": "15"}
    async with open_stage(options, proxy=True, settings=slowly, visitors=people, rooms=4) as stage:
        clients = await stage.enter(people)
        stage.talk_on(clients[: people // 12], 0.3)
        statuses: list[int] = []
        for _ in range(options.pick(1, 5)):
            statuses += await stage.cluster.roll(options.pick(1, len(stage.cluster.apps)))
        spoken = await stage.hush()
        report = await stage.end()
        warned, unwarned = stage.history.counts[What.WARNED], _closed_unwarned(stage.history)
        share = _largest_second(stage.history)
    report |= {"warned": warned, "unwarned": unwarned, "largest_second": share, "exits": statuses}
    return verdict(
        "drain", options, report,
        spoken=spoken, kept=report["stored"] == report["said"], asked_first=unwarned == 0 and warned > 0,
        spread=share < LARGEST_SHARE, left_well=set(statuses) <= {0, -15, 143},
        nobody_sees_an_error=not report["failed"] and report["return_ms"]["max"] < SHOWN_SECONDS * 1000,
    )  # fmt: skip


def _closed_unwarned(history: History) -> int:
    """Count connections that ended without having been asked to come back."""
    warned: set[int] = set()
    unwarned = 0
    for entry in history.of(What.WARNED, What.LOST):
        if entry.what is What.WARNED:
            warned.add(entry.who)
        elif entry.who in warned:
            warned.discard(entry.who)
        else:
            unwarned += 1
    return unwarned


def _largest_second(history: History) -> float:
    """Return the largest part of all reconnections that fell into one second."""
    asked = [entry.at for entry in history.of(What.WARNED)]
    again = [int(entry.at) for entry in history.of(What.OPENED) if asked and entry.at > min(asked)]
    return round(max(Counter(again).values()) / len(again), 3) if again else 0.0
