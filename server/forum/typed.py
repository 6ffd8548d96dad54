"""What somebody typed in a form of the forum, kept as typed so that it can be given back."""

from dataclasses import dataclass, field, replace

from server.forum.catalogue import content_notes
from server.forum.service import Draft
from server.kit.forms import Form

FIELDS = ("id", "categorie", "titel", "tekst", "let_op", "apart", "oneens")


@dataclass(frozen=True)
class Typed:
    """The fields as they came. category is None in a form without one; apart: under another name."""

    id: str
    text: str = ""
    title: str = ""
    category: int | None = None
    notes: list[int] = field(default_factory=list)
    apart: bool = False
    contested: bool = False

    def draft(self) -> Draft:
        """Return what the deeds want to know."""
        return Draft(self.id, self.text, self.title, self.category or 0, self.notes, self.contested)

    def with_category(self, number: int | None) -> "Typed":
        """Return the same with a category filled in."""
        return replace(self, category=number or 0)


def read(form: Form, *, topic: bool = False) -> Typed:
    """Read a posted form. topic: it has a title and a category. Notes that do not exist become 0 and are refused."""
    return Typed(
        id=form["id"],
        text=form["tekst"],
        title=form["titel"],
        category=number(form["categorie"]) if topic else None,
        notes=sorted({number(value) if number(value) in content_notes() else 0 for value in form.all("let_op")}),
        apart=form["apart"] == "1",
        contested=form["oneens"] == "1",
    )


def number(text: str) -> int:
    """Return a small whole number, 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0
