"""Writers that take turns on one SQLite file: what one of them does is never left to somebody who has gone."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

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
    """Write one row, and stay inside the block until told: odd ones with models, even ones without."""
    if number % 2:
        async with engine.writing() as tx:
            await (await tx.connection()).execute(text("INSERT INTO row VALUES (:n)"), {"n": number})
            await _stay(after)
    else:
        async with engine.writing_plain() as plain:
            await plain.many("INSERT INTO row VALUES ($1)", [[number]])
            await _stay(after)


async def _stay(after: asyncio.Event | None) -> None:
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

        async def plain_orphan() -> None:
            async with engine.writing_plain() as plain:
                await plain.many("INSERT INTO family VALUES ($1, $2)", [[1, 7]])

        for number, deed in enumerate((orphan, plain_orphan), 2):
            with pytest.raises(IntegrityError):
                await deed()
            await asyncio.wait_for(write(engine, number), 5)
        assert await kept(engine) == {2, 3}


async def test_plain_writers_that_fail_leave_nothing_and_the_others_alone(tmp_path: Path) -> None:
    """Whether the one that fails is the first of a group or comes after another."""

    async def fails(engine: SqliteEngine, number: int) -> None:
        async with engine.writing_plain() as plain:
            await plain.many("INSERT INTO row VALUES ($1)", [[number]])
            raise ValueError

    async with rows(tmp_path) as engine:
        for first in (2, 3):
            deeds = [fails(engine, 90), write(engine, first), fails(engine, 91), write(engine, 10 * first)]
            for turn in (deeds, [fails(engine, 92), fails(engine, 93), write(engine, 100 * first)]):
                found = await asyncio.gather(*turn, return_exceptions=True)
                assert all(each is None or isinstance(each, ValueError) for each in found)
        assert await kept(engine) == {2, 20, 200, 3, 30, 300}


async def test_a_full_disk_is_said_until_writing_works_again(tmp_path: Path) -> None:
    async with rows(tmp_path) as engine:
        await write(engine, 1)
        assert engine.answers()
        await limit(engine, 2)
        with pytest.raises(OperationalError):
            await write_much(engine)
        assert not engine.answers()
        assert await kept(engine) == {1}, "reading goes on"
        await limit(engine, 10_000)
        await write_much(engine)
        assert engine.answers()


async def limit(engine: SqliteEngine, pages: int) -> None:
    """Let the file have so many pages, as a disk of that size would."""
    assert engine._connection is not None
    await engine._connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    await engine._connection.rollback()


async def write_much(engine: SqliteEngine) -> None:
    """Write more than fits in a few pages."""
    async with engine.writing() as tx:
        many = [{"n": number} for number in range(10, 5000)]
        await (await tx.connection()).execute(text("INSERT INTO row VALUES (:n)"), many)
