"""How long and how much a request may take to arrive: 10 s of header, 20 s of body, 32 KiB before there is a request.

Uvicorn itself waits for ever (checked), and its limit on connections counts those who dawdle, so it would refuse the
crisis page too. Source: reliability-spec 7, row "slow header or body".
"""

import asyncio
from collections.abc import Iterable
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.kit.run.edge import MAX_HEADER_BYTES, MAX_HEADERS

HEADER_SECONDS: Final = 10
BODY_SECONDS: Final = 20
SWEEP_SECONDS: Final = 2
MOST_HEADER_BYTES: Final = 32 * 1024
TOO_LARGE: Final = b"431 Request Header Fields Too Large"
REFUSED: Final = (
    b"HTTP/1.1 %s\r\ncontent-length: 0\r\nconnection: close\r\ncache-control: no-store\r\n"
    b"content-security-policy: default-src 'none'; frame-ancestors 'none'\r\nx-content-type-options: nosniff\r\n"
    b"referrer-policy: same-origin\r\n\r\n"
)


class PatientHttp(HttpToolsProtocol):
    """Uvicorn's protocol with a moment by which the request must be there. due: on the loop's clock; None: no hurry."""

    def __init__(self, *parts: Any, **named: Any) -> None:
        """Start without a hurry."""
        super().__init__(*parts, **named)
        self.due: float | None = None
        self._heading = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Give whoever connects ten seconds to ask something."""
        super().connection_made(transport)
        self._wait(HEADER_SECONDS)

    def data_received(self, data: bytes) -> None:
        """Start the clock at the first byte; refuse a header without an end before it fills the memory."""
        if self.due is None:
            self._wait(HEADER_SECONDS)
        super().data_received(data)
        if self._heading > MOST_HEADER_BYTES and not self.transport.is_closing():
            self.send_400_response("")

    def on_url(self, url: bytes) -> None:
        """Count the address as header."""
        self._heading += len(url)
        if self._heading <= MOST_HEADER_BYTES:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header as long as there is room."""
        self._heading += len(name) + len(value)
        if self._heading <= MOST_HEADER_BYTES:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Go on to the body, unless the header was more than we keep."""
        if self._heading > MOST_HEADER_BYTES:
            raise ValueError  # the parser stops; the connection is answered and closed above
        self._heading = 0
        self._wait(BODY_SECONDS)
        super().on_headers_complete()

    def handle_websocket_upgrade(self) -> None:
        """Refuse here what the library behind it would leave unanswered: it gives up on long headers (checked)."""
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if len(self.headers) > MAX_HEADERS or size > MAX_HEADER_BYTES:
            self._refuse(TOO_LARGE)
            return
        super().handle_websocket_upgrade()

    def on_message_complete(self) -> None:
        """All is here."""
        self.due = None
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request of HTTP, or one with too large a header, without a word about what was sent."""
        self._refuse(
            b"431 Request Header Fields Too Large" if self._heading > MOST_HEADER_BYTES else b"400 Bad Request"
        )

    def _refuse(self, status: bytes) -> None:
        self.transport.write(REFUSED % status)
        self.transport.close()

    def _wait(self, seconds: float) -> None:
        self.due = self.loop.time() + seconds


def close_late(connections: Iterable[object], now: float) -> int:
    """Close every connection whose request is overdue. Returns how many."""
    late = [one for one in connections if isinstance(one, PatientHttp) and one.due is not None and one.due < now]
    for one in late:
        one.transport.abort()
    return len(late)


async def sweep(connections: set[Any]) -> None:
    """Look every two seconds, until cancelled. connections: the set that uvicorn keeps."""
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        close_late(list(connections), asyncio.get_running_loop().time())
