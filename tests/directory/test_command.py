"""`python -m server search` (README, contract)."""

import json

import pytest

from server.directory.command import search_command
from server.kit.settings import Settings


def test_it_answers_as_the_contract_says(settings: Settings) -> None:
    answer = search_command(["geldsorgen", "--gemeente", "Oldambt", "--limit", "3"], settings)
    assert json.loads(json.dumps(answer)) == answer
    assert answer["searched_as"] == "geldzorgen"
    assert answer["crisis"] is False
    ids = answer["ids"]
    assert isinstance(ids, list)
    assert len(ids) == 3


def test_words_postcode_and_moment_may_come_together(settings: Settings) -> None:
    answer = search_command(["praten", "met", "iemand", "--postcode4", "9675", "--at", "2026-11-25T03:00"], settings)
    assert answer["ids"]


@pytest.mark.parametrize("arguments", [["--at", "straks"], ["--limit", "0"], ["--onbekend"]])
def test_a_wrong_option_stops_with_a_message(settings: Settings, arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        search_command(["rouw", *arguments], settings)


def test_unknown_municipality_and_postcode_are_left_out(settings: Settings) -> None:
    assert search_command(["rouw", "--gemeente", "Assen", "--postcode4", "1011"], settings)["ids"]
