"""Published figures as CSV. The same releases give the same bytes, whoever asks, whenever, in whatever language."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from server.stats import words
from server.stats.models import ReleaseNote
from server.stats.queries import Published
from server.stats.release import Group
from web import text

COLUMNS: Final = (
    "uitgave", "periode", "getrokken", "tabel", "titel", "cellen", "omschrijving", "waarde", "marge", "notitie",
)  # fmt: skip
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
LANGUAGE: Final = "nl"


def as_csv(releases: Iterable[Published], notes: Sequence[ReleaseNote]) -> bytes:
    """Return one line per published number, oldest release first; a total has no cells, "te weinig" no value.

    UTF-8 with a byte order mark, semicolons and CRLF: a Dutch spreadsheet opens it as it is.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    said = {period: " ".join(note.text for note in notes if note.period == period) for period in _periods(notes)}
    for found in releases:
        for code in sorted(found.figures, key=_order):
            for row in _rows(found, code):
                writer.writerow([safe(cell) for cell in (*row, said.get(found.period.code, ""))])
    return out.getvalue().encode("utf-8-sig")


def safe(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _rows(found: Published, code: str) -> Iterable[tuple[str, ...]]:
    figure, table = found.figures[code], words.table_of(code)
    before = (
        str(found.number), found.period.code, found.drawn_on.isoformat(), code, text(f"cijfers.tabel.{code}"),
    )  # fmt: skip

    def row(cells: str, label: str, value: int | None, members: int) -> tuple[str, ...]:
        margin = words.margin_of(table, members, noise=found.noise) if value is not None else None
        return (*before, cells, label, "" if value is None else str(value), "" if margin is None else str(margin))

    for group in figure.groups:
        yield row("+".join(group.cells), _label(code, group), group.value, len(group.cells))
    yield row("", text("cijfers.woord.totaal"), figure.total, len(table.cells))


def _label(code: str, group: Group) -> str:
    return words.group_words(code, group, LANGUAGE)


def _periods(notes: Iterable[ReleaseNote]) -> set[str]:
    return {note.period for note in notes}


def _order(code: str) -> tuple[bool, int]:
    """Sort T1 … T18 before L1 and L2."""
    return code.startswith("L"), int(code[1:])
