"""Which hulpbronnen answer a question, best first (directory-booking-spec 5). Pure: the moment is passed in.

No popularity, no paid order, nothing about who asks: only the words, the place and the hour.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final

from server.directory.catalogue import Catalogue, Role
from server.directory.hours import openness_at
from server.directory.meaning import IMPLIED, WEIGHTS, MeaningIndex, mismatch, people_of
from server.directory.names import NameIndex
from server.directory.places import Point, Spot
from server.directory.reading import Reader, Reading
from server.directory.services import Service
from server.directory.synonyms import Phrasebook, Spoken
from server.directory.terms import AUDIENCE, THEME
from server.directory.text_index import TextIndex
from server.directory.vocabulary import Vocabulary

LOCAL: Final = 1.4
ANYWHERE: Final = 0.5
"""Added for what serves everyone when we do not know where somebody lives: another town's living room helps less."""
WHO_AND_HOW: Final = 0.5
"""What a word counts as text when it already counted as people or form."""
OPEN_THEN: Final = 1.0
"""Added for what is open, taken off for what is closed, when the question is about a moment."""
NAME_PHRASE: Final = 2.5
RELEVANT: Final = 0.35
"""A row that scores less than this share of the best one is left out …"""
MEANT: Final = 0.5 * WEIGHTS[THEME]
"""… unless its theme or people were asked for at least this clearly."""
WEAK: Final = 1.0
"""When even the best row scores less, we did not understand the question, and the general doors come first."""
CRISIS_THEMES: Final = ({"suicidaliteit": 1.0, "crisis": 0.7}, {"somberheid-depressie": 0.4, "algemeen": 0.4})
ANSWERS_NOW: Final = 1.5
"""Added in a crisis for lines that somebody can call or chat with at once."""
MAX_DOORS: Final = 3


class Section(IntEnum):
    """Where a result stands: near the asker, everywhere in the province, or further away (5.5)."""

    LOCAL = 0
    EVERYWHERE = 1
    FURTHER = 2


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. area is a code of a municipality; moment is local and set when the asker chose one."""

    words: str = ""
    area: str = ""
    postcode: str = ""
    moment: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One result: section, score (higher is better) and kilometres to the nearest location (None: unknown)."""

    service: Service
    section: Section
    score: float
    km: float | None


@dataclass(frozen=True, slots=True)
class Answer:
    """Results in order. doors are the general places to turn to, filled only when we found little or nothing (5.10)."""

    found: tuple[Found, ...]
    crisis: bool
    searched_as: str
    corrected: bool
    spot: Spot | None
    doors: tuple[Service, ...] = ()

    @property
    def in_order(self) -> tuple[Service, ...]:
        """Return every service of the answer, as page, command line and open data list them."""
        rest = (found.service for found in self.found if found.service not in self.doors)
        return (*self.doors, *rest)


