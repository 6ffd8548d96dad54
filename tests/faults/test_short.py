"""The short form of every fault, as CI runs it."""

import pytest

from tests.faults import kill_writer
from tests.faults.stage import Options

pytestmark = pytest.mark.faults


async def test_a_killed_server_loses_and_doubles_nothing() -> None:
    """1,000 sends by 20 clients, kill -9 three times in between."""
    report = await kill_writer.run(Options())
    assert report["passed"], report
