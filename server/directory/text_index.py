"""Text score of hulpbronnen: BM25 over weighted fields (directory-booking-spec 5.5)."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Final

from server.directory.services import Service
from server.directory.terms import AREA, AUDIENCE, FORM, THEME, Terms
from server.directory.words import joined_words, words_of

FIELDS: Final = {"name": 3.0, "organization": 1.5, "place": 1.5, "description": 1.0, "labels": 1.0}
SATURATION: Final = 0.6
"""BM25's k1, low: in texts of two sentences a second mention says little."""
LENGTH_SHARE: Final = 0.3
"""BM25's b: how far longer fields count less."""
EXACT: Final = 1.0
BY_STEM: Final = 0.7
BY_HEAD: Final = 0.5
"""`mantelzorg` in a document's `mantelzorgsteun`."""
BY_TAIL: Final = 0.4
"""`groep` in a document's `lotgenotengroep`."""
MIN_INSIDE: Final = 5


@dataclass(frozen=True, slots=True)
class Posting:
    """One word in one hulpbron: position of the hulpbron and the weighted, saturated frequency over its fields."""

    document: int
    weight: float


class TextIndex:
    """Inverted index over name, organisation, place, description and labels."""

    def __init__(self, services: Sequence[Service], terms: Terms, stopwords: Collection[str]) -> None:
        """Index the services; documents are named by their position in the sequence."""
        self._size = len(services)
        self._postings: dict[str, list[Posting]] = defaultdict(list)
        documents = [_fields(service, terms) for service in services]
        averages = {field: sum(len(each[field]) for each in documents) / max(1, len(documents)) for field in FIELDS}
        for number, document in enumerate(documents):
            for word, weight in _weights(document, averages).items():
                self._postings[word].append(Posting(number, weight))
        self._forward = sorted(word for word in self._postings if word not in stopwords)
        self._backward = sorted(word[::-1] for word in self._forward)
        self._rarest = log(1 + self._size)

    @property
    def counts(self) -> Mapping[str, int]:
        """Return word → number of hulpbronnen that use it."""
        return {word: len(postings) for word, postings in self._postings.items()}

    def expand(self, word: str, relatives: Collection[str]) -> dict[str, float]:
        """Return the indexed words a word of a question may match, each with how much it counts (0…1)."""
        found: dict[str, float] = {}
        if len(word) >= MIN_INSIDE:
            found |= dict.fromkeys(_starting_with(self._forward, word), BY_HEAD)
            found |= {other[::-1]: BY_TAIL for other in _starting_with(self._backward, word[::-1])}
        found |= {other: BY_STEM for other in relatives if other in self._postings}
        if word in self._postings:
            found[word] = EXACT
        return found

    def score(self, matches: Mapping[str, float]) -> dict[int, float]:
        """Return document → score for one word of a question, 0 … about the highest field weight.

        The rarity of the word counts between 0 and 1, so that scores do not grow with the size of the directory.
        """
        best: dict[int, float] = {}
        for word, share in matches.items():
            for posting in self._postings[word]:
                best[posting.document] = max(best.get(posting.document, 0.0), share * posting.weight)
        rarity = self._rarity(len(best))
        return {document: weight * rarity for document, weight in best.items()}

    def _rarity(self, documents: int) -> float:
        return log(1 + (self._size - documents + 0.5) / (documents + 0.5)) / self._rarest if documents else 0.0


def _fields(service: Service, terms: Terms) -> dict[str, Sequence[str]]:
    """Return the words of each field; names also as one word (`ixtanoa`)."""
    labels = [
        terms.label(taxonomy, code)
        for taxonomy, codes in ((THEME, service.themes), (AUDIENCE, service.audiences), (FORM, service.forms))
        for code in codes
    ]
    areas = [terms.label(AREA, code) for code in service.areas]
    places = [location.place for location in service.locations]
    return {
        "name": words_of(service.name) + joined_words(service.name) + _numbers(service),
        "organization": words_of(service.organization) + joined_words(service.organization),
        "place": words_of(" ".join([service.contact.address, *places, *areas])),
        "description": words_of(service.description),
        "labels": words_of(" ".join(labels)),
    }


def _numbers(service: Service) -> list[str]:
    """Return its telephone numbers as they are typed: whole and without spaces."""
    return ["".join(words_of(phone)) for phone in service.contact.phones]


def _weights(document: Mapping[str, Sequence[str]], averages: Mapping[str, float]) -> dict[str, float]:
    weights: dict[str, float] = defaultdict(float)
    for field, words in document.items():
        share = 1 - LENGTH_SHARE + LENGTH_SHARE * len(words) / (averages[field] or 1)
        for word, count in Counter(words).items():
            weights[word] += FIELDS[field] * count * (1 + SATURATION) / (count + SATURATION * share)
    return weights


def _starting_with(words: Sequence[str], start: str) -> list[str]:
    first = bisect_left(words, start)
    last = bisect_left(words, start + "\uffff")
    return list(words[first:last])
