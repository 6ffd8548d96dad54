"""The same promises of both buses, and of the one over Redis while Redis fails: tests/kit/test_bus.py as one report."""

import asyncio
import os
import re
import sys

from tests.faults.server import ROOT
from tests.faults.stage import Options, Report, verdict
from tests.services import redis

STORES = ("pg",)


async def run(options: Options) -> Report:
    """Run the tests of the bus against a Redis of their own."""
    with redis() as url:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "pytest", "tests/kit/test_bus.py",
            cwd=ROOT, env=os.environ | {"MOI_TEST_REDIS_URL": url},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        printed = (await process.communicate())[0].decode()
    counted = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error|skipped)", printed)}
    both = all(f"[{name}]" not in printed for name in ("local", "redis"))  # the ids of failed tests only are printed
    fine = process.returncode == 0 and counted.get("passed", 0) > 0 and not counted.get("skipped")
    return verdict("bus_conformance", options, {"tests": counted}, equal=fine and both)
