"""Every check in order: python -m tests.all [--quick]. The first that fails ends the run."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time

from tests import services

SOURCES = ["server", "web", "moderation", "tests"]
PYTHON = [sys.executable, "-m"]
QUICK = ["pytest", "-m", "not browser and not faults"]
JOURNEYS = "tests/browser"


Step = tuple[str, list[str], dict[str, str]]


def main(arguments: list[str]) -> int:
    """Run the checks. Returns the exit status of the first that failed, or 0."""
    quick = "--quick" in arguments
    steps: list[Step] = [
        ("format", [*PYTHON, "ruff", "format", "--check", "-q", *SOURCES], {}),
        ("lint", [*PYTHON, "ruff", "check", "-q", *SOURCES], {}),
        ("types", [*PYTHON, "mypy", *SOURCES], {}),
        ("assets", [*PYTHON, "web.build", "--check"], {}),
    ]
    on_sqlite: Step = ("suite on SQLite", [*PYTHON, *QUICK], {})
    if quick:
        return run([*steps, on_sqlite])
    try:
        services.install_missing()
    except services.Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    if status := run(steps):
        return status
    with services.postgres() as database, services.redis() as redis:
        real = {"MOI_TEST_DATABASE_URL": database, "MOI_TEST_REDIS_URL": redis}
        if status := beside([on_sqlite, ("suite on PostgreSQL and Redis", [*PYTHON, *QUICK], real)]):
            return status
    if status := run([("what needs a quiet machine", [*PYTHON, "pytest", "-m", "alone"], {})]):
        return status
    pages = "browser and not alone"
    journeys: Step = ("journeys in a browser", [*PYTHON, "pytest", "-m", pages, JOURNEYS], {})
    rest = [*PYTHON, "pytest", "-m", f"faults or ({pages})", f"--ignore={JOURNEYS}"]
    return beside([journeys, ("faults, and single pages in a browser", rest, {})])


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


def beside(steps: list[Step]) -> int:
    """Run steps at the same time, each on a core of its own, and print what each said once it is done."""
    print("== " + ", and beside it ".join(name for name, _, _ in steps), flush=True)
    started = time.monotonic()
    with contextlib.ExitStack() as files:
        running = []
        for name, command, environment in steps:
            said = files.enter_context(tempfile.TemporaryFile())
            process = subprocess.Popen(command, env=os.environ | environment, stdout=said, stderr=subprocess.STDOUT)
            running.append((name, process, said))
        for name, process, said in running:
            process.wait()
            said.seek(0)
            sys.stdout.write(said.read().decode())
            print(f"-- {name}: {time.monotonic() - started:.0f} s", flush=True)
    return next((process.returncode for _, process, _ in running if process.returncode), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
