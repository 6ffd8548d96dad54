"""What goes when: cases 30 days after they were closed and never after 90, appeals with them (moderation-spec 9)."""

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from moderation.models import Act, Appeal, Case, LogRow, Report

CLOSED: Final = timedelta(days=30)
LONGEST: Final = timedelta(days=90)
LOG_DAYS: Final = 365


async def forget(tx: AsyncSession, now: datetime) -> list[str]:
    """Delete what is over. Returns the subject ids of the cases that went, so that their keys can be destroyed."""
    over = (col(Case.closed_at) < now - CLOSED) | (col(Case.opened_at) < now - LONGEST)
    gone = (await tx.exec(select(Case.id, Case.subject_id).where(over))).all()
    ids = [case_id for case_id, _ in gone]
    acts = list((await tx.exec(select(Act.id).where(col(Act.case_id).in_(ids)))).all())
    await tx.exec(delete(Appeal).where(col(Appeal.act_id).in_(acts)))
    await tx.exec(delete(Act).where(col(Act.id).in_(acts)))
    await tx.exec(delete(Report).where(col(Report.case_id).in_(ids)))
    await tx.exec(delete(Case).where(col(Case.id).in_(ids)))
    await tx.exec(delete(LogRow).where(col(LogRow.hour) < f"{now - timedelta(days=LOG_DAYS):%Y-%m-%dT%H}"))
    return [subject_id for _, subject_id in gone]
