"""The read API (directory-booking-spec 7)."""

from datetime import timedelta

import httpx
import pytest

from server.directory.catalogue import Catalogue
from server.directory.command import search_command
from server.kit.settings import Settings
from tests.directory.conftest import NOON

API = "/api/hsds"
UNKNOWN = "00000000-0000-0000-0000-000000000000"
LISTS = ("services", "organizations", "taxonomies", "taxonomy_terms", "service_at_locations")


async def test_the_base_says_which_standard(browser: httpx.AsyncClient) -> None:
    told = (await browser.get(API)).json()
    assert told["version"] == "3.0"
    assert (await browser.get(told["profile"])).status_code == 200


async def test_all_pages_together_give_each_service_once(browser: httpx.AsyncClient, catalogue: Catalogue) -> None:
    seen: list[str] = []
    page = 1
    while not (found := (await browser.get(f"{API}/services?per_page=20&minimal=true&page={page}")).json())["empty"]:
        seen += [each["id"] for each in found["contents"]]
        page += 1
    assert seen == sorted(seen)
    assert set(seen) == {str(service.id) for service in catalogue.services}


async def test_a_page_past_the_last_is_empty_and_no_error(browser: httpx.AsyncClient) -> None:
    answer = await browser.get(f"{API}/services?page=99")
    assert answer.status_code == 200
    assert answer.json() | {"contents": []} == {
        "total_items": 147, "total_pages": 3, "page_number": 99, "size": 0, "first_page": False, "last_page": True,
        "empty": True, "contents": [],
    }  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
async def test_everything_in_a_list_can_be_fetched_by_id(browser: httpx.AsyncClient, name: str) -> None:
    listed = (await browser.get(f"{API}/{name}?per_page=3")).json()["contents"]
    for each in listed:
        assert (await browser.get(f"{API}/{name}/{each['id']}")).json()["id"] == each["id"]
    assert (await browser.get(f"{API}/{name}/{UNKNOWN}")).status_code == 404


async def test_search_gives_the_order_of_the_command(browser: httpx.AsyncClient, settings: Settings) -> None:
    listed = (await browser.get(f"{API}/services?search=eenzaam%20in%20pekela&minimal=false")).json()["contents"]
    told = search_command(["eenzaam in pekela", "--limit", "50"], settings)["ids"]
    assert [each["alternate_name"] for each in listed] == told


async def test_what_is_given_must_all_hold(browser: httpx.AsyncClient) -> None:
    terms = (await browser.get(f"{API}/taxonomy_terms?per_page=100")).json()["contents"]
    grief = next(term["id"] for term in terms if term["code"] == "rouw-verlies")
    found = (await browser.get(f"{API}/services?taxonomy_term_id={grief}&search=oldambt")).json()["contents"]
    assert {each["alternate_name"] for each in found} >= {"HB-104", "HB-105"}
    for each in found:
        assert grief in [attribute["taxonomy_term"]["id"] for attribute in each["attributes"]]


async def test_only_what_changed_since_is_given(browser: httpx.AsyncClient) -> None:
    later = (NOON + timedelta(days=1)).date().isoformat()
    assert (await browser.get(f"{API}/services?modified_after={later}")).json()["empty"]
    assert (await browser.get(f"{API}/services?modified_after=2026-01-01")).json()["total_items"] == 147


async def test_places_around_a_postcode(browser: httpx.AsyncClient) -> None:
    near = (await browser.get(f"{API}/service_at_locations?postcode=9715&proximity=1000")).json()["contents"]
    assert "Odensehuis Groningen - centrum" in [each["service"]["name"] for each in near]
    assert len(near) < (await browser.get(f"{API}/service_at_locations")).json()["total_items"]


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=x",
        "per_page=101",
        "taxonomy_term_id=rouw",
        "format=xml",
        "modified_after=gisteren",
        "onbekend=1",
    ],
)
async def test_a_bad_parameter_is_422(browser: httpx.AsyncClient, query: str) -> None:
    assert (await browser.get(f"{API}/services?{query}")).status_code == 422


async def test_lines_of_json_on_request(browser: httpx.AsyncClient) -> None:
    answer = await browser.get(f"{API}/services?format=ndjson&per_page=4&minimal=true")
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert len(answer.text.splitlines()) == 4


async def test_anyone_may_read_and_keep_a_copy(browser: httpx.AsyncClient) -> None:
    answer = await browser.get(f"{API}/services?per_page=1")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "public, max-age=300"
    again = await browser.get(f"{API}/services?per_page=1", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_a_place_nobody_confirmed_says_so(browser: httpx.AsyncClient) -> None:
    found = (await browser.get(f"{API}/services?per_page=1")).json()["contents"][0]
    assert found["alert"] == "Nog niet nagevraagd"
    assert "assured_date" not in found
