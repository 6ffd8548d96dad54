"""Everything editors decide about the checker, read from content/moderation and compiled."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any, Final

from moderation.checker.cues import SCOPES, Cue, conditions
from moderation.checker.lexicon import Lexicon, LexiconError
from moderation.checker.phrases import by_anchor, compile_phrase
from moderation.checker.rules import Bits, Mode, Rule
from moderation.checker.weights import NOTHING, Weights, compiled
from moderation.checker.words import Meaning, Phrase, Words

FOLDER: Final = Path(__file__).resolve().parents[2] / "content" / "moderation"
WEIGHTS: Final = FOLDER / "gewichten.toml"
MOST_PHRASES: Final = 5_000
FEWEST_EXAMPLES: Final = 3
REQUIRED: Final = ("id", "label", "ernst", "modus", "eigenaar", "sinds", "reden", "raak", "mis")
ALLOWED: Final = {
    *REQUIRED, "zinnen", "behalve", "nodig", "een_van", "minstens", "per_woorden", "niet_bij", "niet_bij_lang",
    "verlaagd_door",
    "bereik", "ander",
}  # fmt: skip
NOW, INTENT, OTHER, QUOTED = "nu", "voornemen", "ander", "citaat"


class RulebookError(Exception):
    """A content file that cannot be used; the message names the file and the cause, for the editor."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text that a rule must match, or must not."""

    rule: str
    text: str
    hit: bool


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The compiled content. by_cues: the rules that have no phrases. lists and endings: for the detectors.

    weights: what raises a message that the rules let pass, one step each.
    """

    words: Words
    cues: tuple[Cue, ...]
    rules: tuple[Rule, ...]
    by_cues: tuple[Rule, ...]
    bits: Bits
    lists: Mapping[str, frozenset[str]]
    endings: Mapping[str, tuple[str, ...]]
    examples: tuple[Example, ...]
    weights: Weights

    @property
    def phrase_count(self) -> int:
        """Return how many phrases are looked for."""
        return sum(len(cue.phrases) for cue in self.cues) + sum(len(rule.phrases) for rule in self.rules)


def load(folder: Path = FOLDER, *, weighed: bool = True) -> Rulebook:
    """Read and compile all content; weighed: with the weights of words. Raises RulebookError with file and cause."""
    lexicon, lists = read_lexicon(folder)
    cues = _cues(lexicon, folder / "aanwijzingen.toml")
    bits = {cue.name: cue.bit for cue in cues}
    rules, examples = _rules(lexicon, bits, sorted((folder / "regels").glob("*.toml")))
    live = [rule for rule in rules if rule.mode is not Mode.OFF]
    try:
        words = lexicon.freeze(_meanings(cues, live))
    except LexiconError as error:
        raise RulebookError(f"woorden: {error}") from error
    book = Rulebook(
        words=words,
        cues=cues,
        rules=rules,
        by_cues=tuple(rule for rule in live if not rule.phrases),
        bits=Bits(bits[NOW], bits[INTENT], bits[OTHER], bits[QUOTED]),
        lists=lists,
        endings={name: tuple(words) for name, words in lists.items() if name.endswith("einden")},
        examples=examples,
        weights=_weights(lexicon, bits, folder / WEIGHTS.name) if weighed else NOTHING,
    )
    if book.phrase_count > MOST_PHRASES:
        raise RulebookError(f"{book.phrase_count} zinnen, hoogstens {MOST_PHRASES}")
    return book


def _meanings(cues: Sequence[Cue], rules: Sequence[Rule]) -> Mapping[int, Meaning]:
    """Return what each element brings by itself."""
    of_cues = by_anchor(phrase for cue in cues for phrase in cue.phrases)
    of_rules = by_anchor(phrase for rule in rules for phrase in rule.phrases)
    bits: dict[int, int] = {}
    for cue in cues:
        for element in cue.words:
            bits[element] = bits.get(element, 0) | cue.bit
    elements = {*bits, *of_cues, *of_rules}
    return {one: Meaning(bits.get(one, 0), of_cues.get(one, ()), of_rules.get(one, ())) for one in elements}


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise RulebookError(f"{path.name}: {error}") from error


def read_lexicon(folder: Path = FOLDER) -> tuple[Lexicon, Mapping[str, frozenset[str]]]:
    """Return the words of all files and the lists of the detectors. Raises RulebookError with file and cause."""
    parts: dict[str, dict[str, Any]] = {}
    for path in sorted((folder / "woorden").glob("*.toml")):
        for section, rows in _read(path).items():
            known = parts.setdefault(section, {})
            if twice := known.keys() & rows.keys():
                raise RulebookError(f"{path.name}: {', '.join(sorted(twice))} staat er al")
            known |= rows
    spellings = {**parts.get("schrijfwijzen", {}), **parts.get("gronings", {})}
    lexicon = Lexicon(
        classes={name: tuple(str(words).split()) for name, words in parts.get("klassen", {}).items()},
        numbers={name: (low, high) for name, (low, high) in parts.get("getallen", {}).items()} | {"klok": (-1, -1)},
        spellings={word: tuple(str(meant).split()) for word, meant in spellings.items()},
        regional=frozenset(parts.get("gronings", {})),
        ambiguous=parts.get("gronings_dubbel", {}),
        counts=parts.get("hoe_vaak", {}),
    )
    lists = {name: frozenset(str(words).split()) for name, words in parts.get("lijsten", {}).items()}
    return lexicon, lists | {"openbare_nummers": _public_numbers(folder.parent / "hulplijnen.toml")}


def _public_numbers(path: Path) -> frozenset[str]:
    """Return the numbers of help lines, digits only; they are never personal data."""
    lines = _read(path).get("hulplijn", {}).values()
    return frozenset("".join(filter(str.isdigit, phone)) for line in lines for phone in line["phones"])


def _cues(lexicon: Lexicon, path: Path) -> tuple[Cue, ...]:
    try:
        return tuple(
            Cue(
                name,
                1 << number,
                frozenset(lexicon.element(word) for word in str(row.get("woorden", "")).split()),
                _phrases(lexicon, row.get("zinnen", ()), number),
                _phrases(lexicon, row.get("behalve", ()), number),
            )
            for number, (name, row) in enumerate(_read(path).items())
        )
    except LexiconError as error:
        raise RulebookError(f"{path.name}: {error}") from error


def _weights(lexicon: Lexicon, bits: Mapping[str, int], path: Path) -> Weights:
    try:
        return compiled(lexicon, bits, _read(path))
    except LexiconError as error:
        raise RulebookError(f"{path.name}: {error}") from error


def _rules(
    lexicon: Lexicon, bits: Mapping[str, int], paths: Iterable[Path]
) -> tuple[tuple[Rule, ...], tuple[Example, ...]]:
    rules: list[Rule] = []
    examples: list[Example] = []
    for path in paths:
        for row in _read(path).get("regel", ()):
            try:
                _check(row, {rule.id for rule in rules})
                rules.append(_rule(lexicon, bits, row, len(rules)))
            except LexiconError as error:
                raise RulebookError(f"{path.name}: {row.get('id', '?')}: {error}") from error
            for key in ("raak", "mis"):
                examples.extend(Example(row["id"], text, key == "raak") for text in row[key])
    return tuple(rules), tuple(examples)


def _check(row: Mapping[str, Any], known: set[str]) -> None:
    if missing := [key for key in REQUIRED if not row.get(key) and row.get(key) != 0]:
        raise LexiconError(f"{', '.join(missing)} ontbreekt")
    if strange := row.keys() - ALLOWED:
        raise LexiconError(f"{', '.join(sorted(strange))} is geen bekende naam")
    if row["id"] in known:
        raise LexiconError("dit id bestaat al")
    if min(len(row["raak"]), len(row["mis"])) < FEWEST_EXAMPLES:
        raise LexiconError(f"minder dan {FEWEST_EXAMPLES} voorbeelden bij raak of mis")
    if row["modus"] not in {mode.value for mode in Mode}:
        raise LexiconError(f"modus '{row['modus']}' bestaat niet")


def _rule(lexicon: Lexicon, bits: Mapping[str, int], row: Mapping[str, Any], number: int) -> Rule:
    scope = row.get("bereik", "zin")
    if scope not in SCOPES:
        raise LexiconError(f"bereik '{scope}' bestaat niet")
    some, other = conditions(row.get("een_van", ()), bits, scope), row.get("ander")
    need = conditions(row.get("nodig", ()), bits, scope)
    return Rule(
        id=row["id"], label=row["label"], severity=row["ernst"],
        phrases=_phrases(lexicon, row.get("zinnen", ()), number),
        exceptions=_phrases(lexicon, row.get("behalve", ()), number),
        need=need, needs=reduce(or_, (one.mask for one in need), 0), some=some, at_least=int(row.get("minstens", 1)),
        words_each=int(row.get("per_woorden", 0)),
        when_long=conditions(row.get("niet_bij_lang", ()), bits, scope),
        never=conditions(row.get("niet_bij", ()), bits, scope),
        lowered=conditions(row.get("verlaagd_door", ()), bits, scope),
        other=(other[0], other[1]) if other else None, scope=SCOPES[scope], mode=Mode(row["modus"]),
    )  # fmt: skip


def _phrases(lexicon: Lexicon, sources: Iterable[str], owner: int) -> tuple[Phrase, ...]:
    return tuple(compile_phrase(lexicon, source, owner) for source in sources)
