"""Whole phrases bring 113; single words never do (directory-booking-spec 5.9)."""

import pytest

from server.directory.catalogue import Catalogue


@pytest.mark.parametrize(
    "text",
    [
        "ik wil dood",
        "Ik wil echt gewoon dood",
        "ik wil niet meer leven",
        "zelfmoord",
        "denk aan zelfmoord",
        "ik w i l  d o o d",
        "hoe moet ik zelfmoordt plegen",
        "z3lfm00rd plegen",
        "k wil nait meer leven",
        "ik maak er een eind aan",
        "was ik maar dood",
        "i want to die",
    ],
)
def test_a_phrase_is_heard(catalogue: Catalogue, text: str) -> None:
    assert catalogue.crisis_phrases.heard_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "dood",
        "verlies",
        "mijn vader is dood",
        "ik wil niet dood",
        "bang voor de dood",
        "mijn broer heeft zelfmoord gepleegd",
        "nabestaanden zelfdoding",
        "ik wil niet meer drinken",
        "een eind aan mijn relatie maken",
        "ik ben doodmoe",
        "",
    ],
)
def test_mourning_and_ordinary_sentences_are_not(catalogue: Catalogue, text: str) -> None:
    assert not catalogue.crisis_phrases.heard_in(text)
