"""The groups and the themes of kringen that editors describe in content/groepen."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from server.kit.ids import stable_id

CONTENT: Final = Path(__file__).resolve().parents[2] / "content" / "groepen"


@dataclass(frozen=True)
class Group:
    """One group as editors describe it. demo_hours: what the demo puts in the roster, empty for all day."""

    id: str
    slug: str
    name: str
    line: str
    welcome: str
    demo_hours: str = ""


@dataclass(frozen=True)
class Theme(Group):
    """A theme of kringen. agreements: what one agrees to at the door; minutes, places: what a plan begins with."""

    agreements: tuple[str, ...] = ()
    minutes: int = 60
    places: int = 8
    demo: str = ""


@cache
def groups() -> dict[str, Group]:
    """Return the groups by room id, in the order of the file."""
    rows = tomllib.loads((CONTENT / "groepen.toml").read_text(encoding="utf-8"))
    made = [
        Group(stable_id("groep", slug), slug, row["naam"], row["zin"], row["welkom"], row["demo_uren"])
        for slug, row in rows.items()
    ]
    return {group.id: group for group in made}


@cache
def themes() -> dict[str, Theme]:
    """Return the themes of kringen by slug, in the order of the file."""
    rows = tomllib.loads((CONTENT / "kringen.toml").read_text(encoding="utf-8"))
    return {
        slug: Theme(
            stable_id("kring", slug), slug, row["naam"], row["zin"], row["welkom"], "", tuple(row["afspraken"]),
            row["minuten"], row["plekken"], row["demo"],
        )
        for slug, row in rows.items()
    }  # fmt: skip


def described(room_id: str, theme: str) -> Group | None:
    """Return what editors say of a room: of the group it is, or of its theme."""
    return themes().get(theme) or groups().get(room_id)
