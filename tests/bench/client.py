"""The load client: many connections in one process, on its own core, counting deliveries without looking at each.

Two ways to send. Closed: a bounded number of messages is under way; how fast can it go? Open: messages leave by the
clock, and how long each took counts from when it should have left, so that a client that is held up hides nothing.
"""

import resource
import select
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from tests.bench import frames, texts
from tests.bench.dialect import Dialect, Seat

BUFFER: Final = 1 << 18
LIFE_SIGN: Final = frames.masked(b'{"t":"pong","n":0}')
LIFE_SIGN_SECONDS: Final = 20.0
QUIET_SECONDS: Final = 1.5
GIVE_UP_SECONDS: Final = 8.0
TRIES: Final = 5
WARM: Final = 0.25
RESET: Final = b"\x01\0\0\0\0\0\0\0"  # SO_LINGER on with zero seconds: closing leaves nothing behind

Meter = Callable[[], float]


class Failed(Exception):
    """The crowd could not do what it was asked."""


@dataclass
class Told:
    """What a run showed. Times in seconds; `late` has one value per delivery, `acks` one per acknowledged message."""

    seconds: float = 0.0
    sent: int = 0
    acked: int = 0
    refused: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    delivered: int = 0
    lost: int = 0
    dropped: int = 0
    late: list[float] = field(default_factory=list)
    acks: list[float] = field(default_factory=list)
    rate: float = 0.0
    server_cpu: float = 0.0
    per_delivery: float = 0.0
    client_share: float = 0.0


class Member:
    """One connection."""

    __slots__ = (
        *("fd", "got", "joined", "out", "pending", "port", "position"),
        *("reads", "rest", "seat", "sock", "tries", "up"),
    )

    def __init__(self, seat: Seat, port: int) -> None:
        """Take no seat yet."""
        self.seat, self.port = seat, port
        self.sock: socket.socket | None = None
        self.fd = -1
        self.rest = b""
        self.out = b""
        self.up = self.joined = False
        self.reads = True
        self.position: dict[str, Any] | None = None
        self.pending = self.got = self.tries = 0


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which this share of the values lies; 0 of nothing."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else 0.0


