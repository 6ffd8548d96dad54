"""Questions that spell a name: `de schans`, `wij groningen`, `in je bol`."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from server.directory.services import Service
from server.directory.words import words_of


class NameIndex:
    """Names and organisations as rows of words."""

    def __init__(self, services: Iterable[Service]) -> None:
        """Index the services by their position."""
        self._names = [(words_of(service.name), words_of(service.organization)) for service in services]
        self._with: dict[str, set[int]] = defaultdict(set)
        for number, (name, organization) in enumerate(self._names):
            for word in (*name, *organization):
                self._with[word].add(number)

    def spelled(self, words: Sequence[str]) -> dict[int, float]:
        """Return position → share (0…1) of the name the words spell in order; half of that for the organisation."""
        if not words:
            return {}
        carriers = set.intersection(*(self._with.get(word, set()) for word in words))
        shares = {number: self._share(number, words) for number in carriers}
        return {number: share for number, share in shares.items() if share}

    def _share(self, number: int, words: Sequence[str]) -> float:
        name, organization = self._names[number]
        return max(_share(words, name), _share(words, organization) / 2)


def _share(words: Sequence[str], name: Sequence[str]) -> float:
    size = len(words)
    stands = any(list(name[at : at + size]) == list(words) for at in range(len(name) - size + 1))
    return size / len(name) if stands else 0.0
