"""How well hulpbronnen fit what is meant: themes, people and forms, not letters (directory-booking-spec 5.4, 5.5)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from server.directory.services import Service
from server.directory.terms import AUDIENCE, EVERYONE, FORM, THEME

WEIGHTS: Final = {THEME: 2.2, AUDIENCE: 1.3, FORM: 0.9}
RANK_SHARE: Final = (1.0, 0.85, 0.7, 0.6, 0.5)
"""What a theme weighs by its place in the row: the first is the main one."""
OTHER_CODES: Final = 0.3
"""Further codes of one synonym add a little, so that `psycholoog` does not favour who names everything."""
NOT_FOR_YOU: Final = 0.6
YOUNG: Final = frozenset({"kinderen", "jongeren", "jongvolwassenen", "studenten", "jonge-mantelzorgers"})
OLD: Final = frozenset({"ouderen", "mensen-met-dementie"})
OPEN_TO_MANY: Final = frozenset({EVERYONE, "volwassenen", "naasten", "mensen-met-psychische-kwetsbaarheid"})
PEOPLE_OF: Final = {
    "verslaving": "mensen-met-verslaving",
    "rouw-verlies": "nabestaanden",
    "agrarisch": "boeren",
    "lhbti": "lhbti",
    "wonen-dakloosheid": "dak-en-thuislozen",
    "nieuwkomers-inburgering": "nieuwkomers",
    "wachtlijst-ggz": "mensen-op-wachtlijst",
    "mantelzorg-naasten": "mantelzorgers",
    "dementie-geheugen": "mensen-met-dementie",
    "studie-school": "studenten",
    "huiselijk-geweld": "slachtoffers",
    "seksueel-geweld": "slachtoffers",
    "trauma-geweld": "slachtoffers",
}
"""Who asks about the theme is one of these people, without saying so."""
IMPLIED: Final = 0.5
"""How much that counts beside people who were named."""

Meanings = Mapping[str, Sequence[Mapping[str, float]]]
"""Taxonomy → for each thing meant, code → how surely it is meant (0…1)."""


class MeaningIndex:
    """Which hulpbronnen carry which code, and how firmly."""

    def __init__(self, services: Iterable[Service]) -> None:
        """Index the services by their position."""
        self._carriers: dict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
        for number, service in enumerate(services):
            for code, share in zip(service.themes, RANK_SHARE, strict=False):
                self._carriers[THEME, code].append((number, share))
            for taxonomy, codes in ((AUDIENCE, service.audiences), (FORM, service.forms)):
                for code in codes:
                    self._carriers[taxonomy, code].append((number, 1.0))

    def score(self, meanings: Meanings) -> dict[int, float]:
        """Return position → score, the sum over everything that is meant."""
        total: dict[int, float] = defaultdict(float)
        for taxonomy, meant in meanings.items():
            for codes in meant:
                for number, share in self._shares(taxonomy, codes).items():
                    total[number] += WEIGHTS[taxonomy] * share
        return dict(total)

    def _shares(self, taxonomy: str, codes: Mapping[str, float]) -> dict[int, float]:
        """Return position → share for one meaning: its best code, and of a theme a little for the other codes."""
        best: dict[int, float] = {}
        together: dict[int, float] = defaultdict(float)
        for code, sure in codes.items():
            for number, share in self._carriers.get((taxonomy, code), ()):
                best[number] = max(best.get(number, 0.0), sure * share)
                together[number] += sure * share
        if taxonomy != THEME:
            return best
        return {number: share + OTHER_CODES * (together[number] - share) for number, share in best.items()}


def people_of(themes: Iterable[str]) -> set[str]:
    """Return the people whom a question about these themes comes from."""
    return {PEOPLE_OF[theme] for theme in themes if theme in PEOPLE_OF}


def mismatch(service: Service, asked: set[str]) -> float:
    """Return what is taken off for places meant for others than the asker, as far as the question says who asks."""
    meant = set(service.audiences)
    if meant & OPEN_TO_MANY or meant & asked:
        return 0.0
    other_age = (asked & YOUNG and meant <= OLD) or (asked & OLD and meant <= YOUNG)
    return 2 * NOT_FOR_YOU if other_age else NOT_FOR_YOU
