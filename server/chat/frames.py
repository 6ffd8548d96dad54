"""The frames of chat protocol v1: what may come in, how it is read, how answers are written (reliability-spec 2)."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, Final, NoReturn

import orjson

VERSION: Final = 1
SUBPROTOCOL: Final = "chat.v1"
MAX_FRAME: Final = 16 * 1024
MAX_DEPTH: Final = 8
MAX_KEYS: Final = 64
MAX_INTEGER: Final = 2**53
MAX_ROOMS: Final = 10
MAX_REF: Final = 32
PING_SECONDS: Final = 25
RESUME_EVENTS: Final = 200
MAX_GAP: Final = 1000
UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
ID: Final = re.compile(r"[0-9a-f]{32}")
EPOCH: Final = re.compile(r"[0-9a-f]{8}")


class Close(IntEnum):
    """Close codes; the client's reaction stands in reliability-spec 2."""

    RESTART = 1012
    TOO_LARGE = 1009
    BAD_FRAMES = 4400
    NO_SESSION = 4401
    NOT_ALLOWED = 4403
    NO_LIFE_SIGN = 4408
    REPLACED = 4409
    VERSION = 4410
    TOO_FAST = 4429
    RESYNC = 4500


class Code(StrEnum):
    """Error codes; the text of each has the key `chat.<code>` in content/teksten."""

    BAD_FRAME = "ongeldig_bericht"
    UNKNOWN_TYPE = "onbekend_type"
    NO_ACCESS = "geen_toegang"
    KEY_REUSED = "sleutel_hergebruikt"
    CHANGED = "chat_gewijzigd"


class BadFrame(Exception):
    """A frame that cannot be used. field names the part at fault, ref the frame it belongs to."""

    def __init__(self, code: Code = Code.BAD_FRAME, field: str | None = None, ref: str | None = None) -> None:
        """Keep what the answer needs."""
        self.code = code
        self.field = field
        self.ref = ref
        super().__init__(code)


class MustClose(Exception):
    """The connection ends with this code."""

    def __init__(self, close: Close) -> None:
        """Keep the code."""
        self.close = close
        super().__init__(close.name)


Raw = dict[str, Any]


def parse(text: str) -> Raw:
    """Return the object in a text frame.

    Raises MustClose(1009) over 16 KiB and BadFrame for anything that is no plain object: other JSON, more than 8 deep,
    more than 64 keys, a key twice, NaN, infinity, integers over 2^53, lone surrogates that could not be stored.
    """
    if len(text) > MAX_FRAME or len(text.encode("utf-8", "surrogatepass")) > MAX_FRAME:
        raise MustClose(Close.TOO_LARGE)
    if (plain := _flat(text)) is not None:
        return plain
    keys = _Keys()
    try:
        frame = json.loads(text, object_pairs_hook=keys.object, parse_constant=_refuse, parse_int=_integer)
    except (ValueError, RecursionError):
        raise BadFrame from None
    if not isinstance(frame, dict) or _depth(frame) > MAX_DEPTH:
        raise BadFrame
    return frame


def _flat(text: str) -> Raw | None:
    """Return a frame about which there is no doubt, as nearly all are; None leaves it to the careful reader.

    As many `":` as keys means that no key stands twice.
    """
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(found, dict) or len(found) > MAX_KEYS or text.count('":') != len(found):
        return None
    simple = all(isinstance(value, str | None) or _small(value) for value in found.values())
    return found if simple else None


def _small(value: object) -> bool:
    return isinstance(value, int) and -MAX_INTEGER <= value <= MAX_INTEGER


class _Keys:
    """Counts the keys of one frame and refuses a name that stands twice in one object."""

    def __init__(self) -> None:
        self.count = 0

    def object(self, pairs: list[tuple[str, Any]]) -> Raw:
        self.count += len(pairs)
        made = dict(pairs)
        if self.count > MAX_KEYS or len(made) != len(pairs):
            raise ValueError
        return made


def _refuse(_constant: str) -> NoReturn:
    raise ValueError


