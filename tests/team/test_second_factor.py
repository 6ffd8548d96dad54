"""Codes from an app, recovery codes, and the drawing that connects an app."""

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from server.team import second_factor as factor

NOW = datetime(2026, 11, 24, 19, 30, 10, tzinfo=UTC)
STEP = timedelta(seconds=30)


@pytest.fixture
def secret() -> str:
    return factor.new_secret()


def code_at(secret: str, moment: datetime) -> str:
    return pyotp.TOTP(secret).at(moment)


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_code_counts_one_step_before_and_after(secret: str, steps: int, taken: bool) -> None:
    found = factor.matching_step(secret, code_at(secret, NOW + steps * STEP), NOW, after=0)
    assert (found is not None) is taken


def test_code_works_once(secret: str) -> None:
    code = code_at(secret, NOW)
    used = factor.matching_step(secret, code, NOW, after=0)
    assert used is not None
    assert factor.matching_step(secret, code, NOW, after=used) is None
    assert factor.matching_step(secret, code_at(secret, NOW - STEP), NOW, after=used) is None
    assert factor.matching_step(secret, code_at(secret, NOW + STEP), NOW, after=used) == used + 1


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６", "12345६", "-12345", "000000 0"])
def test_other_texts_are_no_code(secret: str, typed: str) -> None:
    assert factor.matching_step(secret, typed, NOW, after=0) is None


def test_spaces_in_a_code_do_not_matter(secret: str) -> None:
    code = code_at(secret, NOW)
    assert factor.matching_step(secret, f" {code[:3]} {code[3:]} ", NOW, after=0)


def test_recovery_codes_are_ten_and_forgive_how_they_are_typed() -> None:
    codes = factor.new_recovery_codes()
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"([A-HJ-NP-Z2-9]{4}-){3}[A-HJ-NP-Z2-9]{4}", code) for code in codes)
    typed = codes[0].lower().replace("-", " ")
    assert factor.looks_like_recovery(typed)
    assert factor.recovery_hash("a", typed) == factor.recovery_hash("a", codes[0])
    assert factor.recovery_hash("a", codes[0]) != factor.recovery_hash("b", codes[0])
    assert not factor.looks_like_recovery("123456")


def test_drawing_holds_every_dark_module(secret: str) -> None:
    address = factor.address(secret, "Noor", "Moi")
    size, drawing = factor.drawing_size(address), factor.drawing(address)
    assert address.startswith("otpauth://totp/Moi%20team:Noor?secret=" + secret)
    places = [(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", drawing)]
    assert (4, 4) in places  # the corner of the finder, after the quiet zone
    assert all(4 <= x < size - 4 and 4 <= y < size - 4 for x, y in places)
