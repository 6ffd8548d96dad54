"""One message that says the same thing again and again."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from moderation.checker.detectors.sight import Sight
from moderation.checker.rules import Hit

FEWEST_WORDS: Final = 14
SHARE: Final = 0.7
RUN: Final = 60
SAME_CHARACTER: Final = re.compile(r"([^\s.haijoe\-_=*])\1{59}")


def find(sight: Sight) -> Iterator[Hit]:
    """Yield one hit when most words are the same word, or one character is repeated sixty times."""
    words = sight.reading.words
    if (len(words) >= FEWEST_WORDS and len(sight.words) <= len(words) // 3 and _repeats(words)) or (
        sight.reading.longest >= RUN and SAME_CHARACTER.search(sight.text)
    ):
        yield Hit("detector.herhaling", "spam", 2)


def _repeats(words: list[str]) -> bool:
    times = max(Counter(words).values())
    return times >= SHARE * len(words) or (
        len(words) >= 2 * FEWEST_WORDS and len(set(pairwise(words))) * 5 <= len(words)
    )
