"""Private, throw-away PostgreSQL and Redis for the tests, from installed binaries; never a service that was running."""

import glob
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PACKAGES = {
    "postgres": "postgresql",
    "redis-server": "redis-server",
    "haproxy": "haproxy",
    "libfaketime": "libfaketime",
    "chromium": "chromium",
}
LIBRARIES = {"libfaketime": "/usr/lib/*/faketime/libfaketimeMT.so.1"}
OWN_PORTS = (20_000, 32_000)
"""Below what the kernel gives to clients (net.ipv4.ip_local_port_range)."""
NO_START = Path("/usr/sbin/policy-rc.d")


class Missing(Exception):
    """A program the tests need is not there and could not be installed."""


def binary(name: str) -> str:
    """Return the path of a program. Raises Missing with the package to install."""
    for folder in sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True):
        if (path := Path(folder) / name).exists():
            return str(path)
    if found := shutil.which(name):
        return found
    raise Missing(f"{name} is missing: install the Debian package {PACKAGES.get(name, name)}")


def install_missing() -> None:
    """Install the Debian packages of missing programs where this user may. Raises Missing with what to install."""
    lacking = [package for name, package in PACKAGES.items() if not _present(name)]
    if not lacking:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Missing(f"install these Debian packages first: {' '.join(lacking)}")
    print("installing", *lacking, flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    with _nothing_starts():
        subprocess.run(["apt-get", "update", "-q"], check=True, env=environment, stdout=subprocess.DEVNULL)
        subprocess.run(
            ["apt-get", "install", "-y", "-q", "--no-install-recommends", *lacking],
            check=True, env=environment, stdout=subprocess.DEVNULL,
        )  # fmt: skip


def library(name: str) -> str:
    """Return the path of a library that is loaded before a program. Raises Missing with the package to install."""
    for path in glob.glob(LIBRARIES[name]):
        return path
    raise Missing(f"{name} is missing: install the Debian package {PACKAGES[name]}")


class Postgres:
    """A throw-away PostgreSQL that can be stopped, frozen and started again on the same port and data."""

    def __init__(self, *, fsync: bool = False) -> None:
        """Make its data; nothing runs yet. fsync: wait for the disk at every commit."""
        self._fsync = "on" if fsync else "off"
        self.folder = Path(tempfile.mkdtemp(prefix="moi-pg-"))
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(self.folder, self._user)
        self._data, self.port = self.folder / "data", free_port()
        kind = ("-U", "moi", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8")
        self.database = "postgres"
        self._call(binary("initdb"), "--no-sync", "-D", str(self._data), *kind)

    @property
    def url(self) -> str:
        """Return the address of the database that is used."""
        return f"postgresql://moi@127.0.0.1:{self.port}/{self.database}"

    @property
    def root_url(self) -> str:
        """Return the address from which databases are made and dropped."""
        return f"postgresql://moi@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it and wait until it answers."""
        where = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        options = f"{where} -c fsync={self._fsync}"
        log = str(self.folder / "log")
        self._call(binary("pg_ctl"), "-D", str(self._data), "-w", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        """Stop it at once, as a crash would."""
        self._call(binary("pg_ctl"), "-D", str(self._data), "-m", "immediate", "stop")

    def freeze(self) -> None:
        """Let every process of it hang: connections stay open and nobody answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def remove(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _signal(self, number: signal.Signals) -> None:
        postmaster = int((self._data / "postmaster.pid").read_text().split()[0])
        for pid in (postmaster, *children(postmaster)):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _call(self, *command: str) -> None:
        quiet = subprocess.DEVNULL
        subprocess.run(command, check=True, user=self._user, cwd=self.folder, stdout=quiet, stderr=quiet)


class Redis:
    """A throw-away Redis that keeps nothing, and can be stopped, frozen and started again on the same port."""

    def __init__(self) -> None:
        """Choose a port; nothing runs yet."""
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return its address."""
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        where = ("--port", str(self.port), "--bind", "127.0.0.1")
        command = [binary("redis-server"), *where, "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_for_port(self.port)

    def stop(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def freeze(self) -> None:
        """Let it hang."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)


@contextmanager
def postgres(*, fsync: bool = False) -> Iterator[str]:
    """Give the address of a fresh PostgreSQL on a free port of this machine. fsync: wait for the disk, for measures."""
    made = Postgres(fsync=fsync)
    try:
        made.start()
        yield made.url
    finally:
        made.stop()
        made.remove()


@contextmanager
def redis() -> Iterator[str]:
    """Give the address of a fresh Redis that keeps nothing."""
    made = Redis()
    try:
        made.start()
        yield made.url
    finally:
        made.stop()


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def free_port() -> int:
    """Return a port of this machine that nothing uses now.

    Not one that the kernel gives to whoever connects somewhere: until a server listens there, a client may have got it.
    """
    while True:
        port = random.randrange(*OWN_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_for_port(port: int, tries: int = 600) -> None:
    """Wait until something listens; each try waits at most 50 ms."""
    for _ in range(tries):
        probe = socket.socket()
        probe.settimeout(0.05)
        try:
            probe.connect(("127.0.0.1", port))
            return
        except OSError:
            select_wait(0.05)
        finally:
            probe.close()
    raise Missing(f"nothing listens on port {port}")


def select_wait(seconds: float) -> None:
    """Wait for a moment between two looks at a process that is starting."""
    left, right = socket.socketpair()
    with left, right:
        left.settimeout(seconds)
        try:
            left.recv(1)
        except TimeoutError:
            return


def _present(name: str) -> bool:
    try:
        library(name) if name in LIBRARIES else binary(name)
    except Missing:
        return False
    return True


@contextmanager
def _nothing_starts() -> Iterator[None]:
    """Keep freshly installed services from starting by themselves."""
    ours = not NO_START.exists()
    if ours:
        NO_START.write_text("#!/bin/sh\nexit 101\n")
        NO_START.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            NO_START.unlink()


if __name__ == "__main__":
    install_missing()
    sys.exit(0)