def own_cpu() -> float:
    """Return the CPU seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Crowd:
    """Everybody who listens in one measure."""

    def __init__(self, ports: Sequence[int], dialect: Dialect, seats: Sequence[Seat], cpu: Meter) -> None:
        """Prepare one connection per seat, spread over the ports. cpu: the CPU seconds of the server so far."""
        self._origin, self._dialect, self._cpu = ports[0], dialect, cpu
        self.members = [Member(seat, ports[nth % len(ports)]) for nth, seat in enumerate(seats)]
        self._by_fd: dict[int, Member] = {}
        self._poll = select.epoll()
        self._buffer = bytearray(BUFFER)
        self._view = memoryview(self._buffer)
        self._due: dict[int, float] = {}
        self._number = 0
        self._told = Told()
        self._timing = False
        self._expected = 0
        self._size: dict[str, int] = {}
        self._said: dict[str, int] = {}
        self._signs: deque[tuple[float, Member]] = deque()
        for seat in seats:
            self._size[seat.room] = self._size.get(seat.room, 0) + 1
        self.failed = 0

    # -- coming and going

    def connect(self, *, at_once: int, seconds: float = 120, missed: int = 0) -> float:
        """Open every connection, at most at_once under way. Returns how long it took until all were in.

        missed: how many messages each has to hear before it counts. Raises Failed when time is up.
        """
        began = time.monotonic()
        waiting = deque(member for member in self.members if not member.joined)
        opening: dict[int, Member] = {}
        while waiting or opening:
            while waiting and len(opening) < at_once:
                member = waiting.popleft()
                self._open(member)
                opening[member.fd] = member
            self._look(0.05)
            for fd, member in list(opening.items()):
                if member.fd != fd:  # it fell and was put back
                    del opening[fd]
                    waiting.append(member)
                elif member.joined and member.got >= missed:
                    del opening[fd]
            if time.monotonic() - began > seconds:
                raise Failed(f"{len(waiting) + len(opening)} of {len(self.members)} are not in after {seconds:.0f} s")
        return time.monotonic() - began

    def cut(self) -> None:
        """Break every connection without a word, as a network does."""
        for member in self.members:
            self._drop(member)
            member.got = 0
        self._told = Told()

    def settle(self) -> None:
        """Listen until nothing has come for a while."""
        heard, since = -1, time.monotonic()
        while time.monotonic() - since < QUIET_SECONDS:
            self._look(0.05)
            if self._told.delivered != heard:
                heard, since = self._told.delivered, time.monotonic()

    def close(self) -> None:
        """Leave."""
        self.cut()
        self._poll.close()
        self._view.release()

    def stop_reading(self, members: Sequence[Member]) -> None:
        """Let these members read nothing any more; their connections stay open, with little room in the kernel."""
        for member in members:
            assert member.sock is not None
            member.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            self._poll.unregister(member.fd)
            self._size[member.seat.room] -= 1
            member.reads = False

    # -- speaking

    def closed(self, in_flight: int, seconds: float) -> Told:
        """Keep in_flight messages under way; the first quarter of the time is not counted in rate and CPU."""
        told = self._begin(timing=False)
        began = now = time.monotonic()
        end, warm = began + seconds, began + seconds * WARM
        bound = in_flight * len(self.members) / max(1, len(self._size))
        first: tuple[float, float, int, float] | None = None
        speakers = self._speakers()
        while now < end:
            while self._expected - told.delivered < bound and now < end:
                self._say(speakers(), now)
                self._look(0.0) if self._number % 16 == 0 else None
                now = time.monotonic()
            self._look(0.01)
            now = time.monotonic()
            if first is None and now >= warm:
                first = (now, self._cpu(), told.delivered, own_cpu())
        assert first is not None
        self._measure(told, first)
        return self._drain(told)

    def open(self, rate: float, seconds: float, *, speakers: Sequence[Member] | None = None) -> Told:
        """Send rate messages a second by the clock."""
        told = self._begin(timing=True)
        began = time.monotonic()
        first = (began, self._cpu(), 0, own_cpu())
        speaker = self._speakers(speakers)
        for nth in range(int(rate * seconds)):
            due = began + nth / rate
            while (ahead := due - time.monotonic()) > 0:
                self._look(ahead)
            self._say(speaker(), due)
            if nth % 32 == 0:
                self._look(0.0)
        end = began + seconds
        while (ahead := end - time.monotonic()) > 0:
            self._look(ahead)
        self._measure(told, first)
        return self._drain(told)

    def _begin(self, *, timing: bool) -> Told:
        self._told = told = Told()
        self._timing, self._expected = timing, 0
        self._due.clear()
        self._said.clear()
        for member in self.members:
            member.got = 0
        return told

    def _measure(self, told: Told, first: tuple[float, float, int, float]) -> None:
        at, cpu, delivered, own = first
        told.seconds = time.monotonic() - at
        heard = told.delivered - delivered
        told.rate = heard / told.seconds
        told.server_cpu = self._cpu() - cpu
        told.per_delivery = told.server_cpu / heard if heard else 0.0
        told.client_share = (own_cpu() - own) / told.seconds

    def _drain(self, told: Told) -> Told:
        """Wait for what is still under way, until nothing came for a while."""
        last, since = -1, time.monotonic()
        while self._expected > told.delivered or any(member.pending for member in self.members):
            self._look(0.05)
            if told.delivered + told.acked != last:
                last, since = told.delivered + told.acked, time.monotonic()
            elif time.monotonic() - since > GIVE_UP_SECONDS:
                break
        told.lost = max(0, self._expected - told.delivered)
        for member in self.members:
            member.pending = 0
        return told

    def _speakers(self, chosen: Sequence[Member] | None = None) -> Callable[[], Member]:
        """Return who speaks next: everybody in turn, room after room, so that nobody is asked twice in a row."""
        by_room: dict[str, list[Member]] = {}
        for member in chosen or self.members:
            by_room.setdefault(member.seat.room, []).append(member)
        rows = list(by_room.values())
        turn = self._number

        def following() -> Member:
            nonlocal turn
            row = rows[turn % len(rows)]
            member = row[turn // len(rows) % len(row)]
            turn += 1
            return member

        return following

    def _say(self, member: Member, due: float) -> None:
        number = self._number
        self._number += 1
        if not member.joined:
            return
        self._due[number] = due
        self._told.sent += 1
        self._said[member.seat.room] = self._said.get(member.seat.room, 0) + 1
        self._expected += self._size[member.seat.room]
        if self._dialect.answers:
            member.pending += 1
        self._write(member, frames.masked(self._dialect.message(member.seat, number, texts.said(number))))

    # -- the wire

    def _open(self, member: Member) -> None:
        sock = socket.socket()
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        member.sock, member.fd, member.rest, member.out = sock, sock.fileno(), b"", b""
        member.up = member.joined = False
        self._by_fd[member.fd] = member
        sock.connect_ex(("127.0.0.1", member.port))
        self._poll.register(member.fd, select.EPOLLIN | select.EPOLLOUT)
        path, headers = self._dialect.path(member.seat), self._dialect.headers(member.seat, self._origin)
        member.out = frames.upgrade(path, self._origin, headers)

    def _drop(self, member: Member) -> None:
        if member.sock is not None:
            self._by_fd.pop(member.fd, None)
            member.sock.close()
        member.sock, member.fd, member.joined, member.up, member.pending = None, -1, False, False, 0

    def _fell(self, member: Member) -> None:
        """A connection ended by itself: counted, and while opening tried again."""
        was_in, was_up, room = member.joined, member.up, member.seat.room
        self._drop(member)
        if was_in:  # what it did not hear is not lost: it would come back and ask
            self._told.dropped += 1
            self._size[room] -= 1
            self._expected -= max(0, self._said.get(room, 0) - member.got)
            return
        self.failed += 1
        why = "closed before joining" if was_up else "cut while opening"
        self._told.errors[why] = self._told.errors.get(why, 0) + 1
        member.tries += 1
        if member.tries > TRIES:
            raise Failed(f"a connection was refused again and again: {self._told.errors}")

    def _look(self, seconds: float) -> None:
        """Handle what came in, waiting at most so long for it."""
        for fd, event in self._poll.poll(max(0.0, seconds), 1024):
            member = self._by_fd.get(fd)
            if member is None:
                continue
            if event & select.EPOLLOUT and member.out:
                self._write(member, b"")
            if event & ~select.EPOLLOUT:
                self._read(member)
        self._live()

    def _live(self) -> None:
        """Give a sign of life now and then, instead of looking for pings between thousands of frames."""
        now = time.monotonic()
        while self._signs and self._signs[0][0] <= now:
            _, member = self._signs.popleft()
            if member.joined and member.reads:
                self._write(member, LIFE_SIGN)
                self._signs.append((now + LIFE_SIGN_SECONDS, member))

    def _write(self, member: Member, payload: bytes) -> None:
        if member.sock is None:
            return
        held = bool(member.out)
        out = member.out + payload if held else payload
        try:
            count = member.sock.send(out)
        except BlockingIOError:
            count = 0
        except OSError:
            self._fell(member)
            return
        member.out = out[count:]
        if member.reads and bool(member.out) != held:
            wanted = select.EPOLLIN | (select.EPOLLOUT if member.out else 0)
            self._poll.modify(member.fd, wanted)

    def _read(self, member: Member) -> None:
        if member.sock is None or not member.reads:
            return
        start = len(member.rest)
        if start:
            self._buffer[:start] = member.rest
        try:
            count = member.sock.recv_into(self._view[start:])
        except BlockingIOError:
            return
        except OSError:
            count = 0
        if not count:
            self._fell(member)
            return
        size = start + count
        if not member.up:
            size = self._opened(member, size)
            if not member.up:
                return
        end = frames.whole(self._buffer, size)
        member.rest = bytes(self._view[end:size]) if end < size else b""
        if end:
            self._hear(member, end)

    def _opened(self, member: Member, size: int) -> int:
        """Read the answer to the handshake. Returns how much follows it, moved to the front."""
        head = self._buffer.find(b"\r\n\r\n", 0, size)
        if head < 0:
            member.rest = bytes(self._view[:size])
            return 0
        if not self._buffer.startswith(b"HTTP/1.1 101"):
            status = bytes(self._buffer[9:12]).decode(errors="replace")
            self._told.errors[status] = self._told.errors.get(status, 0) + 1
            self._fell(member)
            return 0
        member.up = True
        greeting = self._dialect.greeting(member.seat, member.position)
        self._write(member, b"".join(frames.masked(payload) for payload in greeting))
        follows = size - head - 4
        self._buffer[:follows] = self._buffer[head + 4 : size]
        return follows

    def _hear(self, member: Member, end: int) -> None:
        """Count the deliveries in the first end bytes, and read closely only where something else is awaited."""
        count = self._buffer.count(self._dialect.mark, 0, end)
        if count:
            self._told.delivered += count
            member.got += count
            if self._timing:
                now = time.monotonic()
                late, due = self._told.late, self._due
                late += [now - due[number] for number in texts.numbers(self._buffer, end) if number in due]
        if member.pending or not member.joined:
            for head, payload in frames.payloads(self._buffer, end):
                self._other(member, head, payload)

    def _other(self, member: Member, head: int, payload: bytes) -> None:
        if self._dialect.mark in payload:
            return
        if not member.joined:
            if head == 0x81 and (position := self._dialect.joined(payload)) is not None:
                member.position, member.joined = position, True
                if self._dialect.answers:
                    self._signs.append((time.monotonic() + LIFE_SIGN_SECONDS, member))
            return
        if head == 0x81 and self._dialect.answers:
            self._answered(member, orjson.loads(payload))

    def _answered(self, member: Member, said: dict[str, Any]) -> None:
        told, kind = self._told, said["t"]
        if kind not in ("ack", "refused", "error"):
            return
        member.pending -= 1
        if kind == "ack" and said.get("state") == "placed":
            told.acked += 1
            due = self._due.get(int(said["ref"]))
            if due is not None:
                told.acks.append(time.monotonic() - due)
            return
        self._expected -= self._size[member.seat.room]
        self._said[member.seat.room] -= 1
        told.refused += kind != "error"
        name = said.get("code") or said.get("label") or str(said.get("state"))
        told.errors[name] = told.errors.get(name, 0) + 1
