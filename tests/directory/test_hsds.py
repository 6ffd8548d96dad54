"""Hulpbronnen as HSDS 3.0: what the standard requires is there, hours survive a clock change, nothing is guessed."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from server.directory import hsds
from server.directory.catalogue import Catalogue
from server.directory.hours import parse
from server.directory.hsds import Feed
from server.directory.publication import Rules
from server.kit.clock import AMSTERDAM

TODAY = date(2026, 11, 24)
# HSDS 3.0, "required" of each object; type is what we send.
REQUIRED: dict[str, dict[str, type | tuple[type, ...]]] = {
    "service": {"id": str, "name": str, "status": str, "organization_id": str},
    "organization": {"id": str, "name": str, "description": str},
    "phones": {"id": str, "number": str},
    "schedules": {"id": str},
    "service_areas": {"id": str},
    "service_at_locations": {"id": str},
    "location": {"id": str, "location_type": str},
    "addresses": {
        "id": str, "address_1": str, "city": str, "state_province": str, "postal_code": str, "country": str,
        "address_type": str,
    },
    "cost_options": {"id": str},
    "languages": {"id": str},
    "attributes": {"id": str, "link_type": str},
    "taxonomy_term": {"id": str, "name": str, "description": str},
    "taxonomy_detail": {"id": str, "name": str, "description": str},
}  # fmt: skip


@pytest.fixture(scope="module")
def feed(catalogue: Catalogue) -> Feed:
    return Feed(catalogue, catalogue.services, Rules(True, frozenset()), TODAY)


def objects(kind: str, value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Walk every object with the name it has in its parent."""
    if isinstance(value, list):
        for each in value:
            yield from objects(kind, each)
    elif isinstance(value, dict):
        yield kind, value
        for name, inner in value.items():
            yield from objects(name, inner)


def test_every_service_has_what_the_standard_requires(feed: Feed) -> None:
    for service in feed.by_id.values():
        for kind, found in objects("service", feed.service(service)):
            for name, kind_of_value in REQUIRED[kind].items():
                assert isinstance(found[name], kind_of_value), (service.number, kind, name)
                assert found[name]


def test_unknown_fields_are_left_out(feed: Feed) -> None:
    for service in feed.by_id.values():
        for _, found in objects("service", feed.service(service)):
            assert not [name for name, value in found.items() if value in (None, "", [])]


def test_own_columns_never_leave_the_house(feed: Feed) -> None:
    told = {
        name
        for service in feed.by_id.values()
        for _, found in objects("service", feed.service(service))
        for name in found
    }
    assert not told & {"source", "bron", "confidence", "betrouwbaarheid", "publication", "publicatie", "read_on"}


def test_ids_are_unique_within_their_kind(feed: Feed) -> None:
    for kind in ("phones", "schedules", "service_areas", "service_at_locations", "addresses"):
        ids = [
            found["id"]
            for service in feed.by_id.values()
            for name, found in objects("service", feed.service(service))
            if name == kind
        ]
        assert len(ids) == len(set(ids)), kind


@pytest.mark.parametrize("cell", ["ma-vr 09:00-17:30", "vr 22:00-02:00", "za-zo 10:30-17:30"])
def test_hours_give_the_same_wall_clock_on_every_day_of_the_year(cell: str) -> None:
    opening = parse(cell)
    rows = hsds.schedules(opening, "x", TODAY)
    for ahead in range(365):
        day = TODAY + timedelta(days=ahead)
        expected = {(block.opens, block.closes) for block in opening.blocks if block.weekday == day.weekday()}
        assert {read_back(row, day) for row in rows if holds_on(row, day)} == expected


def holds_on(row: dict[str, Any], day: date) -> bool:
    weekday = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")[day.weekday()]
    in_time = date.fromisoformat(row["valid_from"]) <= day <= date.fromisoformat(row["valid_to"])
    return in_time and weekday in row["byday"].split(",")


def read_back(row: dict[str, Any], day: date) -> tuple[time, time]:
    def wall(text: str) -> time:
        return datetime.combine(day, time.fromisoformat(text)).astimezone(AMSTERDAM).time()

    return wall(row["opens_at"]), wall(row["closes_at"])


def test_words_about_hours_are_never_hours() -> None:
    rows = hsds.schedules(parse("tekst: op afspraak"), "x", TODAY)
    assert [row.get("opens_at") for row in rows] == [None]
    assert rows[0]["description"] == "op afspraak"


@pytest.mark.parametrize(
    ("number", "sent"),
    [("050-2303252", "+31502303252"), ("06-41306772", "+31641306772"), ("113", "113"), ("0800-0113", "0800-0113")],
)
def test_numbers_are_international_but_short_and_free_ones_stay(number: str, sent: str) -> None:
    assert hsds.dialled(number) == sent


def test_half_an_address_is_a_description_and_no_address(feed: Feed) -> None:
    whole, half = (next(s for s in feed.by_id.values() if s.number == number) for number in ("HB-062", "HB-074"))
    at = feed.service(whole)["service_at_locations"][0]["location"]
    assert at["addresses"][0]["postal_code"] == "9715 NZ"
    assert at["addresses"][0]["address_1"] == "Molukkenstraat 200"
    assert "addresses" not in feed.service(half)["service_at_locations"][0]["location"]


def test_only_what_is_known_to_be_free_has_a_cost(feed: Feed) -> None:
    by_number = {service.number: feed.service(service) for service in feed.by_id.values()}
    assert by_number["HB-002"]["cost_options"][0]["amount"] == 0
    assert "cost_options" not in by_number["HB-003"]
    assert by_number["HB-074"]["fees_description"] == "5 euro, met maaltijd"
