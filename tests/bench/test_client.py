"""The load client counts what was delivered: no frame twice, none missed, however the bytes arrive."""

import random
import socket
import threading
from contextlib import closing

import orjson
import pytest

import moderation
from tests.bench import frames, texts
from tests.bench.client import Crowd, percentile
from tests.bench.dialect import Moi, Seat


def framed(payload: bytes) -> bytes:
    """Return a frame as a server sends it."""
    size = len(payload)
    return (bytes((0x81, size)) if size < 126 else b"\x81\x7e" + size.to_bytes(2, "big")) + payload


@pytest.mark.parametrize("sizes", [(0, 5, 125), (126, 127, 300), (5, 300, 5, 65535, 129)])
def test_whole_frames_are_found_wherever_the_bytes_end(sizes: tuple[int, ...]) -> None:
    """Cut anywhere, the part before the cut holds exactly the frames that have ended."""
    made = [framed(b"x" * size) for size in sizes]
    data = b"".join(made)
    ends = [0]
    for one in made:
        ends.append(ends[-1] + len(one))
    cuts = {cut for end in ends for cut in range(end - 5, end + 6)} & set(range(len(data) + 1))
    for cut in cuts:
        assert frames.whole(data, cut) == max(end for end in ends if end <= cut)


def test_frames_come_apart() -> None:
    """Every payload once, in order."""
    said = [b"a" * 3, b"b" * 200, b"", b"c" * 126]
    data = b"".join(framed(one) for one in said)
    assert list(frames.payloads(data, len(data))) == [(0x81, one) for one in said]


@pytest.mark.parametrize("size", [0, 125, 126, 400])
def test_a_frame_of_the_client_is_masked(size: int) -> None:
    """A server refuses unmasked frames; a mask of zero leaves the words as they are."""
    frame = frames.masked(b"x" * size)
    assert frame[1] & 0x80
    assert frame.endswith(b"\0\0\0\0" + b"x" * size)


def test_messages_are_ordinary_and_carry_their_number() -> None:
    """The checker places them all; each says which one it is, and they have the size of a real one."""
    chosen = random.Random(3).sample(range(texts.MANY**4), 100)
    for number in chosen:
        text = texts.said(number)
        assert moderation.check(text, place=moderation.Place.ROOM).decision is moderation.Decision.PUBLISH
        assert texts.numbers(text.encode(), 999) == [number]
        assert text.encode().count(texts.MARK) == 1
        assert 105 <= len(text) <= 130


def test_percentiles() -> None:
    """The value below which that share lies; nothing of nothing."""
    assert percentile([], 0.99) == 0
    assert percentile(range(100), 0.5) == 50
    assert percentile([3, 1, 2], 0.99) == 3


def test_a_crowd_counts_deliveries_but_not_answers() -> None:
    """Against a room of two that is written here: in one burst cut at an odd place, with the acks in between."""
    with closing(socket.create_server(("127.0.0.1", 0))) as door:
        server = threading.Thread(target=_room_of_two, args=(door,))
        server.start()
        seats = [Seat("a" * 32, "koek", "teken")] * 2
        crowd = Crowd([door.getsockname()[1]], Moi(), seats, cpu=lambda: 0.0)
        crowd.connect(at_once=2, seconds=10)
        told = crowd.open(100, 0.05)
        assert (told.sent, told.acked, told.delivered, told.lost) == (5, 5, 10, 0)
        assert len(told.late) == 10
        assert len(told.acks) == 5
        crowd.close()
        server.join(10)


def _room_of_two(door: socket.socket) -> None:
    """Let two in, hear five messages, and say each to both, with an ack to who said it."""
    there = [door.accept()[0] for _ in range(2)]
    heard: list[bytes] = []
    for sock in there:
        while b"\r\n\r\n" not in sock.recv(4096):
            pass
        sock.sendall(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
    for sock in there:
        _heard(sock, 2)
        ok = {"t": "ok", "ref": "j", "room": "a" * 32, "epoch": "0" * 8, "last_seq": 0}
        sock.sendall(framed(b'{"t":"welcome"}') + framed(orjson.dumps(ok)))
    for nth in range(5):
        sock = there[nth % 2]
        said = orjson.loads(_heard(sock, 1)[0])
        heard.append(framed(orjson.dumps({"t": "message", "text": said["text"]})))
        ack = {"t": "ack", "ref": said["ref"], "client_id": said["client_id"], "state": "placed", "seq": nth}
        sock.sendall(framed(orjson.dumps(ack)))
    for sock in there:
        data = b"".join(heard)
        sock.sendall(data[:333])
        sock.sendall(data[333:])
    for sock in there:
        with closing(sock):
            _ended(sock)


def _heard(sock: socket.socket, count: int) -> list[bytes]:
    """Return so many frames of a client, whose mask is zero."""
    found = []
    for _ in range(count):
        size = sock.recv(2, socket.MSG_WAITALL)[1] & 127
        if size == 126:
            size = int.from_bytes(sock.recv(2, socket.MSG_WAITALL), "big")
        found.append(sock.recv(4 + size, socket.MSG_WAITALL)[4:])
    return found


def _ended(sock: socket.socket) -> None:
    try:
        while sock.recv(4096):
            pass
    except ConnectionResetError:
        return
