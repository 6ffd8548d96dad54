"""The night's work on figures: add up, publish what is due, forget what was published. Notes instead of corrections."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete, select

from server.kit import tally
from server.kit.clock import local_day
from server.kit.db.database import Tx
from server.kit.errors import Conflict, NotFound
from server.kit.runtime import Runtime
from server.kit.tally import Batch
from server.kit.text import clean
from server.stats import queries, release
from server.stats.chain import Counts, canonical, digest, draw
from server.stats.files import write_missing
from server.stats.models import MergedBatch, NoiseSpent, PendingCount, Release, ReleaseNote
from server.stats.periods import KEPT, Period, parse, period_of
from server.stats.tables import TABLES, Calendar
from server.stats.verify import spent_by_month

MARK_KEPT: Final = timedelta(days=3)
FOLDER: Final = "cijfers"

Organisations = Callable[[Runtime, datetime], Awaitable[Counts]]
"""Gives L1 and L2 per gemeente on the day of a release; passed in, because this slice knows no location."""


class CapReached(Conflict):
    """One more noised table would spend more on a visit's day than was promised."""

    code = "ruis_op"


async def nightly(rt: Runtime, now: datetime, organisations: Organisations | None = None) -> None:
    """Add up the counts, publish what is due, forget what was published two weeks ago."""
    await merge(rt, now)
    await release_due(rt, now, organisations)
    await forget(rt, now)


async def merge(rt: Runtime, now: datetime) -> int:
    """Add all closed blobs to `tellingen`, in one transaction in which nothing else happens. Returns how many.

    Stopping anywhere is safe: a blob stays closed until its counts are in, and its mark keeps it from going in twice.
    """
    await rt.tally.write_down(rt.stores.vluchtig, rt.keyring)
    batches = await tally.take(rt.stores.vluchtig, rt.keyring)
    today = local_day(now)
    async with rt.stores.tellingen.transaction() as tx:
        await tx.exec(delete(MergedBatch).where(col(MergedBatch.day) < today - MARK_KEPT))
        known = set((await tx.exec(select(MergedBatch.id))).all())
        fresh = [batch for batch in batches if batch.id not in known]
        await _add(tx, fresh, today)
        tx.add_all([MergedBatch(id=batch.id, day=today) for batch in fresh])
    await tally.drop(rt.stores.vluchtig, batches)
    return len(fresh)


async def release_due(rt: Runtime, now: datetime, organisations: Organisations | None = None) -> list[str]:
    """Publish every period that ended a week ago or longer and was not published. Returns their codes.

    Each is drawn once: whoever commits first has drawn it, another process that drew it too finds it taken.
    """
    today, published = local_day(now), []
    for period in await _waiting_periods(rt, today):
        counts = await _counts(rt, period)
        extra = await organisations(rt, now) if organisations and period.calendar is Calendar.QUARTER else {}
        try:
            await _publish(rt, period, counts, extra, today)
        except IntegrityError:
            continue
        published.append(period.code)
    await _write_files(rt)
    return published


async def forget(rt: Runtime, now: datetime) -> None:
    """Delete the counts of periods that were published two weeks ago; only the release remains (rule 7)."""
    async with rt.stores.hoofd.reading() as tx:
        drawn = await queries.drawn(tx)
    old = [period for period, day in drawn.items() if local_day(now) >= day + KEPT]
    async with rt.stores.tellingen.transaction() as tx:
        await tx.exec(delete(PendingCount).where(col(PendingCount.period).in_(old)))


async def note(rt: Runtime, period: str, text: str, now: datetime) -> None:
    """Put a remark beside a release. The numbers stay as they are. Raises NotFound or Invalid."""
    said = clean(text, "notitie", max_chars=1000, single_line=True)
    async with rt.stores.hoofd.transaction() as tx:
        if period not in await queries.drawn(tx):
            raise NotFound
        tx.add(ReleaseNote(period=period, noted_on=local_day(now), text=said))


async def _add(tx: Tx, batches: Iterable[Batch], today: date) -> None:
    """Add counts to their periods, sorted; the running periods get all their cells even when nothing was counted."""
    totals: Counter[tuple[str, str, str]] = Counter()
    for batch in batches:
        for (month, table, cell), number in (batch.counts or {}).items():
            if table in TABLES and cell in TABLES[table].cells:
                totals[_period(table, date.fromisoformat(f"{month}-01")).code, table, cell] += number
    opened = {(_period(table, today).code, table) for table in TABLES} | {key[:2] for key in totals}
    for period, table in sorted(opened):
        await _open_period(tx, period, table)
    for (period, table, cell), number in sorted(totals.items()):
        row = await tx.get_one(PendingCount, (period, table, cell))
        row.count += number
        tx.add(row)


async def _open_period(tx: Tx, period: str, table: str) -> None:
    here = (col(PendingCount.period) == period) & (col(PendingCount.table_code) == table)
    known = set((await tx.exec(select(PendingCount.cell).where(here))).all())
    tx.add_all(
        [PendingCount(period=period, table_code=table, cell=cell) for cell in TABLES[table].cells if cell not in known]
    )
    await tx.flush()


async def _waiting_periods(rt: Runtime, today: date) -> list[Period]:
    async with rt.stores.hoofd.reading() as tx:
        drawn = await queries.drawn(tx)
    async with rt.stores.tellingen.reading() as tx:
        codes = (await tx.exec(select(PendingCount.period).distinct())).all()
    waiting = [parse(code) for code in codes if code not in drawn]
    return sorted((period for period in waiting if period.due <= today), key=lambda period: (period.last, period.code))


async def _counts(rt: Runtime, period: Period) -> dict[str, dict[str, int]]:
    async with rt.stores.tellingen.reading() as tx:
        rows = (await tx.exec(select(PendingCount).where(col(PendingCount.period) == period.code))).all()
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        counts.setdefault(row.table_code, {})[row.cell] = row.count
    return counts


async def _publish(rt: Runtime, period: Period, counts: Counts, organisations: Counts, today: date) -> None:
    async with rt.stores.hoofd.transaction() as tx:
        number, before = await queries.chain_end(tx)
        body = draw(
            period, counts, organisations, number=number + 1, before=before, drawn_on=today, noise=rt.settings.ruis
        )
        spent = await queries.spent(tx)
        if any(sum_ > release.CAP for sum_ in spent_by_month([*spent, body]).values()):
            raise CapReached
        text = canonical(body)
        tx.add(Release(number=number + 1, period=period.code, drawn_on=today, digest=digest(text), body=text))
        tx.add_all(
            [
                NoiseSpent(
                    period=period.code,
                    table_code=line["tabel"],
                    epsilon=line["epsilon"],
                    sensitivity=line["gevoeligheid"],
                )
                for line in body["ruisboek"]
            ]
        )


async def _write_files(rt: Runtime) -> None:
    """Put every release beside the stores as a file, for whoever wants to check the chain without a database."""
    async with rt.stores.hoofd.reading() as tx:
        texts = await queries.bodies(tx)
    write_missing(rt.settings.data_dir / FOLDER, texts)


def _period(table: str, day: date) -> Period:
    return period_of(TABLES[table].calendar, day)