class Search:
    """Searches one fixed set of services; make a new one when the set changes."""

    def __init__(self, catalogue: Catalogue, services: Sequence[Service]) -> None:
        """Index the services that may be shown."""
        self._catalogue = catalogue
        self._services = services
        self._names = NameIndex(services)
        self._text = TextIndex(services, catalogue.terms, catalogue.stopwords)
        self._meaning = MeaningIndex(services)
        self._vocabulary = Vocabulary(_counts(catalogue, self._text), catalogue.ordinary_words)
        phrasebook = Phrasebook(catalogue.synonyms)
        self._reader = Reader(self._vocabulary, phrasebook, catalogue.gazetteer, catalogue.stopwords)

    def ask(self, question: Question, now: datetime) -> Answer:
        """Return what answers the question. now is a local moment (Europe/Amsterdam); no input raises."""
        reading = self._reader.read(question.words, question.moment or now)
        crisis = self._catalogue.crisis_phrases.heard_in(question.words)
        spot = self._spot(question, reading)
        scores = self._scores(reading, crisis=crisis)
        found = [self._found(number, score, question, reading, spot) for number, score in scores.items()]
        found.sort(key=self._crisis_order if crisis else _order)
        asked_little = not reading.spoken or reading.spot or reading.moment
        understood = asked_little or max(scores.values(), default=0.0) >= WEAK
        return Answer(
            found=tuple(found),
            crisis=crisis,
            searched_as=reading.searched_as,
            corrected=reading.corrected,
            spot=spot,
            doors=() if understood and found else self.doors(spot),
        )

    def doors(self, spot: Spot | None) -> tuple[Service, ...]:
        """Return who helps with anything: the municipality's organisation, the huisarts, a listener (5.10)."""
        near = set(spot.areas) if spot else set()
        local = [each for each in self._services if self._has(each, Role.WELFARE) and near & set(each.areas)]
        anywhere = [each for each in self._services if self._has(each, Role.DOOR)]
        return tuple([*local, *reversed(anywhere)][:MAX_DOORS])

    def _has(self, service: Service, role: Role) -> bool:
        return service.number in self._catalogue.roles[role]

    def _spot(self, question: Question, reading: Reading) -> Spot | None:
        """Return where the asker is: a place in the words, else the postcode, else the municipality."""
        if reading.spot:
            return reading.spot
        if question.postcode and (spot := self._catalogue.gazetteer.postcode(question.postcode)):
            return spot
        known = question.area in self._catalogue.gazetteer.municipalities
        return self._catalogue.gazetteer.area(question.area) if known else None

    def _scores(self, reading: Reading, *, crisis: bool) -> dict[int, float]:
        """Return position → relevance of what answers at all; without words, or with only a place, everything does."""
        named = self._names.spelled([spoken.readings[0][0] for spoken in reading.spoken])
        if not (reading.content or any(reading.codes.values()) or crisis):
            asks_nothing = not reading.spoken or reading.spot or reading.moment
            everything = dict.fromkeys(self._open_at(reading.moment), 0.0) if asks_nothing else {}
            return _sum(everything, {number: NAME_PHRASE * share for number, share in named.items()})
        meant = self._meaning.score(reading.codes)
        implied = people_of(reading.asked(THEME)) - reading.asked(AUDIENCE)
        meant = _sum(meant, self._meaning.score({AUDIENCE: [{code: IMPLIED} for code in sorted(implied)]}))
        if crisis:
            meant = _sum(meant, self._meaning.score({THEME: CRISIS_THEMES}), self._answering_now())
        scores = _sum(meant, *(self._text.score(self._matches(spoken, reading)) for spoken in reading.content))
        scores = _sum(scores, {number: NAME_PHRASE * share for number, share in named.items()})
        least = RELEVANT * max(scores.values(), default=0.0)
        return {number: score for number, score in scores.items() if score >= least or meant.get(number, 0.0) >= MEANT}

    def _matches(self, spoken: Spoken, reading: Reading) -> dict[str, float]:
        """Return the indexed words that one word of the question may mean, with how much each counts."""
        found: dict[str, float] = {}
        weight = WHO_AND_HOW if spoken.typed in reading.explained else 1.0
        for word, sure in spoken.readings:
            for other, share in self._text.expand(word, self._vocabulary.relatives(word)).items():
                found[other] = max(found.get(other, 0.0), weight * sure * share)
        return found

    def _open_at(self, moment: datetime | None) -> list[int]:
        """Return the positions of all services, or of those that may be open at the moment asked for."""
        everyone = enumerate(self._services)
        return [number for number, service in everyone if moment is None or _open_bonus(service, moment) > 0]

    def _found(self, number: int, score: float, question: Question, reading: Reading, spot: Spot | None) -> Found:
        service = self._services[number]
        section = _section(service, spot)
        if spot and section is Section.LOCAL:
            score += LOCAL
        if not spot and service.everywhere:
            score += ANYWHERE
        if moment := question.moment or reading.moment:
            score += _open_bonus(service, moment)
        score -= mismatch(service, reading.asked(AUDIENCE) | people_of(reading.asked(THEME)))
        return Found(service, section, round(score, 4), km_between(service, spot.point if spot else None))

    def _answering_now(self) -> dict[int, float]:
        lines = (number for number, each in enumerate(self._services) if self._has(each, Role.LINE))
        return {number: ANSWERS_NOW for number in lines if self._services[number].contact.phones}

    def _crisis_order(self, found: Found) -> tuple[object, ...]:
        return (not self._has(found.service, Role.SUICIDE_LINE), *_order(found))


def km_between(service: Service, point: Point | None) -> float | None:
    """Return the distance to its nearest location in kilometres, None when one of the two is unknown."""
    if point is None or not service.locations:
        return None
    return min(location.point.km_to(point) for location in service.locations)


def _counts(catalogue: Catalogue, text: TextIndex) -> dict[str, int]:
    counts = dict(text.counts)
    spoken = [word for synonym in catalogue.synonyms for word in synonym.words]
    for word in (*spoken, *catalogue.gazetteer.names):
        counts.setdefault(word, 1)
    return counts


def _sum(first: dict[int, float], *others: dict[int, float]) -> dict[int, float]:
    total = dict(first)
    for other in others:
        for number, score in other.items():
            total[number] = total.get(number, 0.0) + score
    return total


def _section(service: Service, spot: Spot | None) -> Section:
    if spot is None or set(spot.areas) & set(service.areas):
        return Section.LOCAL
    return Section.EVERYWHERE if service.everywhere else Section.FURTHER


def _open_bonus(service: Service, moment: datetime) -> float:
    if not service.hours.structured:
        return 0.0
    return OPEN_THEN if openness_at(service.hours, moment, service.assured).may_be_open else -OPEN_THEN


def _order(found: Found) -> tuple[object, ...]:
    assured = found.service.assured
    far = found.km if found.km is not None else float("inf")
    return (found.section, -found.score, far, -assured.toordinal() if assured else 0, found.service.name)
