"""Retention, every night and on demand, and what may be said about it (privacy 5.1)."""

from collections.abc import Sequence

from sqlalchemy import func
from sqlmodel import select

from server.kit.run.jobs import Job
from server.kit.runtime import Runtime
from server.migrations.tables import METADATA

FEWEST_TOLD = 10


async def retain(rt: Runtime, jobs: Sequence[Job]) -> dict[str, int]:
    """Delete now what has had its time. Returns how many rows went per table, where that is ten or more."""
    before = await _numbers(rt)
    for job in jobs:
        await job.deed(rt, rt.clock.now())
    after = await _numbers(rt)
    gone = {table: number - after[table] for table, number in before.items()}
    return {table: number for table, number in gone.items() if number >= FEWEST_TOLD}


async def _numbers(rt: Runtime) -> dict[str, int]:
    found: dict[str, int] = {}
    for store, metadatas in METADATA.items():
        async with rt.stores[store].reading() as tx:
            for table in (table for metadata in metadatas for table in metadata.sorted_tables):
                number = (await tx.exec(select(func.count()).select_from(table))).one()
                found[f"{store}.{table.name}"] = number
    return found
