"""python -m tests.faults NAME [--seed S]: start what it needs, break it, check, print one JSON report."""

import argparse
import asyncio
import importlib
import json
import sys

NAMES = ("bad_input", "kill_writer")


def main(arguments: list[str]) -> int:
    """Run one fault. Returns 0 when it passed."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    report = asyncio.run(importlib.import_module(f"tests.faults.{options.name}").run(options.seed))
    print(json.dumps(report))
    return 0 if report["passed"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
