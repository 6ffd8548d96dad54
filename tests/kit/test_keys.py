"""Keys in a folder that several processes share: none seals with a key that another has destroyed."""

from datetime import timedelta
from pathlib import Path

import pytest

from server.kit.clock import FixedClock
from server.kit.crypto import Secret
from server.kit.keys import KeyGone, Keyring
from server.kit.keys import __name__ as keys_module

HOURS = timedelta(hours=1)


@pytest.fixture
def rings(tmp_path: Path, clock: FixedClock) -> tuple[Keyring, Keyring]:
    """Two processes that opened the same folder before any key was made."""
    return Keyring(tmp_path / "keys", clock.now), Keyring(tmp_path / "keys", clock.now)


def test_two_processes_share_the_first_key(rings: tuple[Keyring, Keyring]) -> None:
    here, there = rings
    assert here.current("veld") == there.current("veld")


def test_a_key_renewed_elsewhere_is_the_present_one_here(
    rings: tuple[Keyring, Keyring], clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = rings
    assert here.current("vluchtig")[0] == there.current("vluchtig")[0] == 1
    monkeypatch.setattr(f"{keys_module}.YOUNG_NS", -1)  # what was read counts as settled
    there.versions("vluchtig")
    clock.advance(6 * HOURS)
    here.rotate_if_older("vluchtig", 6 * HOURS)
    assert there.current("vluchtig") == here.current("vluchtig")
    assert there.current("vluchtig")[0] == 2


def test_a_key_destroyed_elsewhere_is_gone_here(rings: tuple[Keyring, Keyring], clock: FixedClock) -> None:
    here, there = rings
    here.current("vluchtig")
    assert there.version("vluchtig", 1) == here.version("vluchtig", 1)
    clock.advance(6 * HOURS)
    here.rotate_if_older("vluchtig", 6 * HOURS)
    clock.advance(24 * HOURS)
    assert here.destroy_older("vluchtig", 30 * HOURS) == 1
    with pytest.raises(KeyGone):
        there.version("vluchtig", 1)
    assert [key.number for key in there.versions("vluchtig")] == [2]


def test_the_newest_key_is_never_destroyed(rings: tuple[Keyring, Keyring], clock: FixedClock) -> None:
    here, _ = rings
    here.current("veld")
    clock.advance(1000 * HOURS)
    assert here.destroy_older("veld", HOURS) == 0


def test_two_renewals_at_once_make_one_version(rings: tuple[Keyring, Keyring], clock: FixedClock) -> None:
    here, there = rings
    here.current("sess"), there.current("sess")
    assert here.rotate("sess") == 2
    clock.advance(timedelta(seconds=1))
    assert there._known["sess"].keys() == {1}
    assert there.rotate("sess") == 2
    assert there.current("sess") == here.current("sess")


def test_a_key_that_was_not_written_to_the_end_is_not_there(tmp_path: Path, clock: FixedClock) -> None:
    ring = Keyring(tmp_path, clock.now)
    (tmp_path / "unfinished").write_bytes(b"half")
    number, key = ring.current("veld")
    assert number == 1
    assert key != Secret(b"half")
    assert [path.name for path in tmp_path.iterdir()] == ["veld.1.20261124T193000Z"]


def test_a_mark_is_the_same_for_all_processes_and_another_one_tomorrow(
    rings: tuple[Keyring, Keyring], clock: FixedClock
) -> None:
    here, there = rings
    today = here.of_today("limits", "merel")
    assert there.of_today("limits", "merel") == today
    assert here.of_today("limits", "daan") != today
    clock.advance(24 * HOURS)
    assert here.of_today("limits", "merel") != today
