"""The judge of the faults sees every kind of broken promise, and none where all is well."""

import pytest

from tests.faults.checker import WRONG, clean, judge
from tests.faults.history import History, What
from tests.faults.stored import Stored

ROOM = "r"


def story() -> History:
    """Two people hear two messages of the first of them."""
    history = History()
    for who in (0, 1):
        history.note(who, What.OPENED)
        history.note(who, What.START, seq=0)
    for seq, word in ((1, "een"), (2, "twee")):
        history.note(0, What.INVOKE, client_id=word, text=word)
        history.note(0, What.OK, client_id=word, seq=seq, id=word)
        for who in (0, 1):
            show(history, who, seq, word)
    return history


def show(history: History, who: int, seq: int, word: str) -> None:
    """Let somebody see a message."""
    history.note(who, What.SHOWN, seq=seq, id=word, text=word, code="message")


def kept(*rows: tuple[int, str]) -> dict[str, Stored]:
    """Return a room with these messages."""
    return {ROOM: Stored([(seq, word, "placed") for seq, word in rows], [seq for seq, _ in rows], rows[-1][0])}


BOTH = kept((1, "een"), (2, "twee"))


def wrong(history: History, stored: dict[str, Stored]) -> dict[str, int]:
    """Return what the judge finds wrong."""
    report = judge(history, stored, {0: ROOM, 1: ROOM}, {0, 1})
    assert clean(report) == (not any(report[name] for name in WRONG))
    return {name: report[name] for name in WRONG if report[name]}


def test_nothing_is_wrong_when_all_saw_what_is_stored() -> None:
    assert wrong(story(), BOTH) == {}


def test_promised_and_gone_is_lost() -> None:
    history = story()
    history.note(0, What.INVOKE, client_id="drie", text="drie")
    history.note(0, What.OK, client_id="drie", seq=3, id="drie")
    assert wrong(history, BOTH) == {"lost": 1}


def test_stored_and_not_shown_is_unseen() -> None:
    assert wrong(story(), kept((1, "een"), (2, "twee"), (3, "drie"))) == {"unseen": 2}


def test_shown_again_is_double() -> None:
    history = story()
    show(history, 1, 2, "twee")
    assert wrong(history, BOTH) == {"duplicate": 1, "reordered": 1}


def test_stored_twice_is_double() -> None:
    history = story()
    for who in (0, 1):
        show(history, who, 3, "drie")
    history.note(0, What.INVOKE, client_id="drie", text="drie")
    assert wrong(history, kept((1, "een"), (2, "twee"), (3, "twee"))) == {"duplicate": 1}


def test_two_who_saw_different_things_under_one_number_disagree() -> None:
    history = story()
    history.note(0, What.INVOKE, client_id="drie", text="drie")
    history.note(0, What.INVOKE, client_id="vier", text="vier")
    show(history, 0, 3, "drie")
    show(history, 1, 3, "vier")
    assert wrong(history, kept((1, "een"), (2, "twee"), (3, "drie"))) == {"reordered": 1}


def test_never_said_is_a_phantom() -> None:
    history = story()
    for who in (0, 1):
        show(history, who, 3, "niemand")
    assert wrong(history, kept((1, "een"), (2, "twee"), (3, "niemand"))) == {"phantom": 2}


def test_a_number_that_is_skipped_is_a_gap() -> None:
    history = story()
    history.note(0, What.INVOKE, client_id="vier", text="vier")
    for who in (0, 1):
        show(history, who, 4, "vier")
    assert wrong(history, kept((1, "een"), (2, "twee"), (4, "vier"))) == {"gap": 2, "holes": 1}


@pytest.mark.parametrize(("opened_anew", "leaks"), [(True, {"leak": 1}), (False, {})])
def test_hidden_words_may_not_come_over_a_new_connection(opened_anew: bool, leaks: dict[str, int]) -> None:
    history = story()
    history.note(0, What.INVOKE, client_id="drie", text="drie")
    show(history, 0, 3, "drie")
    history.note(0, What.HIDDEN, text="drie", id="drie")
    if opened_anew:
        history.note(1, What.OPENED)
    show(history, 1, 3, "drie")
    assert wrong(history, kept((1, "een"), (2, "twee"), (3, "drie"))) == leaks
