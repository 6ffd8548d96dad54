"""How fast a text is judged (K1) and the sociale kaart is searched (Z1), each on one core."""

import time
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

import moderation
from server.directory.catalogue import Catalogue, read_catalogue
from server.directory.search import Question, Search
from server.kit.clock import AMSTERDAM
from tests.bench import texts
from tests.bench.bench import Bench
from tests.bench.client import percentile

LENGTH: Final = 280
SERVICES: Final = 2000
QUESTIONS: Final = (
    *("somber", "praten met iemand die het ook heeft meegemaakt", "herstelacademie", "inloop groningen", "9711"),
    *("angst en paniek", "hulp bij schulden", "mantelzorg", "eenzaam", "wachtlijst ggz", "jongeren stadskanaal"),
    *("verslaving drank", "rouw na verlies van partner", "ik slaap niet", "maatschappelijk werk delfzijl", "depresie"),
    *("creatief dagbesteding", "gratis bellen s nachts", "buurthuis hoogezand", "psychose herstelgroep"),
)


def checker(bench: Bench) -> None:
    """Judge ordinary texts of 280 characters, one after another, and each a different one."""
    count = bench.size(4000, 500)
    for nth in bench.each_round("checker"):
        said = [_long(number) for number in range(nth * count, (nth + 1) * count)]
        _judge(said[:100])
        taken = _judge(said)
        bench.findings.found("K1", percentile(taken, 0.5) * 1e6)
        bench.findings.found("K1p", percentile(taken, 0.99) * 1e6)


def _judge(said: list[str]) -> list[float]:
    taken = []
    for text in said:
        began = time.perf_counter()
        moderation.check(text, place=moderation.Place.ROOM)
        taken.append(time.perf_counter() - began)
    return taken


def _long(number: int) -> str:
    """Return 280 characters of three ordinary messages."""
    return " ".join(texts.said(number + far) for far in (0, 7, 101))[:LENGTH]


def search(bench: Bench) -> None:
    """Ask twenty questions of a sociale kaart of 2,000 services."""
    made = _grown(read_catalogue(), bench.size(SERVICES, 600))
    asked = Search(made, made.services)
    now = datetime(2026, 3, 3, 20, 30, tzinfo=AMSTERDAM)
    for _ in bench.each_round("search"):
        taken = []
        for words in QUESTIONS * bench.size(10, 2):
            began = time.perf_counter()
            asked.ask(Question(words), now)
            taken.append(time.perf_counter() - began)
        bench.findings.found("Z1", percentile(taken, 0.95) * 1e3)


def _grown(catalogue: Catalogue, count: int) -> Catalogue:
    """Return a catalogue of so many services: the real ones again and again, under other numbers and names."""
    real = catalogue.services
    grown = list(real)
    while len(grown) < count:
        nth, one = len(grown), real[len(grown) % len(real)]
        grown.append(
            replace(
                one, id=UUID(int=nth, version=4), number=f"HB-{nth + 1:04}", name=f"{one.name} {texts.WORDS[nth % 32]}"
            )
        )
    return replace(catalogue, services=tuple(grown))
