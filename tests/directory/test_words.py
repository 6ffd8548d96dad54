"""Folding and stems (directory-booking-spec 5.1, 5.2)."""

import pytest

from server.directory.words import joined_words, same_word, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Crème brûlée", ["creme", "brulee"]),
        ("foto's van 't huis", ["fotos", "van", "t", "huis"]),
        ("lotgenoten-groep", ["lotgenoten", "groep"]),
        ("@ease!", ["ease"]),
        ("zel\u200bfmoord", ["zelfmoord"]),
        ("zеlfmооrd", ["zelfmoord"]),
        ("😀 '; DROP TABLE --", ["drop", "table"]),
        ("", []),
    ],
)
def test_text_is_folded_into_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_hyphens_and_neighbours_are_joined() -> None:
    assert joined_words("lotgenoten-groep") == ["lotgenotengroep", "lotgenotengroep"]
    assert "buurthuis" in joined_words("het buurt huis")


@pytest.mark.parametrize(
    ("left", "right"), [("schuld", "schulden"), ("eenzaam", "eenzame"), ("huis", "huizen"), ("groep", "groepen")]
)
def test_forms_of_one_word_are_the_same_word(left: str, right: str) -> None:
    assert same_word(left, right)


@pytest.mark.parametrize(("left", "right"), [("gezin", "zin"), ("geweld", "wel"), ("dood", "moeder")])
def test_short_stems_never_match_alone(left: str, right: str) -> None:
    assert not same_word(left, right)
