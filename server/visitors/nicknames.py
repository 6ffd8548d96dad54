"""Made-up names: drawn from word lists, or chosen within rules so that nobody tells who they are (privacy 2.3)."""

import re
import secrets
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from confusable_homoglyphs import confusables

FOLDER: Final = Path(__file__).resolve().parents[2] / "content" / "woorden"
LONG: Final = 6
"""So many letters of a coarse word are found inside others too."""
MIN_CHARS: Final = 2
MAX_CHARS: Final = 30
MIN_NAMES: Final = 50_000
OFFERED: Final = 3

WEB: Final = re.compile(r"://|www\b|\.\s?[a-z]{2,}\b|\b(?:punt|dot)\s?(?:nl|com|net|org|be|eu)\b", re.IGNORECASE)
MAIL: Final = re.compile(r"@|\bapenstaartje\b|\b(?:at|bij)\s?(?:gmail|hotmail|outlook|ziggo|live)\b", re.IGNORECASE)
POSTCODE: Final = re.compile(r"\b[1-9]\d{3}\s?[a-z]{2}\b", re.IGNORECASE)
ALLOWED: Final = re.compile(r"[^\W_]|[ '’.-]|[\u0300-\u036f]")
# Words that let a visitor pass for us or somebody official. Short ones count as a whole word, long ones anywhere.
WHOLE: Final = ("moi", "team", "mod", "admin", "arts", "bot", "ggz", "hulp", "huisarts", "crisis", "coach", "systeem")
ANYWHERE: Final = (
    "moderator", "beheerder", "coordinator", "ervaringsdesk", "gespreksvoer", "administrator", "medewerker",
    "hulpverlen", "psycholoog", "psychiater", "therapeut", "redactie", "helpdesk", "crisisdienst", "vrijwilliger",
    "gastheer", "gastvrouw", "begeleider", "politie", "dokter", "verpleeg", "kindertelefoon", "luisterlijn", "teammoi",
    "moiteam", "vanmoi",
)  # fmt: skip
LOOKS_LIKE: Final = str.maketrans(
    {"0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "i": "l"}
)


def offer() -> list[str]:
    """Return three different generated names."""
    names: dict[str, None] = {}
    while len(names) < OFFERED:
        names[generate()] = None
    return list(names)


def generate() -> str:
    """Return one generated name: how it is, and an animal, plant or piece of landscape."""
    first, second = parts()
    return f"{secrets.choice(first)} {secrets.choice(second)}"


def is_generated(name: str) -> bool:
    """Say whether a name could have come from `generate`."""
    first, second = parts()
    adjective, _, noun = name.partition(" ")
    return adjective in first and noun in second


@cache
def parts() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return both lists. Raises ValueError when they make fewer than 50,000 names."""
    first, second = (
        tuple((FOLDER / f"schuilnaam-{kind}.txt").read_text(encoding="utf-8").split())
        for kind in ("bijvoeglijk", "zelfstandig")
    )
    if len(first) * len(second) < MIN_NAMES:
        raise ValueError("too few nicknames")
    return first, second


def refusal(name: str) -> str | None:
    """Return why a chosen name cannot be, as the last part of a text key, or None. name: cleaned, one line."""
    name = unicodedata.normalize("NFKC", name)
    if not MIN_CHARS <= len(name) <= MAX_CHARS:
        return "lengte"
    if MAIL.search(name):
        return "mail"
    if POSTCODE.search(name):
        return "postcode"
    if sum(character.isdigit() for character in name) >= 3:
        return "cijfers"
    if WEB.search(name):
        return "web"
    if len(ALLOWED.findall(name)) != len(name) or not any(character.isalpha() for character in name):
        return "tekens"
    return _posing(name) or _coarse(name)


def is_of_team(name: str, people: Iterable[str]) -> bool:
    """Say whether a name looks like the first name of somebody of the team, or begins with it.

    A generated name begins with how it is, so "Stille Merel" stays free when a colleague is called Merel.
    """
    first, whole = re.split(r"[ .'’-]+", name.strip(), maxsplit=1)[0], skeleton(name)
    taken = {skeleton(person.split()[0]) for person in people if person.strip()} | set(map(skeleton, people))
    return bool({skeleton(first), whole} & taken)


def _posing(name: str) -> str | None:
    if confusables.is_mixed_script(name, allowed_aliases=["COMMON", "INHERITED"]):
        return "schrift"
    words = {skeleton(word) for word in re.split(r"[ .'’-]+", name)}
    whole = skeleton(name)
    if {whole, *words} & _skeletons(WHOLE) or any(word in whole for word in _skeletons(ANYWHERE)):
        return "team"
    return None


def _coarse(name: str) -> str | None:
    """Return why a name that others would have to read all the time cannot be, or None."""
    words, whole = {skeleton(word) for word in re.split(r"[ .'’-]+", name)}, skeleton(name)
    found = {whole, *words} & _coarse_words() or any(word in whole for word in _coarse_words() if len(word) >= LONG)
    return "woord" if found else None


@cache
def _coarse_words() -> frozenset[str]:
    return _skeletons(tuple((FOLDER / "schuilnaam-niet.txt").read_text(encoding="utf-8").split()))


def skeleton(text: str) -> str:
    """Return what a text looks like: letters only, without accents, look-alikes as one, doubles as one.

    "Mödérat0r", "m o d e r a t o r" and "moderatоr" with a Cyrillic o have one skeleton.
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text))
    latin = "".join(_latin(character) for character in plain if not unicodedata.combining(character)).casefold()
    letters = "".join(character for character in latin.translate(LOOKS_LIKE) if character.isalpha())
    return re.sub(r"(.)\1+", r"\1", letters)


@cache
def _latin(character: str) -> str:
    """Return the Latin letter that a character looks like, else itself. Capitals and small letters look different."""
    if character.isascii():
        return character
    found = confusables.is_confusable(character, preferred_aliases=[])
    looks = [other["c"] for other in found[0]["homoglyphs"]] if found else []
    return next((look for look in looks if look.isascii() and look.isalpha()), character)


@cache
def _skeletons(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(skeleton, words))
