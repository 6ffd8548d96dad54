"""A release as a document: canonical JSON that holds the hash of the one before it (privacy-spec 9.2, rule 7)."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from server.stats import release
from server.stats.noise import Bits
from server.stats.periods import Period
from server.stats.release import Figure, Group, Shown, on_time, publish
from server.stats.tables import FLAGGED, ON_TIME, ORGANISATIONS, Calendar, Source, Table, released

BEGIN: Final = "0" * 64
"""What the first release names as the hash before it."""

Body = Mapping[str, Any]
Counts = Mapping[str, Mapping[str, int]]
"""Counts by table and cell, of one period."""


def draw(
    period: Period,
    counts: Counts,
    organisations: Counts,
    *,
    number: int,
    before: str,
    drawn_on: date,
    noise: bool,
    bits: Bits = secrets.randbits,
) -> dict[str, Any]:
    """Make the release of a period. Drawing twice gives other numbers, so the caller keeps the first for good.

    organisations: L1 and L2 per gemeente, shown with a quarter. number and before: place in the chain, its last hash.
    """
    tables = released(period.calendar)
    figures = {
        table.code: as_json(publish(table, counts.get(table.code, {}), noise=noise, bits=bits)) for table in tables
    }
    if FLAGGED in figures:
        figures[FLAGGED]["op_tijd"] = on_time(counts.get(ON_TIME, {}))
    if period.calendar is Calendar.QUARTER:
        figures |= {
            code: as_json(publish(table, organisations[code], noise=noise))
            for code, table in ORGANISATIONS.items()
            if code in organisations
        }
    return {
        "nummer": number,
        "vorige": before,
        "periode": period.code,
        "getrokken": drawn_on.isoformat(),
        "methode": {"ruis": noise, "k": release.MINIMUM, "drempel": release.NOISED_MINIMUM, "stap": release.STEP},
        "ruisboek": [_spent(table) for table in tables if noise and table.source is Source.VISITORS],
        "tabellen": figures,
    }


def canonical(body: Body) -> str:
    """Return the one way to write a release: sorted keys, no spaces, UTF-8."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(text: str) -> str:
    """Return the SHA-256 of a canonical text in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def as_json(figure: Figure) -> dict[str, Any]:
    """Return a figure as it stands in a release."""
    groups = [{"cellen": list(group.cells), "waarde": group.value} for group in figure.groups]
    return {"getoond": figure.shown.value, "groepen": groups, "totaal": figure.total}


def figure_of(found: Mapping[str, Any]) -> Figure:
    """Return the figure that stands in a release. Raises KeyError or ValueError."""
    groups = tuple(Group(tuple(group["cellen"]), group["waarde"]) for group in found["groepen"])
    return Figure(Shown(found["getoond"]), groups, found["totaal"])


def _spent(table: Table) -> dict[str, Any]:
    return {"tabel": table.code, "epsilon": str(release.EPSILON), "gevoeligheid": table.a_day}
