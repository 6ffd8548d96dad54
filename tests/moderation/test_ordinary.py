"""Nobody is alarmed by ordinary words: our own pages and examples, and what people write who are not in danger.

calm.csv and calm-unseen.csv are long harmless messages, written with their answers before they were judged. calm.csv
was tuned on and took part in the weights; first tries of its rounds of 200 and 100: 6 and 0 a crisis, 14 and 7 with the
supporting panel. calm-unseen.csv takes no part in rules or weights; first try: none and 2 of 100.
"""

import csv
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from moderation.checker import check
from moderation.checker.cues import Marks
from moderation.checker.rulebook import load
from moderation.checker.rules import Hit
from moderation.checker.weights import raised
from moderation.verdicts import Decision, Place
from server.desk.demo import LINES

CONTENT = Path(__file__).resolve().parents[2] / "content"
PLACED = {Decision.PUBLISH, Decision.PUBLISH_SUPPORT}
IN_DANGER = "Ik kan niet meer. Vanavond maak ik er een eind aan. Dag allemaal."


def texts_of(read: Any) -> Iterator[str]:
    """Yield every text in what was read from a file."""
    if isinstance(read, str):
        yield read
    elif isinstance(read, dict | list):
        for one in read.values() if isinstance(read, dict) else read:
            yield from texts_of(one)


def examples() -> list[str]:
    topics = tomllib.loads((CONTENT / "forum" / "voorbeelden.toml").read_text(encoding="utf-8"))["onderwerp"]
    replies = [reply["tekst"] for topic in topics for reply in topic.get("reacties", [])]
    return [*(topic["titel"] for topic in topics), *(topic["tekst"] for topic in topics), *replies]


def pages() -> list[str]:
    """Return the paragraphs of every page and tip for visitors, and the texts about groups and forum."""
    written = [path.read_text(encoding="utf-8") for path in sorted((CONTENT / "paginas").glob("*.md"))]
    written += [path.read_text(encoding="utf-8") for path in sorted((CONTENT / "paginas" / "tips").glob("*.md"))]
    files = [*sorted((CONTENT / "groepen").glob("*.toml")), CONTENT / "forum" / "forum.toml"]
    said = [text for path in files for text in texts_of(tomllib.loads(path.read_text(encoding="utf-8")))]
    return [*(part for page in written for part in page.split("\n\n")), *said]


@pytest.mark.parametrize("place", [Place.FORUM, Place.ROOM])
def test_the_examples_of_the_forum_are_placed(place: Place) -> None:
    """The demonstration leaves out an example that is held."""
    judged = [(text, check(text, place=place)) for text in examples()]
    assert len(judged) > 20
    assert [(text, one.rules) for text, one in judged if one.decision not in PLACED] == []


def test_one_line_of_the_demonstration_is_in_danger() -> None:
    assert [one.text for one in LINES if check(one.text, place=Place.ROOM).label == "crisis_now"] == [IN_DANGER]


def test_no_page_for_visitors_is_a_crisis() -> None:
    judged = [(text, check(text, place=Place.ROOM)) for text in pages()]
    assert len(judged) > 100
    assert [(text, one.rules) for text, one in judged if one.label == "crisis_now"] == []


@pytest.mark.parametrize(("name", "least"), [("calm.csv", 300), ("calm-unseen.csv", 100)])
def test_nobody_who_writes_at_length_is_alarmed(name: str, least: int) -> None:
    """No harmless message is a crisis, and at most one in fifty gets the supporting panel."""
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        judged = [(row["text"], check(row["text"], place=Place.ROOM)) for row in csv.DictReader(file)]
    assert len(judged) >= least
    assert [(text, one.rules) for text, one in judged if one.label == "crisis_now"] == []
    assert [one.decision for _, one in judged].count(Decision.PUBLISH_SUPPORT) * 50 <= len(judged)


@pytest.mark.parametrize(("name", "alarmed"), [("short.csv", 2), ("short-unseen.csv", 5)])
def test_hardly_anybody_who_writes_a_few_words_is_alarmed(name: str, alarmed: int) -> None:
    """Of 1,000 short harmless lines so many are a crisis at most, and 30 get anything but their place.

    Half of the lines share a word with danger. short.csv took part in the weights, short-unseen.csv did not.
    """
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        judged = [check(row["text"], place=Place.ROOM) for row in csv.DictReader(file)]
    assert [one.label for one in judged].count("crisis_now") * 1000 <= alarmed * len(judged)
    assert sum(one.decision is not Decision.PUBLISH for one in judged) * 1000 <= 30 * len(judged)


@pytest.mark.parametrize(
    ("found", "crisis", "label"),
    [
        (None, -100.0, "crisis_now"),
        (None, 100.0, "concern_other"),
        ("suicidal_passive", -100.0, "crisis_now"),
        ("suicidal_passive", 100.0, None),
        ("harassment", -100.0, "crisis_now"),
        ("harassment", 100.0, None),
        ("crisis_now", -100.0, None),
    ],
)
def test_weights_only_raise_and_only_to_a_crisis_what_a_rule_found(
    found: str | None, crisis: float, label: str | None
) -> None:
    """However much words weigh, what a rule found is only outdone by a crisis, which is never bounced as another."""
    weights = load().weights
    floors = [crisis if step.label == "crisis_now" else -100.0 for step in weights.steps]
    steps = tuple(replace(step, floor=floor) for step, floor in zip(weights.steps, floors, strict=True))
    hits = [Hit("regel", found, 2)] if found else []
    raising = raised(replace(weights, steps=steps), ["dood"], Marks([0], [0], 0), hits)
    assert [hit.label for hit in raising] == [label] * (label is not None)
