"""Pages beside an empty one of the same size from the same application (P1): requests a second on one core."""

import json
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench import machine
from tests.bench.bench import Bench
from tests.bench.client import Failed, own_cpu
from tests.bench.servers import ROOT, environment
from tests.services import free_port, wait_for_port

AT_ONCE: Final = 6
NAMES: Final = {"home": "P1h", "room": "P1r", "topic": "P1t", "list": "P1l"}


@dataclass
class House:
    """A Moi with pages to ask for."""

    port: int
    cookie: str
    pages: dict[str, str]


def every_page(bench: Bench) -> None:
    """Ask for each page and for the empty one, in turn."""
    seconds = bench.size(2.0, 1.0)
    with _house() as house:
        for nth in bench.each_round("pages"):
            for page, path in house.pages.items():
                size = len(_ask(house, path))
                empty = f"/leeg/{size}"
                order = (path, empty) if nth % 2 == 0 else (empty, path)
                rates = {one: _rate(bench, house, one, seconds) for one in order}
                bench.say(f"   {page}, {size:,} bytes: {rates[path]:.0f} requests/s, empty {rates[empty]:.0f}")
                bench.findings.found(NAMES[page], rates[path], rates[empty])


def _ask(house: House, path: str) -> bytes:
    """Return the body of one page. Raises Failed when there is none."""
    with socket.create_connection(("127.0.0.1", house.port)) as sock:
        sock.sendall(_request(house, path))
        return _answer(sock)


def _request(house: House, path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost:{house.port}\r\nCookie: moi={house.cookie}\r\n\r\n".encode()


def _answer(sock: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += sock.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    if b" 200 " not in lines[0]:
        raise Failed(f"a page answered {lines[0].decode()}")
    size = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length"))
    while len(body) < size:
        body += sock.recv(65536)
    return body


def _rate(bench: Bench, house: House, path: str, seconds: float) -> float:
    """Keep a few connections asking; return answers a second, after a first moment of warming."""
    request = _request(house, path)
    with ExitStack() as stack:
        socks = {}
        for _ in range(AT_ONCE):
            sock = stack.enter_context(socket.create_connection(("127.0.0.1", house.port)))
            socks[sock.fileno()] = sock
        poll = stack.enter_context(select.epoll())
        for fd, sock in socks.items():
            poll.register(fd, select.EPOLLIN)
            sock.sendall(request)
        _answers(poll, socks, request, seconds / 4)
        own, began = own_cpu(), time.monotonic()
        count = _answers(poll, socks, request, seconds)
        took = time.monotonic() - began
        bench.findings.client("pages", (own_cpu() - own) / took)
        return count / took


def _answers(poll: select.epoll, socks: dict[int, socket.socket], request: bytes, seconds: float) -> int:
    count, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        for fd, _ in poll.poll(0.05):
            _answer(socks[fd])
            socks[fd].sendall(request)
            count += 1
    return count


@contextmanager
def _house() -> Iterator[House]:
    folder = Path(tempfile.mkdtemp(prefix="moi-bench-"))
    port, internal = free_port(), free_port()
    settings = environment(folder) | {"MOI_PORT": str(port), "MOI_INTERNAL_PORT": str(internal)}
    core, _ = machine.cores()
    words = [sys.executable, "-m", "tests.bench.pages_app"]
    with machine.on_core(core):
        process = subprocess.Popen(words, cwd=ROOT, env=settings, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise Failed("the pages did not start")
        made = json.loads(line)
        wait_for_port(port)
        yield House(port, made["cookie"], made["pages"])
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        shutil.rmtree(folder, ignore_errors=True)
