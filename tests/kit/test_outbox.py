"""What waits for readers who take nothing is bounded, for each of them and for all together."""

from collections.abc import Sequence

import pytest

from server.kit.live import outbox
from server.kit.live.outbox import MAX_BYTES, Outbox, Parcel, Ticker

PIECE = Parcel([b"x" * (MAX_BYTES // 16)])
MOST = 4 * MAX_BYTES - 1


class Shut:
    """A door whose reader takes nothing."""

    ready = False

    def write(self, parcels: Sequence[Parcel]) -> None:
        """Never be asked."""
        raise AssertionError("nobody takes anything here")


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> list[Outbox]:
    """Twenty of them, who may hold four megabytes together."""
    monkeypatch.setattr(outbox, "MAX_TOGETHER", MOST)
    ticker = Ticker()
    return [Outbox(ticker, Shut(), lambda: None) for _ in range(20)]


def test_together_they_never_hold_much_more_than_what_is_allowed(readers: list[Outbox]) -> None:
    for _ in range(40):
        for reader in readers:
            reader.put(PIECE)
            assert sum(one.held for one in readers) <= MOST + MAX_BYTES


def test_who_is_given_up_by_an_own_frame_holds_nothing_and_is_not_counted_any_more(readers: list[Outbox]) -> None:
    first, *others = readers
    for reader in others:
        for _ in range(3):
            reader.put(PIECE)
    for _ in range(8):
        first.put(PIECE)
    assert first.held == 0
    assert first._ticker.most_held() == 3 * PIECE.size