def _integer(digits: str) -> int:
    if len(digits) > 17 or abs(number := int(digits)) > MAX_INTEGER:
        raise ValueError
    return number


def _depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


@dataclass(frozen=True)
class Position:
    """How far a reader has come in a room."""

    room: str
    epoch: str
    last_seq: int


@dataclass(frozen=True)
class Hello:
    """First frame of a connection."""

    csrf: str
    tab: str
    resume: tuple[Position, ...]


@dataclass(frozen=True)
class Join:
    """Start listening to a room, from a position if one is known."""

    ref: str
    room: str
    position: Position | None


@dataclass(frozen=True)
class Leave:
    """Stop listening."""

    ref: str
    room: str


@dataclass(frozen=True)
class Send:
    """Say something. client_id is chosen once per message and repeated with every retry."""

    ref: str
    room: str
    client_id: str
    text: str
    reply_to: str | None
    gen: int | None


@dataclass(frozen=True)
class Edit:
    """Put other words in the place of an own message."""

    ref: str
    room: str
    id: str
    client_id: str
    text: str


@dataclass(frozen=True)
class Retract:
    """Take back an own message."""

    ref: str
    room: str
    id: str


@dataclass(frozen=True)
class Backfill:
    """Ask for events after or before a seq."""

    ref: str
    room: str
    epoch: str
    after_seq: int | None
    before_seq: int | None
    limit: int


@dataclass(frozen=True)
class Signal:
    """A peer worker says "I am reading along"."""

    room: str
    kind: str


@dataclass(frozen=True)
class QueueEnter:
    """Ask for a talk."""

    ref: str
    client_id: str
    topic: str


@dataclass(frozen=True)
class QueueLeave:
    """Stop waiting."""

    ref: str
    client_id: str


@dataclass(frozen=True)
class Claim:
    """A peer worker takes the next person."""

    ref: str
    client_id: str


@dataclass(frozen=True)
class Release:
    """A peer worker puts somebody back in the line. gen fences off who has not heard of a change."""

    ref: str
    client_id: str
    room: str
    gen: int


@dataclass(frozen=True)
class End:
    """Either side ends a talk."""

    ref: str
    client_id: str
    room: str
    gen: int


@dataclass(frozen=True)
class Pong:
    """Answer to a ping."""

    n: int


Frame = (
    Hello
    | Join
    | Leave
    | Send
    | Edit
    | Retract
    | Backfill
    | Signal
    | QueueEnter
    | QueueLeave
    | Claim
    | Release
    | End
    | Pong
)


