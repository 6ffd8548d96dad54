"""Which visits go on."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import col, select

from server.kit.db.database import Tx
from server.visitors.models import VisitRow


async def going_on(tx: Tx, refs: Collection[str], now: datetime) -> set[str]:
    """Return those of these visits that have not ended; refs as in `Visit.ref`, in hex."""
    if not refs:
        return set()
    query = select(VisitRow.ref).where(col(VisitRow.ref).in_(refs), col(VisitRow.ends_at) > now)
    return set((await tx.exec(query)).all())
