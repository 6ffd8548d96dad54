"""The words of a search in an address: readable by this server only, for a day (directory-booking-spec 5.6)."""

from datetime import timedelta

import pytest

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