class _Fields:
    """Takes typed values out of a frame; the first wrong one ends the reading."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = raw
        ref = raw.get("ref")
        self.ref = ref if isinstance(ref, str) and len(ref) <= MAX_REF and ref.isascii() else None

    def wrong(self, name: str) -> BadFrame:
        return BadFrame(field=name, ref=self.ref)

    def text(self, name: str, longest: int = MAX_FRAME) -> str:
        value = self.raw.get(name)
        if not isinstance(value, str) or len(value) > longest:
            raise self.wrong(name)
        return value

    def token(self, name: str, longest: int = MAX_REF) -> str:
        value = self.text(name, longest)
        if not value.isascii():  # it is repeated in an answer, which a lone surrogate would break
            raise self.wrong(name)
        return value

    def like(self, name: str, pattern: re.Pattern[str]) -> str:
        value = self.text(name, 64)
        if not pattern.fullmatch(value):
            raise self.wrong(name)
        return value

    def number(self, name: str) -> int:
        value = self.raw.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(name)
        return value

    def seq(self, name: str) -> int:
        value = self.number(name)
        if value < 0:
            raise self.wrong(name)
        return value

    def optional(self, name: str, read: Callable[[str], Any]) -> Any:
        return None if self.raw.get(name) is None else read(name)


def _position(raw: object, fields: _Fields) -> Position:
    if not isinstance(raw, dict):
        raise fields.wrong("resume")
    part = _Fields(raw)
    return Position(part.like("room", ID), part.like("epoch", EPOCH), part.number("last_seq"))


def _hello(fields: _Fields) -> Hello:
    if fields.number("v") != VERSION:
        raise MustClose(Close.VERSION)
    resume = fields.raw.get("resume", [])
    if not isinstance(resume, list) or len(resume) > MAX_ROOMS:
        raise fields.wrong("resume")
    places = tuple(_position(raw, fields) for raw in resume)
    return Hello(fields.token("csrf", 128), fields.token("tab"), places)


def _join(fields: _Fields) -> Join:
    room = fields.like("room", ID)
    known = fields.raw.get("epoch") is not None
    position = Position(room, fields.like("epoch", EPOCH), fields.number("last_seq")) if known else None
    return Join(fields.token("ref"), room, position)


def _leave(fields: _Fields) -> Leave:
    return Leave(fields.token("ref"), fields.like("room", ID))


def _send(fields: _Fields) -> Send:
    return Send(
        fields.token("ref"),
        fields.like("room", ID),
        fields.like("client_id", UUID),
        fields.text("text"),
        fields.optional("reply_to", lambda name: fields.like(name, ID)),
        fields.optional("gen", fields.number),
    )


def _edit(fields: _Fields) -> Edit:
    return Edit(
        fields.token("ref"),
        fields.like("room", ID),
        fields.like("id", ID),
        fields.like("client_id", UUID),
        fields.text("text"),
    )


def _retract(fields: _Fields) -> Retract:
    return Retract(fields.token("ref"), fields.like("room", ID), fields.like("id", ID))


def _backfill(fields: _Fields) -> Backfill:
    limit = fields.number("limit") if "limit" in fields.raw else 50
    if not 1 <= limit <= 100:
        raise fields.wrong("limit")
    after, before = (fields.optional(name, fields.seq) for name in ("after_seq", "before_seq"))
    if (after is None) == (before is None):
        raise fields.wrong("after_seq")
    return Backfill(fields.token("ref"), fields.like("room", ID), fields.like("epoch", EPOCH), after, before, limit)


def _signal(fields: _Fields) -> Signal:
    kind = fields.text("kind", 10)
    if kind not in ("leest", "schrijft"):
        raise fields.wrong("kind")
    return Signal(fields.like("room", ID), kind)


def _queue_enter(fields: _Fields) -> QueueEnter:
    topic = fields.optional("topic", lambda name: fields.text(name, 20)) or ""
    return QueueEnter(fields.token("ref"), fields.like("client_id", UUID), topic)


def _queue_leave(fields: _Fields) -> QueueLeave:
    return QueueLeave(fields.token("ref"), fields.like("client_id", UUID))


def _claim(fields: _Fields) -> Claim:
    return Claim(fields.token("ref"), fields.like("client_id", UUID))


def _release(fields: _Fields) -> Release:
    return Release(*_held(fields))


def _end(fields: _Fields) -> End:
    return End(*_held(fields))


def _held(fields: _Fields) -> tuple[str, str, str, int]:
    return fields.token("ref"), fields.like("client_id", UUID), fields.like("room", ID), fields.number("gen")


def _pong(fields: _Fields) -> Pong:
    return Pong(fields.number("n"))


READERS: Final[Mapping[str, Callable[[_Fields], Frame]]] = {
    "hello": _hello,
    "join": _join,
    "leave": _leave,
    "send": _send,
    "edit": _edit,
    "retract": _retract,
    "backfill": _backfill,
    "signal": _signal,
    "queue_enter": _queue_enter,
    "queue_leave": _queue_leave,
    "claim": _claim,
    "release": _release,
    "end": _end,
    "pong": _pong,
}


def read(raw: Raw) -> Frame:
    """Return the typed frame. Unknown extra fields are ignored. Raises BadFrame or MustClose."""
    fields = _Fields(raw)
    kind = raw.get("t")
    reader = READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise BadFrame(Code.UNKNOWN_TYPE, "t", fields.ref)
    return reader(fields)


def frame(kind: str, /, **values: object) -> bytes:
    """Return a server frame as UTF-8 JSON; values that are None are left out."""
    return orjson.dumps({"t": kind} | {name: value for name, value in values.items() if value is not None})
