"""What a question asks for: words with their corrections, themes, people, forms, a place, an age and a moment. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Final

from server.directory.places import Gazetteer, Spot
from server.directory.synonyms import Hit, Phrasebook, Spoken
from server.directory.terms import AUDIENCE, FORM, THEME
from server.directory.vocabulary import Vocabulary
from server.directory.words import MAX_CHARS, words_of

CORRECTED: Final = 0.85
JOINED: Final = 0.9
BOTH_PARTS: Final = 0.9
ONE_PART: Final = 0.7
KNOWN_PARTS: Final = 0.8
"""`lotgenotengroep` is a word of its own, and `lotgenoten` and `groep` as well."""
MIN_LONG_PART: Final = 5
VERB_FORM: Final = 0.9
MIN_VERB: Final = 4
LATER_CODE: Final = 0.7
"""How much the second and later codes of a synonym mean, beside the first."""
AGES: Final = (
    (12, ("kinderen",)),
    (16, ("jongeren",)),
    (18, ("jongeren", "jongvolwassenen")),
    (26, ("jongvolwassenen",)),
)
OLD: Final = 65
_AGE: Final = re.compile(r"\b(?:ik (?:ben|word)|van|mijn \w+ is|is) (\d{1,2})\b|\b(\d{1,2}) jaar\b|\b(\d{1,2})-jarige")
_NIGHT: Final = frozenset({"nacht", "nachts", "vannacht"})
_EVENING: Final = frozenset({"vanavond", "avonds"})
_OPEN_NOW: Final = (
    {"nu", "open"},
    {"nu", "bellen"},
    {"nu", "terecht"},
    {"nu", "praten"},
    {"direct", "bellen"},
    {"vandaag", "open"},
)
_TIME_WORDS: Final = frozenset({"nu", "open", "direct", "vandaag", "terecht", *_NIGHT, *_EVENING})
_DAYS: Final = {
    "maandag": 0,
    "dinsdag": 1,
    "woensdag": 2,
    "donderdag": 3,
    "vrijdag": 4,
    "zaterdag": 5,
    "weekend": 5,
    "zondag": 6,
}


@dataclass(frozen=True, slots=True)
class Reading:
    """A question as it was understood. Weights are 0…1; moment is local and None when no time was asked for."""

    spoken: tuple[Spoken, ...]
    content: tuple[Spoken, ...]
    """The words that carry meaning: no stop words, no place."""
    explained: frozenset[str] = frozenset()
    """Words that named people or a form: `jongeren`, `bellen`. They say who and how, hardly what."""
    codes: dict[str, list[dict[str, float]]] = field(default_factory=dict)
    """Taxonomy → for each synonym found, code → weight."""
    spot: Spot | None = None
    moment: datetime | None = None
    searched_as: str = ""
    corrected: bool = False

    def asked(self, taxonomy: str) -> set[str]:
        """Return the codes asked for in one taxonomy."""
        return {code for meaning in self.codes.get(taxonomy, ()) for code in meaning}


class Reader:
    """Reads questions with one vocabulary, phrasebook and gazetteer."""

    def __init__(
        self, vocabulary: Vocabulary, phrasebook: Phrasebook, gazetteer: Gazetteer, stopwords: frozenset[str]
    ) -> None:
        """Keep the word lists."""
        self._vocabulary = vocabulary
        self._phrasebook = phrasebook
        self._gazetteer = gazetteer
        self._stopwords = stopwords

    def read(self, text: str, now: datetime) -> Reading:
        """Understand a question of any length and content; nothing is refused (5.10). now is local."""
        text = text[:MAX_CHARS]
        words = words_of(text)
        spoken = self._spoken(words)
        corrected = [_main_reading(each) for each in spoken]
        place = self._gazetteer.locate(words) or self._gazetteer.locate(corrected)
        spot, taken = place if place else (None, frozenset())
        moment = _moment(set(words), now)
        silent = self._stopwords | (_TIME_WORDS if moment else frozenset())
        content = tuple(each for at, each in enumerate(spoken) if at not in taken and each.typed not in silent)
        hits = self._phrasebook.find(spoken)
        who_and_how = [at for hit in hits if hit.synonym.taxonomy != THEME for at in hit.positions]
        return Reading(
            spoken=tuple(spoken),
            content=content,
            explained=frozenset(spoken[at].typed for at in who_and_how),
            codes=_codes(hits, _ages(text)),
            spot=spot,
            moment=moment,
            searched_as=" ".join(corrected) if corrected != words else text.strip(),
            corrected=corrected != words,
        )

    def _spoken(self, words: Sequence[str]) -> list[Spoken]:
        spoken = [Spoken(word, self._readings(word), self._long_parts(word)) for word in words]
        for at in range(len(words) - 1):
            joined = words[at] + words[at + 1]
            if joined in self._vocabulary and self._stopwords.isdisjoint(words[at : at + 2]):
                for place in (at, at + 1):
                    more = (*spoken[place].readings, (joined, JOINED))
                    spoken[place] = replace(spoken[place], readings=more)
        return spoken

    def _readings(self, word: str) -> tuple[tuple[str, float], ...]:
        """Return the word, or what an unfamiliar word may be: both parts of a compound, a correction, one part."""
        if word in self._stopwords:
            return ((word, 1.0),)
        if self._vocabulary.is_familiar(word):
            return self._with_verb(word)
        if self._is_verb_form(word):
            return ((word, 1.0), (word.removesuffix("t"), VERB_FORM))
        parts = self._vocabulary.parts(word)
        if len(parts) > 1:
            return ((word, 1.0), *((part, BOTH_PARTS) for part in parts))
        if corrected := self._vocabulary.correct(word):
            return ((corrected, CORRECTED),)
        return ((word, 1.0), *((part, ONE_PART) for part in parts))

    def _long_parts(self, word: str) -> tuple[tuple[str, float], ...]:
        """Return both parts of a known compound, when they are long enough to mean something by themselves."""
        known = word in self._vocabulary and len(word) >= 2 * MIN_LONG_PART
        parts = self._vocabulary.parts(word) if known else ()
        both = len(parts) > 1 and min(map(len, parts)) >= MIN_LONG_PART
        return tuple((part, KNOWN_PARTS) for part in parts) if both else ()

    def _with_verb(self, word: str) -> tuple[tuple[str, float], ...]:
        """Return a known word, and what it is a verb form of: no stemmer brings `luistert` to `luisteren`."""
        if self._is_verb_form(word):
            return ((word, 1.0), (word.removesuffix("t"), VERB_FORM))
        return ((word, 1.0),)

    def _is_verb_form(self, word: str) -> bool:
        stem = word.removesuffix("t")
        return stem != word and len(stem) >= MIN_VERB and self._vocabulary.is_familiar(stem)


def _main_reading(spoken: Spoken) -> str:
    return spoken.readings[0][0]


def _codes(hits: Sequence[Hit], ages: Sequence[str]) -> dict[str, list[dict[str, float]]]:
    """Return the meanings per taxonomy; the same meaning said twice counts once, as sure as the surest."""
    found: dict[str, dict[tuple[str, ...], float]] = {THEME: {}, AUDIENCE: {}, FORM: {}}
    for hit in hits:
        meanings = found[hit.synonym.taxonomy]
        meanings[hit.synonym.codes] = max(hit.certainty, meanings.get(hit.synonym.codes, 0.0))
    if ages:
        found[AUDIENCE][tuple(ages)] = 1.0
    return {
        taxonomy: [
            {code: sure * (LATER_CODE if rank else 1.0) for rank, code in enumerate(codes)}
            for codes, sure in meanings.items()
        ]
        for taxonomy, meanings in found.items()
    }


def _ages(text: str) -> tuple[str, ...]:
    """Return the people meant by an age: `ik ben 14`, `van 71 jaar`."""
    match = _AGE.search(text.lower())
    if match is None:
        return ()
    age = int(next(filter(None, match.groups())))
    if age >= OLD:
        return ("ouderen",)
    return next((codes for limit, codes in AGES if age < limit), ())


def _moment(words: set[str], now: datetime) -> datetime | None:
    """Return the local moment a question is about: the night, the evening, a day of the week, or now."""
    if words & _NIGHT:
        return datetime.combine(now.date() + timedelta(days=1), time(3), now.tzinfo)
    if words & _EVENING:
        return datetime.combine(now.date(), time(20), now.tzinfo)
    for name, weekday in _DAYS.items():
        if name in words:
            ahead = (weekday - now.weekday()) % 7
            return datetime.combine(now.date() + timedelta(days=ahead), time(13), now.tzinfo)
    return now if any(asked <= words for asked in _OPEN_NOW) else None
