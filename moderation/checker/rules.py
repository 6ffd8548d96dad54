"""One rule about words: what it looks for, what it needs beside it, what takes it away again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from moderation.checker.cues import CLAUSE, MESSAGE, SENTENCE, Condition, Marks
from moderation.checker.phrases import likely, matches, occurs
from moderation.checker.reading import Reading
from moderation.checker.words import Phrase


class Mode(StrEnum):
    """off: not looked at · shadow: counted and shown to moderators, without effect · live."""

    OFF = "off"
    SHADOW = "shadow"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as compiled. Without phrases it looks at cues alone, per sentence or in the whole message.

    need: all of these cues (needs: their bits together) · some: at least `at_least` of these, and one more for every
    `words_each` words, because a long message meets more of them by chance (0: however long) · when_long: none of
    these in a message of that many words · never: none of these · lowered: none of these, unless the clause speaks of
    now or of an intention · other: label and severity when the clause is about somebody else.
    """

    id: str
    label: str
    severity: int
    phrases: tuple[Phrase, ...]
    exceptions: tuple[Phrase, ...]
    need: tuple[Condition, ...]
    some: tuple[Condition, ...]
    at_least: int
    words_each: int
    when_long: tuple[Condition, ...]
    never: tuple[Condition, ...]
    lowered: tuple[Condition, ...]
    other: tuple[str, int] | None
    scope: int
    mode: Mode
    needs: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule or detector that fired. span: in the folded text, for masking; None when there is nothing to mask."""

    rule: str
    label: str
    severity: int
    span: tuple[int, int] | None = None
    shadow: bool = False


@dataclass(frozen=True, slots=True)
class Bits:
    """The cues that the code itself knows by name (moderation-spec 10.2)."""

    now: int
    intent: int
    other: int
    quoted: int


def fired(
    rules: Sequence[Rule],
    by_cues: Sequence[Rule],
    reading: Reading,
    marks: Marks,
    bits: Bits,
) -> Iterator[Hit]:
    """Yield the rules that hold: those whose phrase stands somewhere, and those that look at cues alone."""
    done: set[tuple[str, int]] = set()
    for at, phrase in likely(reading.rules, reading):
        rule = rules[phrase.owner]
        spot = (rule.id, reading.clause[at])
        if spot not in done and matches(phrase, reading, at) and _holds(rule, reading, marks, at, bits):
            done.add(spot)
            yield _hit(rule, marks.by_clause[reading.clause[at]] & bits.other)
    if reading.words:
        whole = marks.whole
        for rule in [one for one in by_cues if whole & one.needs == one.needs]:
            if any(_holds(rule, reading, marks, at, bits) for at in _places(rule, reading)):
                yield _hit(rule, 0)


def _places(rule: Rule, reading: Reading) -> Iterator[int]:
    """Yield one word of every scope in which a rule without phrases may hold."""
    if rule.scope == MESSAGE:
        yield 0
        return
    groups = reading.sentence if rule.scope == SENTENCE else reading.clause
    seen = -1
    for at, group in enumerate(groups):
        if group != seen:
            seen = group
            yield at


def _hit(rule: Rule, about_other: int) -> Hit:
    label, severity = (rule.label, rule.severity)
    if about_other and rule.other is not None:
        label, severity = rule.other
    return Hit(rule.id, label, severity, None, rule.mode is Mode.SHADOW)


def _holds(rule: Rule, reading: Reading, marks: Marks, at: int, bits: Bits) -> bool:
    masks = (marks.by_clause[reading.clause[at]], marks.by_sentence[reading.sentence[at]], marks.whole)
    for condition in rule.need:
        if not masks[condition.scope] & condition.mask:
            return False
    for condition in rule.never:
        if masks[condition.scope] & condition.mask:
            return False
    if rule.some and [bool(masks[one.scope] & one.mask) for one in rule.some].count(True) < _wanted(rule, reading):
        return False
    if rule.words_each and len(reading.words) >= rule.words_each:
        for condition in rule.when_long:
            if masks[condition.scope] & condition.mask:
                return False
    if not masks[CLAUSE] & (bits.now | bits.intent):
        for condition in rule.lowered:
            if masks[condition.scope] & condition.mask:
                return False
    return not (rule.exceptions and occurs(rule.exceptions, reading, at))


def _wanted(rule: Rule, reading: Reading) -> int:
    return rule.at_least + (len(reading.words) // rule.words_each if rule.words_each else 0)


def by_label(hits: Sequence[Hit]) -> Mapping[str, int]:
    """Return the highest severity of each label."""
    highest: dict[str, int] = {}
    for hit in hits:
        highest[hit.label] = max(hit.severity, highest.get(hit.label, 0))
    return highest
