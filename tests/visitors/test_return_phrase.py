"""Six words, read kindly, and one computation that finds and opens."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from server.kit.clock import FixedClock
from server.kit.crypto import Secret, Unreadable
from server.kit.keys import Keyring
from server.kit.words import word_list
from server.visitors.return_phrase import (
    HASH_BYTES,
    Kept,
    Version,
    close_vault,
    is_unused,
    open_vault,
    opener,
    quarter,
    read,
    versions,
)

KEPT = Kept(Secret(b"r" * 32), "Stille Wulp", date(2026, 11, 24), 3)


@pytest.fixture
def version(tmp_path: Path, clock: FixedClock) -> Version:
    """The present version at cheap costs."""
    return versions(Keyring(tmp_path, clock.now), 64, 1)[0]


@pytest.mark.parametrize(
    "change",
    [
        str.upper,
        str.title,
        lambda phrase: phrase.replace(" ", ", "),
        lambda phrase: phrase.replace(" ", "-"),
        lambda phrase: "\n".join(f"{n}. {word}" for n, word in enumerate(phrase.split(), 1)),
        lambda phrase: f"  {phrase}  ",
        lambda phrase: phrase.replace("e", "é", 1),
        lambda phrase: "".join(chr(ord(c) + 0xFEE0) if c != " " else c for c in phrase),
    ],
)
def test_words_are_read_in_any_dress(change: Callable[[str], str]) -> None:
    """Capitals, commas, numbers in front, accents, wide letters: all one phrase."""
    phrase = " ".join(word_list().words[::1300][:6])
    typed = read(change(phrase), word_list())
    assert typed.complete
    assert typed.phrase == phrase
    assert typed.corrected == {}


def test_one_slip_per_word_is_put_right_and_shown() -> None:
    """The page can say which word it read for which."""
    known = [word for word in word_list().words if len(word) == 9][:6]
    slipped = [known[0][:-1] + "q", *known[1:]]
    typed = read(" ".join(slipped), word_list())
    assert typed.complete
    assert typed.corrected == {1: (slipped[0], known[0])}


@pytest.mark.parametrize("text", ["", "molen wolk", "x y z a b c", "een twee drie vier vijf zes zeven " * 3])
def test_other_than_six_known_words_is_not_complete(text: str) -> None:
    """Neither too few, nor too many, nor words outside the list."""
    assert not read(text, word_list()).complete


def test_phrase_finds_and_opens(version: Version) -> None:
    """The same words give the same lookup and open the vault."""
    made = opener("een twee drie", version)
    vault = close_vault(made, "row", KEPT)
    again = opener("een twee drie", version)
    assert again.lookup == made.lookup
    assert open_vault(again, "row", vault) == KEPT
    assert len(made.lookup) + len(made.key.reveal()) == HASH_BYTES


def test_other_words_find_and_open_nothing(version: Version) -> None:
    """Not even with the row in hand."""
    vault = close_vault(opener("een twee drie", version), "row", KEPT)
    other = opener("een twee vier", version)
    with pytest.raises(Unreadable):
        open_vault(other, "row", vault)


def test_vault_belongs_to_its_row(version: Version) -> None:
    """Swapping vaults between rows is seen."""
    made = opener("een twee drie", version)
    with pytest.raises(Unreadable):
        open_vault(made, "other", close_vault(made, "row", KEPT))


def test_stolen_rows_are_useless_without_the_pepper(tmp_path: Path, clock: FixedClock, version: Version) -> None:
    """The right phrase, the right salt and another pepper give another lookup."""
    other = Version(version.name, version.salt, Secret(b"p" * 32), version.memory_kib, version.passes)
    assert opener("een twee drie", other).lookup != opener("een twee drie", version).lookup


def test_renewed_keys_leave_the_version_before_usable(tmp_path: Path, clock: FixedClock) -> None:
    """Two versions at most, newest first, named by number and costs."""
    keyring = Keyring(tmp_path, clock.now)
    for _ in range(3):
        keyring.rotate("site")
        keyring.rotate("pepper")
        clock.advance(timedelta(days=365))
    assert [version.name for version in versions(keyring, 64, 1)] == ["s3.m64.t1", "s2.m64.t1"]


def test_nothing_secret_is_printed(version: Version) -> None:
    """A traceback with locals must not give anybody away."""
    made = opener("een twee drie", version)
    assert made.key.reveal().hex() not in repr(made)
    assert "72" * 32 not in repr(KEPT)


@pytest.mark.parametrize(
    ("last", "today", "unused"),
    [
        (date(2026, 11, 1), date(2027, 12, 31), False),
        (date(2026, 11, 1), date(2028, 1, 1), True),
        (date(2026, 1, 1), date(2026, 12, 31), False),
    ],
)
def test_phrase_ends_after_four_unused_quarters(last: date, today: date, unused: bool) -> None:
    """Counted in quarters: no day of use is kept."""
    assert is_unused(quarter(last), today) is unused
