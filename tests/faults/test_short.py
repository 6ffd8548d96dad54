"""The short form of every fault on every kind of store it applies to, as CI runs it."""

import json
from collections.abc import Iterator

import pytest

from tests.faults.__main__ import NAMES, PROCESSES, play, stores_of
from tests.faults.kept import keeping
from tests.faults.stage import Options

pytestmark = pytest.mark.faults

ELSEWHERE = {"bad_input", "bus_conformance"}
"""Their tests are run one by one: test_bad_input.py, and tests/kit/test_bus.py."""


@pytest.fixture(scope="module", autouse=True)
def kept_stores() -> Iterator[None]:
    """Keep the stores from one fault to the next."""
    with keeping():
        yield


@pytest.mark.parametrize(
    ("name", "db"), [(name, db) for name in NAMES if name not in ELSEWHERE for db in stores_of(name, short=True)]
)
async def test_nothing_is_lost_doubled_or_leaked(name: str, db: str) -> None:
    """Break it, let it heal, and compare what people were promised and saw with what is stored."""
    report = await play(name, Options(db, PROCESSES[db]))
    assert report["passed"], json.dumps(report)
