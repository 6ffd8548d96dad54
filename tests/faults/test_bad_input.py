"""Every row of bad input against a real server."""

from collections.abc import AsyncIterator

import pytest

from tests.faults.bad_input import CASES, Bench, opened

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
async def bench() -> AsyncIterator[Bench]:
    """One server for all rows: what one row breaks, the next one notices."""
    async with opened() as found:
        yield found


@pytest.mark.parametrize("row", CASES)
async def test_it_is_refused_and_not_repeated(bench: Bench, row: str) -> None:
    """With its own code, without a 5xx, and without what was sent in an answer or in the log."""
    await bench.play(row)
