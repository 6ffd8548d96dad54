"""The contact point of this installation, from content/contactpunt.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent.parent.parent / "content" / "contactpunt.toml"


@dataclass(frozen=True)
class ContactPoint:
    """Who answers. An address under .example belongs to the demo."""

    name: str
    mail: str

    @property
    def is_example(self) -> bool:
        return self.mail.endswith(".example")


@cache
def contact_point() -> ContactPoint:
    """Return the contact point. Raises TypeError when a field is missing or unknown."""
    return ContactPoint(**tomllib.loads(FILE.read_text(encoding="utf-8")))
