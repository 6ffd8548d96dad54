"""The server refuses to start where a return phrase would be cheap to guess."""

from dataclasses import replace

import pytest

from server.kit.settings import BadSettings, Settings
from server.visitors import readiness


def test_tests_and_demo_may_be_cheap(settings: Settings) -> None:
    """Only the word lists are read."""
    readiness.check(settings)


def test_cheap_hash_stops_production(settings: Settings) -> None:
    """One pass over 64 KiB takes far under 100 ms."""
    with pytest.raises(BadSettings) as refused:
        readiness.check(replace(settings, mode="production"))
    assert [fault.name for fault in refused.value.faults] == ["MOI_ARGON2_TIME"]


def test_slow_hash_stops_production_too(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two at once would make a queue that nobody waits out."""
    monkeypatch.setattr(readiness, "hash_ms", lambda _: 900.0)
    with pytest.raises(BadSettings):
        readiness.check(replace(settings, mode="production"))


def test_full_cost_is_what_the_specification_asks(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """100 to 600 ms."""
    monkeypatch.setattr(readiness, "hash_ms", lambda _: 250.0)
    readiness.check(replace(settings, mode="production"))
