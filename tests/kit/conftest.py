"""A real Redis for the tests of what several processes share."""

import os
from collections.abc import Iterator

import pytest

from tests import services


def redis_present() -> bool:
    """Say whether there is a Redis to test with; `make test` installs one first, the quick suite does not."""
    try:
        services.binary("redis-server")
    except services.Missing:
        return bool(os.environ.get("MOI_TEST_REDIS_URL"))
    return True


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """Name a Redis for this run."""
    if given := os.environ.get("MOI_TEST_REDIS_URL"):
        yield given
    elif redis_present():
        with services.redis() as url:
            yield url
    else:
        pytest.skip("the quick suite on a machine without Redis")
