"""A server that does not answer is left alone for a moment; then one tries for all."""

import pytest

from server.kit.db.breaker import FAILURES, OPEN_SECONDS, WITHIN_SECONDS, Breaker, Resting


class Hand:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        """Start at noon."""
        self.at = 0.0

    def __call__(self) -> float:
        """Return the seconds."""
        return self.at


@pytest.fixture
def hand() -> Hand:
    """Give the clock."""
    return Hand()


@pytest.fixture
def breaker(hand: Hand) -> Breaker:
    """Give a closed one."""
    return Breaker(hand)


def lost(error: BaseException) -> bool:
    """Count what is lost."""
    return isinstance(error, OSError)


def fail(breaker: Breaker, times: int = FAILURES) -> None:
    """Let attempts fail."""
    for _ in range(times):
        with pytest.raises(TimeoutError), breaker.attempt(lost):
            raise TimeoutError


def test_four_failures_are_bad_luck_and_five_are_a_fault(breaker: Breaker) -> None:
    fail(breaker, FAILURES - 1)
    assert not breaker.is_resting()
    fail(breaker, 1)
    assert breaker.is_resting()
    with pytest.raises(Resting), breaker.attempt(lost):
        pytest.fail("nobody asks now")


def test_failures_long_ago_do_not_count(breaker: Breaker, hand: Hand) -> None:
    fail(breaker, FAILURES - 1)
    hand.at = WITHIN_SECONDS + 0.1
    fail(breaker, 1)
    assert not breaker.is_resting()


def test_a_refusal_is_no_fault_of_the_server(breaker: Breaker) -> None:
    for _ in range(FAILURES):
        with pytest.raises(KeyError), breaker.attempt(lost):
            raise KeyError
    assert not breaker.is_resting()


def test_one_tries_while_others_are_refused_and_opens_for_all(breaker: Breaker, hand: Hand) -> None:
    fail(breaker)
    hand.at = OPEN_SECONDS
    with breaker.attempt(lost), pytest.raises(Resting), breaker.attempt(lost):
        pytest.fail("one at a time")
    assert not breaker.is_resting()
    with breaker.attempt(lost), breaker.attempt(lost):
        pass


def test_a_try_that_fails_makes_the_next_wait_again(breaker: Breaker, hand: Hand) -> None:
    fail(breaker)
    hand.at = OPEN_SECONDS
    fail(breaker, 1)
    hand.at += OPEN_SECONDS / 2
    with pytest.raises(Resting), breaker.attempt(lost):
        pytest.fail("too soon")
    hand.at += OPEN_SECONDS / 2
    with breaker.attempt(lost):
        pass
    assert not breaker.is_resting()


def test_who_tried_and_left_does_not_block_the_way(breaker: Breaker, hand: Hand) -> None:
    fail(breaker)
    hand.at = OPEN_SECONDS
    with pytest.raises(KeyError), breaker.attempt(lost):
        raise KeyError
    with breaker.attempt(lost):
        pass
    assert not breaker.is_resting()
