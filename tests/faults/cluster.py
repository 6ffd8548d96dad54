"""The shape of compose.yaml from plain processes on free local ports: proxy, application, PostgreSQL and Redis.

`python -m tests.faults.cluster` (make cluster) serves it in demo mode until Ctrl-C. Faults start it without people.
"""

import argparse
import asyncio
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from server.crisis.page import page, policy
from tests.faults.disk import Disk
from tests.faults.kept import keeping
from tests.faults.server import Server
from tests.services import Missing, Postgres, Redis, binary, free_port, install_missing, library

NOOD = "text/html; charset=utf-8"
PROXY = """
global
  maxconn 8000
  tune.bufsize 65536
defaults
  mode http
  maxconn 8000
  timeout connect 3s
  timeout check 2s
  timeout client 30s
  timeout server 30s
  timeout http-request 10s
  timeout tunnel 90s
  retries 3
  option redispatch 1
  retry-on conn-failure 503
  http-reuse safe
  default-server inter 500ms fall 1 rise 1 check
  {errors}
frontend moi
  bind 127.0.0.1:{port} backlog 8192 tcp-ut 30s
  http-request return status 200 content-type "{kind}" file {folder}/nood.html {headers} if {{ path /nood }}
  http-request return status 200 content-type "{kind}" file {folder}/nood-en.html {headers_en} if {{ path /en/nood }}
  http-request del-header user-agent
  http-request del-header x-forwarded-for
  http-request del-header accept-language
  http-request del-header referer
  default_backend app
backend app
  balance leastconn
  option httpchk GET /health/ready
  {servers}
"""


