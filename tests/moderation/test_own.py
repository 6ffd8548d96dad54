"""The checker on sentences of our own: nothing harmless is a crisis, and no cry for help goes unseen too often."""

import csv
from functools import cache
from pathlib import Path

from moderation.checker import check
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
