"""A real server process that can be killed, on stores that outlive it."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from tests.services import free_port

ROOT = Path(__file__).resolve().parents[2]
CHEAP = {
    "MOI_MODE": "test",
    "MOI_ARGON2_MEMORY": "64",
    "MOI_ARGON2_TIME": "1",
    "MOI_PROOF_BITS": "4",
    "MOI_STAFFED": "00:00-24:00",
    "MOI_LIMITS": "uit",
}


class Server:
    """One installation: a folder, a port, and a process that comes and goes."""

    def __init__(self, database_url: str = "", **settings: str) -> None:
        """Choose ports and a folder; nothing runs yet."""
        self.folder = Path(tempfile.mkdtemp(prefix="moi-fault-"))
        self.port = free_port()
        self.environment = CHEAP | {
            "PATH": os.environ["PATH"],
            "MOI_DATA_DIR": str(self.folder / "var"),
            "MOI_PORT": str(self.port),
            "MOI_INTERNAL_PORT": str(free_port()),
            "MOI_DATABASE_URL": database_url,
        }
        self.environment |= settings
        self.process: subprocess.Popen[bytes] | None = None
        self.log = self.folder / "log"

    @property
    def origin(self) -> str:
        """Return the address in a browser."""
        return f"http://localhost:{self.port}"

    @property
    def socket(self) -> str:
        """Return the address of the chat socket."""
        return f"ws://localhost:{self.port}/chat/v1/ws"

    def seed(self, **numbers: Any) -> dict[str, Any]:
        """Make test data before the process starts (on PostgreSQL also while it runs)."""
        words = [part for name, number in numbers.items() for part in (f"--{name}", str(number))]
        made = subprocess.run(
            [sys.executable, "-m", "server", "seed", *words, "--json"],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        found: dict[str, Any] = json.loads(made.stdout)
        return found

    async def start(self) -> None:
        """Start the process and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "server", "serve"], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        async with httpx.AsyncClient() as client:
            while True:
                if self.process.poll() is not None:
                    raise RuntimeError(self.log.read_text()[-2000:])
                try:
                    await client.get(f"{self.origin}/nood")
                    return
                except httpx.TransportError:
                    await asyncio.to_thread(self._wait_a_moment)

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End it politely."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)

    def _wait_a_moment(self) -> None:
        assert self.process is not None
        try:
            self.process.wait(0.05)
        except subprocess.TimeoutExpired:
            return

    async def __aenter__(self) -> "Server":
        """Use it in a `with`."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave nothing behind."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
