"""One message that says the same thing again and again."""

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from moderation.checker.detectors.sight import Sight
from moderation.checker.rules import Hit

FEWEST_WORDS: Final = 14
SHARE: Final = 0.7
SAME_CHARACTER: Final = re.compile(r"([^\s.haijoe\-_=*])\1{59}")


def find(sight: Sight) -> Iterator[Hit]:
    """Yield one hit when most words are the same word, or one character is repeated sixty times."""
    words = sight.reading.words
    if len(words) >= FEWEST_WORDS:
        _, times = Counter(words).most_common(1)[0]
        pairs = len(set(itertools.pairwise(words)))
        if times >= SHARE * len(words) or (len(words) >= 2 * FEWEST_WORDS and pairs * 5 <= len(words)):
            yield Hit("detector.herhaling", "spam", 2)
            return
    if SAME_CHARACTER.search(sight.text):
        yield Hit("detector.herhaling", "spam", 2)
