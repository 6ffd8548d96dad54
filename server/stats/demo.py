"""A made-up past year of counts for the demo, published by the real code: no figure is drawn in any other way."""

import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final

from server.kit.clock import local_day
from server.kit.runtime import Runtime
from server.stats import queries, service
from server.stats.chain import Counts
from server.stats.models import PendingCount
from server.stats.periods import FREEZE, Period, between, period_of
from server.stats.tables import GEMEENTEN, TABLES, Calendar

SEED: Final = 9_747_000
QUARTERS: Final = 5
SPREAD: Final = 0.12

TYPICAL: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType(
    {
        "T1": (430, 260, 190, 340),
        "T2": (110, 620, 95, 140, 90, 28, 75, 60, 150, 45, 130, 1480),
        "T3": (480, 900, 1650, 390),
        "T4": (104, 31, 24, 15),
        "T5": (84, 92, 38, 77, 61, 47, 29, 23, 42),
        "T6": (31, 66, 58, 21, 7, 14),
        "T7": (120, 88, 64, 71, 52, 33),
        "T8": (410, 980, 520),
        "T10": (58,),
        "T11": (0, 44, 22, 0, 0, 0, 26, 19, 31, 0),
        "T12": (118, 24),
        "T13": (52, 49, 27, 11, 3),
        "T14": (46, 41, 31, 18, 6),
        "T15": (19, 12),
        "T16": (96, 61, 24),
        "T16_tijd": (178, 3),
        "T17": (112, 45, 22, 2),
        "T18": (31, 17, 12),
    }
)
"""What a full period looks like at the end of the year, cell by cell in the order of the table."""

LOCATIONS: Final[Mapping[int, Mapping[str, int]]] = MappingProxyType(
    {
        2025: {"GM0037": 1, "GM1969": 1},
        2026: {"GM0037": 2, "GM1969": 2, "GM0014": 2, "GM0047": 2, "GM1966": 2},
        2027: {"GM0037": 2, "GM1969": 2, "GM0014": 2, "GM0047": 2, "GM1966": 2, "GM1979": 2, "GM0765": 2, "GM1952": 2},
    }
)
"""The growth path of the plan (directory-booking-spec 16.3), with its scenario for 2026 and 2027."""


async def seed_past_year(rt: Runtime, now: datetime) -> None:
    """Fill five quarters that are over and publish what was due, each on its own day. Once published: does nothing."""
    async with rt.stores.hoofd.reading() as tx:
        if await queries.drawn(tx):
            return
    today = local_day(now)
    periods = [period for calendar in Calendar for period in _past(calendar, today)]
    async with rt.stores.tellingen.transaction() as tx:
        tx.add_all([row for period in periods for row in _rows(period, today)])
    for day in sorted({period.due for period in periods if period.due <= today}):
        await service.release_due(rt, datetime.combine(day, time(3), UTC), _organisations)
    await service.forget(rt, now)


def _past(calendar: Calendar, today: date) -> list[Period]:
    """Return the periods of the last five quarters that are over."""
    first = period_of(Calendar.QUARTER, today)
    for _ in range(QUARTERS):
        first = period_of(Calendar.QUARTER, first.first - timedelta(days=1))
    return [period for period in between(calendar, first.first, today) if period.last < today]


def _rows(period: Period, today: date) -> list[PendingCount]:
    """Return made-up counts: a little less the longer ago, never the same twice, the same at every start."""
    growth = max(0.35, 1 - (today - period.last).days / 730)
    rows = []
    for code, table in sorted(TABLES.items()):
        if table.calendar is not period.calendar:
            continue
        chance = random.Random(f"{SEED}/{period.code}/{code}")
        for cell, typical in zip(table.cells, TYPICAL[code], strict=True):
            count = round(typical * growth * chance.gauss(1, SPREAD))
            rows.append(PendingCount(period=period.code, table_code=code, cell=cell, count=max(0, count)))
    return rows


async def _organisations(rt: Runtime, now: datetime) -> Counts:
    """Return the locations and groups that the plan foresaw for the year a release is about."""
    year = min(max((local_day(now) - FREEZE).year, min(LOCATIONS)), max(LOCATIONS))
    active = LOCATIONS[year]
    return {
        "L1": {code: active.get(code, 0) for code in GEMEENTEN},
        "L2": {code: 2 * active.get(code, 0) for code in GEMEENTEN},
    }
