"""A text as words with the elements they fill, cut into clauses and sentences: views A to D (moderation-spec 10.1)."""

import re
from dataclasses import dataclass, field
from typing import Final

from moderation.checker.lexicon import Entry, Words
from moderation.checker.normalise import Folded
from moderation.checker.spelling import respell

WORD: Final = re.compile(
    r"\d+(?:[.,:]\d+)+"  # 12.345 and 21:30 are one word
    r"|'[sktnmr]\b"  # 's avonds, 'k
    r"|[@$]?[^\W_]+(?:['@$*]+[^\W_]+)*"
    r"|[^\w\s\ufe0f\u20e3]"
    r"|\n"
)
SPACED: Final = re.compile(r"(?<![^\W_])[^\W_](?:[^\w\n]{1,2}[^\W_]|_[^\W_]){3,}(?![^\W_])")
ENDS_SENTENCE: Final = frozenset(".!?;\n")
ENDS_CLAUSE: Final = frozenset(",:()\"'")
QUOTES: Final = frozenset("\"'")
SINGLES: Final = 4
LONGEST_PART: Final = 14


@dataclass(slots=True)
class Reading:
    """A text as words. words, fills, sentence, clause and span (in the folded text) are parallel lists.

    quoted: numbers of the clauses between quotation marks.
    """

    folded: Folded
    words: list[str] = field(default_factory=list)
    fills: list[frozenset[int]] = field(default_factory=list)
    sentence: list[int] = field(default_factory=list)
    clause: list[int] = field(default_factory=list)
    span: list[tuple[int, int]] = field(default_factory=list)
    quoted: set[int] = field(default_factory=set)

    def around(self, at: int, window: int) -> tuple[int, int]:
        """Return the range of words at most window places from `at`, in the same sentence."""
        here, sentence = self.sentence[at], self.sentence
        low, high = max(0, at - window), min(len(sentence), at + window + 1)
        while sentence[low] != here:
            low += 1
        while sentence[high - 1] != here:
            high -= 1
        return low, high


def read(folded: Folded, lexicon: Words, *, joined: bool = False) -> Reading:
    """Cut a text into words; letters with spaces or dots between them are read as words as well (view B)."""
    reading = Reading(folded)
    expected: list[tuple[int, Entry]] = []
    singles = _words(reading, lexicon, expected)
    if singles >= SINGLES and not joined and SPACED.search(folded.text):
        return read(_join(folded, lexicon), lexicon, joined=True)
    for at, entry in expected:
        _expressions(reading, at, entry)
    return reading


def _words(reading: Reading, lexicon: Words, expected: list[tuple[int, Entry]]) -> int:
    """Fill the lists of reading; expected gets the words that may open a fixed expression. Returns loose letters."""
    known, cut = lexicon.known, lexicon.cut
    words, fills, spans = reading.words, reading.fills, reading.span
    sentence = clause = singles = 0
    quoted = regional = False
    for found in WORD.finditer(reading.folded.text):
        token = found[0]
        if "'" in token and len(token) > 1:
            token = token.replace("'", "")
        entry = known.get(token)
        if entry is not None:
            pairs: tuple[tuple[str, Entry], ...] = ((token, entry),)
            singles += len(token) == 1
        elif token in ENDS_SENTENCE:
            sentence, clause = sentence + 1, clause + 1
            continue
        elif token in ENDS_CLAUSE:
            clause += 1
            if token in QUOTES:
                quoted = not quoted
                if quoted:
                    reading.quoted.add(clause)
            continue
        elif len(token) == 1 and not token.isalnum():
            continue
        else:
            singles += len(token) == 1
            pairs = respell(token, lexicon, words[-1] if words else "")
            regional = regional or token in lexicon.regional
        for word, entry in pairs:
            if cut in entry.fills:
                clause += 1
            if entry.follow:
                expected.append((len(words), entry))
            words.append(word)
            fills.append(entry.fills)
            spans.append(found.span())
            reading.sentence.append(sentence)
            reading.clause.append(clause)
    if regional:
        _regional(reading, lexicon)
    return singles


def _regional(reading: Reading, lexicon: Words) -> None:
    """In a text with words in Gronings, read the words that mean something else there as both."""
    for at, word in enumerate(reading.words):
        if (meant := lexicon.ambiguous.get(word)) is not None and (entry := lexicon.find(meant)) is not None:
            reading.fills[at] |= entry.fills


def _expressions(reading: Reading, at: int, entry: Entry) -> None:
    words, fills = reading.words, reading.fills
    if at + 1 >= len(words):
        return
    for rest, element in entry.follow.get(words[at + 1], ()):
        end = at + 2 + len(rest)
        same = end <= len(words) and reading.sentence[at] == reading.sentence[end - 1]
        if same and tuple(words[at + 2 : end]) == rest:
            for place in range(at, end):
                fills[place] |= {element}


def _join(folded: Folded, lexicon: Words) -> Folded:
    """Return the text with `d o o d` and `d.o.o.d` written together, cut into known words where that is possible."""
    pieces: list[str] = []
    origin: list[int] = []
    source = folded.origin or range(len(folded.text))
    done = 0
    for found in SPACED.finditer(folded.text):
        pieces.append(folded.text[done : found.start()])
        origin.extend(source[done : found.start()])
        letters = [at for at in range(*found.span()) if folded.text[at].isalnum()]
        for part in _cut("".join(folded.text[at] for at in letters), lexicon):
            pieces.append(part + " ")
            used, letters = letters[: len(part)], letters[len(part) :]
            origin.extend([source[at] for at in used] + [source[used[-1]]])
        done = found.end()
    pieces.append(folded.text[done:])
    origin.extend(source[done:])
    return Folded(folded.raw, "".join(pieces), origin)


def _cut(letters: str, lexicon: Words) -> list[str]:
    """Cut letters into as few known words as possible; what is not known stays together."""
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(letters) + 1):
        options = [(best[end - 1][0] + 1.5, end - 1)]
        for start in range(max(0, end - LONGEST_PART), end):
            part = letters[start:end]
            if part in lexicon.known or part in lexicon.spellings:
                options.append((best[start][0] + 1.0 + (len(part) == 1) * 0.4, start))
        best.append(min(options))
    cuts, end = [], len(letters)
    while end:
        cuts.append((best[end][1], end))
        end = best[end][1]
    parts: list[str] = []
    loose = False
    for start, end in reversed(cuts):
        part = letters[start:end]
        unknown = len(part) == 1 and part not in lexicon.known
        if unknown and loose:
            parts[-1] += part
        else:
            parts.append(part)
        loose = unknown
    return parts
