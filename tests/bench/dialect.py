"""How a load client speaks to a server: to Moi by its protocol, to a reference server by its path alone."""

from dataclasses import dataclass
from typing import Any, Final, Protocol

import orjson

from tests.bench.texts import MARK

ROOMS: Final = "/chat/v1/ws"


@dataclass(frozen=True)
class Seat:
    """One connection's place. cookie and csrf are empty where nobody asks who one is."""

    room: str
    cookie: str = ""
    csrf: str = ""


class Dialect(Protocol):
    """What differs between the servers."""

    mark: bytes
    """Stands once in each delivered message and in no other frame."""
    answers: bool
    """Whether the server says what became of a message."""

    def path(self, seat: Seat) -> str:
        """Return where the connection opens."""
        ...

    def headers(self, seat: Seat, port: int) -> dict[str, str]:
        """Return the headers of the handshake."""
        ...

    def greeting(self, seat: Seat, position: dict[str, Any] | None) -> list[bytes]:
        """Return what is said first. position: how far this seat had come in its room, when it returns."""
        ...

    def joined(self, payload: bytes) -> dict[str, Any] | None:
        """Return the position in the room when this frame says that the seat is taken."""
        ...

    def message(self, seat: Seat, number: int, text: str) -> bytes:
        """Return the frame that says a text."""
        ...


class Moi:
    """The chat protocol, reliability-spec 2."""

    mark = b'"t":"message"'
    answers = True

    def __init__(self, run: int = 0) -> None:
        """run: makes the client_ids of this run its own."""
        self._run = run

    def path(self, seat: Seat) -> str:
        """Return the address of the chat socket."""
        return ROOMS

    def headers(self, seat: Seat, port: int) -> dict[str, str]:
        """Return what a browser of this site sends."""
        return {
            "Origin": f"http://localhost:{port}",
            "Cookie": f"moi={seat.cookie}",
            "Sec-WebSocket-Protocol": "chat.v1",
        }

    def greeting(self, seat: Seat, position: dict[str, Any] | None) -> list[bytes]:
        """Say hello, and join unless the hello resumes."""
        hello = {"t": "hello", "v": 1, "csrf": seat.csrf, "tab": "proef", "resume": [position] if position else []}
        join = {"t": "join", "ref": "j", "room": seat.room}
        return [orjson.dumps(hello)] if position else [orjson.dumps(hello), orjson.dumps(join)]

    def joined(self, payload: bytes) -> dict[str, Any] | None:
        """The answer to the join, or the beginning of what was missed."""
        if b'"t":"ok"' in payload:
            said = orjson.loads(payload)
            return {"room": said["room"], "epoch": said["epoch"], "last_seq": said["last_seq"]}
        if b'"t":"resumed"' in payload:
            said = orjson.loads(payload)
            return {"room": said["room"], "epoch": said["epoch"], "last_seq": said["from_seq"] - 1}
        return None

    def message(self, seat: Seat, number: int, text: str) -> bytes:
        """Return a `send` whose ref is the number."""
        client_id = f"{number:08x}-0000-4000-8000-{self._run:012x}"
        frame = {"t": "send", "ref": str(number), "room": seat.room, "client_id": client_id, "text": text}
        return orjson.dumps(frame)


class Reference:
    """A room per path; what one says, all of the room hear."""

    mark = MARK
    answers = False

    def path(self, seat: Seat) -> str:
        """Return the room's path."""
        return f"/{seat.room}"

    def headers(self, seat: Seat, port: int) -> dict[str, str]:
        """Nobody asks who one is."""
        return {}

    def greeting(self, seat: Seat, position: dict[str, Any] | None) -> list[bytes]:
        """Ask to be counted in: the servers answer a joining word with itself, to this connection only."""
        return [b"hier"]

    def joined(self, payload: bytes) -> dict[str, Any] | None:
        """The word came back."""
        return {} if payload == b"hier" else None

    def message(self, seat: Seat, number: int, text: str) -> bytes:
        """Return the text itself."""
        return text.encode()
