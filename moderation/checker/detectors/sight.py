"""What a detector gets to see of a text."""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from moderation.checker.cues import Marks
from moderation.checker.reading import ENDS_SENTENCE, Reading
from moderation.checker.rules import Bits

DIGIT = re.compile(r"\d")
WORD = re.compile(r"[a-z][a-z\-]*")


@dataclass
class Sight:
    """One text, folded and read (without joined letters), with its cues and the editors' lists.

    endings: lists of word endings. recent: earlier texts of the same author. joined: the cues are of another reading.
    """

    reading: Reading
    marks: Marks
    bits: Bits
    lists: Mapping[str, frozenset[str]]
    endings: Mapping[str, tuple[str, ...]]
    recent: Sequence[str] = ()
    joined: bool = False

    @cached_property
    def text(self) -> str:
        """Return the folded text."""
        return self.reading.folded.text

    @cached_property
    def words(self) -> frozenset[str]:
        """Return the different words of the text."""
        return frozenset(self.reading.words)

    @cached_property
    def digits(self) -> int:
        """Return how many digits the text has."""
        return len(DIGIT.findall(self.text)) if any(digit in self.text for digit in "0123456789") else 0

    @cached_property
    def places(self) -> list[re.Match[str]]:
        """Return the tokens of the text with their places."""
        return self.reading.places()

    @cached_property
    def ends(self) -> list[int]:
        """Return where the sentences of the text end."""
        return [place.start() for place in self.places if place[0] in ENDS_SENTENCE]

    def is_about_other(self, start: int) -> bool:
        """Say whether the sentence at this place of the folded text speaks of somebody else."""
        if self.joined or not self.reading.words:
            return bool(self.marks.whole & self.bits.other)
        return bool(self.marks.by_sentence[bisect_left(self.ends, start)] & self.bits.other)

    def near(self, span: tuple[int, int], names: str, reach: int = 40) -> bool:
        """Say whether one of a list's words stands within `reach` characters of the span."""
        around = self.text[max(0, span[0] - reach) : span[1] + reach]
        return any(name in self.lists[names] for name in WORD.findall(around))
