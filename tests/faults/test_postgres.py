"""A PostgreSQL that freezes or ends: nobody waits for ever, and the pool comes back by itself."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import CursorResult, text

from server.kit.db import postgres
from server.kit.db.database import Collided, Database, Tx, repeats_collisions
from server.kit.db.postgres import CALL_SECONDS, POOL_SECONDS, POOLS, PostgresEngine
from server.kit.errors import Unavailable
from server.kit.run import preflight, servers
from server.kit.settings import random_port_settings
from server.migrations.schema import migrate
from tests import services

pytestmark = pytest.mark.faults
SLACK_SECONDS = 3


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give a PostgreSQL of our own with the four schemas."""
    with services.postgres() as address:
        settings = random_port_settings(tmp_path_factory.mktemp("data"), 8000, database_url=address)
        asyncio.run(migrate(settings))
        yield address


@pytest.fixture
async def store(url: str) -> AsyncIterator[Database]:
    """Give one store of it."""
    database = Database("vluchtig", PostgresEngine(url, "vluchtig"))
    yield database
    await database.close()


async def say(tx: Tx, words: str) -> CursorResult[Any]:
    """Run a statement."""
    return await (await tx.connection()).execute(text(words))


async def ask(store: Database) -> float:
    """Ask something small. Returns how long it took, answered or not."""
    begun = time.monotonic()
    try:
        async with store.reading() as tx:
            await say(tx, "SELECT 1")
    finally:
        took = time.monotonic() - begun
    return took


async def processes(url: str) -> list[int]:
    """Return the server's process and all it started."""
    connection = await asyncpg.connect(url)
    folder = await connection.fetchval("SHOW data_directory")
    await connection.close()
    return await asyncio.to_thread(_family, Path(folder) / "postmaster.pid")


def _family(pid_file: Path) -> list[int]:
    first = int(pid_file.read_text().splitlines()[0])
    return [first, *map(int, Path(f"/proc/{first}/task/{first}/children").read_text().split())]


@contextmanager
def frozen(pids: list[int]) -> Iterator[None]:
    """Stop them for a while, without their ending."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in reversed(pids):
            os.kill(pid, signal.SIGCONT)


async def test_a_frozen_server_is_left_in_time_and_the_pool_comes_back(url: str, store: Database) -> None:
    await asyncio.gather(*(ask(store) for _ in range(sum(POOLS["vluchtig"]))))
    with frozen(await processes(url)):
        begun = time.monotonic()
        answers = await asyncio.gather(*(ask(store) for _ in range(30)), return_exceptions=True)
        assert all(isinstance(answer, Unavailable) for answer in answers)
        assert time.monotonic() - begun < CALL_SECONDS + POOL_SECONDS + SLACK_SECONDS
        begun = time.monotonic()
        with pytest.raises(Unavailable):
            await ask(store)
        assert time.monotonic() - begun < 0.5  # nobody is sent to a server that does not answer
    begun = time.monotonic()
    while True:
        try:
            await ask(store)
            break
        except Unavailable:
            await asyncio.sleep(0.05)
    assert time.monotonic() - begun < 10
    assert isinstance(store.engine, PostgresEngine)
    assert store.engine.in_use == 0
    took = await asyncio.gather(*(ask(store) for _ in range(sum(POOLS["vluchtig"]))))
    assert max(took) < SLACK_SECONDS


async def test_connections_ended_by_the_server_cost_nobody_an_error(url: str, store: Database) -> None:
    await asyncio.gather(*(ask(store) for _ in range(5)))
    other = await asyncpg.connect(url)
    await other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'moi-%'")
    await other.close()
    await asyncio.gather(*(ask(store) for _ in range(5)))


async def test_a_connection_ended_in_a_transaction_is_no_commit(url: str, store: Database) -> None:
    async def lose_it() -> None:
        async with store.transaction() as tx:
            pid = (await say(tx, "SELECT pg_backend_pid()")).scalar_one()
            other = await asyncpg.connect(url)
            await other.execute("SELECT pg_terminate_backend($1)", pid)
            await other.close()
            await say(tx, "SELECT 1")

    with pytest.raises(Unavailable):
        await lose_it()
    await ask(store)


async def test_who_leaves_while_asking_takes_no_connection_along(url: str, store: Database) -> None:
    async def slow() -> None:
        async with store.reading() as tx:
            await say(tx, "SELECT pg_sleep(5)")

    asking = [asyncio.create_task(slow()) for _ in range(5)]
    assert isinstance(store.engine, PostgresEngine)
    while store.engine.in_use < 5:
        await asyncio.sleep(0.01)
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    assert store.engine.in_use == 0
    await ask(store)


async def test_two_that_wait_for_each_other_both_get_there(url: str, store: Database) -> None:
    async with store.transaction() as tx:
        await say(tx, "CREATE TABLE IF NOT EXISTS pair (id int PRIMARY KEY, n int)")
        await say(tx, "INSERT INTO pair VALUES (1, 0), (2, 0)")
    collided = 0
    held = [asyncio.Event(), asyncio.Event()]

    async def bump(tx: Tx, row: int) -> None:
        await say(tx, f"UPDATE pair SET n = n + 1 WHERE id = {row}")

    @repeats_collisions
    async def both(first: int) -> None:
        nonlocal collided
        try:
            async with store.transaction() as tx:
                await bump(tx, first)
                held[first - 1].set()
                await held[2 - first].wait()
                await bump(tx, 3 - first)
        except Collided:
            collided += 1
            raise

    await asyncio.gather(both(1), both(2))
    assert collided >= 1
    async with store.reading() as tx:
        assert [row[0] for row in (await say(tx, "SELECT n FROM pair")).all()] == [2, 2]


async def test_a_server_that_is_not_there_is_said_to_be_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "CONNECT_SECONDS", 1)
    store = Database("hoofd", PostgresEngine(f"postgresql://moi@127.0.0.1:{services.free_port()}/x", "hoofd"))
    with pytest.raises(Unavailable):
        await ask(store)
    await store.close()


async def test_one_that_is_too_small_or_writes_too_much_is_refused_at_the_start(url: str, tmp_path: Path) -> None:
    here = random_port_settings(tmp_path, 8000, database_url=url)
    assert await preflight.preflight(here) == []
    assert [fault.name for fault in await preflight.preflight(replace(here, processes=16))] == ["MOI_PROCESSES"]
    loud = await servers.database(replace(here, mode="production"))
    assert [fault.name for fault in loud] == ["MOI_DATABASE_URL"]
    assert "log_min_error_statement" in loud[0].problem
