"""Places in a text, postcodes and distances (directory-booking-spec 5.4, 5.7)."""

import pytest

from server.directory.catalogue import Catalogue
from server.directory.services import Precision
from server.directory.words import words_of


@pytest.mark.parametrize(
    ("text", "areas"),
    [
        ("koffie in ter apel", ("westerwolde",)),
        ("hulp in de stad", ("groningen",)),
        ("eenzaam 9675 AB", ("oldambt",)),
        ("eenzaam 9675ab", ("oldambt",)),
        ("midden-groningen", ("midden-groningen",)),
        ("oostwold", ("oldambt", "westerkwartier")),
        ("inloop leek", ("westerkwartier",)),
        ("wij groningen", ("groningen",)),
    ],
)
def test_a_place_in_the_text_is_found(catalogue: Catalogue, text: str, areas: tuple[str, ...]) -> None:
    found = catalogue.gazetteer.locate(words_of(text))
    assert found is not None
    assert found[0].areas == areas


@pytest.mark.parametrize(
    "text", ["het leek me zo moeilijk", "ik ben mijn haren aan het verliezen", "provincie groningen"]
)
def test_ordinary_words_are_no_places(catalogue: Catalogue, text: str) -> None:
    assert catalogue.gazetteer.locate(words_of(text)) is None


def test_only_four_digits_of_a_postcode_count(catalogue: Catalogue) -> None:
    spot = catalogue.gazetteer.postcode("9715 NZ")
    assert spot is not None
    assert spot.areas == ("groningen",)
    assert catalogue.gazetteer.postcode("1011") is None


def test_distance_is_along_the_globe(catalogue: Catalogue) -> None:
    groningen, winschoten = (catalogue.gazetteer.exact(name) for name in ("Groningen", "Winschoten"))
    assert groningen is not None
    assert winschoten is not None
    assert 28 < groningen.point.km_to(winschoten.point) < 30


@pytest.mark.parametrize(
    ("number", "precision", "place"),
    [
        ("HB-062", Precision.STREET, "Groningen"),
        ("HB-074", Precision.PLACE, "Loppersum"),
        ("HB-080", Precision.MUNICIPALITY, "Het Hogeland"),
    ],
)
def test_a_location_says_how_precise_it_is(catalogue: Catalogue, number: str, precision: Precision, place: str) -> None:
    service = next(each for each in catalogue.services if each.number == number)
    assert (service.locations[0].precision, service.locations[0].place) == (precision, place)
