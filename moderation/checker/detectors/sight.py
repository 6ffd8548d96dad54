"""What a detector gets to see of a text."""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from moderation.checker.cues import Marks
from moderation.checker.reading import Reading
from moderation.checker.rules import Bits

WORD = re.compile(r"[a-z][a-z\-]*")


@dataclass
class Sight:
    """One text, folded and read, with its cues and the editors' lists. recent: earlier texts of the same author."""

    reading: Reading
    marks: Marks
    bits: Bits
    lists: Mapping[str, frozenset[str]]
    recent: Sequence[str] = ()

    @cached_property
    def text(self) -> str:
        """Return the folded text."""
        return self.reading.folded.text

    @cached_property
    def words(self) -> frozenset[str]:
        """Return the different words of the text."""
        return frozenset(self.reading.words)

    def is_about_other(self, start: int) -> bool:
        """Say whether the sentence at this place of the folded text speaks of somebody else."""
        if not self.reading.span:
            return False
        at = min(bisect_left(self.reading.span, (start, start)), len(self.reading.span) - 1)
        return bool(self.marks.by_sentence[self.reading.sentence[at]] & self.bits.other)

    def near(self, span: tuple[int, int], names: str, reach: int = 40) -> bool:
        """Say whether one of a list's words stands within `reach` characters of the span."""
        around = self.text[max(0, span[0] - reach) : span[1] + reach]
        return any(name in self.lists[names] for name in WORD.findall(around))
