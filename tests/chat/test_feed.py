"""One room in this process: whatever comes, everybody gets everything once and in order."""

import random
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from server.chat.feed import Feed, portion
from server.chat.models import RoomKind
from server.chat.protocol import Place
from server.chat.queries import Event
from server.kit.live.outbox import Outbox, Parcel, Ticker


class Wall:
    """A door that keeps what it is given. ready: it can be shut."""

    def __init__(self) -> None:
        """Start open."""
        self.ready = True
        self.written: list[bytes] = []

    def write(self, parcels: Any) -> None:
        """Keep the frames."""
        self.written += [each for parcel in parcels for each in parcel.frames]


class Now(Ticker):
    """A ticker that does everything at once."""

    def soon(self, deed: Any, *, rested: bool = False) -> None:
        """Do it when the queue is looked at."""


@dataclass(eq=False)
class Ear:
    """A listener without a socket."""

    wall: Wall = field(default_factory=Wall)
    gone: bool = False

    def __post_init__(self) -> None:
        """Have a queue."""
        self.outbox = Outbox(Now(), self.wall, self.fell_behind)

    def fell_behind(self) -> None:
        """Remember it."""
        self.gone = True

    @property
    def heard(self) -> list[dict[str, Any]]:
        """Return every frame that left."""
        self.outbox.flush()
        return [orjson.loads(each) for each in self.wall.written]


def event(seq: int, kind: str = "message", about: str = "", author: str = "a") -> Event:
    """Return an event; a message and a changed one have words."""
    about = about or f"m{seq}"
    frame = {"t": kind, "room": "r", "seq": seq, "id": about} | (
        {"text": f"w{seq}"} if kind in ("message", "edited") else {}
    )
    return Event(seq, kind, about, author, orjson.dumps(frame), orjson.dumps(frame | {"client_id": "c"}))


def feed(*ears: Any, first: int = 1) -> Feed:
    """Return a room in which these listen from an event on."""
    made = Feed("r", RoomKind.GROUP, lambda _: None)
    made.begin(first)
    for ear in ears:
        listen(made, ear, first)
    return made


def listen(room: Feed, ear: Any, next_seq: int, key: str = "mine") -> bool:
    """Let somebody listen from an event on. Returns whether they have nothing to read first."""
    room.add(ear, Place("e", next_seq, frozenset({key}), reading=True))
    return room.settle(ear)


@given(st.lists(st.integers(min_value=1, max_value=30), max_size=80), st.randoms())
def test_events_leave_once_and_in_order(arrivals: list[int], chance: random.Random) -> None:
    """However they come, doubled, late or early, and however often the ticker ticks."""
    ear = Ear()
    room = feed(ear)
    for seq in [*arrivals, *chance.sample(range(1, 31), 30)]:
        room.hear(event(seq))
        if chance.random() < 0.5:
            assert room.hand_out() == []
    room.hand_out()
    assert [frame["seq"] for frame in ear.heard] == list(range(1, 31))
    assert not room.behind


def test_only_the_author_gets_the_client_id() -> None:
    """Others cannot even learn which of several messages is whose."""
    own: Any = Ear()
    other: Any = Ear()
    room = feed(own)
    listen(room, other, 1, key="other")
    for seq, author in ((1, "mine"), (2, "a")):
        room.hear(event(seq, author=author))
    room.hand_out()
    assert ["client_id" in frame for frame in own.heard] == [True, False]
    assert not any("client_id" in frame for frame in other.heard)


def test_a_form_of_the_frames_is_made_once_for_all() -> None:
    """A thousand readers share one piece of work."""
    made: list[int] = []
    parcel = Parcel([b"a", b"b"])

    def shape(frames: Any) -> bytes:
        made.append(1)
        return b"".join(frames)

    assert [parcel.shaped(shape) for _ in range(1000)] == [b"ab"] * 1000
    assert made == [1]


def test_who_missed_something_waits_until_it_is_read() -> None:
    """Nothing newer overtakes it; once is said that reading is needed, not at every tick."""
    late: Any = Ear()
    room = feed(first=5)
    room.add(late, Place("e", 3, frozenset()))
    room.hear(event(5))
    assert room.hand_out() == [late]
    room.hear(event(6))
    assert room.hand_out() == []
    assert late.heard == []
    room.places[late].next_seq = 7
    assert room.settle(late)
    room.hear(event(7))
    assert room.hand_out() == []
    assert [frame["seq"] for frame in late.heard] == [7]


