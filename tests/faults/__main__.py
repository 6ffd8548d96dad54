"""python -m tests.faults NAME [--db sqlite|pg] [--procs N] [--seed S] [--long]: break it, print one JSON report."""

import argparse
import asyncio
import importlib
import json
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from tests.faults.kept import keeping
from tests.faults.stage import Options, Report
from tests.services import Missing, install_missing

NAMES = (
    "bad_input",
    "kill_writer",
    "kill_worker",
    "ack_loss",
    "storm",
    "state_machine",
    "drain",
    "queue_race",
    "bus_conformance",
    "clock_jump",
    "fuzz_frames",
    "fuzz_http",
    "transport_parity",
    "redis_restart",
    "redis_stall",
    "pg_restart",
    "pg_stall",
    "partition",
    "slow_readers",
    "hide_leak",
    "booking_race",
    "disk_full",
    "restore_drill",
    "jobs_once",
)
PROCESSES = {"sqlite": 1, "pg": 3}


def main(arguments: list[str]) -> int:
    """Run one fault, or all of them. Returns 0 when everything passed."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("name", choices=[*NAMES, "all"])
    parser.add_argument("--db", choices=list(PROCESSES))
    parser.add_argument("--procs", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--long", action="store_true")
    options = parser.parse_args(arguments)
    try:
        install_missing()
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    names = NAMES if options.name == "all" else (options.name,)
    with keeping():
        reports = [asyncio.run(play(name, chosen)) for name in names for chosen in choices(name, options)]
    whole = reports[0] if len(reports) == 1 else {"passed": all(one["passed"] for one in reports), "reports": reports}
    print(json.dumps(whole, ensure_ascii=False))
    return 0 if whole["passed"] else 1


def choices(name: str, asked: argparse.Namespace) -> list[Options]:
    """Return the stores a fault runs on: the one that was asked for, or all that it applies to."""
    known = stores_of(name, short=False)
    every = stores_of(name, short=not asked.long)
    stores = [asked.db] if asked.db else every if asked.name == "all" else known[:1]
    return [Options(db, asked.procs or PROCESSES[db], asked.seed, asked.long) for db in stores if db in known]


def stores_of(name: str, *, short: bool) -> tuple[str, ...]:
    """Return the stores a fault applies to; in the short form of all, those where it says most."""
    module = importlib.import_module(f"tests.faults.{name}")
    known: tuple[str, ...] = module.STORES
    return getattr(module, "SHORT", known) if short else known


async def play(name: str, options: Options) -> Report:
    """Run one fault on one kind of store. A fault that breaks down itself is a report too, and no pass."""
    deed: Any = importlib.import_module(f"tests.faults.{name}").run
    began = time.monotonic()
    try:
        report: Report = await deed(options)
    except Exception as error:
        where = [step for step in traceback.extract_tb(error.__traceback__) if "faults" in step.filename][-1]
        said = f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno} {where.line})"
        report = {"name": name, "db": options.db, "passed": False, "broken": [said]}
    return report | {"seconds": round(time.monotonic() - began, 1)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