class Proxy:
    """haproxy in front of the processes; the crisis page comes from disk, also when nothing behind it answers."""

    def __init__(self, folder: Path) -> None:
        """Choose a port; nothing runs yet."""
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, servers: list[Server]) -> None:
        """Write the pages and the configuration, and start."""
        (self.folder / "nood.html").write_bytes(page())
        (self.folder / "nood-en.html").write_bytes(page("en"))
        config = self.folder / "haproxy.cfg"
        config.write_text(self._config(servers))
        self.process = subprocess.Popen([binary("haproxy"), "-db", "-q", "-f", str(config)])

    def stop(self) -> None:
        """End it."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait()

    def _config(self, servers: list[Server]) -> str:
        rows = [
            f"server app{nth} 127.0.0.1:{one.port} check port {one.internal_port}" for nth, one in enumerate(servers)
        ]
        errors = [
            f'http-error status {status} content-type "{NOOD}" file {self.folder}/nood.html {_headers("nl")}'
            for status in (502, 503, 504)
        ]
        return PROXY.format(
            port=self.port, folder=self.folder, kind=NOOD, headers=_headers("nl"), headers_en=_headers("en"),
            errors="\n  ".join(errors), servers="\n  ".join(rows),
        )  # fmt: skip


class Cluster:
    """An installation of several processes, or of one on SQLite, that can be broken in parts."""

    def __init__(
        self,
        apps: int = 2,
        *,
        sqlite: bool = False,
        proxy: bool = True,
        quick: bool = False,
        disk: bool = False,
        **settings: str,
    ) -> None:
        """Choose ports and a folder; nothing runs yet. settings: MOI_… of every process; disk: one that can be full.

        quick: processes are split off from one that has read everything, instead of starting from nothing.
        """
        self.quick = quick
        self.folder = Path(tempfile.mkdtemp(prefix="moi-cluster-"))
        self.sqlite = sqlite
        self.postgres: Postgres | None = None
        self.redis: Redis | None = None
        self.proxy = Proxy(self.folder) if proxy else None
        self.count, self.settings = apps, settings
        self.disk = Disk(self.folder / "var", self._numbers) if disk else None
        self._keeping = ExitStack()
        self.apps: list[Server] = []

    @property
    def origin(self) -> str:
        """Return the address in a browser: the proxy's, or the only process's."""
        port = self.proxy.port if self.proxy else self.apps[0].port
        return f"http://localhost:{port}"

    @property
    def ports(self) -> list[int]:
        """Return where people come in: the proxy, or every process directly."""
        return [self.proxy.port] if self.proxy else [app.port for app in self.apps]

    def prepare(self) -> None:
        """Take stores that are empty, and describe the processes without starting them."""
        self._kept = kept = self._keeping.enter_context(keeping())
        if self.sqlite:
            kept.files(self.folder / "var")
        else:
            stores = kept.take()
            self._keeping.callback(kept.give_back, stores)
            self.postgres, self.redis = stores.postgres, stores.redis
        more = {"MOI_REDIS_URL": self.redis.url} if self.redis else {}
        database = self.postgres.url if self.postgres else ""
        self.apps = [Server(database, self.folder, **more, **self.settings) for _ in range(self.count)]
        for app in self.apps:
            app.environment["MOI_PUBLIC_URL"] = self.origin
            app.nursery = kept.nursery({}) if self.quick else None

    def own_clock(self) -> None:
        """Give the processes a clock that `set_clock` moves; what is measured (monotonic) stays real."""
        self.set_clock(0)
        beside = {
            "LD_PRELOAD": library("libfaketime"),
            "FAKETIME_TIMESTAMP_FILE": str(self._kept.clock),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",  # its mending makes waits with a limit last for ever
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        for app in self.apps:
            app.beside = beside
            app.nursery = self._kept.nursery(beside) if self.quick else None

    def set_clock(self, seconds: float) -> None:
        """Let the processes' wall clock run so many seconds ahead of the real one."""
        fresh = self.folder / "clock.new"
        fresh.write_text(f"{seconds:+}\n")
        fresh.replace(self._kept.clock)

    async def start(self) -> None:
        """Start everything that is not there yet and wait until people can come in."""
        if not self.apps:
            await asyncio.to_thread(self.prepare)
        await self.apps[0].start()  # it brings the schema up to date, as `migrate` does in production
        for app in self.apps[1:]:
            app.launch()
        await asyncio.gather(*(app.answering() for app in self.apps[1:]))
        await asyncio.gather(*(self.ready(app) for app in self.apps))
        if self.proxy is not None:
            self.proxy.start(self.apps)
            await self._let_in()

    async def start_again(self) -> None:
        """Start every process, on stores that may have changed meanwhile."""
        await self.apps[0].start()
        await asyncio.gather(*(app.start() for app in self.apps[1:]))
        await asyncio.gather(*(self.ready(app) for app in self.apps))

    def lose_stores(self) -> None:
        """Lose everything that stood in the stores; keys and dumps are elsewhere. No process may run."""
        for path in (self.folder / "var").glob("*.sqlite*"):
            path.unlink()
        if self.postgres is not None:
            self._kept.empty(self.postgres)

    async def restart(self, number: int) -> None:
        """Start a process again that was killed or stopped, and wait until a proxy would send people to it."""
        await self.apps[number].start()
        await self.ready(self.apps[number])

    async def roll(self, count: int) -> list[int]:
        """Restart so many processes one after another, each politely. Returns their exit statuses."""
        statuses = []
        for app in self.apps[:count]:
            statuses.append(await asyncio.to_thread(app.stop))
            await app.start()
            await self.ready(app)
        return statuses

    async def ready(self, app: Server) -> None:
        """Wait until a process takes new people."""
        async with asyncio.timeout(30), httpx.AsyncClient() as client:
            while True:
                try:
                    answer = await client.get(f"http://127.0.0.1:{app.internal_port}/health/ready")
                    if answer.status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """Stop everything, the proxy first, and leave nothing behind."""
        if self.proxy is not None:
            self.proxy.stop()
        for app in self.apps:
            if app.running:
                app.signal(signal.SIGCONT)
        await asyncio.gather(*(asyncio.to_thread(app.stop) for app in self.apps))
        await asyncio.to_thread(self._keeping.close)
        if self.disk is not None:
            self.disk.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _numbers(self) -> list[int]:
        return [app.process.pid for app in self.apps if app.running and app.process is not None]

    async def _let_in(self) -> None:
        """Wait until the proxy has seen that a process is ready."""
        async with asyncio.timeout(30), httpx.AsyncClient() as client:
            while True:
                try:
                    if (await client.get(f"{self.origin}/huisregels")).status_code == 200:
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.05)

    async def __aenter__(self) -> "Cluster":
        """Use it in a `with`; nothing runs yet."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave nothing behind."""
        await self.stop()


def _headers(lang: str) -> str:
    names = {
        "cache-control": "no-store",
        "content-security-policy": policy(lang),
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
    }
    return " ".join(f'hdr {name} "{value}"' for name, value in names.items())


async def show(apps: int) -> None:
    """Serve the demonstration until somebody presses Ctrl-C."""
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    async with Cluster(apps, **DEMO) as cluster:
        await cluster.start()
        print(f"Moi is open: {cluster.origin} ({apps} processes behind a proxy; Ctrl-C ends it)", flush=True)
        await over.wait()


DEMO: dict[str, Any] = {
    "MOI_MODE": "demo",
    "MOI_LIMITS": "aan",
    "MOI_ARGON2_MEMORY": "65536",
    "MOI_ARGON2_TIME": "3",
    "MOI_PROOF_BITS": "17",
}


def main(arguments: list[str]) -> int:
    """Start the cluster. Returns 1 when a program is missing and may not be installed."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.cluster")
    parser.add_argument("--apps", type=int, default=2)
    options = parser.parse_args(arguments)
    try:
        install_missing()
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    asyncio.run(show(options.apps))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
