"""A text as words with the elements they fill, cut into clauses and sentences: views A to D (moderation-spec 10.1)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Final

from moderation.checker.normalise import Folded
from moderation.checker.spelling import respell
from moderation.checker.words import Entry, Phrase, Tail, Words

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
ENDS: Final = frozenset(".!?,:")
SINGLES: Final = 4
LONGEST_PART: Final = 14
MOST_JOINED: Final = 300
"""Spaced letters are joined up to here; nobody reads more."""


@dataclass(slots=True)
class Reading:
    """A text as words. words, fills, sentence and clause are parallel lists.

    of_clause: the sentence of every clause. present: by sentence, a bit for every element in it. by_clause: the cue
    bits of its words. cues and rules: places where phrases of cues or rules may stand. quoted: numbers of the clauses
    between quotation marks. longest: the length of the longest part without a space that is no known word. plain: the
    reading without joined letters, when there are such.
    """

    folded: Folded
    words: list[str] = field(default_factory=list)
    fills: list[frozenset[int]] = field(default_factory=list)
    sentence: list[int] = field(default_factory=list)
    clause: list[int] = field(default_factory=list)
    of_clause: list[int] = field(default_factory=list)
    present: list[int] = field(default_factory=list)
    by_clause: list[int] = field(default_factory=list)
    cues: list[tuple[int, Sequence[Phrase]]] = field(default_factory=list)
    rules: list[tuple[int, Sequence[Phrase]]] = field(default_factory=list)
    quoted: set[int] = field(default_factory=set)
    longest: int = 0
    plain: "Reading | None" = None

    def around(self, at: int, window: int) -> tuple[int, int]:
        """Return the range of words at most window places from `at`, in the same sentence."""
        here, sentence = self.sentence[at], self.sentence
        low, high = max(0, at - window), min(len(sentence), at + window + 1)
        while sentence[low] != here:
            low += 1
        while sentence[high - 1] != here:
            high -= 1
        return low, high

    def places(self) -> list[re.Match[str]]:
        """Return the tokens with their places in the folded text; most texts never need them."""
        return list(WORD.finditer(self.folded.text))

    def bring(self, at: int, meaning: Entry) -> None:
        """Add the cues and phrases that something at this word brings."""
        self.by_clause[self.clause[at]] |= meaning.bits
        self.cues.append((at, meaning.cues))
        self.rules.append((at, meaning.rules))


@dataclass(slots=True)
class Cutting:
    """What is known while a text is cut. starts: the first word and the sentence of every clause."""

    words: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    starts: list[tuple[int, int]] = field(default_factory=lambda: [(0, 0)])
    sentence: int = 0
    quoted: set[int] = field(default_factory=set)
    longest: int = 0
    in_quotes: bool = False
    regional: bool = False

    def cut(self, *, sentence: bool = False) -> None:
        """Begin a new clause, and with it a new sentence."""
        self.sentence += sentence
        self.starts.append((len(self.words), self.sentence))


def read(folded: Folded, lexicon: Words) -> Reading:
    """Cut a text into words; letters with spaces or dots between them are read as words as well (view B)."""
    cutting = _cut_up(folded.text, lexicon)
    reading = _reading(folded, cutting, lexicon)
    singles = [len(word) for word in cutting.words].count(1)
    if singles >= SINGLES and SPACED.search(folded.text):
        whole = _join(folded, lexicon)
        joined = _reading(whole, _cut_up(whole.text, lexicon), lexicon)
        joined.plain = reading
        return joined
    return reading


def _cut_up(text: str, lexicon: Words) -> Cutting:
    """Return the words of a text and where clauses begin. Most words are known: their way is the short one."""
    cutting = Cutting()
    known, words, entries = lexicon.known.get, cutting.words, cutting.entries
    for chunk in text.split(" "):
        entry = known(chunk)
        if entry is None:
            _pieces(chunk, cutting, lexicon)
            continue
        if entry.cuts:
            cutting.cut()
        words.append(chunk)
        entries.append(entry)
    return cutting


def _pieces(chunk: str, cutting: Cutting, lexicon: Words) -> None:
    """Take what stands between two spaces and is no known word: usually a word with a comma or point behind it."""
    known = lexicon.known.get
    if chunk[-1:] in ENDS and (entry := known(chunk[:-1])) is not None:
        if entry.cuts:
            cutting.cut()
        cutting.words.append(chunk[:-1])
        cutting.entries.append(entry)
        cutting.cut(sentence=chunk[-1] in ENDS_SENTENCE)
        return
    if len(chunk) > cutting.longest:
        cutting.longest = len(chunk)
    for token in WORD.findall(chunk):
        entry = known(token)
        if entry is not None:
            if entry.cuts:
                cutting.cut()
            cutting.words.append(token)
            cutting.entries.append(entry)
        elif token in ENDS_SENTENCE:
            cutting.cut(sentence=True)
        else:
            _unknown(token, cutting, lexicon)


def _unknown(token: str, cutting: Cutting, lexicon: Words) -> None:
    """Take a token outside the lexicon: punctuation, or another spelling of something known."""
    if len(token) == 1 and not token.isalnum():
        if token in ENDS_CLAUSE:
            cutting.cut()
        if token in QUOTES:
            cutting.in_quotes = not cutting.in_quotes
            cutting.quoted.update([len(cutting.starts) - 1] if cutting.in_quotes else [])
        return
    cutting.regional = cutting.regional or token in lexicon.regional
    for word, entry in respell(token.replace("'", ""), lexicon, cutting.words[-1] if cutting.words else ""):
        if entry.cuts:
            cutting.cut()
        cutting.words.append(word)
        cutting.entries.append(entry)


def _reading(folded: Folded, cutting: Cutting, lexicon: Words) -> Reading:
    words, entries, starts = cutting.words, cutting.entries, cutting.starts
    masks, bits = [entry[1] for entry in entries], [entry[3] for entry in entries]
    present, by_clause = [0] * (cutting.sentence + 1), [0] * len(starts)
    sentences: list[int] = []
    clauses: list[int] = []
    ends = [start for start, _ in starts[1:]] + [len(entries)]
    for clause, ((start, sentence), end) in enumerate(zip(starts, ends, strict=True)):
        if start < end:
            sentences += [sentence] * (end - start)
            clauses += [clause] * (end - start)
            present[sentence] = reduce(or_, masks[start:end], present[sentence])
            by_clause[clause] = reduce(or_, bits[start:end])
    reading = Reading(
        folded, words, [entry[0] for entry in entries], sentences, clauses, [of for _, of in starts],
        present, by_clause,
        [(at, entry[4]) for at, entry in enumerate(entries) if entry[4]],
        [(at, entry[5]) for at, entry in enumerate(entries) if entry[5]],
        cutting.quoted, cutting.longest,
    )  # fmt: skip
    if cutting.regional:
        _regional(reading, lexicon)
    for at, entry in enumerate(entries[:-1]):
        if (follow := entry[2]) and (tail := follow.get(words[at + 1])) is not None:
            _expressions(reading, at, tail)
    return reading


def _regional(reading: Reading, lexicon: Words) -> None:
    """In a text with words in Gronings, read the words that mean something else there as both."""
    for at, word in enumerate(reading.words):
        if (meant := lexicon.ambiguous.get(word)) is not None and (entry := lexicon.find(meant)) is not None:
            reading.fills[at] |= entry.fills
            reading.present[reading.sentence[at]] |= entry.mask
            reading.bring(at, entry)


def _expressions(reading: Reading, at: int, tail: Tail) -> None:
    """Read fixed expressions such as `over een uur`: each of their words fills the element."""
    words, sentence = reading.words, reading.sentence
    if sentence[at] != sentence[at + 1]:
        return
    if tail.here is not None:
        _fill(reading, at, at + 2, tail.here)
    if tail.more and at + 2 < len(words):
        for rest, entry in tail.more.get(words[at + 2], ()):
            end = at + 3 + len(rest)
            if end <= len(words) and tuple(words[at + 3 : end]) == rest and sentence[at] == sentence[end - 1]:
                _fill(reading, at, end, entry)


def _fill(reading: Reading, start: int, end: int, entry: Entry) -> None:
    reading.present[reading.sentence[start]] |= entry.mask
    for place in range(start, end):
        reading.fills[place] |= entry.fills
    reading.bring(start, entry)


def _join(folded: Folded, lexicon: Words) -> Folded:
    """Return the text with `d o o d` and `d.o.o.d` written together, cut into known words where that is possible."""
    pieces: list[str] = []
    origin: list[int] = []
    source = folded.origin or range(len(folded.text))
    done = left = 0
    for found in SPACED.finditer(folded.text):
        letters = [at for at in range(*found.span()) if folded.text[at].isalnum()]
        left += len(letters)
        if left > MOST_JOINED:
            break
        pieces.append(folded.text[done : found.start()])
        origin.extend(source[done : found.start()])
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
    starts, end = [], len(letters)
    while end:
        starts.append((best[end][1], end))
        end = best[end][1]
    return _together([letters[start:end] for start, end in reversed(starts)], lexicon)


def _together(parts: list[str], lexicon: Words) -> list[str]:
    """Write letters that are no word behind one another."""
    words: list[str] = []
    loose = False
    for part in parts:
        unknown = len(part) == 1 and part not in lexicon.known
        if unknown and loose:
            words[-1] += part
        else:
            words.append(part)
        loose = unknown
    return words
