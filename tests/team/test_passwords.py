"""Passwords: long, unknown, kept as argon2id."""

import pytest

from server.team.passwords import Hasher, PasswordKnown, PasswordTooShort, check_new

GOOD = "koe wilg brood tram 42"


@pytest.mark.parametrize("password", [GOOD, "fietsbel-mosterd-kade-regen", "Tien kleine zeehonden zwemmen traag"])
def test_few_loose_words_are_fine(password: str) -> None:
    check_new(password, "Noor")


@pytest.mark.parametrize("password", ["", "kort", "x" * 14, "wachtwoord1234"])
def test_fewer_than_fifteen_characters_are_refused(password: str) -> None:
    with pytest.raises(PasswordTooShort) as refused:
        check_new(password, "Noor")
    assert refused.value.field == "wachtwoord"


@pytest.mark.parametrize(
    "password",
    [
        "wachtwoord12345",
        "123456789012345",
        "aaaaaaaaaaaaaaaa",
        "qwertyuiopasdfgh",
        "welkom01welkom01",
        "NoorNoorNoorNoor",
    ],
)
def test_known_ones_are_refused(password: str) -> None:
    with pytest.raises(PasswordKnown):
        check_new(password, "Noor")


def test_very_long_one_is_refused_without_work() -> None:
    with pytest.raises(PasswordKnown):
        check_new("a" * 100_000, "Noor")


def test_hash_is_argon2id_and_fits_only_its_password() -> None:
    hasher = Hasher(time_cost=1, memory_kib=64)
    kept = hasher.make(GOOD)
    assert kept.startswith("$argon2id$v=19$m=64,t=1,p=4$")
    assert hasher.matches(kept, GOOD)
    assert not hasher.matches(kept, GOOD + " ")
    assert not hasher.matches(None, GOOD)
    assert not hasher.matches("", "a name that nobody has")
    assert hasher.matches(hasher.make("cafe\u0301 op de hoek"), "caf\u00e9 op de hoek")


def test_costs_that_changed_are_noticed() -> None:
    kept = Hasher(time_cost=1, memory_kib=64).make(GOOD)
    assert Hasher(time_cost=2, memory_kib=64).outdated(kept)
    assert not Hasher(time_cost=1, memory_kib=64).outdated(kept)
