"""What ordinary people type finds what helps them (directory-booking-spec 5 and 18.1)."""

import csv
import random
import statistics
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest

from server.directory.catalogue import Catalogue
from server.directory.search import Answer, Question, Search, Section
from server.directory.services import Service
from tests.directory.conftest import NOON

HERE = Path(__file__).parent
FIRST = 5


def read(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def ask(search: Search, catalogue: Catalogue, row: dict[str, str]) -> Answer:
    area = catalogue.terms.area_code(row["gemeente"]) if row["gemeente"] else ""
    moment = datetime.fromisoformat(row["at"]) if row["at"] else None
    return search.ask(Question(row["query"], area, row["postcode4"], moment), moment or NOON)


def numbers(answer: Answer) -> list[str]:
    return [service.number for service in answer.in_order]


@pytest.mark.parametrize("row", read("queries-dev.csv"), ids=lambda row: row["qid"])
def test_given_questions_find_a_good_place_in_the_first_five(
    search: Search, catalogue: Catalogue, row: dict[str, str]
) -> None:
    found = numbers(ask(search, catalogue, row))
    assert set(found[:FIRST]) & set(row["acceptable_ids"].split(";"))
    assert not row["first_must_be"] or found[0] == row["first_must_be"]


def test_our_own_questions_find_a_good_place_nearly_always(search: Search, catalogue: Catalogue) -> None:
    rows = read("own_queries.csv")
    answers = [(row, numbers(ask(search, catalogue, row))) for row in rows]
    good = [row for row, found in answers if set(found[:FIRST]) & set(row["acceptable_ids"].split(";"))]
    assert len(good) / len(rows) >= 0.97
    assert [row["qid"] for row, found in answers if row["first_must_be"] and found[0] != row["first_must_be"]] == []
    assert all(found for _, found in answers)


def test_crisis_puts_113_first_and_says_so(search: Search) -> None:
    answer = search.ask(Question("ik wil dood", area="pekela"), NOON)
    assert answer.crisis
    assert numbers(answer)[0] == "HB-002"
    assert "HB-003" in numbers(answer)


def test_who_asks_about_mourning_finds_mourning_support_even_beside_the_panel(search: Search) -> None:
    answer = search.ask(Question("sinds mijn man dood is wil ik niet meer leven"), NOON)
    assert answer.crisis
    assert {"HB-024", "HB-041", "HB-093", "HB-104", "HB-105"} & set(numbers(answer)[:12])


@pytest.mark.parametrize(
    ("words", "searched_as"),
    [("geldsorgen", "geldzorgen"), ("voedselbamk", "voedselbank"), ("depresie winsum", "depressie winsum")],
)
def test_a_typing_error_is_corrected_and_said(search: Search, words: str, searched_as: str) -> None:
    answer = search.ask(Question(words), NOON)
    assert (answer.searched_as, answer.corrected) == (searched_as, True)


@pytest.mark.parametrize("words", ["wasmachine", "straat", "eenzaam", "schulden"])
def test_right_words_are_left_alone(search: Search, words: str) -> None:
    assert not search.ask(Question(words), NOON).corrected


@pytest.mark.parametrize(
    ("one", "other"),
    [("lotgenoten-groep", "lotgenotengroep"), ("buurt huis", "buurthuis"), ("Café", "cafe"), ("ixtanoa", "ixta noa")],
)
def test_spelling_apart_joined_or_with_accents_finds_the_same(search: Search, one: str, other: str) -> None:
    first, second = (numbers(search.ask(Question(words), NOON)) for words in (one, other))
    assert set(first[:FIRST]) & set(second[:FIRST])


def test_near_comes_first_then_everywhere_then_further(search: Search) -> None:
    sections = [found.section for found in search.ask(Question("eenzaam", area="pekela"), NOON).found]
    assert sections == sorted(sections)
    assert set(sections) == set(Section)


def test_a_place_in_the_words_works_like_a_chosen_municipality(search: Search) -> None:
    typed = search.ask(Question("mantelzorg in westerwolde"), NOON)
    assert typed.spot is not None
    assert typed.found[0].section is Section.LOCAL
    assert "westerwolde" in typed.found[0].service.areas


@pytest.mark.parametrize("number", ["HB-047", "HB-088", "HB-113"])
def test_no_service_is_favoured_for_its_number(search: Search, catalogue: Catalogue, number: str) -> None:
    """Reversing the file changes no order but that of true ties, and those are settled by name."""
    backwards = Search(catalogue, tuple(reversed(catalogue.services)))
    words = next(service.description for service in catalogue.services if service.number == number)
    assert numbers(search.ask(Question(words), NOON)) == numbers(backwards.ask(Question(words), NOON))


def test_what_is_open_then_comes_first_when_somebody_asks_for_a_moment(search: Search) -> None:
    night = datetime(2026, 11, 25, 3, 0, tzinfo=NOON.tzinfo)
    found = search.ask(Question("wie kan ik nu bellen", moment=night), night).found
    assert {one.service.number for one in found[:5]} <= {"HB-001", "HB-002", "HB-003", "HB-007", "HB-008"}


@pytest.mark.parametrize("words", ["xqzvw", "sdfkjh wieeuro"])
def test_not_understood_leads_to_the_general_doors(search: Search, words: str) -> None:
    answer = search.ask(Question(words, area="pekela"), NOON)
    assert [service.number for service in answer.doors][:2] == ["HB-108", "HB-027"]


def test_nothing_typed_shows_everything(search: Search, catalogue: Catalogue) -> None:
    assert len(search.ask(Question(""), NOON).found) == len(catalogue.services)


@pytest.mark.parametrize(
    "words",
    [
        "' OR 1=1 --",
        'NEAR("a" b)',
        "a* AND NOT (",
        "💔" * 300,
        "eenzaam " * 100,
        "\x00\u202e",
        "a" * 5000,
        "%_\\",
        "-" * 50,
    ],
)
def test_no_question_is_an_error(search: Search, words: str) -> None:
    search.ask(Question(words, postcode=words, area=words), NOON)


def test_two_thousand_services_are_searched_in_time(catalogue: Catalogue) -> None:
    """p95 well under 150 ms (5.10); measured 5 ms of work; a busy machine does not count."""
    chance = random.Random(7)
    copies = [
        replace(service, id=uuid4(), number=f"X-{number}", description=f"{service.description} {other.description}")
        for number, (service, other) in enumerate(chance.choices(_pairs(catalogue), k=2000))
    ]
    search = Search(catalogue, copies)
    took = []
    for row in read("own_queries.csv"):
        start = time.process_time()
        ask(search, catalogue, row)
        took.append(time.process_time() - start)
    assert statistics.quantiles(took, n=20)[-1] < 0.05


def _pairs(catalogue: Catalogue) -> list[tuple[Service, Service]]:
    return [(left, right) for left in catalogue.services for right in catalogue.services[::10]]
