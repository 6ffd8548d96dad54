"""A dump that only the offline key opens, and that cannot be changed, cut or mixed unseen."""

import secrets
from collections.abc import Callable
from pathlib import Path

import pytest

from server.kit.crypto import Unreadable
from server.kit.locked_file import LockedWriter, new_pair, private_key, public_key, read_locked

LINES = [b"regel %d " % number + bytes(range(32, 127)) * 40 for number in range(400)]


def locked(folder: Path, lines: list[bytes]) -> tuple[Path, str]:
    """Write a file. Returns it and its private key."""
    public, private = new_pair()
    file = LockedWriter(folder / "dump.moi", public_key(public))
    for line in lines:
        file.write(line + b"\n")
    assert not (folder / "dump.moi").exists(), "a half-written dump has no name"
    file.finish()
    return folder / "dump.moi", private


def incompressible(size: int) -> list[bytes]:
    """Return lines that stay long when packed, so that there are many pieces."""
    return [secrets.token_hex(500).encode() for _ in range(size)]


@pytest.mark.parametrize("lines", [LINES, [], [b"een"], incompressible(600)], ids=["many", "none", "one", "pieces"])
def test_what_was_locked_comes_out(tmp_path: Path, lines: list[bytes]) -> None:
    path, private = locked(tmp_path, lines)
    assert list(read_locked(path, private_key(private))) == lines
    assert path.stat().st_mode & 0o077 == 0


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    path, _ = locked(tmp_path, LINES)
    with pytest.raises(Unreadable):
        list(read_locked(path, private_key(new_pair()[1])))


@pytest.mark.parametrize("cut", [1, 30, 70_000])
def test_a_cut_file_is_noticed(tmp_path: Path, cut: int) -> None:
    path, private = locked(tmp_path, incompressible(600))
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(Unreadable):
        list(read_locked(path, private_key(private)))


@pytest.mark.parametrize("place", [3, 20, 200, 70_000, -3])
def test_a_changed_byte_is_noticed(tmp_path: Path, place: int) -> None:
    path, private = locked(tmp_path, incompressible(600))
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    with pytest.raises(Unreadable):
        list(read_locked(path, private_key(private)))


def test_nothing_stays_of_what_failed(tmp_path: Path) -> None:
    file = LockedWriter(tmp_path / "dump.moi", public_key(new_pair()[0]))
    file.write(b"half")
    file.abandon()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "geen sleutel", "AAAA", "é" * 32])
@pytest.mark.parametrize("read", [public_key, private_key])
def test_what_is_no_key_is_refused(read: Callable[[str], object], text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read(text)
