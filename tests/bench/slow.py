"""Who stops reading harms nobody else (B1)."""

from tests.bench import servers
from tests.bench.bench import OURS, Bench, crowd
from tests.bench.client import percentile

PEOPLE = 100
STOPPED = 10
RATE = 300


def slow_readers(bench: Bench) -> None:
    """100 members in one room, 10 of whom stop reading while 300 messages a second are said."""
    seconds = bench.size(8.0, 3.0)
    with servers.installation(PEOPLE, 1) as made:
        for _ in bench.each_round("slow readers"):
            with bench.moi(made) as running, crowd(running) as there:
                there.open(RATE, seconds)  # memory that is needed anyway
                before, highest = running.memory(), 0
                there.stop_reading(there.members[-STOPPED:])
                for _ in range(4):
                    told = there.open(RATE, seconds / 4, speakers=there.members[:-STOPPED])
                    highest = max(highest, running.memory())
                    bench.told(f"{OURS} beside slow readers", told)
                    expected = told.delivered + told.lost
                    bench.findings.found("B1", 100 * told.delivered / expected if expected else 0)
                    bench.findings.found("B1p", percentile(told.late, 0.99) * 1000)
                bench.findings.found("B1m", max(0, highest - before) / STOPPED / 1024 / 1024)
