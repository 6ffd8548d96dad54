"""The night's work: added up once, published once, then forgotten. In real stores."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from server.kit import tally
from server.kit.clock import FixedClock
from server.kit.errors import Invalid, NotFound
from server.kit.run.metrics import Metrics
from server.kit.runtime import Runtime
from server.stats import demo, queries, service
from server.stats.export import as_csv
from server.stats.models import NoiseSpent, PendingCount, Release
from server.stats.release import CAP
from server.stats.verify import spent_by_month, verify

EARLY_DECEMBER = datetime(2026, 12, 7, 3, tzinfo=UTC)
A_WEEK_LATER = datetime(2027, 1, 7, 3, tzinfo=UTC)


def set_clock(rt: Runtime, now: datetime) -> None:
    assert isinstance(rt.clock, FixedClock)
    rt.clock.set(now)


async def pending(rt: Runtime, period: str, table: str) -> dict[str, int]:
    """Return what waits, by cell."""
    here = (PendingCount.period == period, PendingCount.table_code == table)
    async with rt.stores.tellingen.reading() as tx:
        return {row.cell: row.count for row in (await tx.exec(select(PendingCount).where(*here))).all()}


async def texts(rt: Runtime) -> list[str]:
    """Return all releases as published."""
    async with rt.stores.hoofd.reading() as tx:
        return list(await queries.bodies(tx))


async def exported(rt: Runtime) -> bytes:
    """Return the table file."""
    async with rt.stores.hoofd.reading() as tx:
        return as_csv(await queries.releases(tx), await queries.notes(tx))


@pytest.fixture(autouse=True)
def empty_tally(rt: Runtime) -> None:
    """Start without counts of other tests."""
    rt.tally.clear()


async def test_counts_come_into_their_period_with_all_their_cells(rt: Runtime) -> None:
    rt.tally.count("T12", "eerste")
    rt.tally.count("T1", "forum")
    assert await service.merge(rt, rt.clock.now()) == 1
    assert await pending(rt, "2026-K4", "T12") == {"eerste": 1, "vervolg": 0}
    assert (await pending(rt, "2026-11", "T1"))["forum"] == 1
    assert await pending(rt, "2026-11", "T12") == {}


async def test_a_night_that_stopped_half_way_counts_nothing_twice(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    async def power_cut(*_: object) -> None:
        raise ConnectionError

    rt.tally.count("T10", "totaal")
    with monkeypatch.context() as patched:
        patched.setattr(tally, "drop", power_cut)
        with pytest.raises(ConnectionError):
            await service.merge(rt, rt.clock.now())
    rt.tally.count("T10", "totaal")
    await service.merge(rt, rt.clock.now())
    await service.merge(rt, rt.clock.now())
    assert await pending(rt, "2026-K4", "T10") == {"totaal": 2}


async def test_nothing_is_published_before_its_day(rt: Runtime) -> None:
    for _ in range(40):
        rt.tally.count("T1", "forum")
    await service.nightly(rt, rt.clock.now())
    set_clock(rt, EARLY_DECEMBER - timedelta(days=1))
    assert await service.release_due(rt, rt.clock.now()) == []
    set_clock(rt, EARLY_DECEMBER)
    assert await service.release_due(rt, rt.clock.now()) == ["2026-11"]


async def test_a_period_is_drawn_once(rt: Runtime) -> None:
    for _ in range(40):
        rt.tally.count("T1", "forum")
    await service.nightly(rt, rt.clock.now())
    await service.nightly(rt, EARLY_DECEMBER)
    first = await texts(rt)
    rt.tally.count("T1", "forum")
    for days in (1, 2, 13, 14, 15, 40):
        await service.nightly(rt, EARLY_DECEMBER + timedelta(days=days))
    assert (await texts(rt))[0] == first[0]
    assert verify(await texts(rt)) == []


async def test_counts_are_forgotten_two_weeks_after_their_release(rt: Runtime) -> None:
    rt.tally.count("T1", "forum")
    await service.nightly(rt, rt.clock.now())
    await service.nightly(rt, EARLY_DECEMBER)
    await service.forget(rt, EARLY_DECEMBER + timedelta(days=13))
    assert await pending(rt, "2026-11", "T1")
    await service.forget(rt, EARLY_DECEMBER + timedelta(days=14))
    assert await pending(rt, "2026-11", "T1") == {}
    assert len(await texts(rt)) == 1


@pytest.mark.parametrize("table", ["release", "noise_spent", "release_note"])
@pytest.mark.parametrize("deed", ["UPDATE {} SET period = '2020-01'", "DELETE FROM {}"])
async def test_the_database_refuses_every_change(rt: Runtime, table: str, deed: str) -> None:
    await demo.seed_past_year(rt, rt.clock.now())
    await service.note(rt, "2026-10", "Op 3 oktober telde het forum niet mee.", rt.clock.now())
    with pytest.raises(IntegrityError, match="never changed"):
        async with rt.stores.hoofd.transaction() as tx:
            await (await tx.connection()).execute(text(deed.format(table)))


async def test_a_correction_is_a_note_beside_the_same_number(rt: Runtime) -> None:
    await demo.seed_past_year(rt, rt.clock.now())
    before = await texts(rt)
    await service.note(rt, "2026-10", "Op 3 oktober telde het forum niet mee.", rt.clock.now())
    assert await texts(rt) == before
    assert b"telde het forum niet mee" in await exported(rt)
    with pytest.raises(NotFound):
        await service.note(rt, "2020-01", "Te vroeg.", rt.clock.now())
    with pytest.raises(Invalid):
        await service.note(rt, "2026-10", "", rt.clock.now())


async def test_places_come_with_the_quarter(rt: Runtime) -> None:
    async def organisations(_rt: Runtime, _now: datetime) -> dict[str, dict[str, int]]:
        return {"L1": {"GM0014": 2}}

    await service.merge(rt, rt.clock.now())
    await service.release_due(rt, A_WEEK_LATER, organisations)
    async with rt.stores.hoofd.reading() as tx:
        month, quarter = await queries.releases(tx)
    assert "L1" not in month.figures
    assert quarter.figures["L1"].total == 2
    assert "L2" not in quarter.figures


async def test_two_processes_publish_one_release(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    await service.merge(rt, rt.clock.now())
    waiting = await service._waiting_periods(rt, EARLY_DECEMBER.date())
    await service.release_due(rt, EARLY_DECEMBER)

    async def stale(*_: object) -> object:
        return waiting

    monkeypatch.setattr(service, "_waiting_periods", stale)
    assert await service.release_due(rt, EARLY_DECEMBER) == []
    assert len(await texts(rt)) == 1


async def test_the_ledger_stays_under_its_cap(rt: Runtime) -> None:
    await demo.seed_past_year(rt, rt.clock.now())
    async with rt.stores.hoofd.reading() as tx:
        spent = spent_by_month(await queries.spent(tx))
        lines = (await tx.exec(select(NoiseSpent))).all()
        releases = (await tx.exec(select(Release))).all()
    assert max(spent.values()) == CAP
    assert {line.period for line in lines} == {release.period for release in releases}


async def test_the_ledger_refuses_what_would_cost_more(rt: Runtime) -> None:
    async with rt.stores.hoofd.transaction() as tx:
        tx.add(NoiseSpent(period="2026-11", table_code="T3", epsilon="3", sensitivity=1))
        tx.add(Release(number=1, period="2020-01", drawn_on=EARLY_DECEMBER.date(), digest="", body="{}"))
    await service.merge(rt, rt.clock.now())
    with pytest.raises(service.CapReached):
        await service.release_due(rt, EARLY_DECEMBER)


async def test_same_export_same_bytes(rt: Runtime) -> None:
    await demo.seed_past_year(rt, rt.clock.now())
    first = await exported(rt)
    await service.nightly(rt, rt.clock.now())
    set_clock(rt, rt.clock.now() + timedelta(hours=5))
    assert await exported(rt) == first


async def test_a_made_up_year_is_made_once_and_stands(rt: Runtime) -> None:
    await demo.seed_past_year(rt, rt.clock.now())
    first = await texts(rt)
    await demo.seed_past_year(rt, rt.clock.now() + timedelta(days=200))
    assert await texts(rt) == first
    assert verify(first) == []
    assert len(first) > 16


async def test_the_monitor_gets_the_newest_numbers_only(rt: Runtime) -> None:
    await demo.seed_past_year(rt, rt.clock.now())
    async with rt.stores.hoofd.reading() as tx:
        values, releases = await queries.newest_values(tx), await queries.releases(tx)
    assert values["T10", "totaal"] == releases[-2].figures["T10"].total
    metrics = Metrics(rt.clock, "0.1.0")
    metrics.released(values)
    samples = [line for line in metrics.render().decode().splitlines() if not line.startswith("#")]
    assert any(line.startswith("moi_released_value") for line in samples)
    assert len(samples) <= 400
