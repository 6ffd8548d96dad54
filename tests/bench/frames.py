"""The little of WebSocket that a load client needs: the handshake, masked frames out, whole frames in."""

from collections.abc import Iterator
from typing import Final

LONG: Final = b"\x81\x7e"
"""A text frame of 126 to 65,535 bytes starts with it, and nothing inside our frames contains it: they are ASCII."""
UPGRADE: Final = (
    "GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: bW9pLWJlbmNoLWNsaWVudA==\r\nSec-WebSocket-Version: 13\r\n{headers}\r\n"
)


def upgrade(path: str, port: int, headers: dict[str, str]) -> bytes:
    """Return the request that opens a connection."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return UPGRADE.format(path=path, port=port, headers=lines).encode()


def masked(payload: bytes) -> bytes:
    """Return a text frame from a client. The mask is zero: legal, and the client has better things to do."""
    size = len(payload)
    head = bytes((0x81, 0x80 | size)) if size < 126 else b"\x81\xfe" + size.to_bytes(2, "big")
    return head + b"\0\0\0\0" + payload


def ends(data: bytes | bytearray, start: int, size: int) -> tuple[int, int]:
    """Return (first byte, end) of the payload of the frame at start; end is past size when it is not all there."""
    if size - start < 2:
        return start, size + 1
    short = data[start + 1] & 127
    if short < 126:
        return start + 2, start + 2 + short
    wide = 2 if short == 126 else 8
    if size - start < 2 + wide:
        return start, size + 1
    first = start + 2 + wide
    return first, first + int.from_bytes(data[start + 2 : first], "big")


def whole(data: bytes | bytearray, size: int) -> int:
    """Return how far the first size bytes hold whole frames. They start at a frame."""
    at = max(0, data.rfind(LONG, 0, size))  # a look at the last long frame instead of at every frame
    while at < size:
        _, end = ends(data, at, size)
        if end > size:
            return at
        at = end
    return at


def payloads(data: bytes | bytearray, size: int) -> Iterator[tuple[int, bytes]]:
    """Yield (first header byte, payload) of each frame in data, which ends with a whole one."""
    at = 0
    while at < size:
        first, end = ends(data, at, size)
        yield data[at], bytes(data[first:end])
        at = end
