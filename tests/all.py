"""Every check in order: python -m tests.all [--quick]. The first that fails ends the run."""

import os
import subprocess
import sys
import time

from tests import services

SOURCES = ["server", "web", "moderation", "tests"]
PYTHON = [sys.executable, "-m"]
QUICK = ["pytest", "-m", "not browser and not faults"]


Step = tuple[str, list[str], dict[str, str]]


def main(arguments: list[str]) -> int:
    """Run the checks. Returns the exit status of the first that failed, or 0."""
    quick = "--quick" in arguments
    steps: list[Step] = [
        ("format", [*PYTHON, "ruff", "format", "--check", "-q", *SOURCES], {}),
        ("lint", [*PYTHON, "ruff", "check", "-q", *SOURCES], {}),
        ("types", [*PYTHON, "mypy", *SOURCES], {}),
        ("assets", [*PYTHON, "web.build", "--check"], {}),
        ("suite on SQLite", [*PYTHON, *QUICK], {}),
    ]
    if quick:
        return run(steps)
    try:
        services.install_missing()
    except services.Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    if status := run(steps):
        return status
    with services.postgres() as database, services.redis() as redis:
        real = {"MOI_TEST_DATABASE_URL": database, "MOI_TEST_REDIS_URL": redis}
        if status := run([("suite on PostgreSQL and Redis", [*PYTHON, *QUICK], real)]):
            return status
    return run([("journeys in a browser, and faults", [*PYTHON, "pytest", "-m", "browser or faults"], {})])


def run(steps: list[Step]) -> int:
    """Run the steps until one fails."""
    for name, command, environment in steps:
        started = time.monotonic()
        print(f"== {name}", flush=True)
        status = subprocess.run(command, env=os.environ | environment).returncode
        print(f"-- {name}: {time.monotonic() - started:.0f} s", flush=True)
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
