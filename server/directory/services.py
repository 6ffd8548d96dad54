"""One hulpbron as it is read from the editors' file, and the places it can be found at."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid5

from server.directory import hours
from server.directory.hours import Hours
from server.directory.places import Gazetteer, Point
from server.directory.terms import AREA, AUDIENCE, COUNTRY, FORM, PROVINCE, THEME, Terms
from server.directory.words import words_of

NAMESPACE: Final = UUID("6d8f3c52-3f0e-5b0b-9a53-3b1f6b0f6a10")
"""Fixed for good: every id in the open data is made from it (directory-booking-spec 1)."""
SHORT_ID: Final = 8
MAX_THEMES: Final = 5

_POSTCODE: Final = re.compile(r"([1-9]\d{3}) ?([A-Za-z]{2})?")


class RowError(ValueError):
    """A row of hulpbronnen.csv cannot be used. The message names the row and the cell."""


class Publication(StrEnum):
    """Where a row stands: being written, waiting for the provider, online, taken off."""

    CONCEPT = "concept"
    WAITING = "wacht"
    ONLINE = "online"
    OFF = "uit"


class Precision(StrEnum):
    """How precise the point of a hulpbron is; only the first two may be shown as kilometres (5.7)."""

    ADDRESS = "adres"
    STREET = "straat"
    PLACE = "plaats"
    MUNICIPALITY = "gemeente"


@dataclass(frozen=True, slots=True)
class Location:
    """Where it is: a point, how precise it is, and the name of the place for `in Loppersum`."""

    point: Point
    precision: Precision
    place: str
    area: str


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach it; an empty string or tuple means: not known, never guessed."""

    phones: tuple[str, ...]
    email: str
    url: str
    address: str
    postcode: str

    @property
    def reachable(self) -> bool:
        """Say whether there is any way to reach it apart from going there."""
        return bool(self.phones or self.email or self.url)


@dataclass(frozen=True, slots=True)
class Service:
    """A hulpbron. Codes come from taxonomies.csv; the first theme is the main one; dates are local days.

    assured is the day the provider confirmed it (None: never); read_on the day somebody read the source.
    free and referral are None where nobody knows.
    """

    id: UUID
    number: str
    name: str
    organization: str
    description: str
    themes: tuple[str, ...]
    audiences: tuple[str, ...]
    forms: tuple[str, ...]
    areas: tuple[str, ...]
    contact: Contact
    hours: Hours
    cost: str
    free: bool | None
    referral: bool | None
    referral_text: str
    source: str
    read_on: date
    confidence: str
    assured: date | None
    publication: Publication
    wheelchair: bool | None
    languages: tuple[str, ...]
    alert: str
    alert_until: date | None
    locations: tuple[Location, ...]

    @property
    def short_id(self) -> str:
        """Return the 8 hexadecimal characters that stand in its path."""
        return self.id.hex[:SHORT_ID]

    @property
    def everywhere(self) -> bool:
        """Say whether it serves the whole province or the country."""
        return PROVINCE in self.areas or COUNTRY in self.areas

    def alert_on(self, today: date) -> str:
        """Return the temporary notice, which disappears by itself (4.5)."""
        return self.alert if self.alert_until and today <= self.alert_until else ""


def read_service(row: Mapping[str, str], terms: Terms, gazetteer: Gazetteer) -> Service:
    """Make a Service of one CSV row. Raises RowError for unknown codes, hours outside the grammar or a wrong date."""
    try:
        return _read(row, terms, gazetteer)
    except (KeyError, ValueError) as error:
        raise RowError(f"{row.get('id', '?')}: {error}") from error


