"""Steps, times, tickets, codes: tables of cases."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.booking import codes, tickets
from server.booking.rules import (
    STEPS,
    Actor,
    State,
    erase_on,
    is_bookable,
    may_become,
    may_mark_no_show,
    note_is_readable,
    promise,
    too_late_to_cancel,
    waiting_class,
)
from server.booking.tickets import TicketRefused
from server.kit.crypto import Secret, keyed_hash
from server.kit.words import WordList

NOW = datetime(2026, 11, 24, 19, 30, tzinfo=UTC)
TODAY = date(2026, 11, 24)
KEY = Secret(b"k" * 32)
LIST = WordList(["boom", "veld", "water", "een"], min_words=4)


def test_only_the_steps_of_the_table_are_possible() -> None:
    for state, to, by in product(State, State, Actor):
        assert may_become(state, to, by) == (by in STEPS.get((state, to), set()))
    ends = {State.CANCELLED, State.NO_SHOW, State.REGISTERED, State.EXPIRED}
    assert not any(state in ends for state, _ in STEPS)


@pytest.mark.parametrize(
    ("state", "to", "by", "allowed"),
    [
        (State.CONFIRMED, State.CANCELLED, Actor.VISITOR, True),
        (State.CONFIRMED, State.DONE, Actor.HOST, True),
        (State.CONFIRMED, State.DONE, Actor.VISITOR, False),
        (State.CONFIRMED, State.NO_SHOW, Actor.VISITOR, False),
        (State.CANCELLED, State.CONFIRMED, Actor.VISITOR, False),
        (State.NO_SHOW, State.CANCELLED, Actor.VISITOR, False),
        (State.TO_MOVE, State.CONFIRMED, Actor.VISITOR, True),
    ],
)
def test_steps_by_who(state: State, to: State, by: Actor, allowed: bool) -> None:
    assert may_become(state, to, by) is allowed


@pytest.mark.parametrize(
    ("after", "bookable"),
    [
        (timedelta(hours=23, minutes=59), False),
        (timedelta(hours=24), True),
        (timedelta(days=28), True),
        (timedelta(days=29), False),
        (-timedelta(hours=1), False),
    ],
)
def test_lead_time_and_horizon(after: timedelta, bookable: bool) -> None:
    assert is_bookable(NOW + after, NOW) is bookable


def test_the_code_cancels_until_two_hours_before() -> None:
    assert not too_late_to_cancel(NOW + timedelta(hours=2), NOW)
    assert too_late_to_cancel(NOW + timedelta(hours=1, minutes=59), NOW)


def test_absent_only_after_a_quarter_and_note_only_from_two_days_before() -> None:
    assert not may_mark_no_show(NOW, NOW + timedelta(minutes=14))
    assert may_mark_no_show(NOW, NOW + timedelta(minutes=15))
    assert not note_is_readable(NOW + timedelta(hours=49), NOW)
    assert note_is_readable(NOW + timedelta(hours=48), NOW)


@pytest.mark.parametrize(
    ("state", "closed", "gone"),
    [
        (State.CONFIRMED, None, date(2026, 12, 1)),
        (State.NO_SHOW, None, date(2026, 12, 1)),
        (State.CANCELLED, date(2026, 11, 20), date(2026, 11, 21)),
    ],
)
def test_when_an_appointment_is_erased(state: State, closed: date | None, gone: date) -> None:
    assert erase_on(state, TODAY, closed) == gone


@pytest.mark.parametrize(
    ("days", "cell"),
    [(0, "tot_7"), (7, "tot_7"), (8, "tot_14"), (28, "tot_28"), (56, "tot_56"), (57, "langer")],
)
def test_waiting_classes(days: int, cell: str) -> None:
    assert waiting_class(TODAY, TODAY + timedelta(days=days)) == cell


@pytest.mark.parametrize(("days", "word"), [(7, "snel"), (8, "gewoon"), (14, "gewoon"), (15, "lang"), (None, "geen")])
def test_promise_line(days: int | None, word: str) -> None:
    assert promise(None if days is None else TODAY + timedelta(days=days), TODAY) == word


def test_a_ticket_of_the_chat_is_understood() -> None:
    nonce, week = bytes(range(16)), "2026-W48"
    mac = keyed_hash(KEY, b"ticket", nonce, week.encode())[:16]
    ticket = tickets.read(f"{nonce.hex()}.{week}.{mac.hex()}", [KEY], TODAY)
    assert ticket.week == week
    assert nonce not in ticket.used_hash


def test_a_ticket_counts_this_week_and_the_next() -> None:
    made = tickets.make(KEY, TODAY)
    assert tickets.read(made, [Secret(b"new" * 11), KEY], date(2026, 12, 6)).text == made
    with pytest.raises(TicketRefused):
        tickets.read(made, [KEY], date(2026, 12, 7))


@given(st.text(max_size=90))
def test_anything_else_is_no_ticket(typed: str) -> None:
    with pytest.raises(TicketRefused):
        tickets.read(typed, [KEY], TODAY)


def test_a_changed_or_foreign_ticket_is_refused() -> None:
    made = tickets.make(KEY, TODAY)
    nonce, week, mac = made.split(".")
    for wrong in (f"{nonce}.2026-W47.{mac}", f"{'0' * 32}.{week}.{mac}", f"{nonce}.{week}.{'0' * 32}"):
        with pytest.raises(TicketRefused):
            tickets.read(wrong, [KEY], TODAY)
    with pytest.raises(TicketRefused):
        tickets.read(made, [Secret(b"other" * 7)], TODAY)


def test_how_a_code_is_typed_does_not_matter() -> None:
    assert codes.meant("  Boom-veld,\tWATER. één ", LIST) == "boom veld water een"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("bom veld watr een", "boom veld water een"),
        ("boom veld", "boom veld"),
        ("boom veld water een vis", "boom veld water een vis"),
        ("b" * 500, "b" * 200),
        ("", ""),
    ],
)
def test_one_slip_per_word_is_put_right_and_nothing_more(typed: str, meant: str) -> None:
    assert codes.meant(typed, LIST) == meant


def test_a_code_is_four_words_of_the_list() -> None:
    drawn = codes.draw(LIST).split()
    assert len(drawn) == 4
    assert all(word in LIST for word in drawn)
