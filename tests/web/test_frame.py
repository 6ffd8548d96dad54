"""Languages in the path, links between zones, security headers, assets."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.responses import PlainTextResponse, Response

from web.assets import Assets
from web.frame import Frame, FrameMiddleware, Site, split_language
from web.headers import SecurityHeaders, policy
from web.manifest import address


def test_language_leaves_the_path() -> None:
    assert split_language("/en/forum") == ("en", "/forum")
    assert split_language("/en") == ("en", "/")
    assert split_language("/energie") == ("nl", "/energie")


def test_links_keep_the_language() -> None:
    assert Frame(lang="en").link("/forum") == "/en/forum"
    assert Frame(lang="en").link("/forum", "nl") == "/forum"


def test_booking_on_its_own_host_is_reached_from_both_sides() -> None:
    site = Site(public_url="https://moi.example", booking_url="https://afspraak.example")
    assert Frame(site=site).link("/afspraak") == "https://afspraak.example/afspraak"
    assert Frame(site=site).link("/tips") == "/tips"
    assert Frame(site=site, zone="booking").link("/tips") == "https://moi.example/tips"
    assert Frame(site=site, zone="booking").link("/afspraak/moment") == "/afspraak/moment"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()

    @app.get("/waar")
    async def where(request: Request) -> Response:
        return PlainTextResponse(f"{request.state.frame.lang} {request.state.frame.path} {request.url.path}")

    @app.get("/api/hsds/services")
    async def data() -> Response:
        return PlainTextResponse("open", headers={"cache-control": "public, max-age=300"})

    whole = SecurityHeaders(FrameMiddleware(app), "https://moi.example", "https://afspraak.example")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(whole), base_url="https://moi.example") as made:
        yield made


async def test_routes_see_paths_without_language(client: httpx.AsyncClient) -> None:
    assert (await client.get("/en/waar")).text == "en /waar /waar"


async def test_every_answer_carries_the_headers_errors_too(client: httpx.AsyncClient) -> None:
    for path in ("/waar", "/is-er-niet"):
        headers = (await client.get(path)).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["strict-transport-security"].startswith("max-age=63072000")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"


async def test_open_data_may_be_kept(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/hsds/services")).headers["cache-control"] == "public, max-age=300"


def test_policy_allows_only_this_host_and_the_booking_form() -> None:
    found = policy("https://moi.example", "https://afspraak.example/afspraak")
    assert "connect-src 'self' wss://moi.example;" in found
    assert "form-action 'self' https://afspraak.example;" in found
    assert "unsafe" not in found


def test_localhost_gets_plain_sockets() -> None:
    assert "connect-src 'self' ws://localhost:8000;" in policy("http://localhost:8000")


async def test_assets_come_compressed_and_may_be_kept_for_ever() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(Assets()), base_url="http://localhost") as client:
        found = await client.get(address("css/main.css"), headers={"accept-encoding": "gzip, br"})
        plain = await client.get(address("css/main.css"), headers={"accept-encoding": "identity"})
        lost = await client.get("/assets/../manifest.json")
    assert found.headers["content-encoding"] == "br"
    assert "immutable" in found.headers["cache-control"]
    assert found.text == plain.text
    assert lost.status_code == 404
