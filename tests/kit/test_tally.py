"""Counts: only what is on the list, never twice, never lost by a night that stops half-way."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from server.kit import tally
from server.kit.clock import FixedClock
from server.kit.runtime import Runtime
from server.kit.tally import NotCountable, Tally, TallyBuffer


@dataclass(frozen=True)
class Allowed:
    """A table of the allow-list."""

    cells: tuple[str, ...]


LIST = {"T1": Allowed(("groep", "forum")), "T10": Allowed(("totaal",))}


@pytest.fixture
def counts(rt: Runtime) -> Tally:
    """The counts of one process."""
    return Tally(LIST, rt.clock.now)


async def taken(rt: Runtime) -> dict[tuple[str, str, str], int]:
    """Take all blobs and add them up."""
    totals: dict[tuple[str, str, str], int] = {}
    batches = await tally.take(rt.stores.vluchtig, rt.keyring)
    for batch in batches:
        assert batch.counts is not None
        for cell, number in batch.counts.items():
            totals[cell] = totals.get(cell, 0) + number
    await tally.drop(rt.stores.vluchtig, batches)
    return totals


@pytest.mark.parametrize(("table", "cell"), [("T2", "groep"), ("T1", "kelder"), ("", "")])
def test_only_the_list_can_be_counted(counts: Tally, table: str, cell: str) -> None:
    with pytest.raises(NotCountable):
        counts.count(table, cell)


async def test_what_was_counted_is_taken_once(rt: Runtime, counts: Tally) -> None:
    counts.count("T10", "totaal")
    counts.count("T10", "totaal")
    await counts.write_down(rt.stores.vluchtig, rt.keyring)
    await counts.write_down(rt.stores.vluchtig, rt.keyring)
    assert await taken(rt) == {("2026-11", "T10", "totaal"): 2}
    await counts.write_down(rt.stores.vluchtig, rt.keyring)
    assert await taken(rt) == {}
    assert counts.waiting() == {}


async def test_counting_goes_on_while_the_night_takes(rt: Runtime, counts: Tally) -> None:
    counts.count("T10", "totaal")
    await counts.write_down(rt.stores.vluchtig, rt.keyring)
    counts.count("T10", "totaal")
    assert await taken(rt) == {("2026-11", "T10", "totaal"): 1}
    counts.count("T1", "forum")
    await counts.write_down(rt.stores.vluchtig, rt.keyring)
    assert await taken(rt) == {("2026-11", "T10", "totaal"): 1, ("2026-11", "T1", "forum"): 1}


async def test_a_taken_blob_is_never_written_again(rt: Runtime, counts: Tally) -> None:
    counts.count("T10", "totaal")
    await counts.write_down(rt.stores.vluchtig, rt.keyring)
    (first,) = await tally.take(rt.stores.vluchtig, rt.keyring)  # and then the machine stops
    counts.count("T10", "totaal")
    await counts.write_down(rt.stores.vluchtig, rt.keyring)
    again = {batch.id: batch.counts for batch in await tally.take(rt.stores.vluchtig, rt.keyring)}
    assert again.pop(first.id) == first.counts
    assert list(again.values()) == [{("2026-11", "T10", "totaal"): 1}]


async def test_two_processes_are_added_up(rt: Runtime, counts: Tally) -> None:
    other = Tally(LIST, rt.clock.now)
    for process in (counts, other):
        process.count("T1", "groep")
        await process.write_down(rt.stores.vluchtig, rt.keyring)
    assert await taken(rt) == {("2026-11", "T1", "groep"): 2}


async def test_a_count_belongs_to_the_month_it_was_made_in(rt: Runtime) -> None:
    clock = FixedClock(datetime(2026, 10, 31, 22, 59, tzinfo=UTC))  # 23:59 in Groningen
    counts = Tally(LIST, clock.now)
    counts.count("T10", "totaal")
    clock.advance(timedelta(minutes=2))
    counts.count("T10", "totaal")
    await counts.write_down(rt.stores.vluchtig, rt.keyring)
    assert await taken(rt) == {("2026-10", "T10", "totaal"): 1, ("2026-11", "T10", "totaal"): 1}


async def test_a_blob_says_nothing_by_its_length_or_words(rt: Runtime, counts: Tally) -> None:
    lengths = set()
    for number in (0, 1, 400):
        for _ in range(number):
            counts.count("T10", "totaal")
        await counts.write_down(rt.stores.vluchtig, rt.keyring)
        async with rt.stores.vluchtig.reading() as tx:
            (row,) = (await tx.exec(select(TallyBuffer))).all()
        lengths.add(len(row.blob))
        assert b"T10" not in row.blob
    assert len(lengths) == 1


async def test_counts_without_their_key_are_lost_and_said_so(rt: Runtime, counts: Tally) -> None:
    counts.count("T10", "totaal")
    await counts.write_down(rt.stores.vluchtig, rt.keyring)
    rt.keyring.rotate("vluchtig")
    rt.keyring.destroy_older("vluchtig", timedelta())
    assert [batch.counts for batch in await tally.take(rt.stores.vluchtig, rt.keyring)] == [None]
