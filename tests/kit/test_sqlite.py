"""Writers that take turns on one SQLite file: what one of them does is never left to somebody who has gone."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from server.kit.db.sqlite import SqliteEngine


@asynccontextmanager
async def rows(folder: Path) -> AsyncIterator[SqliteEngine]:
    """Give a store with one empty table."""
    engine = SqliteEngine(folder / "store.sqlite", fsync=False)
    async with engine.writing() as tx:
        await (await tx.connection()).execute(text("CREATE TABLE row (n INTEGER)"))
    yield engine
    await engine.close()


async def kept(engine: SqliteEngine) -> set[int]:
    """Return the rows that are there."""
    async with engine.reading() as tx:
        return {row.n for row in await (await tx.connection()).execute(text("SELECT n FROM row"))}


async def write(engine: SqliteEngine, number: int, *, after: asyncio.Event | None = None) -> None:
    """Write one row, and stay inside the block until told."""
    async with engine.writing() as tx:
        await (await tx.connection()).execute(text("INSERT INTO row VALUES (:n)"), {"n": number})
        if after is not None:
            await after.wait()


async def test_a_writer_is_durable_when_the_one_behind_it_leaves(tmp_path: Path) -> None:
    let_go = asyncio.Event()
    async with rows(tmp_path) as engine:
        first = asyncio.create_task(write(engine, 1, after=let_go))
        while not engine._pen.locked():
            await asyncio.sleep(0)
        second = asyncio.create_task(write(engine, 2))
        while not engine._waiting:
            await asyncio.sleep(0)
        let_go.set()
        while engine._pen.locked():  # the first leaves the commit to the second
            await asyncio.sleep(0)
        second.cancel()
        await asyncio.wait([second])
        assert second.cancelled()
        await asyncio.wait_for(first, 2)
        assert await kept(engine) == {1}


async def test_whoever_got_through_is_durable_however_many_left(tmp_path: Path) -> None:
    async with rows(tmp_path) as engine:
        tasks = [asyncio.create_task(write(engine, number)) for number in range(100)]
        await asyncio.sleep(0)
        for task in tasks[::3]:
            task.cancel()
        ended = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 20)
        assert {number for number, error in enumerate(ended) if error is None} <= await kept(engine)
        assert not engine._pen.locked()


async def test_whoever_leaves_at_any_step_leaves_a_store_that_writes(tmp_path: Path) -> None:
    async with rows(tmp_path) as engine:
        for steps in range(40):
            task = asyncio.create_task(write(engine, steps))
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            task.cancel()
            await asyncio.wait([task])
            await asyncio.wait_for(write(engine, 1000 + steps), 5)
        assert set(range(1000, 1040)) <= await kept(engine)


@pytest.mark.parametrize("seed", range(12))
async def test_a_crowd_that_leaves_at_any_moment_leaves_a_store_that_writes(tmp_path: Path, seed: int) -> None:
    async with rows(tmp_path) as engine:
        crowd = [asyncio.create_task(write(engine, number)) for number in range(20)]
        await asyncio.sleep(random.Random(seed).random() * 0.02)
        for task in crowd:
            task.cancel()
        ended = await asyncio.gather(*crowd, return_exceptions=True)
        assert not [error for error in ended if isinstance(error, Exception)]
        await asyncio.wait_for(write(engine, 1000), 5)
        assert {number for number, error in enumerate(ended) if error is None} | {1000} <= await kept(engine)


async def test_a_commit_that_fails_is_said_and_the_next_one_works(tmp_path: Path) -> None:
    async with rows(tmp_path) as engine:
        async with engine.writing() as tx:
            later = "parent INTEGER REFERENCES family (n) DEFERRABLE INITIALLY DEFERRED"
            await (await tx.connection()).execute(text(f"CREATE TABLE family (n INTEGER PRIMARY KEY, {later})"))

        async def orphan() -> None:
            async with engine.writing() as tx:
                await (await tx.connection()).execute(text("INSERT INTO family VALUES (1, 7)"))

        with pytest.raises(IntegrityError):
            await orphan()
        await asyncio.wait_for(write(engine, 2), 5)
        assert await kept(engine) == {2}
