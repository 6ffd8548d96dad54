"""The files in content/sociale-kaart: read whole, checked against each other, shown by the rules of publication."""

import csv
from dataclasses import replace
from datetime import date, timedelta

import pytest

from server.directory.catalogue import FOLDER, Catalogue, Role
from server.directory.publication import Freshness, Rules, freshness, is_shown
from server.directory.services import Publication, RowError, Service, read_service

TODAY = date(2026, 11, 24)
NOBODY = frozenset[str]()


def rows() -> list[dict[str, str]]:
    with (FOLDER / "hulpbronnen.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_is_read(catalogue: Catalogue) -> None:
    assert [service.number for service in catalogue.services] == [row["id"] for row in rows()]
    assert len({service.short_id for service in catalogue.services}) == len(catalogue.services) == 147


def test_ids_never_change(catalogue: Catalogue) -> None:
    assert str(catalogue.services[1].id) == "2ca34167-2e64-5ebc-b060-dd9a44ee583b"


def test_unknown_cost_is_not_free(catalogue: Catalogue) -> None:
    by_number = {service.number: service for service in catalogue.services}
    assert by_number["HB-002"].free is True
    assert by_number["HB-003"].free is None
    assert by_number["HB-074"].free is False


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("thema", "geluk"),
        ("doelgroep", ""),
        ("opening_hours", "altijd"),
        ("checked_on", "gisteren"),
        ("gemeente", "Assen"),
    ],
)
def test_a_wrong_cell_stops_the_start_and_names_the_row(catalogue: Catalogue, cell: str, value: str) -> None:
    with pytest.raises(RowError, match="HB-001"):
        read_service(rows()[0] | {cell: value}, catalogue.terms, catalogue.gazetteer)


def test_demo_and_test_show_unconfirmed_rows_and_production_does_not(catalogue: Catalogue) -> None:
    service = catalogue.services[50]
    assert is_shown(service, Rules(True, NOBODY), TODAY)
    assert not is_shown(service, Rules(False, NOBODY), TODAY)
    assert freshness(service, Rules(True, NOBODY), TODAY) is Freshness.NEVER


@pytest.mark.parametrize("publication", [Publication.CONCEPT, Publication.OFF])
def test_concepts_and_what_was_taken_off_are_never_shown(odensehuis: Service, publication: Publication) -> None:
    assert not is_shown(replace(odensehuis, publication=publication), Rules(True, NOBODY), TODAY)


@pytest.mark.parametrize(
    ("days", "shown", "fresh"),
    [(30, True, Freshness.CONFIRMED), (200, True, Freshness.DUE), (366, False, Freshness.DUE)],
)
def test_a_meeting_place_needs_a_call_every_half_year(
    odensehuis: Service, days: int, shown: bool, fresh: Freshness
) -> None:
    service, rules = replace(odensehuis, assured=TODAY - timedelta(days=days)), Rules(False, NOBODY)
    assert (is_shown(service, rules, TODAY), freshness(service, rules, TODAY)) == (shown, fresh)


def test_a_crisis_line_is_never_taken_off(catalogue: Catalogue) -> None:
    line = replace(catalogue.services[1], assured=TODAY - timedelta(days=2000))
    rules = Rules(False, catalogue.roles[Role.LINE])
    assert is_shown(line, rules, TODAY)
    assert freshness(line, rules, TODAY) is Freshness.DUE


def test_a_notice_disappears_by_itself(odensehuis: Service) -> None:
    service = replace(odensehuis, alert="Dicht in de kerstweek", alert_until=date(2027, 1, 3))
    assert service.alert_on(date(2027, 1, 3))
    assert not service.alert_on(date(2027, 1, 4))
