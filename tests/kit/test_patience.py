"""How long a request may take to arrive, on a clock that is set by hand; tests.faults waits for the real one."""

from types import SimpleNamespace
from typing import Any

import pytest

from server.kit.run.patience import BODY_SECONDS, HEADER_SECONDS, MOST_HEADER_BYTES, PatientHttp, close_late
from server.kit.run.server import config


class Planned:
    """Something that will be done, if this loop ever did anything."""

    def cancel(self) -> None:
        """Leave it."""

    def add_done_callback(self, _: Any) -> None:
        """Never call back."""


class Loop:
    """A loop that only knows the time."""

    def __init__(self) -> None:
        self.now = 100.0

    def time(self) -> float:
        """Return the time as set."""
        return self.now

    def call_later(self, *_: Any) -> Planned:
        """Plan nothing."""
        return Planned()

    def create_task(self, work: Any, **_: Any) -> Planned:
        """Start nothing."""
        work.close()
        return Planned()


class Wire:
    """The other side's end: what was written, and whether it is over."""

    def __init__(self) -> None:
        self.said = b""
        self.over = False

    def write(self, data: bytes) -> None:
        """Keep what is sent."""
        self.said += data

    def close(self) -> None:
        """End."""
        self.over = True

    abort = close

    def is_closing(self) -> bool:
        """Say whether it ended."""
        return self.over

    def get_extra_info(self, _: str) -> None:
        """Know no address."""

    def pause_reading(self) -> None:
        """Go on all the same."""

    resume_reading = pause_reading


@pytest.fixture
def loop() -> Loop:
    """A clock at a hundred seconds."""
    return Loop()


@pytest.fixture
def wire() -> Wire:
    """A connection."""
    return Wire()


@pytest.fixture
def http(loop: Loop, wire: Wire) -> PatientHttp:
    """A connection that was just made."""

    async def silent(_scope: Any, _receive: Any, _send: Any) -> None:
        return

    state = SimpleNamespace(connections=set(), tasks=set(), default_headers=[], total_requests=0)
    made = PatientHttp(config=config(silent), server_state=state, app_state={}, _loop=loop)
    made.connection_made(wire)  # type: ignore[arg-type]  # a transport for as far as it is used
    return made


@pytest.mark.parametrize("sent", [b"", b"\r\n", b"GET / HTTP/1.1\r\nX-Half: "])
def test_a_slow_header_ends_after_ten_seconds(http: PatientHttp, loop: Loop, wire: Wire, sent: bytes) -> None:
    """Nothing at all is slow too, and so is one more byte every second."""
    if sent:
        http.data_received(sent)
    assert close_late([http], loop.now + HEADER_SECONDS - 0.1) == 0
    assert close_late([http], loop.now + HEADER_SECONDS + 0.1) == 1
    assert wire.over


def test_bytes_that_trickle_in_buy_no_time(http: PatientHttp, loop: Loop) -> None:
    """The clock starts once."""
    for byte in b"GET / HTTP/1.1":
        http.data_received(bytes([byte]))
        loop.now += 1
    assert close_late([http], loop.now) == 1


def test_a_slow_body_ends_after_twenty_seconds(http: PatientHttp, loop: Loop, wire: Wire) -> None:
    """Counted from the end of the header."""
    http.data_received(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
    assert not wire.said
    assert close_late([http], loop.now + BODY_SECONDS - 0.1) == 0
    assert close_late([http], loop.now + BODY_SECONDS + 0.1) == 1


def test_a_whole_request_may_take_long_to_answer(http: PatientHttp, loop: Loop, wire: Wire) -> None:
    """The hurry is on the side that asks."""
    http.data_received(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert close_late([http], loop.now + 3600) == 0
    assert not wire.said


def test_a_header_without_end_is_refused_while_it_comes_in(http: PatientHttp, wire: Wire) -> None:
    """Its bytes are not kept."""
    http.data_received(b"GET / HTTP/1.1\r\n")
    for number in range(MOST_HEADER_BYTES // 1000 + 2):
        if not wire.over:
            http.data_received(b"X-%d: %s\r\n" % (number, b"x" * 1000))
    assert wire.said.startswith(b"HTTP/1.1 431 ")
    assert wire.said.count(b"HTTP/1.1") == 1
    assert wire.over


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\x02\0", b"HELLO\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"])
def test_what_is_no_http_hears_one_empty_answer(http: PatientHttp, wire: Wire, sent: bytes) -> None:
    """With the headers every answer has."""
    http.data_received(sent)
    assert wire.said.startswith(b"HTTP/1.1 400 ")
    assert b"nosniff" in wire.said
    assert wire.said.endswith(b"\r\n\r\n")
    assert wire.over
