"""The real sociale kaart, a search over all of it, and a browser without a visit."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime

import httpx
import pytest

from server.app import zone_app
from server.directory.catalogue import Catalogue
from server.directory.routes import ROUTER
from server.directory.search import Search
from server.directory.service import directory
from server.directory.services import Service
from server.kit.clock import AMSTERDAM
from server.kit.runtime import Runtime
from web.frame import FrameMiddleware
from web.headers import SecurityHeaders

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=AMSTERDAM)
CONFIRMED = date(2026, 11, 1)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """Everything in content/sociale-kaart."""
    return directory()


@pytest.fixture(scope="session")
def search(catalogue: Catalogue) -> Search:
    """A search over all services, confirmed or not."""
    return Search(catalogue, catalogue.services)


@pytest.fixture(scope="session")
def odensehuis(catalogue: Catalogue) -> Service:
    """A place with hours, a postcode and telephone numbers, confirmed this month."""
    return replace(next(each for each in catalogue.services if each.number == "HB-062"), assured=CONFIRMED)


@pytest.fixture
async def browser(rt: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who reads the directory; keeps no cookie because none is set."""
    async with reading(rt) as client:
        yield client


def reading(rt: Runtime) -> httpx.AsyncClient:
    """Return a browser for the directory of this runtime."""
    app = SecurityHeaders(FrameMiddleware(zone_app("visitor", rt, [ROUTER])))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")
