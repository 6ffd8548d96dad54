"""Reading figures: published releases and nothing else."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import col, select

from server.kit.db.database import Tx
from server.stats.chain import BEGIN, figure_of
from server.stats.models import NoiseSpent, Release, ReleaseNote
from server.stats.periods import Period, parse
from server.stats.release import Figure


@dataclass(frozen=True)
class Published:
    """A release as it was drawn. figures by table code; noise: whether visitors' tables carry noise."""

    number: int
    period: Period
    drawn_on: date
    digest: str
    noise: bool
    figures: dict[str, Figure]
    on_time: bool | None


async def releases(tx: Tx) -> list[Published]:
    """Return all releases, oldest first."""
    return [_read(row) for row in (await tx.exec(select(Release).order_by(col(Release.number)))).all()]


async def bodies(tx: Tx) -> Sequence[str]:
    """Return the documents themselves, oldest first, exactly as they were published."""
    return (await tx.exec(select(Release.body).order_by(col(Release.number)))).all()


async def body(tx: Tx, period: str) -> str | None:
    """Return the document of one period."""
    return (await tx.exec(select(Release.body).where(col(Release.period) == period))).first()


async def notes(tx: Tx) -> Sequence[ReleaseNote]:
    """Return the corrections, oldest first."""
    return (await tx.exec(select(ReleaseNote).order_by(col(ReleaseNote.noted_on), col(ReleaseNote.id)))).all()


async def chain_end(tx: Tx) -> tuple[int, str]:
    """Return the number and the digest of the newest release; 0 and the beginning when there is none."""
    newest = (await tx.exec(select(Release).order_by(col(Release.number).desc()).limit(1))).first()
    return (newest.number, newest.digest) if newest else (0, BEGIN)


async def drawn(tx: Tx) -> dict[str, date]:
    """Return the day each published period was drawn."""
    rows = await tx.exec(select(col(Release.period), col(Release.drawn_on)))
    return dict(rows.all())


async def spent(tx: Tx) -> list[dict[str, Any]]:
    """Return the ledger as `verify.spent_by_month` reads it: one entry per line."""
    rows = (await tx.exec(select(NoiseSpent))).all()
    return [{"periode": row.period, "ruisboek": [{"epsilon": row.epsilon}]} for row in rows]


async def newest_values(tx: Tx) -> dict[tuple[str, str], int]:
    """Return the numbers of the newest month and quarter by (table, cell), for `moi_released_value`.

    Pooled cells are joined by a plus; the total is called "totaal".
    """
    newest = {found.period.calendar: found for found in await releases(tx)}
    values: dict[tuple[str, str], int] = {}
    for found in newest.values():
        for code, figure in found.figures.items():
            values |= {(code, "+".join(group.cells)): group.value for group in figure.groups}
            if figure.total is not None:
                values[code, "totaal"] = figure.total
    return values


def _read(row: Release) -> Published:
    found: dict[str, Any] = json.loads(row.body)
    figures = {code: figure_of(figure) for code, figure in found["tabellen"].items()}
    on_time = found["tabellen"].get("T16", {}).get("op_tijd")
    return Published(
        row.number, parse(row.period), row.drawn_on, row.digest, found["methode"]["ruis"], figures, on_time
    )
