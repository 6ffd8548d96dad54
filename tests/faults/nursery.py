"""Server processes in a moment: a process that has read everything already, and splits one off for each start.

A start from nothing costs seconds, most of them for reading code and rules; the short forms make some hundred of them.
What is split off is a whole process of its own, with its own memory and number. `--long` starts each from nothing.
"""

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]


class Child:
    """A process that was split off: what subprocess.Popen offers of what the faults need."""

    def __init__(self, nursery: "Nursery", pid: int) -> None:
        """Keep watch over a process that was just begun."""
        self.pid = pid
        self.returncode: int | None = None
        self._nursery = nursery
        self._watch = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """Return the exit status, negative for a signal; None while it runs."""
        if self.returncode is None and select.select([self._watch], [], [], 0)[0]:
            self._ended()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end. Raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self._watch], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("server", timeout or 0.0)
            self._ended()
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it is still there."""
        if self.poll() is None:
            signal.pidfd_send_signal(self._watch, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def _ended(self) -> None:
        self.returncode = self._nursery.ask({"ended": self.pid})
        os.close(self._watch)


class Nursery:
    """The process that splits off others. It ends with its input."""

    def __init__(self, beside: Mapping[str, str]) -> None:
        """Start it and let it read. beside: what the processes have in their environment from the first moment."""
        inherited = {"PATH": os.environ["PATH"], "MOI_MODE": "test"} | dict(beside)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            cwd=ROOT, env=inherited, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._turn = threading.Lock()

    def begin(self, environment: Mapping[str, str], log: Path) -> Child:
        """Split off a server with these settings; what it prints goes into a file."""
        return Child(self, self.ask({"environment": dict(environment), "log": str(log)}))

    def ask(self, asked: dict[str, Any]) -> int:
        """Return the answer to one question. One at a time, from whatever thread."""
        with self._turn:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            print(json.dumps(asked), file=self._process.stdin, flush=True)
            return int(self._process.stdout.readline())

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def main() -> None:
    """Read all that a server reads, then split off one for every question."""
    import moderation
    from server import start  # noqa: F401 - to have read it, and all that it imports
    from server.kit.run import servers  # noqa: F401 - and the drivers, which it imports where they are used
    from server.rest import SLOW

    moderation.check("hallo van moi.nl", place=moderation.Place.ROOM)
    for name in SLOW:
        import_module(name)
    for line in sys.stdin:
        asked = json.loads(line)
        print(_status(asked["ended"]) if "ended" in asked else _split(asked), flush=True)


def _status(pid: int) -> int:
    """Return how a process ended that has ended."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _split(asked: dict[str, Any]) -> int:
    if pid := os.fork():
        return pid
    try:
        with Path(asked["log"]).open("ab") as log:
            _become(asked["environment"], log)
        from server.__main__ import main as serve

        os._exit(serve(["serve"]))
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(1)


def _become(environment: dict[str, str], log: IO[bytes]) -> None:
    """Take the settings and the file to print to, and let go of the question's ends."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log.fileno(), 1)
    os.dup2(log.fileno(), 2)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()


if __name__ == "__main__":
    main()
