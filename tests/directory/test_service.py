"""The words of a search in an address: readable by this server only, for a day (directory-booking-spec 5.6)."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from server.directory import service
from server.directory.search import Search
from server.directory.service import Asked, open_asked, seal_asked
from server.kit.clock import FixedClock
from server.kit.runtime import Runtime


def test_sealed_words_come_back_and_show_nothing(rt: Runtime) -> None:
    asked = Asked("ik ben depressief", "9675")
    sealed = seal_asked(rt, asked)
    assert open_asked(rt, sealed) == asked
    assert "depressief" not in sealed
    assert sealed != seal_asked(rt, asked)


def test_nothing_asked_leaves_the_address_empty(rt: Runtime) -> None:
    assert seal_asked(rt, Asked()) == ""


def test_sealed_words_are_gone_after_a_day(rt: Runtime) -> None:
    sealed = seal_asked(rt, Asked("somber"))
    assert isinstance(rt.clock, FixedClock)
    rt.clock.advance(timedelta(hours=24, seconds=1))
    assert open_asked(rt, sealed) == Asked()


@pytest.mark.parametrize("sealed", ["", "x", "AAAA", "AAE" + "A" * 60, "é" * 20, "A" * 5000])
def test_a_damaged_or_foreign_seal_gives_no_words_and_no_error(rt: Runtime, sealed: str) -> None:
    assert open_asked(rt, sealed) == Asked()


def test_two_threads_that_want_what_is_shown_get_the_same_one(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a start a request and what loads the rest want it at the same moment; made twice at once it failed."""
    made: list[int] = []
    begun, second = threading.Event(), threading.Event()

    def slow(*parts: Any) -> Search:
        made.append(1)
        begun.set()
        second.wait(10)
        return Search(*parts)

    def late() -> None:
        begun.wait(10)
        second.set()
        found.append(service.shown_by(rt))

    found: list[service.Shown] = []
    monkeypatch.setattr(service, "Search", slow)
    service.shown.cache_clear()
    service._search.cache_clear()
    threads = [threading.Thread(target=lambda: found.append(service.shown_by(rt))), threading.Thread(target=late)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(made) == 1
    assert found[0] is found[1]