def test_who_is_further_than_the_room_gets_nothing_twice() -> None:
    """They read the database before the bus brought it."""
    ahead: Any = Ear()
    room = feed()
    assert listen(room, ahead, 4)
    for seq in (1, 2):
        room.hear(event(seq))
    assert room.hand_out() == []
    for seq in (3, 4):
        room.hear(event(seq))
    assert room.hand_out() == []
    room.hear(event(5))
    room.hand_out()
    assert [frame["seq"] for frame in ahead.heard] == [4, 5]


def test_who_left_or_came_again_is_known_once() -> None:
    """Also as the author of a message."""
    here: Any = Ear()
    gone: Any = Ear()
    room = feed(here, gone)
    assert listen(room, here, 1)
    assert room.drop(gone)
    assert not room.drop(gone)
    room.hear(event(1, author="mine"))
    room.hand_out()
    assert ["client_id" in frame for frame in here.heard] == [True]
    assert gone.heard == []


def test_hidden_words_leave_neither_the_room_nor_a_queue() -> None:
    """What waits here, and what waits for a reader who takes nothing."""
    slow = Ear()
    slow.wall.ready = False
    room = feed(slow)
    room.hear(event(1))
    room.hand_out()
    room.hear(event(2))
    room.hear(event(3, "hidden", about="m1"))
    room.hear(event(4, "hidden", about="m2"))
    room.hand_out()
    slow.wall.ready = True
    assert [frame["t"] for frame in slow.heard] == ["hidden"] * 4
    assert [frame["seq"] for frame in slow.heard] == [1, 2, 3, 4]
    assert not any("text" in frame for frame in slow.heard)


def test_changed_words_do_not_leave_when_the_hiding_after_them_came_first() -> None:
    """Two processes, two events about one message, the later one first."""
    ear = Ear()
    room = feed(ear)
    room.hear(event(1, about="m1"))
    room.hand_out()
    room.hear(event(3, "hidden", about="m1"))
    room.hear(event(2, "edited", about="m1"))
    room.hand_out()
    assert [(frame["t"], frame.get("text")) for frame in ear.heard[1:]] == [("hidden", None), ("hidden", None)]


def test_hidden_words_do_not_leave_though_the_hiding_came_first() -> None:
    """By another way, before its message, or while that one waits for an earlier one."""
    ear = Ear()
    room = feed(ear)
    room.hear(event(3, "hidden", about="m2"))
    room.hear(event(2))
    room.hear(event(1))
    room.hand_out()
    assert [frame["t"] for frame in ear.heard] == ["message", "hidden", "hidden"]
    assert room.bare(event(2)).kind == "hidden"
    assert room.bare(event(4, "restored", about="m2")).kind == "restored"


def test_a_queue_takes_only_so_much_at_once() -> None:
    """Two hundred long messages come in portions, and one that is longer than a portion comes alone."""
    long = [replace(event(seq), own=b"x" * 100_000) for seq in range(1, 6)]
    longest = replace(long[0], own=b"x" * 600_000)
    assert [len(portion(each)) for each in (long, long[2:], [longest, *long])] == [2, 2, 1]


def test_who_is_too_far_behind_is_let_go() -> None:
    """256 frames or a megabyte; after that nothing is kept for them."""
    many, much = Ear(), Ear()
    for ear in (many, much):
        ear.wall.ready = False
    for _ in range(256):
        many.outbox.put(Parcel([b"x"]))
    much.outbox.put(Parcel([b"x" * 1024 * 1024]))
    assert not many.gone
    assert not much.gone
    for ear in (many, much):
        ear.outbox.put(Parcel([b"x"]))
        assert ear.gone
        assert ear.outbox.held == 0


def test_what_may_be_missed_is_left_out_when_half_full() -> None:
    """Presence and the line give way to words."""
    ear = Ear()
    ear.wall.ready = False
    for _ in range(128):
        ear.outbox.put(Parcel([b"{}"]), droppable=True)
    for _ in range(50):
        ear.outbox.put(Parcel([b"{}"]), droppable=True)
    ear.wall.ready = True
    assert len(ear.heard) == 128
