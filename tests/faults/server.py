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

from tests.faults.nursery import Child, Nursery
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
START_SECONDS = 60
STOP_SECONDS = 30
EXACT_SECONDS = 5


class Server:
    """One process of the application that comes and goes; on its own it is a whole installation on SQLite."""

    def __init__(self, database_url: str = "", folder: Path | None = None, **settings: str) -> None:
        """Choose ports; nothing runs yet. folder: shared with other processes."""
        self.own_folder = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="moi-fault-"))
        self.port, self.internal_port = free_port(), free_port()
        self.environment = CHEAP | {
            "PATH": os.environ["PATH"],
            "MOI_DATA_DIR": str(self.folder / "var"),
            "MOI_PORT": str(self.port),
            "MOI_INTERNAL_PORT": str(self.internal_port),
            "MOI_DATABASE_URL": database_url,
        }
        self.environment |= settings
        self.beside: dict[str, str] = {}
        self.process: subprocess.Popen[bytes] | Child | None = None
        self.nursery: Nursery | None = None
        self.log = self.folder / f"log-{self.port}"

    @property
    def origin(self) -> str:
        """Return the address in a browser."""
        return self.environment.get("MOI_PUBLIC_URL") or f"http://localhost:{self.port}"

    @property
    def socket(self) -> str:
        """Return the address of the chat socket."""
        return f"ws://localhost:{self.port}/chat/v1/ws"

    @property
    def running(self) -> bool:
        """Say whether the process is there."""
        return self.process is not None and self.process.poll() is None

    def seed(self, **numbers: Any) -> dict[str, Any]:
        """Make test data before the process starts (on PostgreSQL also while it runs)."""
        words = [part for name, number in numbers.items() for part in (f"--{name}", str(number))]
        made = subprocess.run(
            [sys.executable, "-m", "server", "seed", *words, "--json"],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if made.returncode:
            raise RuntimeError(made.stderr[-2000:])
        found: dict[str, Any] = json.loads(made.stdout)
        return found

    async def start(self) -> None:
        """Start the process and wait until it answers."""
        self.launch()
        await self.answering()

    def launch(self) -> None:
        """Start the process and do not wait."""
        if self.nursery is not None:
            self.process = self.nursery.begin(self.environment | self.beside, self.log)
            return
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "server", "serve"],
                cwd=ROOT, env=self.environment | self.beside, stdout=log, stderr=log,
            )  # fmt: skip

    async def answering(self) -> None:
        """Wait until the process answers. Raises RuntimeError with what it printed when it ended instead."""
        async with asyncio.timeout(START_SECONDS), httpx.AsyncClient() as client:
            while True:
                if not self.running:
                    raise RuntimeError(self.printed()[-2000:])
                try:
                    await client.get(f"http://127.0.0.1:{self.port}/nood")
                    return
                except httpx.TransportError:
                    await asyncio.sleep(0.05)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.signal(signal.SIGKILL)
        assert self.process is not None
        self.process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def stop(self) -> int:
        """End it politely. Returns the exit status; -9 when it had to be killed."""
        if self.process is None:
            return 0
        if self.running:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.process.wait()

    def printed(self) -> str:
        """Return everything it printed since the folder exists."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def resident(self) -> int:
        """Return the memory it holds in KiB; 0 when it is not there."""
        for line in self._proc("status").splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1])
        return 0

    def descriptors(self) -> int:
        """Return how many files and sockets it has open; 0 when it is not there."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir())) if self.running and self.process else 0

    async def exact(self) -> dict[str, Any] | None:
        """Return what the process measured itself since it started (kit/run/exact.py); None when it is silent."""
        try:
            async with httpx.AsyncClient(timeout=EXACT_SECONDS) as client:
                answer = await client.get(f"http://127.0.0.1:{self.internal_port}/exact")
        except httpx.TransportError:
            return None
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    def _proc(self, name: str) -> str:
        if not self.running or self.process is None:
            return ""
        return Path(f"/proc/{self.process.pid}/{name}").read_text()

    async def __aenter__(self) -> "Server":
        """Use it in a `with`."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave nothing behind."""
        await asyncio.to_thread(self.stop)
        if self.own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)
