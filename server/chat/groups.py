"""The group rooms that editors describe in content/groepen. When each is open is up to the roster."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from server.kit.ids import stable_id

FILE: Final = Path(__file__).resolve().parents[2] / "content" / "groepen" / "groepen.toml"


@dataclass(frozen=True)
class Group:
    """One group as editors describe it. demo_hours: what the demo puts in the roster, empty for all day."""

    id: str
    slug: str
    name: str
    line: str
    welcome: str
    demo_hours: str = ""


@cache
def groups() -> dict[str, Group]:
    """Return the groups by room id, in the order of the file."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))
    made = [
        Group(stable_id("groep", slug), slug, row["naam"], row["zin"], row["welkom"], row["demo_uren"])
        for slug, row in rows.items()
    ]
    return {group.id: group for group in made}
