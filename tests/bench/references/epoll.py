"""Reference: as little as Python can do: python epoll.py PORT. One loop, raw sockets, one write per message."""

import base64
import hashlib
import select
import socket
import sys
from collections import defaultdict
from itertools import cycle

KEY = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
ANSWER = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "


class Member:
    """One connection: what has come in and is not read yet, what has not gone out yet, and its room."""

    def __init__(self, sock: socket.socket) -> None:
        """Start outside every room."""
        self.sock, self.unread, self.unsent, self.room = sock, b"", b"", ""


rooms: defaultdict[str, set[Member]] = defaultdict(set)
members: dict[int, Member] = {}
poll = select.epoll()


def main(port: int) -> None:
    """Serve until killed."""
    door = socket.create_server(("127.0.0.1", port), backlog=4096)
    door.setblocking(False)
    poll.register(door, select.EPOLLIN)
    while True:
        for fd, event in poll.poll():
            if fd == door.fileno():
                enter(door)
            elif event & select.EPOLLOUT:
                write(members[fd], b"")
            elif fd in members:
                read(members[fd])


def enter(door: socket.socket) -> None:
    """Take who knocks."""
    while True:
        try:
            sock, _ = door.accept()
        except BlockingIOError:
            return
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        members[sock.fileno()] = Member(sock)
        poll.register(sock, select.EPOLLIN)


def read(member: Member) -> None:
    """Take in what came: the handshake first, then frames of at most 65,535 bytes."""
    try:
        came = member.sock.recv(65536)
    except OSError:
        came = b""
    if not came:
        leave(member)
        return
    member.unread += came
    if not member.room:
        greet(member)
    while member.room and (frame := take(member)):
        if frame == b"hier":
            write(member, framed(frame))
        else:
            out = framed(frame)
            for other in list(rooms[member.room]):
                write(other, out)


def greet(member: Member) -> None:
    """Answer the handshake."""
    head, found, rest = member.unread.partition(b"\r\n\r\n")
    if not found:
        return
    lines = head.split(b"\r\n")
    key = next(line.split(b": ")[1] for line in lines if line.lower().startswith(b"sec-websocket-key"))
    accept = base64.b64encode(hashlib.sha1(key + KEY, usedforsecurity=False).digest())
    member.room, member.unread = lines[0].split()[1].decode(), rest
    rooms[member.room].add(member)
    write(member, ANSWER + accept + b"\r\n\r\n")


def take(member: Member) -> bytes:
    """Return the next whole frame's payload, or nothing."""
    data = member.unread
    size = data[1] & 127 if len(data) > 1 else 127
    at = 2 if size < 126 else 4
    size = size if size < 126 else int.from_bytes(data[2:4], "big")
    if len(data) < at + 4 + size:
        return b""
    mask, body = data[at : at + 4], data[at + 4 : at + 4 + size]
    member.unread = data[at + 4 + size :]
    return body if mask == b"\0\0\0\0" else bytes(one ^ other for one, other in zip(body, cycle(mask), strict=False))


def framed(payload: bytes) -> bytes:
    """Return a text frame."""
    size = len(payload)
    return (bytes((0x81, size)) if size < 126 else b"\x81\x7e" + size.to_bytes(2, "big")) + payload


def write(member: Member, out: bytes) -> None:
    """Send now what can be sent, and the rest when there is room."""
    waited = bool(member.unsent)
    out = member.unsent + out
    try:
        count = member.sock.send(out) if out else 0
    except BlockingIOError:
        count = 0
    except OSError:
        leave(member)
        return
    member.unsent = out[count:]
    if bool(member.unsent) != waited:
        poll.modify(member.sock, select.EPOLLIN | (select.EPOLLOUT if member.unsent else 0))


def leave(member: Member) -> None:
    """Forget a connection."""
    if members.pop(member.sock.fileno(), None):
        rooms[member.room].discard(member)
        member.sock.close()


main(int(sys.argv[1]))
