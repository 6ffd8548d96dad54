"""What may be seen, and how fresh it is (directory-booking-spec 4). Pure: the day is passed in."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from server.directory.services import Publication, Service

LINES_EVERY: Final = timedelta(days=90)
MEETING_EVERY: Final = timedelta(days=183)
MEETING_OFF: Final = timedelta(days=365)
OTHERS_EVERY: Final = timedelta(days=365)
OTHERS_OFF: Final = timedelta(days=548)
MEETING_FORMS: Final = frozenset({"groep", "inloop", "gesprek"})


class Freshness(StrEnum):
    """How sure we are: confirmed in time, due for a call, or never confirmed."""

    CONFIRMED = "gecontroleerd"
    DUE = "navragen"
    NEVER = "nog niet nagevraagd"


@dataclass(frozen=True, slots=True)
class Rules:
    """What this installation shows. show_unconfirmed is refused in production by the settings."""

    show_unconfirmed: bool
    lines: frozenset[str]
    """Numbers of the crisis and listening lines: they are never taken off (4.3)."""


def is_shown(service: Service, rules: Rules, today: date) -> bool:
    """Say whether the row may appear anywhere: page, card, feed, map or count."""
    if service.publication in (Publication.CONCEPT, Publication.OFF) or not _complete(service):
        return False
    if service.assured is None:
        return rules.show_unconfirmed
    return service.number in rules.lines or today - service.assured <= _off_after(service)


def freshness(service: Service, rules: Rules, today: date) -> Freshness:
    """Say how fresh the confirmation is."""
    if service.assured is None:
        return Freshness.NEVER
    due = today - service.assured > _every(service, rules)
    return Freshness.DUE if due else Freshness.CONFIRMED


def _complete(service: Service) -> bool:
    """Return whether it has a name, a description and, once confirmed, a way to reach it (4.2)."""
    if not (service.name and service.description):
        return False
    going_there = bool(service.contact.address and (service.hours.structured or service.hours.text))
    return service.assured is None or service.contact.reachable or going_there


def _every(service: Service, rules: Rules) -> timedelta:
    if service.number in rules.lines:
        return LINES_EVERY
    return MEETING_EVERY if _meets(service) else OTHERS_EVERY


def _off_after(service: Service) -> timedelta:
    return MEETING_OFF if _meets(service) else OTHERS_OFF


def _meets(service: Service) -> bool:
    return not MEETING_FORMS.isdisjoint(service.forms)
