"""Private, throw-away PostgreSQL and Redis for the tests, from installed binaries; never a service that was running."""

import glob
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGES = {"postgres": "postgresql", "redis-server": "redis-server", "chromium": "chromium"}
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


@contextmanager
def postgres() -> Iterator[str]:
    """Give the address of a fresh PostgreSQL on a free port of this machine."""
    folder = Path(tempfile.mkdtemp(prefix="moi-pg-"))
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    data, port = folder / "data", free_port()

    def call(*command: str) -> None:
        subprocess.run(command, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    call(binary("initdb"), "-D", str(data), "-U", "moi", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    try:
        call(binary("pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
        yield f"postgresql://moi@127.0.0.1:{port}/postgres"
    finally:
        call(binary("pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def redis() -> Iterator[str]:
    """Give the address of a fresh Redis that keeps nothing."""
    port = free_port()
    command = [binary("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for_port(port)
        yield f"redis://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    """Return a port of this machine that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
        binary(name)
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
