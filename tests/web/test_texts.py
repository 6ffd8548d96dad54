"""Texts by key: fixed words of the specifications, plural forms, plain language, translations."""

import re

import pytest

from web import collect, messages, text, texts

FORBIDDEN = (
    "helaas",
    "ongeldig",
    " u ",
    "plegen",
    "geslaagd",
    "mislukt",
    "poging",
    "alles komt goed",
    "wij begrijpen hoe",
)
ERROR_CODES = {
    "ongeldig_bericht": "fout.ongeldig",
    "onbekend_type": "fout.onbekend_type",
    "te_lang": "fout.te_lang",
    "leeg": "fout.leeg",
    "verboden_tekens": "fout.tekens",
    "geen_toegang": "fout.geen_toegang",
    "kamer_onbekend": "fout.geen_toegang",
    "kamer_vol": "fout.kamer_vol",
    "te_snel": "fout.te_snel",
    "sleutel_hergebruikt": "fout.sleutel",
    "chat_gewijzigd": "fout.chat_gewijzigd",
    "opslag_weg": "fout.opslag",
    "druk": "fout.druk",
    "verlopen": "fout.verlopen",
    "onderhoud": "fout.onderhoud",
}


def test_crisis_words_are_those_of_the_specification() -> None:
    assert text("crisis.113") == "Denk je aan zelfmoord? Bel 113 of gratis 0800-0113."
    assert text("crisis.us") == "Wij zijn geen crisisdienst. Deze mensen helpen je wel meteen."


@pytest.mark.parametrize("key", sorted(set(ERROR_CODES.values())))
def test_every_error_code_has_a_text(key: str) -> None:
    assert texts.has(key)


def test_number_chooses_the_form() -> None:
    assert text("queue.ahead", n=1) == "Er is 1 persoon voor je."
    assert text("queue.ahead", n=3) == "Er zijn 3 mensen voor je."


def test_missing_value_does_not_break_an_error_page() -> None:
    assert text("fout.te_snel") == "Even rustig aan. Probeer het over … seconden weer."


def test_braces_in_a_value_are_just_text() -> None:
    assert text("queue.ready", naam="{n}") == "{n} is er voor je."


def test_unknown_key_is_an_error() -> None:
    with pytest.raises(KeyError):
        text("er.is.niets")


@pytest.mark.parametrize(("key", "words"), sorted(texts.texts().items()))
def test_words_are_plain_and_calm(key: str, words: str) -> None:
    said = f" {words.lower()} "
    assert not [forbidden for forbidden in FORBIDDEN if forbidden in said], key
    assert "!" not in words, key
    longest = max((len(sentence.split()) for sentence in re.split(r"[.?:\n]\s*", words)), default=0)
    assert longest <= 18, f"{key}: {longest} words in one sentence"


@pytest.mark.parametrize("lang", ["en"])
def test_nothing_is_left_untranslated(lang: str) -> None:
    assert collect.missing(lang) == []


@pytest.mark.parametrize("lang", ["en"])
def test_translations_keep_what_is_filled_in(lang: str) -> None:
    for message in messages.read_catalogue(lang):
        if message.id and isinstance(message.id, str):
            assert _filled_in(message.id) == _filled_in(str(message.string)), message.id


def _filled_in(words: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)[sd]|{\w+}", words))
