"""What text is taken in (reliability-spec 7, rows "all text")."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.kit.errors import Invalid
from server.kit.runtime import Runtime
from server.kit.text import FORBIDDEN, Empty, ForbiddenCharacters, TooLong, clean
from tests.cast import a_group
from tests.visitors.browser import Browser

FORBIDDEN_TEXTS = {
    "NUL": "a\0b",
    "C0": "a\x1b[2J",
    "delete": "a\x7fb",
    "C1": "a\x85b",
    "lone high surrogate": "a\ud800b",
    "lone low surrogate": "a\udfffb",
    "bidi embedding": "a\u202ab",
    "bidi override": "a\u202eb",
    "bidi isolate": "a\u2066b",
    "end of isolate": "a\u2069b",
    "six marks": "a" + "\u0335" * 6,
    "21 newlines": "a" + "\n" * 21 + "b",
    "21 newlines of Windows": "a" + "\r\n" * 21 + "b",
}
EMPTY_TEXTS = ("", "   ", "\n\t\n", "\u200b", "\u2060\ufeff", "\u200d", "\u200c", " \u200b \ufeff ", "\u00a0\u3000")


@pytest.mark.parametrize("name", FORBIDDEN_TEXTS)
def test_characters_that_are_refused(name: str) -> None:
    """By name of the field, never with the text."""
    with pytest.raises(ForbiddenCharacters) as refused:
        clean(FORBIDDEN_TEXTS[name], "verhaal")
    assert (refused.value.code, refused.value.field, refused.value.status) == ("verboden_tekens", "verhaal", 422)
    assert FORBIDDEN_TEXTS[name] not in repr(refused.value)


@pytest.mark.parametrize("text", EMPTY_TEXTS)
def test_nothing_left_is_nothing(text: str) -> None:
    """Also when it only looks like nothing."""
    with pytest.raises(Empty) as refused:
        clean(text)
    assert refused.value.code == "leeg"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\u200bb\u2060c\ufeff", "abc"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"),
        ("a\u200db", "ab"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("1\u200c2", "12"),
        ("e\u0301", "é"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("  a\tb  ", "a\tb"),
        ("a" + "\u0335" * 5, "a" + "\u0335" * 5),
        ("a" + "\n" * 20 + "b", "a" + "\n" * 20 + "b"),
        ("x" * 2000, "x" * 2000),
    ],
)
def test_what_stays(text: str, kept: str) -> None:
    """NFC, one kind of newline, joiners only where they join."""
    assert clean(text) == kept


@pytest.mark.parametrize("text", ["x" * 2001, "x" * 1_000_000, "😀" * 2001])
def test_too_long_says_how_long(text: str) -> None:
    """In code points after NFC."""
    with pytest.raises(TooLong) as refused:
        clean(text)
    assert refused.value.code == "te_lang"
    assert refused.value.values["max"] == 2000


def test_bytes_have_a_limit_of_their_own() -> None:
    """Where a field asks for it."""
    with pytest.raises(TooLong):
        clean("é" * 10, max_bytes=19)


def test_a_line_is_one_line() -> None:
    """For titles and names."""
    with pytest.raises(ForbiddenCharacters):
        clean("a\nb", single_line=True)


@given(st.text(st.characters(), max_size=2100))
def test_what_is_taken_in_can_be_stored_and_taken_in_again(text: str) -> None:
    """Any text: refused by one of the codes, or clean for good."""
    with contextlib.suppress(Invalid):
        taken = clean(text)
        assert not FORBIDDEN.search(taken)
        assert "\0" not in taken
        assert taken.encode().decode() == taken
        with contextlib.suppress(TooLong):
            assert clean(taken) == taken


@pytest.mark.parametrize("name", [name for name in FORBIDDEN_TEXTS if "surrogate" not in name])
async def test_a_form_keeps_what_was_typed_and_says_what_is_wrong(rt: Runtime, name: str) -> None:
    """422, a valid page, and the text back in its own field only."""
    merel = Browser(rt)
    await merel.arrive()
    path = f"/groepen/{await a_group(rt)}"
    page = await merel.get(path)
    mark = "zonnebloem7391"
    answer = await merel.send(page, f"{path}/berichten", text=mark + FORBIDDEN_TEXTS[name])
    assert answer.status == 422
    assert "tekens" in answer.words
    assert answer.tree is not None
    fields = ["".join(field.itertext()) for field in answer.tree.iter("textarea")]
    assert sum(mark in field for field in fields) == 1
    assert answer.response.text.count(mark) == 1
