"""Words, stems and what a query becomes; the index itself is tested with the forum that uses it."""

import pytest

from server.kit import search
from server.kit.text import Empty


def test_words_lose_case_accents_and_signs() -> None:
    assert search.words("Één CAFÉ, re-integratie! 24/7 _x_") == ["een", "cafe", "re", "integratie", "24", "7", "x"]


@pytest.mark.parametrize(("left", "right"), [("huis", "huizen"), ("slapen", "slaap"), ("slecht", "slechte")])
def test_forms_of_one_word_have_one_stem(left: str, right: str) -> None:
    assert search.stems(left) == search.stems(right)


@pytest.mark.parametrize(
    "query",
    [
        'slaap OR "angst"',
        "slaap* NEAR/3 angst",
        "slaap') ; drop table stem; --",
        "NOT slaap AND angst:",
        "slaap^2 {angst}",
    ],
)
def test_operators_are_only_words(query: str) -> None:
    stems = search.query_stems(query)
    assert {"slaap", "angst"} & set(stems)
    assert all(stem.isalnum() for stem in stems)


@pytest.mark.parametrize("query", ["", "   ", "*", "%_%", "\"''\"", "()", "-", "\u200b"])
def test_a_query_without_words_is_empty(query: str) -> None:
    with pytest.raises(Empty):
        search.query_stems(query)


def test_long_queries_are_cut() -> None:
    assert search.query_stems("slaap " + "x" * 10_000) == ["slaap", "x" * search.MAX_STEM]
    assert len(search.query_stems(" ".join(f"woord{n}" for n in range(60)))) == search.MAX_QUERY_WORDS


def test_stop_words_count_only_when_there_is_nothing_else() -> None:
    assert search.query_stems("ik slaap niet", {"ik", "niet"}) == ["slaap"]
    assert search.query_stems("ik niet", {"ik", "niet"}) == ["ik", "niet"]


def test_each_stem_is_looked_for_once() -> None:
    assert search.query_stems("slapen slaap SLAAP") == ["slaap"]
