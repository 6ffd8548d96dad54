"""The servers under test, each started on the core that is the server's: Moi itself, and the references."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.bench import machine
from tests.bench.dialect import Dialect, Moi, Reference, Seat
from tests.services import Missing, free_port, wait_for_port
from web.packages import npm

ROOT: Final = Path(__file__).resolve().parents[2]
REFERENCES: Final = Path(__file__).parent / "references"
MANY: Final = 12_000
SPARE: Final = 1000
"""Files a server keeps beside its connections; it refuses to start with fewer."""
FULL: Final = {
    "MOI_MODE": "test",
    "MOI_LIMITS": "uit",  # nothing else is off: session check, checker, encryption, fsync and order are measured
    "MOI_STAFFED": "00:00-24:00",
    "MOI_ARGON2_MEMORY": "64",
    "MOI_ARGON2_TIME": "1",
    "MOI_PROOF_BITS": "4",
}


@dataclass
class Running:
    """Processes that serve: where, how to speak to them, and who has a seat."""

    ports: list[int]
    pids: list[int]
    dialect: Dialect
    seats: list[Seat]
    folder: Path | None = None
    database: str = ""
    internal: list[int] = field(default_factory=list)

    def cpu(self) -> float:
        """Return the CPU seconds used so far."""
        return machine.cpu_seconds(self.pids)

    def memory(self) -> int:
        """Return the resident bytes."""
        return machine.memory(self.pids)


@dataclass(frozen=True)
class Installation:
    """Stores of Moi with seeded visitors and rooms, to be served again and again from a fresh copy."""

    folder: Path
    seats: list[Seat]
    database: str = ""
    redis: str = ""


def environment(folder: Path, database: str = "", redis: str = "") -> dict[str, str]:
    """Return the settings of a server on these stores."""
    return FULL | {
        "PATH": os.environ["PATH"],
        "MOI_DATA_DIR": str(folder / "var"),
        "MOI_MAX_CONNECTIONS": str(min(MANY, machine.many_files() - SPARE)),
        "MOI_DATABASE_URL": database,
        "MOI_REDIS_URL": redis,
    }


@contextmanager
def installation(visitors: int, rooms: int, database: str = "", redis: str = "") -> Iterator[Installation]:
    """Seed once. On PostgreSQL the rounds share the stores; on SQLite each gets a copy."""
    folder = Path(tempfile.mkdtemp(prefix="moi-bench-"))
    try:
        made = seed(folder, visitors, rooms, database, redis)
        seats = [Seat(row["room"], row["cookie"], row["csrf"]) for row in made["visitors"]]
        yield Installation(folder, seats, database, redis)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def seed(folder: Path, visitors: int, rooms: int, database: str = "", redis: str = "") -> dict[str, Any]:
    """Make test data as the contract says. Returns what it printed."""
    words = [sys.executable, "-m", "server", "seed", "--visitors", str(visitors), "--rooms", str(rooms), "--json"]
    settings = environment(folder, database, redis) | {"MOI_PORT": str(free_port())}
    made = subprocess.run(words, cwd=ROOT, env=settings, capture_output=True, text=True)
    if made.returncode:
        raise RuntimeError(made.stderr[-2000:])
    found: dict[str, Any] = json.loads(made.stdout)
    return found


@contextmanager
def moi(made: Installation, *, processes: int = 1, run: int = 0) -> Iterator[Running]:
    """Serve Moi on a copy of the seeded stores."""
    with ExitStack() as stack:
        folder = made.folder
        if not made.database:
            folder = Path(tempfile.mkdtemp(prefix="moi-bench-"))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            shutil.copytree(made.folder / "var", folder / "var")
        running = Running([], [], Moi(run), made.seats, folder, made.database)
        first = free_port()
        for nth in range(processes):
            port, internal = (first if nth == 0 else free_port()), free_port()
            settings = environment(folder, made.database, made.redis) | {
                "MOI_PORT": str(port),
                "MOI_INTERNAL_PORT": str(internal),
                "MOI_PUBLIC_URL": f"http://localhost:{first}",
            }
            log = folder / f"log{nth}"
            core = machine.core_of(nth)
            process = stack.enter_context(_started([sys.executable, "-m", "server", "serve"], settings, log, core))
            _wait(process, port, log)
            running.ports.append(port)
            running.internal.append(internal)
            running.pids.append(process.pid)
        yield running


@contextmanager
def reference(name: str, rooms: int, people: int) -> Iterator[Running]:
    """Serve a reference server, with as many seats spread over as many rooms."""
    port = free_port()
    words = {
        "websockets.broadcast": [sys.executable, str(REFERENCES / "broadcast.py")],
        "epoll": [sys.executable, str(REFERENCES / "epoll.py")],
        "Node ws": ["node", str(REFERENCES / "fan.js")],
    }[name]
    seats = [Seat(f"r{number % rooms}") for number in range(people)]
    with _started([*words, str(port)], {"PATH": _path()}, None) as process:
        wait_for_port(port)
        yield Running([port], [process.pid], Reference(), seats)


def node_ready() -> str | None:
    """Install what the Node reference needs. Returns why it cannot be measured, or None."""
    if shutil.which("node", path=_path()) is None:
        return "Node ws is left out: there is no node on this machine"
    if not (REFERENCES / "node_modules" / "ws").exists():
        flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        if subprocess.run([*npm(), "ci", *flags], cwd=REFERENCES).returncode:
            return "Node ws is left out: npm could not install it"
    return None


def stored(running: Running) -> int:
    """Return how many placed messages the SQLite store of a Moi holds."""
    assert running.folder is not None
    address = f"file:{running.folder / 'var' / 'vluchtig.sqlite'}?mode=ro"
    with closing(sqlite3.connect(address, uri=True)) as connection:
        return int(connection.execute("SELECT count(*) FROM message WHERE seq IS NOT NULL").fetchone()[0])


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Wait until it listens, or say why it does not."""
    while process.poll() is None:
        with suppress(Missing):
            wait_for_port(port, tries=10)
            return
    raise RuntimeError(log.read_text()[-2000:])


def _path() -> str:
    """Return where programs are; a machine without Node may have the Python package that brings it."""
    return os.pathsep.join([os.environ["PATH"], str(Path(sys.executable).parent)])


@contextmanager
def _started(
    words: Sequence[str], settings: dict[str, str], log: Path | None, core: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    with ExitStack() as stack:
        out = stack.enter_context(log.open("ab")) if log else subprocess.DEVNULL
        with machine.on_core(machine.core_of(0) if core is None else core):
            process = subprocess.Popen(list(words), cwd=ROOT, env=settings, stdout=out, stderr=out)
        try:
            yield process
        finally:  # not politely: who leaves politely waits for its visitors
            process.kill()
            process.wait()
