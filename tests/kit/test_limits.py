"""How often something may be done: together over Redis, each its part without, and nobody waits long for it."""

import socket
import time

import pytest

from server.kit import limits
from server.kit.errors import TooMany
from server.kit.limits import Limits, Rule
from tests import services

SIX: Rule = Rule("proef", 6)


async def granted(limits: Limits, rule: Rule = SIX, who: str = "merel") -> int:
    """Return how often something may be done until it may not."""
    count = 0
    while True:
        try:
            await limits.hit(rule, who)
        except TooMany:
            return count
        count += 1


async def test_the_window_and_the_burst_both_hold() -> None:
    assert await granted(Limits()) == 6
    assert await granted(Limits(), Rule("proef", 6, burst=2)) == 2


async def test_another_person_counts_apart() -> None:
    one = Limits()
    assert await granted(one) == 6
    assert await granted(one, who="daan") == 6


async def test_without_redis_each_process_grants_its_part() -> None:
    away = f"redis://127.0.0.1:{services.free_port()}"
    assert await granted(Limits(away, processes=2)) == 3
    assert await granted(Limits(away, processes=4)) == 2
    assert await granted(Limits(away, processes=4), Rule("proef", 1)) == 1


async def test_a_redis_that_hangs_is_waited_for_once() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        hanging = Limits(f"redis://127.0.0.1:{silent.getsockname()[1]}", processes=2)
        begun = time.monotonic()
        assert await granted(hanging) == 3
        assert time.monotonic() - begun < 2 * limits.REDIS_SECONDS + 1
        await hanging.close()


async def test_two_processes_count_together(redis_url: str) -> None:
    here, there = [Limits(redis_url, prefix="together:", processes=2) for _ in range(2)]
    await here.clear()
    for one in (here, there, here, there):
        await one.hit(SIX, "merel")
    assert await granted(here) == 2
    with pytest.raises(TooMany):
        await there.hit(SIX, "merel")
    for one in (here, there):
        await one.close()
