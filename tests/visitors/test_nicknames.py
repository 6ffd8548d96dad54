"""Made-up names: many, friendly, and never a way to say who you are or to pass for us."""

import pytest

import moderation
from moderation import Place
from server.kit.words import word_list
from server.visitors import nicknames
from server.visitors.nicknames import refusal, skeleton


def test_three_different_names_are_offered() -> None:
    """Each is made of both lists."""
    names = nicknames.offer()
    assert len(set(names)) == 3
    assert all(nicknames.is_generated(name) for name in names)


def test_there_are_many_names_and_none_breaks_the_rules() -> None:
    """At least 50,000; every part of the lists passes what an own name must pass."""
    first, second = nicknames.parts()
    assert len(set(first)) * len(set(second)) >= 50_000
    assert [f"{word} {second[0]}" for word in first if refusal(f"{word} {second[0]}")] == []
    assert [f"{first[0]} {word}" for word in second if refusal(f"{first[0]} {word}")] == []
    assert max(map(len, first)) + 1 + max(map(len, second)) <= nicknames.MAX_CHARS


def test_no_part_of_a_name_and_no_word_of_a_phrase_worries_the_checker() -> None:
    """What moderators would look at is no word to be called by, or to write on a paper by the bed."""
    first, second = nicknames.parts()
    words = [*(f"{word} {second[0]}" for word in first), *(f"{first[0]} {word}" for word in second), *word_list().words]
    assert [word for word in words if moderation.check(word, place=Place.FORUM).label != "none"] == []


@pytest.mark.parametrize(
    "name", ["Wilg", "Emma", "Stille Wulp 2", "Jan-Willem", "Ünal", "Сова", "سلام", "Steam", "O'Neil"]
)
def test_ordinary_names_are_fine(name: str) -> None:
    """Any one script, two digits, a hyphen."""
    assert refusal(name) is None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("x", "lengte"),
        ("a" * 31, "lengte"),
        ("emma@post.nl", "mail"),
        ("emma apenstaartje post", "mail"),
        ("9711 AB", "postcode"),
        ("9711ab straat", "postcode"),
        ("Emma 061", "cijfers"),
        ("e1m2m3a", "cijfers"),
        ("Emma ١٢٣", "cijfers"),
        ("emma.nl", "web"),
        ("www emma", "web"),
        ("emma punt nl", "web"),
        ("Wilg ❤", "tekens"),
        ("<b>Wilg</b>", "tekens"),
        ("--", "tekens"),
        ("Wилг", "schrift"),
        ("Moderator", "team"),
        ("Mödérat0r Jan", "team"),
        ("m o d e r a t o r", "team"),
        ("MODERAT0RR", "team"),
        ("Ｍｏｄｅｒａｔｏｒ", "team"),
        ("Мoderator", "schrift"),
        ("Moi", "team"),
        ("m-o-i", "team"),
        ("Team Groen", "team"),
        ("De beheerder", "team"),
        ("Ervaringsdeskundige", "team"),
        ("Psych0loog", "team"),
        ("Huisarts", "team"),
        ("ΤΕΑΜ", "team"),
    ],
)
def test_names_that_tell_or_pose_are_refused(name: str, reason: str) -> None:
    """Each with the reason that the page names."""
    assert refusal(name) == reason


def test_look_alikes_have_one_skeleton() -> None:
    """Accents, doubles, digits and foreign letters make no other name."""
    assert len({skeleton(name) for name in ("moderator", "Móderatór", "m0derat0r", "mooderator", "moderatоr")}) == 1


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("Sam", True),
        ("sam", True),
        ("S a m", True),
        ("Sám", True),
        ("Ѕam", True),  # a Cyrillic letter
        ("5am", True),
        ("Sam van hier", True),
        ("Noor de Vries", True),
        ("Samira", False),
        ("Stille Sam", False),
        ("Wilg", False),
    ],
)
def test_first_names_of_the_team_are_not_free(name: str, taken: bool) -> None:
    """However they are spelled; a name that only holds one further on is no pretence."""
    assert nicknames.is_of_team(name, ["Sam", "Noor de Vries"]) is taken


def test_generated_names_stay_free_whoever_works_here() -> None:
    """Merel is a bird and a colleague."""
    assert not nicknames.is_of_team("Stille Merel", ["Merel"])
