"""The words we know, and what an unknown word was probably meant to be (directory-booking-spec 5.3)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import DamerauLevenshtein
from rapidfuzz.process import extract

from server.directory.words import stems

MIN_FOR_TYPO: Final = 5
MIN_FOR_TWO: Final = 9
"""From this length two slips are forgiven, below it one."""
MIN_PART: Final = 4
"""A part of a compound shorter than this says too little (`man` in `manisch`)."""
LINKS: Final = ("", "s", "en", "e", "n")
"""What Dutch puts between the parts of a compound: gezin-s-problemen, schuld-en-lijst."""


class Vocabulary:
    """All words of the index, synonyms and places, with how many hulpbronnen use each."""

    def __init__(self, counts: Mapping[str, int], ordinary: Iterable[str] = ()) -> None:
        """counts: word → number of hulpbronnen. ordinary: Dutch words that are right although no hulpbron uses them."""
        self._counts = dict(counts)
        self._ordinary = frozenset(ordinary)
        self._stems: dict[str, list[str]] = defaultdict(list)
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for word in self._counts:
            self._by_length[len(word)].append(word)
            for stem in stems(word):
                self._stems[stem].append(word)
        self._corrected = lru_cache(maxsize=4096)(self._correct)
        self._parted = lru_cache(maxsize=4096)(self._part)

    def __contains__(self, word: str) -> bool:
        """Say whether the word itself is known."""
        return word in self._counts

    def relatives(self, word: str) -> Collection[str]:
        """Return the known words that share a stem with it, the word itself included when known."""
        found = {other for stem in stems(word) for other in self._stems.get(stem, ())}
        return found | {word} if word in self._counts else found

    def is_familiar(self, word: str) -> bool:
        """Say whether the word or a relative is known, so that it needs no guess."""
        return word in self._counts or word in self._ordinary or any(stem in self._stems for stem in stems(word))

    def correct(self, word: str) -> str | None:
        """Return the nearest known word within the allowed distance, or None. Ties: same first letter, most used."""
        return self._corrected(word)

    def parts(self, word: str) -> tuple[str, ...]:
        """Return the known head and tail of a compound: both, one of them, or nothing."""
        return self._parted(word)

    def _correct(self, word: str) -> str | None:
        if len(word) < MIN_FOR_TYPO or not word.isalpha():
            return None
        slips = 2 if len(word) >= MIN_FOR_TWO else 1
        near: list[tuple[int, bool, int, str]] = []
        for length in range(len(word) - slips, len(word) + slips + 1):
            found = extract(
                word, self._by_length.get(length, ()), scorer=DamerauLevenshtein.distance, score_cutoff=slips, limit=20
            )
            near += [(int(slip), other[0] != word[0], -self._counts[other], other) for other, slip, _ in found]
        return min(near)[3] if near else None

    def _part(self, word: str) -> tuple[str, ...]:
        """Try every cut; both parts known wins, then the longest tail, then the longest head."""
        best: tuple[int, int, tuple[str, ...]] = (0, 0, ())
        for cut in range(MIN_PART, len(word) - MIN_PART + 1):
            head, tail = self._head(word[:cut]), word[cut:] if self.is_familiar(word[cut:]) else ""
            known = tuple(filter(None, (head, tail)))
            best = max(best, (len(known), len(tail) or len(head), known))
        return best[2]

    def _head(self, start: str) -> str:
        """Return the head of a compound without its linking letters, or an empty string."""
        for link in LINKS:
            head = start.removesuffix(link) if link else start
            if len(head) >= MIN_PART - 1 and start.endswith(link) and self.is_familiar(head):
                return head
        return ""
