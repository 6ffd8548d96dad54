"""What all tests share: one set of stores per run, emptied before each test, and a clock that stands still."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvloop
from sqlalchemy import delete

from server.app import make_runtime
from server.kit.clock import FixedClock
from server.kit.db.tables import STORES
from server.kit.keys import Keyring
from server.kit.runtime import Runtime
from server.kit.settings import Settings, random_port_settings
from server.migrations.schema import migrate
from server.migrations.tables import METADATA
from tests.stats.cleaning import forget_releases

TUESDAY_EVENING = datetime(2026, 11, 24, 19, 30, tzinfo=UTC)


def pytest_configure() -> None:
    """Run the tests on the event loop that serves."""
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Cheap settings on files of this run; PostgreSQL and Redis when MOI_TEST_DATABASE_URL and _REDIS_URL name them."""
    folder = tmp_path_factory.mktemp("stores")
    database = os.environ.get("MOI_TEST_DATABASE_URL", "")
    redis = os.environ.get("MOI_TEST_REDIS_URL", "") if database else ""
    return random_port_settings(Path(folder), 8000, database_url=database, redis_url=redis)


@pytest.fixture
def clock() -> FixedClock:
    """A Tuesday evening in November, half past eight in Groningen."""
    return FixedClock(TUESDAY_EVENING)


@pytest.fixture(scope="session")
async def open_runtime(settings: Settings) -> AsyncIterator[Runtime]:
    """The stores of this run, opened once."""
    await migrate(settings)
    rt = make_runtime(settings, FixedClock(TUESDAY_EVENING))
    yield rt
    await rt.close()


@pytest.fixture
async def rt(open_runtime: Runtime, tmp_path: Path) -> Runtime:
    """A runtime whose stores are empty and whose clock stands on a Tuesday evening. `rt.clock` is a FixedClock."""
    clock = open_runtime.clock
    assert isinstance(clock, FixedClock)
    clock.set(TUESDAY_EVENING)
    await forget_releases(open_runtime)
    for store in STORES:
        async with open_runtime.stores[store].transaction() as tx:
            for metadata in METADATA[store]:
                for table in reversed(metadata.sorted_tables):
                    await tx.exec(delete(table))
    await open_runtime.limits.clear()
    return replace(open_runtime, keyring=Keyring(tmp_path / "keys", clock.now))
