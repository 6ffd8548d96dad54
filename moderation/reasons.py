"""The reasons a moderator starts from; the text may be changed before it is sent, never left empty."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).resolve().parents[1] / "content" / "moderation" / "redenen.toml"


@dataclass(frozen=True)
class Reason:
    """One reason: category is a label of the rules, house_rule the number of the rule, text what the author reads."""

    id: str
    category: str
    house_rule: str
    title: str
    text: str


@cache
def reasons() -> tuple[Reason, ...]:
    """Return the reasons in the editors' order."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(Reason(id_, row["categorie"], row["regel"], row["titel"], row["tekst"]) for id_, row in rows.items())


def suggested(label: str) -> Reason:
    """Return the reason that fits a label, or the last one."""
    return next((reason for reason in reasons() if reason.category == label), reasons()[-1])
