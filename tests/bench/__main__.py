"""python -m tests.bench [F1 L1 …] [--rounds 3] [--quick]: measure, print the table, write var/bench.json.

Names are those of the table; without names everything is measured. --quick: short and small, to see that it works.
"""

import argparse
import gc
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from typing import Final

from tests.bench import acks, fan, judging, machine, pages, pair, slow, storm, writing
from tests.bench.bench import Bench
from tests.bench.servers import ROOT
from tests.bench.table import BY_NAME, as_json, drawn, rows

Scenario = Callable[[Bench], None]
# Which measures come out of which run.
SCENARIOS: Final[tuple[tuple[Scenario, tuple[str, ...]], ...]] = (
    (fan.hall, ("F1", "F1n", "L1", "C1")),
    (fan.small_rooms, ("R1", "L2", "L2e")),
    (slow.slow_readers, ("B1", "B1p", "B1m")),
    (writing.durable, ("D1", "D1p", "D1s", "D1t")),
    (acks.acknowledged, ("D2", "D2p")),
    (pair.two_processes, ("X1",)),
    (storm.ten_thousand, ("M1", "S1", "S1e")),
    (judging.checker, ("K1", "K1p")),
    (judging.search, ("Z1",)),
    (pages.every_page, ("P1h", "P1r", "P1t", "P1l")),
)


def main(arguments: list[str]) -> int:
    """Measure what was asked. Returns 1 when a `must` is not reached."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("names", nargs="*", choices=[*BY_NAME, []], metavar="NAME")
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(arguments)
    bench = Bench(options.quick, options.rounds or (1 if options.quick else 3), frozenset(options.names))
    machine.many_files()
    os.sched_setaffinity(0, {machine.cores()[1]})
    gc.disable()  # a pause of the client would be counted as one of the server
    began = time.monotonic()
    for scenario, names in SCENARIOS:
        if bench.wants(*names):
            _measure(bench, scenario)
    return _tell(bench, time.monotonic() - began)


def _measure(bench: Bench, scenario: Scenario) -> None:
    """Run one scenario; one that fails is told and does not take the others with it."""
    try:
        scenario(bench)
    except Exception as error:
        bench.findings.notes.append(f"{scenario.__name__} failed: {type(error).__name__}: {error}")
        bench.failed.append(scenario.__name__)
    gc.collect()


def _tell(bench: Bench, seconds: float) -> int:
    lines = rows(bench.findings)
    print(drawn(lines))
    for what, share in bench.findings.busiest.items():
        print(f"load client: {share:.0%} of its core at most ({what})")
    for note in bench.findings.notes:
        print(f"note: {note}")
    print(f"{bench.rounds} rounds in {seconds:.0f} s; {machine.loaded()}; Python {platform.python_version()}")
    folder = ROOT / "var"
    folder.mkdir(exist_ok=True)
    report = as_json(bench.findings, lines) | {"rounds": bench.rounds, "quick": bench.quick, "load": machine.others()}
    (folder / "bench.json").write_text(json.dumps(report, indent=1), encoding="utf-8")
    below = [row.measure.name for row in lines if row.verdict == "below"]
    return 1 if below or bench.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
