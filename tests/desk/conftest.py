"""Two moderators, who come to every test that asks for them by name."""

import pytest

from server.kit.runtime import Runtime
from server.team.logins import Login
from tests.desk.cases import moderator


@pytest.fixture
async def noor(rt: Runtime) -> Login:
    """Noor."""
    return await moderator(rt)


@pytest.fixture
async def bram(rt: Runtime) -> Login:
    """Bram."""
    return await moderator(rt)
