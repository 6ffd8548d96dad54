"""The trail: append-only, tied together, without anything about people."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import col, select, update

from server.kit.runtime import Runtime
from server.team import audit
from server.team.audit import Action
from server.team.models import AuditHead, AuditRow
from tests.team.cast import clock_of


async def write(rt: Runtime, count: int) -> None:
    for number in range(count):
        await audit.log(rt, "a" * 32, Action.CASE_CLAIM, "zaak", f"zaak {number}")


async def broken(rt: Runtime) -> int | None:
    async with rt.stores.hoofd.reading() as tx:
        return await audit.verify(tx)


async def test_lines_follow_each_other(rt: Runtime) -> None:
    assert await broken(rt) is None
    await write(rt, 5)
    async with rt.stores.hoofd.reading() as tx:
        lines = await audit.lines(tx, 1)
        assert await audit.broken_among(tx, lines) is None
    assert [line.number for line in lines] == [5, 4, 3, 2, 1]
    assert await broken(rt) is None


async def test_line_holds_the_hour_and_no_object(rt: Runtime) -> None:
    await write(rt, 1)
    async with rt.stores.hoofd.reading() as tx:
        line = (await tx.exec(select(AuditRow))).one()
    assert (line.hour.minute, line.hour.second) == (0, 0)
    assert "zaak 0" not in repr(line)


async def test_object_has_another_hash_each_day(rt: Runtime) -> None:
    now = rt.clock.now()
    today, tomorrow = (audit.object_hash(rt.keyring, "zaak", "1", moment) for moment in (now, now + timedelta(days=1)))
    assert today != tomorrow
    assert today == audit.object_hash(rt.keyring, "zaak", "1", now)


@pytest.mark.parametrize("change", [{"action": "verbergen"}, {"account_id": "b" * 32}, {"object_hash": "0" * 64}])
async def test_changed_line_is_found(rt: Runtime, change: dict[str, str]) -> None:
    await write(rt, 4)
    async with rt.stores.hoofd.transaction() as tx:
        await tx.exec(update(AuditRow).where(col(AuditRow.number) == 2).values(**change))
    assert await broken(rt) == 2
    async with rt.stores.hoofd.reading() as tx:
        assert await audit.broken_among(tx, await audit.lines(tx, 1)) == 2


async def test_removed_last_line_is_found(rt: Runtime) -> None:
    await write(rt, 3)
    async with rt.stores.hoofd.transaction() as tx:
        row = await tx.get(AuditRow, 3)
        await tx.delete(row)
    assert await broken(rt) == 3


async def test_lines_written_at_once_take_turns(rt: Runtime) -> None:
    await write(rt, 1)
    deeds = (audit.log(rt, "a" * 32, Action.CASE_READ, "zaak", str(n)) for n in range(20))
    await asyncio.gather(*deeds)
    assert await broken(rt) is None
    async with rt.stores.hoofd.reading() as tx:
        head = await tx.get(AuditHead, 1)
    assert head is not None
    assert head.number == 21


async def test_year_old_lines_go_and_the_rest_still_holds(rt: Runtime) -> None:
    await write(rt, 3)
    clock_of(rt).advance(timedelta(days=366))
    await write(rt, 2)
    await audit.forget(rt, rt.clock.now())
    async with rt.stores.hoofd.reading() as tx:
        assert [line.number for line in await audit.lines(tx, 1)] == [5, 4]
    assert await broken(rt) is None
    await write(rt, 1)
    assert await broken(rt) is None
