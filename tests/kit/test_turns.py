"""When work begins: together what came together, and what has rested for itself without waiting for the others."""

import asyncio
from collections.abc import Callable
from functools import partial

from server.kit.live.outbox import Ticker
from server.kit.live.turns import FEW, GATHER_SECONDS, MOST, STUCK_SECONDS, Turns
from tests.waiting import until


class Diary:
    """Notes what was done, and when."""

    def __init__(self) -> None:
        """Start empty."""
        self.done: list[tuple[str, float]] = []

    def entry(self, name: str) -> Callable[[], None]:
        """Return a deed that writes its name down."""
        return partial(self._write, name)

    def _write(self, name: str) -> None:
        self.done.append((name, asyncio.get_running_loop().time()))

    @property
    def names(self) -> list[str]:
        """Return what was done, in order."""
        return [name for name, _ in self.done]


async def test_the_first_begins_at_once_and_what_follows_begins_together() -> None:
    turns, diary = Turns(), Diary()
    turns.soon(diary.entry("first"))
    await asyncio.sleep(0)
    assert diary.names == ["first"]
    turns.soon(diary.entry("second"))
    await asyncio.sleep(0)
    turns.soon(diary.entry("third"))
    assert diary.names == ["first"]
    await until(lambda: len(diary.done) == 3)
    first, second, third = [at for _, at in diary.done]
    assert second - first >= GATHER_SECONDS * 0.9
    assert third - second < GATHER_SECONDS
    assert diary.names == ["first", "second", "third"]


async def test_what_is_about_one_room_begins_together_and_the_longest_waiting_first() -> None:
    turns, diary = Turns(), Diary()
    for _ in range(MOST):
        turns.soon(diary.entry("full"), "full")
    for name, room in (("a1", "a"), ("b1", "b"), ("a2", "a")):
        turns.soon(diary.entry(name), room)
    turns.soon(diary.entry("no room"))
    await until(lambda: len(diary.done) > MOST)
    assert diary.names == ["no room"] + ["full"] * MOST
    for _ in range(MOST):
        turns.ended()
    await until(lambda: len(diary.done) > MOST + 3)
    assert diary.names[-3:] == ["a1", "a2", "b1"]


async def test_nobody_waits_long_for_what_does_not_end() -> None:
    turns, diary = Turns(), Diary()
    for number in range(MOST):
        turns.soon(diary.entry("stuck"), f"{number}")
    turns.soon(diary.entry("free"), "other")
    await until(lambda: "free" in diary.names)
    began = dict(diary.done)
    assert began["free"] - began["stuck"] >= STUCK_SECONDS * 0.9


async def test_nor_does_whoever_comes_alone_while_others_stand_still() -> None:
    turns, diary = Turns(), Diary()
    for number in range(FEW + 1):
        turns.soon(diary.entry("stuck"), f"{number}")
    await until(lambda: len(diary.done) == FEW + 1)
    turns.soon(diary.entry("alone"), "other")
    await until(lambda: "alone" in diary.names)


async def test_a_room_that_has_rested_does_not_wait_for_the_tick_of_another() -> None:
    ticker, diary = Ticker(), Diary()
    busy, quiet = diary.entry("busy"), diary.entry("quiet")
    ticker.soon(busy)
    await until(lambda: diary.done)
    ticker.soon(busy)
    ticker.soon(busy)
    ticker.soon(quiet, rested=True)
    for _ in range(3):
        await asyncio.sleep(0)
    assert diary.names == ["busy", "quiet"]
    await until(lambda: len(diary.done) == 3)
    assert diary.names == ["busy", "quiet", "busy"]


async def test_a_deed_that_fails_takes_no_other_with_it() -> None:
    ticker, diary = Ticker(), Diary()
    failed: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failed.append(str(context["exception"])))

    def fails() -> None:
        raise ValueError("no")

    ticker.soon(fails)
    ticker.soon(diary.entry("other"))
    await until(lambda: diary.done)
    assert failed == ["no"]
