"""Frames in and out, and the order of events: tables and random sequences, no database."""

import contextlib
import itertools
import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.chat.frames import (
    MAX_FRAME,
    Backfill,
    BadFrame,
    Close,
    Code,
    Hello,
    MustClose,
    Send,
    frame,
    parse,
    read,
)
from server.chat.protocol import Manners, Place

ROOM = "a" * 32
UUID = "0b6c2f64-3a0e-4a53-9a36-6f1c1a1a1a1a"
HELLO = {"t": "hello", "v": 1, "csrf": "c", "tab": "t"}


def said(**values: Any) -> str:
    """Return a frame as text."""
    return json.dumps(values)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hallo",
        "[]",
        "null",
        "1",
        '{"t":"send"',
        '{"t":"pong","n":NaN}',
        '{"t":"pong","n":Infinity}',
        '{"t":"pong","n":9007199254740993}',
        '{"t":"pong","n":1,"n":2}',
        "[" * 5000,
        '{"a":' * 2000 + "1" + "}" * 2000,
        '{"t":"pong","n":1,"x":' + '{"x":' * 9 + "1" + "}" * 10,
        json.dumps({f"k{number}": 1 for number in range(65)}),
    ],
)
def test_what_is_no_plain_object_is_refused(text: str) -> None:
    """One stable code, and never an error of the parser."""
    with pytest.raises(BadFrame) as refused:
        parse(text)
    assert refused.value.code is Code.BAD_FRAME


@pytest.mark.parametrize("text", ["x" * (MAX_FRAME + 1), '{"t":"' + "é" * (MAX_FRAME // 2) + '"}'])
def test_a_frame_over_16_kib_ends_the_connection(text: str) -> None:
    """Counted in bytes."""
    with pytest.raises(MustClose) as closed:
        parse(text)
    assert closed.value.close is Close.TOO_LARGE


@pytest.mark.parametrize(
    ("raw", "code", "field"),
    [
        ({"t": "dans"}, Code.UNKNOWN_TYPE, "t"),
        ({}, Code.UNKNOWN_TYPE, "t"),
        ({"t": ["send"]}, Code.UNKNOWN_TYPE, "t"),
        ({"t": "send", "ref": "1", "room": ROOM, "client_id": UUID}, Code.BAD_FRAME, "text"),
        ({"t": "send", "ref": "1", "room": "kort", "client_id": UUID, "text": "x"}, Code.BAD_FRAME, "room"),
        ({"t": "send", "ref": "1", "room": ROOM, "client_id": "1", "text": "x"}, Code.BAD_FRAME, "client_id"),
        ({"t": "send", "ref": "x" * 33, "room": ROOM, "client_id": UUID, "text": "x"}, Code.BAD_FRAME, "ref"),
        ({"t": "send", "ref": "\ud800", "room": ROOM, "client_id": UUID, "text": "x"}, Code.BAD_FRAME, "ref"),
        ({"t": "pong", "n": True}, Code.BAD_FRAME, "n"),
        ({"t": "pong", "n": "1"}, Code.BAD_FRAME, "n"),
        ({"t": "backfill", "ref": "1", "room": ROOM, "epoch": "0" * 8}, Code.BAD_FRAME, "after_seq"),
        (
            {"t": "backfill", "ref": "1", "room": ROOM, "epoch": "0" * 8, "after_seq": 1, "limit": 101},
            Code.BAD_FRAME,
            "limit",
        ),
        (HELLO | {"resume": [{"room": ROOM, "epoch": "0" * 8, "last_seq": 0}] * 11}, Code.BAD_FRAME, "resume"),
        (HELLO | {"resume": ["x"]}, Code.BAD_FRAME, "resume"),
    ],
)
def test_a_wrong_part_is_named(raw: dict[str, Any], code: Code, field: str) -> None:
    """The answer says which field, never what was in it."""
    with pytest.raises(BadFrame) as refused:
        read(raw)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_frames_become_values() -> None:
    """Extra fields are left alone."""
    raw = {"t": "send", "ref": "1", "room": ROOM, "client_id": UUID, "text": "hoi", "nieuw": 1}
    assert read(raw) == Send("1", ROOM, UUID, "hoi", None, None)
    asked = {"t": "backfill", "ref": "2", "room": ROOM, "epoch": "0" * 8, "before_seq": 9}
    assert read(asked) == Backfill("2", ROOM, "0" * 8, None, 9, 50)


def test_another_version_is_told_to_reload() -> None:
    """Close 4410."""
    with pytest.raises(MustClose) as closed:
        read(HELLO | {"v": 2})
    assert closed.value.close is Close.VERSION


def test_hello_comes_first_and_once() -> None:
    """Anything before it, or a second one, ends the connection."""
    for texts in ([said(t="pong", n=1)], ["nee"], [said(**HELLO), said(**HELLO)]):
        session = Manners()
        for text in texts[:-1]:
            session.receive(text)
        with pytest.raises(MustClose) as closed:
            session.receive(texts[-1])
        assert closed.value.close is Close.BAD_FRAMES
    assert isinstance(Manners().receive(said(**HELLO)), Hello)


def test_ten_bad_frames_in_a_minute_end_the_connection() -> None:
    """Nine in a minute are forgiven, and old ones forgotten."""
    session = Manners()
    for second in range(0, 800, 10):
        session.misbehaved(float(second))
    for _ in range(9):
        session.misbehaved(900.0)
    with pytest.raises(MustClose):
        session.misbehaved(900.0)


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Whatever comes in: a frame, BadFrame or MustClose."""
    session = Manners(greeted=True)
    with contextlib.suppress(BadFrame, MustClose):
        session.receive(text)


@given(st.lists(st.integers(min_value=1, max_value=30), max_size=60))
def test_a_place_lets_everything_out_once_and_in_order(ends: list[int]) -> None:
    """Rounds that overlap what was sent, and rounds that skip: what leaves rises by exactly one."""
    place = Place("0" * 8, 1)
    left: list[int] = []
    for first, after in itertools.pairwise(ends):
        if (missing := place.missing(first, after)) is not None:
            left += missing
            place.next_seq = max(place.next_seq, after)
    assert left == list(range(1, place.next_seq))


def test_frames_leave_out_what_is_unknown() -> None:
    """None means absent."""
    assert orjson.loads(frame("ack", ref="1", seq=None)) == {"t": "ack", "ref": "1"}
