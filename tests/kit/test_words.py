"""The rules of privacy 2.6, checked on the real list, and what a single slip does."""

import re
from collections import Counter
from itertools import pairwise

import pytest
from rapidfuzz.distance import OSA

from server.kit.words import FILE, BadWordList, WordList, word_list

HEAVY = re.compile(
    r"dood|moord|lijk$|graf$|bloed|pijn|ziek|kanker|drug|medic|dief|crimi|kerk|moskee|god(?!en$)|bijbel|seks|porno"
    r"|gronin|fries|belg|duits|turk|marok|idioot|sukkel|wapen|oorlog"
)


def test_list_keeps_its_rules() -> None:
    """At least 7776 words of 3 to 9 letters; the constructor refuses anything else."""
    known = word_list()
    assert len(known) >= 7776
    assert all(re.fullmatch("[a-z]{3,9}", word) for word in known.words)
    assert [word for word in known.words if HEAVY.search(word)] == []


def test_words_stand_in_order_and_once() -> None:
    """So that a change in the file is easy to see."""
    words = FILE.read_text(encoding="utf-8").split()
    assert all(first < second for first, second in pairwise(words))


def test_no_two_words_are_one_slip_apart() -> None:
    """Checked another way than the list itself does: by trying all pairs of like length."""
    by_length: dict[int, list[str]] = {}
    for word in word_list().words:
        by_length.setdefault(len(word), []).append(word)
    for length in (3, 4):
        near = by_length[length] + by_length[length + 1]
        for word in by_length[length]:
            assert [other for other in near if OSA.distance(word, other, score_cutoff=1) <= 1] == [word]


@pytest.mark.parametrize("slip", ["vlinders", "vlinde", "vlindr", "vlidner", "vlunder", "vlinder"])
def test_one_slip_is_forgiven(slip: str) -> None:
    """A letter too many, too few, swapped or another."""
    known = WordList(["vlinder", "molen", "wolk"], min_words=1)
    assert known.closest(slip) == "vlinder"


@pytest.mark.parametrize("typed", ["vlidnre", "kat", "", "molenwolk"])
def test_two_slips_are_not(typed: str) -> None:
    """Guessing what somebody meant would let them in by luck."""
    assert WordList(["vlinder", "molen", "wolk"], min_words=1).closest(typed) is None


def test_slip_between_two_words_is_not_guessed() -> None:
    """ "boem" is one slip from both."""
    known = WordList(["boek", "bloem"], min_words=1)
    assert known.near("boem") == ["bloem", "boek"]
    assert known.closest("boem") is None


@pytest.mark.parametrize("words", [["huis", "muis"], ["huis", "huis"], ["Huis", "boom"], ["ei", "boom"], ["huis"]])
def test_bad_list_is_refused(words: list[str]) -> None:
    """Too much alike, twice, capitals, too short, too few."""
    with pytest.raises(BadWordList):
        WordList(words, min_words=2)


def test_drawing_is_even() -> None:
    """Chi-square over four words, 8,000 draws: three degrees of freedom, 16.3 is one in a thousand."""
    known = WordList(["molen", "wolk", "vlinder", "schaap"], min_words=1)
    drawn = Counter(known.draw(8000))
    assert sum((count - 2000) ** 2 / 2000 for count in drawn.values()) < 30
