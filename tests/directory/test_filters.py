"""Filters are numbers in an address (README D21, directory-booking-spec 5.6)."""

from dataclasses import replace

from server.directory.catalogue import Catalogue
from server.directory.filters import Filters, Sieve, read_filters
from server.directory.services import Service
from tests.directory.conftest import NOON


def test_filters_go_into_an_address_as_numbers_and_come_back(catalogue: Catalogue) -> None:
    filters = Filters(themes=(3, 16), area=7, audience=2, form=1, free=True, open_now=True)
    address = filters.address("/hulp-in-de-buurt", "abc", 2)
    assert address == "/hulp-in-de-buurt?t=3&t=16&g=7&d=2&v=1&k=1&o=1&z=abc&p=2"
    assert (
        read_filters({"t": ["3", "16"], "g": ["7"], "d": ["2"], "v": ["1"], "k": ["1"], "o": ["1"]}, catalogue.terms)
        == filters
    )


def test_what_is_unknown_in_an_address_is_left_out(catalogue: Catalogue) -> None:
    read = read_filters(
        {"t": ["999", "x", "-1", "²", "3", "3"], "g": ["44444"], "k": ["2"], "zz": ["1"]}, catalogue.terms
    )
    assert read == Filters(themes=(3,))


def test_every_filter_can_be_taken_off_alone() -> None:
    filters = Filters(themes=(3, 4), area=7, free=True)
    fewer = [other for _, _, other in filters.without_each()]
    assert fewer == [
        replace(filters, themes=(4,)),
        replace(filters, themes=(3,)),
        replace(filters, free=False),
        replace(filters, area=0),
    ]


def test_each_filter_lets_through_what_it_says(catalogue: Catalogue, odensehuis: Service) -> None:
    def passes(**chosen: object) -> bool:
        return Sieve(replace(Filters(), **chosen), catalogue.terms, NOON).lets_through(odensehuis)  # type: ignore[arg-type]

    dementia = catalogue.terms.get("thema", "dementie-geheugen").number
    grief = catalogue.terms.get("thema", "rouw-verlies").number
    assert passes(themes=(dementia, grief))
    assert not passes(themes=(grief,))
    assert passes(no_referral=True)
    assert passes(open_now=True)
    assert not passes(free=True)  # the price is not known
    assert not passes(evening=True)
    assert not passes(wheelchair=True)
    assert passes(area=7)  # orders, never removes
