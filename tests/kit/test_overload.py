"""Levels rise when it stays busy and fall when it stays calm; what is given up is said."""

import asyncio
import time
from itertools import pairwise

import pytest

from server.kit.run.overload import DOWN_SECONDS, UP_SECONDS, Busy, Overload, Part, Pulse, Signs, level_of, memory_used

CALM = Signs()


class Hand:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        """Start at noon."""
        self.at = 0.0

    def __call__(self) -> float:
        """Return the seconds."""
        return self.at


def stay(overload: Overload, hand: Hand, signs: Signs, seconds: float) -> list[int]:
    """Look every second. Returns the levels."""
    levels = []
    for _ in range(int(seconds)):
        levels.append(overload.note(signs))
        hand.at += 1
    return levels


@pytest.mark.parametrize(
    ("signs", "level"),
    [
        (CALM, 0),
        (Signs(lag=0.1), 0),
        (Signs(lag=0.11), 1),
        (Signs(lag=0.26), 2),
        (Signs(pool=0.26), 2),
        (Signs(lag=0.51), 3),
        (Signs(memory=0.81), 3),
        (Signs(lag=1.01), 4),
        (Signs(database=False), 4),
        (Signs(lag=0.11, pool=0.3, memory=0.9), 3),
    ],
)
def test_the_worst_sign_decides(signs: Signs, level: int) -> None:
    assert level_of(signs) == level


def test_a_moment_is_no_reason_and_five_seconds_are() -> None:
    hand = Hand()
    overload = Overload(hand)
    assert stay(overload, hand, Signs(lag=2), UP_SECONDS) == [0] * UP_SECONDS
    assert stay(overload, hand, CALM, 1) == [0]
    assert stay(overload, hand, Signs(lag=2), UP_SECONDS + 1)[-1] == 4


def test_it_falls_after_half_a_minute_to_what_it_still_is() -> None:
    hand = Hand()
    overload = Overload(hand)
    assert stay(overload, hand, Signs(lag=2), UP_SECONDS + 1)[-1] == 4
    falling = stay(overload, hand, Signs(lag=0.3), DOWN_SECONDS + 1)
    assert falling[DOWN_SECONDS - 1] == 4
    assert falling[-1] == 2
    assert stay(overload, hand, CALM, DOWN_SECONDS + 1)[-1] == 0


def test_calm_for_a_moment_does_not_let_everybody_in() -> None:
    hand = Hand()
    overload = Overload(hand)
    stay(overload, hand, Signs(lag=2), UP_SECONDS + 1)
    for _ in range(5):
        assert stay(overload, hand, CALM, DOWN_SECONDS - 1)[-1] == 4
        assert stay(overload, hand, Signs(lag=2), 1) == [4]


def test_each_level_gives_up_more_and_says_so() -> None:
    overload = Overload()
    given_up = []
    for level in range(5):
        overload.level = level
        given_up.append({part for part in Part if overload.gives_up(part)})
    assert given_up[0] == set()
    assert all(fewer < more for fewer, more in pairwise(given_up))
    assert given_up[4] == set(Part)
    with pytest.raises(Busy) as busy:
        overload.require(Part.QUEUE, "fout.druk_rij")
    assert (busy.value.code, busy.value.status, busy.value.key) == ("druk", 503, "fout.druk_rij")
    assert busy.value.retry_ms


def test_where_nothing_is_given_up() -> None:
    hand = Hand()
    assert stay(Overload(hand, enabled=False), hand, Signs(database=False), 60)[-1] == 0


async def test_a_loop_that_is_held_up_is_late() -> None:
    pulse = Pulse()
    beating = asyncio.create_task(pulse.run())
    assert pulse.lag() == 0
    for _ in range(3):
        await asyncio.sleep(0.06)
        time.sleep(0.15)  # somebody computes where they should not  # noqa: ASYNC251
    await asyncio.sleep(0.06)
    beating.cancel()
    assert pulse.lag() > 0.1


def test_memory_is_a_part_of_a_limit() -> None:
    assert 0 <= memory_used() < 1
