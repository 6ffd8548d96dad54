"""The append-only log of moderation (moderation-spec 9): each line holds the hash of the one before it."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from moderation.models import LogRow

START: Final = "0" * 64


async def note(
    tx: AsyncSession, staff_id: str, act: str, case_id: str, facts: Mapping[str, Any], now: datetime
) -> None:
    """Add a line. facts may hold label, severity, rule ids, versions and reason category; never a text or a name."""
    last = (await tx.exec(select(LogRow.hash).order_by(col(LogRow.number).desc()).limit(1))).first() or START
    hour = now.astimezone(UTC).strftime("%Y-%m-%dT%H")
    row = LogRow(hour=hour, staff_id=staff_id, act=act, case_id=case_id, facts=dict(facts), previous=last, hash="")
    row.hash = _hash(row)
    tx.add(row)
    await tx.flush()


async def broken_at(tx: AsyncSession) -> int | None:
    """Return the number of the first line that does not fit the one before it, or None."""
    previous: str | None = None
    for row in (await tx.exec(select(LogRow).order_by(col(LogRow.number)))).all():
        if row.hash != _hash(row) or (previous is not None and row.previous != previous):
            return row.number
        previous = row.hash
    return None


def _hash(row: LogRow) -> str:
    line = [row.hour, row.staff_id, row.act, row.case_id, row.facts, row.previous]
    return hashlib.sha256(json.dumps(line, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
