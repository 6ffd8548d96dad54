"""Hulpbronnen in the words of HSDS 3.0, the open standard for directories (directory-booking-spec 1 and 7).

Everything is built from what is shown; fields that are not known are left out, never filled with a guess.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

import phonenumbers

from server.directory.catalogue import Catalogue
from server.directory.hours import DAYS, Hours
from server.directory.publication import Freshness, Rules, freshness
from server.directory.services import NAMESPACE, Location, Service
from server.directory.terms import AREA, AUDIENCE, COUNTRY, DOMAIN, FORM, PROVINCE, TAXONOMIES, THEME, Term
from server.kit.clock import AMSTERDAM

VERSION: Final = "3.0"
ICAL_DAYS: Final = dict(zip(DAYS, ("MO", "TU", "WE", "TH", "FR", "SA", "SU"), strict=True))
AHEAD: Final = timedelta(days=365)
DAY_START: Final = time(0, 0)
DAY_END: Final = time(23, 59)
MAX_SHORT: Final = 4
"""112, 113 and such have no international form; they stay as they are dialled."""
TAXONOMY_NAMES: Final = {
    THEME: "Waar het over gaat",
    AUDIENCE: "Voor wie het is",
    FORM: "Hoe je meedoet",
    AREA: "Voor welke gemeente",
    DOMAIN: "Domeinen van positieve gezondheid",
}
Json = dict[str, Any]


def own_id(*parts: str) -> str:
    """Return the id of something that follows from the rows: always the same for the same parts."""
    return str(uuid5(NAMESPACE, "/".join(parts)))


def taxonomy_id(code: str) -> str:
    """Return the id of a taxonomy."""
    return own_id("taxonomy", code)


def term_id(taxonomy: str, code: str) -> str:
    """Return the id of a term."""
    return own_id("term", taxonomy, code)


def organization_id(name: str) -> str:
    """Return the id of an organisation."""
    return own_id("organization", name)


@dataclass(frozen=True)
class Feed:
    """All shown services as HSDS objects, for one local day."""

    catalogue: Catalogue
    services: Sequence[Service]
    rules: Rules
    today: date
    by_id: dict[str, Service] = field(init=False)

    def __post_init__(self) -> None:
        """Index the services by id, in the order of the feed."""
        object.__setattr__(self, "by_id", {str(service.id): service for service in sorted(self.services, key=_by_id)})

    def service(self, service: Service, *, full: bool = True) -> Json:
        """Return one service; minimal ones have only what HSDS requires and a name to show."""
        brief = {"id": str(service.id), "name": service.name, "status": "active", "description": service.description}
        brief["organization_id"] = organization_id(service.organization)
        if not full:
            return brief
        return _known(
            brief
            | {
                "alternate_name": service.number,
                "url": service.contact.url,
                "email": service.contact.email,
                "application_process": self._how(service),
                "fees_description": service.cost,
                "eligibility_description": self._labels(AUDIENCE, service.audiences),
                "assured_date": service.assured.isoformat() if service.assured else None,
                "alert": self._alert(service),
                "last_modified": modified(service).isoformat().replace("+00:00", "Z"),
                "organization": self.organization(service.organization),
                "phones": [_phone(service, number) for number in service.contact.phones],
                "schedules": schedules(service.hours, str(service.id), self.today),
                "service_areas": [self._area(service, code) for code in service.areas],
                "service_at_locations": [self._at(service, location) for location in precise(service)],
                "cost_options": _costs(service),
                "languages": [
                    {"id": own_id(service.number, "language", name), "name": name} for name in service.languages
                ],
                "attributes": self._attributes(service),
            }
        )

    def organization(self, name: str) -> Json:
        """Return an organisation; HSDS wants a description, so it says what it offers."""
        offers = sorted(service.name for service in self.services if service.organization == name)
        return {"id": organization_id(name), "name": name, "description": f"Biedt aan: {', '.join(offers)}."}

    def organizations(self) -> dict[str, Json]:
        """Return all organisations by id, in order."""
        found = [self.organization(name) for name in {service.organization for service in self.services}]
        return {each["id"]: each for each in sorted(found, key=lambda each: str(each["id"]))}

    def locations(self) -> dict[str, Json]:
        """Return every service at a location by id, with both sides."""
        found = [
            self._at(service, location) | {"service": self.service(service, full=False)}
            for service in self.services
            for location in precise(service)
        ]
        return {each["id"]: each for each in sorted(found, key=lambda each: str(each["id"]))}

    def taxonomies(self) -> dict[str, Json]:
        """Return the word lists by id, in order."""
        found = [_taxonomy(code) for code in TAXONOMIES]
        return {each["id"]: each for each in sorted(found, key=lambda each: str(each["id"]))}

    def terms(self) -> dict[str, Json]:
        """Return all terms by id, in order."""
        found = [self._term(term) for code in TAXONOMIES for term in self.catalogue.terms.of(code)]
        return {each["id"]: each for each in sorted(found, key=lambda each: str(each["id"]))}

    def _term(self, term: Term) -> Json:
        return {
            "id": term_id(term.taxonomy, term.code),
            "code": term.code,
            "name": term.label,
            "description": term.description or term.label,
            "taxonomy": term.taxonomy,
            "taxonomy_detail": _taxonomy(term.taxonomy),
        }

    def _attributes(self, service: Service) -> list[Json]:
        used = ((THEME, service.themes), (AUDIENCE, service.audiences), (FORM, service.forms), (AREA, service.areas))
        domains = dict.fromkeys(
            domain for code in service.themes for domain in self.catalogue.terms.get(THEME, code).domains
        )
        return [
            {
                "id": own_id(service.number, "attribute", taxonomy, code),
                "link_entity": "service",
                "link_id": str(service.id),
                "link_type": "eligibility" if taxonomy == AUDIENCE else taxonomy,
                "taxonomy_term": self._term(self.catalogue.terms.get(taxonomy, code)),
            }
            for taxonomy, codes in (*used, (DOMAIN, tuple(domains)))
            for code in codes
        ]

    def _area(self, service: Service, code: str) -> Json:
        municipality = self.catalogue.gazetteer.municipalities.get(code)
        named = {PROVINCE: "Provincie Groningen", COUNTRY: "Nederland"}
        name = municipality.name if municipality else named[code]
        extent = municipality.cbs_code if municipality else name
        return {"id": own_id(service.number, "area", code), "name": name, "extent": extent, "extent_type": "text"}

    def _at(self, service: Service, location: Location) -> Json:
        where = {
            "id": own_id(service.number, "location"),
            "location_type": "physical",
            "name": service.contact.address or location.place,
            "description": service.contact.address,
            "latitude": round(location.point.lat, 4),
            "longitude": round(location.point.lon, 4),
            "addresses": _addresses(service, location),
        }
        return {"id": own_id(service.number, "at"), "location": _known(where)}

    def _labels(self, taxonomy: str, codes: Iterable[str]) -> str:
        return ", ".join(self.catalogue.terms.label(taxonomy, code) for code in codes)

    def _how(self, service: Service) -> str:
        return f"Verwijzing nodig: {service.referral_text}." if service.referral is not None else ""

    def _alert(self, service: Service) -> str:
        """Return its own notice; a place that is shown unconfirmed (never in production) says so."""
        unconfirmed = freshness(service, self.rules, self.today) is Freshness.NEVER
        return service.alert_on(self.today) or ("Nog niet nagevraagd" if unconfirmed else "")


def _taxonomy(code: str) -> Json:
    found = taxonomy_id(code)
    return {"id": found, "name": code, "description": TAXONOMY_NAMES[code], "uri": f"urn:uuid:{found}"}


def modified(service: Service) -> datetime:
    """Return when the row last changed, as far as the files tell: the later of reading and confirming (UTC)."""
    return datetime.combine(max(service.read_on, service.assured or service.read_on), DAY_START, UTC)


def precise(service: Service) -> tuple[Location, ...]:
    """Return its location when there is one place; the middle of a municipality is no location."""
    return service.locations if len(service.locations) == 1 and service.contact.address else ()


def schedules(opening: Hours, service_id: str, today: date) -> list[Json]:
    """Return the weekly hours once per clock period of the coming year, with the offset of that period (7.4).

    Reading them back on any day gives the wall clock of the rule. `tekst:` becomes a description and never hours.
    """
    rules: dict[tuple[time, time], list[str]] = {}
    for block in opening.blocks:
        rules.setdefault((block.opens, block.closes), []).append(ICAL_DAYS[DAYS[block.weekday]])
    if opening.always:
        rules[DAY_START, DAY_END] = list(ICAL_DAYS.values())
    found = [
        {
            "id": own_id(service_id, "schedule", str(number), first.isoformat()),
            "freq": "WEEKLY",
            "byday": ",".join(days),
            "opens_at": f"{opens:%H:%M}{offset}",
            "closes_at": f"{closes:%H:%M}{offset}",
            "valid_from": first.isoformat(),
            "valid_to": last.isoformat(),
        }
        | ({"description": "Dag en nacht, elke dag"} if opening.always else {})
        for number, ((opens, closes), days) in enumerate(rules.items())
        for first, last, offset in clock_periods(today)
    ]
    if opening.text:
        found.append({"id": own_id(service_id, "schedule", "text"), "description": opening.text})
    return found


def clock_periods(today: date) -> list[tuple[date, date, str]]:
    """Return the stretches of the coming year with one offset from UTC: (first day, last day, `+01:00`)."""
    periods: list[tuple[date, date, str]] = []
    for ahead in range(AHEAD.days):
        day = today + timedelta(days=ahead)
        offset = _offset(day)
        if periods and periods[-1][2] == offset:
            periods[-1] = (periods[-1][0], day, offset)
        else:
            periods.append((day, day, offset))
    return periods


def _offset(day: date) -> str:
    plain = datetime.combine(day, time(12), AMSTERDAM).strftime("%z")
    return f"{plain[:3]}:{plain[3:]}"


def _phone(service: Service, number: str) -> Json:
    return {"id": own_id(service.number, "phone", number), "number": dialled(number), "type": "voice"}


def dialled(number: str) -> str:
    """Return a number in E.164; 112, 113 and the 0800 and 0900 lines stay as they are dialled."""
    digits = "".join(sign for sign in number if sign.isdigit())
    if len(digits) <= MAX_SHORT or digits.startswith(("0800", "0900")):
        return number
    parsed = phonenumbers.parse(number, "NL")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _addresses(service: Service, location: Location) -> list[Json]:
    """Return the address when it is complete; half an address stays a description (directory-booking-spec 1)."""
    if not service.contact.postcode:
        return []
    street = service.contact.address.removesuffix(location.place).rstrip(", ")
    return [
        {
            "id": own_id(service.number, "address"),
            "address_1": street,
            "city": location.place,
            "state_province": "Groningen",
            "postal_code": service.contact.postcode,
            "country": "NL",
            "address_type": "physical",
        }
    ]


def _costs(service: Service) -> list[Json]:
    """Return a cost only where it is known to be nothing; other words stay in fees_description."""
    if service.free is not True:
        return []
    return [{"id": own_id(service.number, "cost"), "option": "gratis", "currency": "EUR", "amount": 0}]


def _known(values: Json) -> Json:
    """Leave out what is empty (7.3)."""
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def _by_id(service: Service) -> UUID:
    return service.id
