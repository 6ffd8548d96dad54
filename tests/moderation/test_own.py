"""The checker on sentences of our own: nothing harmless is a crisis, and no cry for help goes unseen too often."""

import csv
from functools import cache
from pathlib import Path

from moderation.checker import check, looks_back
from moderation.evaluation import Judged, Measure, measures
from moderation.verdicts import Place

OWN = Path(__file__).parent / "own.csv"


@cache
def results() -> dict[str, Measure]:
    """Judge every sentence once."""
    with OWN.open(encoding="utf-8", newline="") as file:
        judged = [Judged.of(row, check(row["text"], place=Place.ROOM)) for row in csv.DictReader(file)]
    return {measure.name: measure for measure in measures(judged)}


def share(name: str) -> float:
    """Return the share of one measure."""
    found = results()[name]
    return found.hits / found.total


def test_nothing_harmless_is_a_crisis() -> None:
    """A joke or a song brings nobody the crisis panel."""
    assert results()["none judged crisis_now"].hits == 0


def test_most_decisions_are_those_of_people() -> None:
    """The acceptance gate of moderation-spec 11."""
    assert share("exact decision") >= 0.75


def test_those_in_danger_are_seen() -> None:
    """The acceptance gate of moderation-spec 11."""
    assert share("crisis, passive, self-harm, method seen") >= 43 / 57


def test_earlier_texts_matter_to_no_text_that_does_not_look_back() -> None:
    """So they need not be read for it; a number or a word cut over short messages is found all the same."""
    earlier = ("mijn nummer is", "06 12", "nul zes een twee drie vier")
    with OWN.open(encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file)]
    long = [f"{first} {second} {third}" for first, second, third in zip(texts, texts[1:], texts[2:], strict=False)]
    long = [text for text in long if not looks_back(text)]
    assert len(long) > len(texts) / 2
    for text in long:
        assert check(text, place=Place.ROOM, recent=earlier) == check(text, place=Place.ROOM)
    for before, text in ((("06 12 34",), "56 78 9"), (("mijn nummer is 06", "12 34 56"), "acht zes")):
        assert looks_back(text)
        assert check(text, place=Place.ROOM, recent=before).label == "pii_phone"