def _read(row: Mapping[str, str], terms: Terms, gazetteer: Gazetteer) -> Service:
    areas = tuple(terms.area_code(name) for name in _list(row["gemeente"]))
    contact = _contact(row)
    return Service(
        id=uuid5(NAMESPACE, row["id"]),
        number=row["id"],
        name=row["name"].strip(),
        organization=row["organization"].strip(),
        description=row["description_nl"].strip(),
        themes=_codes(row, terms, THEME)[:MAX_THEMES],
        audiences=_codes(row, terms, AUDIENCE),
        forms=_codes(row, terms, FORM),
        areas=_known(areas, terms, AREA),
        contact=contact,
        hours=hours.parse(row["opening_hours"]),
        cost=row["cost"].strip(),
        free=_is_free(row["cost"]),
        referral=_yes_no(row["referral_needed"]),
        referral_text=row["referral_needed"].strip(),
        source=row["source_url_or_seed"],
        read_on=date.fromisoformat(row["checked_on"]),
        confidence=row["confidence"],
        assured=_day(row.get("assured_date", "")),
        publication=Publication(row.get("publicatie") or Publication.WAITING),
        wheelchair=_yes_no(row.get("rolstoel", "")),
        languages=_list(row.get("talen", "")),
        alert=row.get("alert", "").strip(),
        alert_until=_day(row.get("alert_tot", "")),
        locations=_locations(contact, row["name"], areas, gazetteer),
    )


def _contact(row: Mapping[str, str]) -> Contact:
    return Contact(
        _list(row["phone"]), row["email"].strip(), row["url"].strip(), row["address"].strip(), row["postcode"].strip()
    )


def _codes(row: Mapping[str, str], terms: Terms, taxonomy: str) -> tuple[str, ...]:
    return _known(_list(row[taxonomy]), terms, taxonomy)


def _known(codes: tuple[str, ...], terms: Terms, taxonomy: str) -> tuple[str, ...]:
    unknown = [code for code in codes if not terms.has(taxonomy, code)]
    if unknown or not codes:
        raise ValueError(f"{taxonomy} needs known codes, found {', '.join(unknown) or 'none'}")
    return codes


def _locations(contact: Contact, name: str, areas: tuple[str, ...], gazetteer: Gazetteer) -> tuple[Location, ...]:
    """Return the best known point, or the middle of each municipality it serves."""
    precise = _postcode_location(contact, gazetteer) or _named_location(contact.address, name, areas, gazetteer)
    if precise is not None:
        return (precise,)
    return tuple(
        Location(gazetteer.area(code).point, Precision.MUNICIPALITY, gazetteer.area(code).name, code)
        for code in areas
        if code in gazetteer.municipalities
    )


def _postcode_location(contact: Contact, gazetteer: Gazetteer) -> Location | None:
    match = _POSTCODE.fullmatch(contact.postcode)
    spot = gazetteer.postcode(contact.postcode) if match else None
    if spot is None:
        return None
    precision = Precision.STREET if contact.address else Precision.PLACE
    return Location(spot.point, precision, spot.name, spot.areas[0])


def _named_location(address: str, name: str, areas: tuple[str, ...], gazetteer: Gazetteer) -> Location | None:
    """Return the place an address or name ends with, when it lies in a municipality the row names."""
    for text in (address, name):
        spot = gazetteer.last_in(words_of(text))
        if spot and (shared := [area for area in spot.areas if area in areas]):
            precision = Precision.MUNICIPALITY if spot.name in _municipality_names(gazetteer) else Precision.PLACE
            return Location(spot.point, precision, spot.name, shared[0])
    return None


def _municipality_names(gazetteer: Gazetteer) -> set[str]:
    return {found.name for found in gazetteer.municipalities.values()}


def _list(cell: str) -> tuple[str, ...]:
    return tuple(filter(None, (part.strip() for part in cell.split(";"))))


def _is_free(cost: str) -> bool | None:
    return words_of(cost)[:1] == ["gratis"] if cost.strip() else None


def _yes_no(cell: str) -> bool | None:
    """Return True for `ja…`, False for `nee…`, None for anything else."""
    return {"ja": True, "nee": False}.get(next(iter(words_of(cell)), ""))


def _day(cell: str) -> date | None:
    return date.fromisoformat(cell.strip()) if cell.strip() else None
