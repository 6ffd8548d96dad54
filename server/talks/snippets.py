"""Sentences that editors keep ready for the desk, in content/balie."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).resolve().parents[2] / "content" / "balie" / "snippets.toml"
DANGER: Final = "gevaar"
PLACES: Final = frozenset({"gesprek", DANGER})
NAME_CHARS: Final = 40


class BadSnippet(ValueError):
    """A row of content/balie that cannot be used; names the row."""


@dataclass(frozen=True)
class Snippet:
    """One sentence. step: what to do at that moment, for those about danger."""

    name: str
    words: str
    place: str
    step: str

    def filled(self, me: str, visitor: str) -> str:
        """Return the sentence with the names in it."""
        return self.words.replace("{ik}", me).replace("{naam}", visitor)


@cache
def snippets() -> tuple[Snippet, ...]:
    """Return all sentences in the editors' order. Raises BadSnippet."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["snippet"]
    return tuple(_snippet(row) for row in rows)


def of(place: str, me: str, visitor: str) -> list[dict[str, str]]:
    """Return the sentences for a place, ready to print."""
    return [
        {"name": one.name, "words": one.filled(me, visitor), "step": one.step}
        for one in snippets()
        if one.place == place
    ]


def _snippet(row: dict[str, str]) -> Snippet:
    made = Snippet(row["naam"], row["tekst"], row["bij"], row.get("stap", ""))
    if made.place not in PLACES or len(made.name) > NAME_CHARS or bool(made.step) != (made.place == DANGER):
        raise BadSnippet(made.name)
    return made
