"""A hulpbron as a page shows it: values ready to print, words left to the template (directory-booking-spec 6.1)."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Final

from server.directory.hours import DAYS, Hours, Now, Openness, openness_at
from server.directory.publication import Freshness, Rules, freshness
from server.directory.services import Precision, Service
from server.directory.terms import AREA, AUDIENCE, COUNTRY, FORM, PROVINCE, THEME, Terms

PATH: Final = "/hulp-in-de-buurt"
ROUNDED_KM: Final = frozenset({Precision.ADDRESS, Precision.STREET})
_SENTENCE: Final = re.compile(r"(?<=[.!?]) ")


class Step(StrEnum):
    """One way of taking part, in the order of the page."""

    REFERRAL = "verwijzing"
    CALL = "bel"
    MAIL = "mail"
    SITE = "site"
    WALK_IN = "loop binnen"
    ASK = "vraag het na"


@dataclass(frozen=True, slots=True)
class Times:
    """Opening times for people: what holds now, and the week as rows of (first day, last day, opens, closes)."""

    certain: bool
    always: bool
    open_until: time | None
    next_opening: datetime | None
    week: tuple[tuple[str, str, time, time], ...]
    today: tuple[tuple[time, time], ...]
    words: str

    @property
    def known(self) -> bool:
        """Say whether anything is known."""
        return bool(self.always or self.week or self.words)


@dataclass(frozen=True, slots=True)
class Card:
    """Everything a card or page may print. km is rounded and only there when the point is precise enough (5.7)."""

    number: str
    short_id: str
    path: str
    name: str
    organization: str
    what: str
    description: str
    for_whom: tuple[str, ...]
    themes: tuple[tuple[int, str], ...]
    forms: tuple[str, ...]
    areas: tuple[str, ...]
    whole_province: bool
    whole_country: bool
    place: str
    km: int | None
    point: tuple[float, float] | None
    address: str
    postcode: str
    phones: tuple[str, ...]
    email: str
    site: str
    times: Times
    cost: str
    free: bool | None
    referral: bool | None
    referral_text: str
    steps: tuple[Step, ...]
    alert: str
    freshness: Freshness
    assured: date | None
    read_on: date


def make_card(service: Service, terms: Terms, rules: Rules, local: datetime, km: float | None = None) -> Card:
    """Return the card of a service at a local moment (Europe/Amsterdam). km: distance to the asker, if known."""
    location = service.locations[0] if len(service.locations) == 1 else None
    precise = location is not None and location.precision in ROUNDED_KM
    named = location is not None and location.precision is not Precision.MUNICIPALITY
    return Card(
        number=service.number,
        short_id=service.short_id,
        path=f"{PATH}/{service.short_id}",
        name=service.name,
        organization=service.organization,
        what=_SENTENCE.split(service.description)[0],
        description=service.description,
        for_whom=tuple(terms.label(AUDIENCE, code) for code in service.audiences),
        themes=tuple((terms.get(THEME, code).number, terms.label(THEME, code)) for code in service.themes),
        forms=tuple(terms.label(FORM, code) for code in service.forms),
        areas=tuple(terms.label(AREA, code) for code in service.areas if code not in (PROVINCE, COUNTRY)),
        whole_province=PROVINCE in service.areas,
        whole_country=COUNTRY in service.areas,
        place=location.place if location and named else "",
        km=max(1, round(km)) if km is not None and precise else None,
        point=(location.point.lat, location.point.lon) if location and precise else None,
        address=service.contact.address,
        postcode=service.contact.postcode,
        phones=service.contact.phones,
        email=service.contact.email,
        site=service.contact.url,
        times=times_of(service, local),
        cost=service.cost,
        free=service.free,
        referral=service.referral,
        referral_text=service.referral_text,
        steps=steps_of(service),
        alert=service.alert_on(local.date()),
        freshness=freshness(service, rules, local.date()),
        assured=service.assured,
        read_on=service.read_on,
    )


def times_of(service: Service, local: datetime) -> Times:
    """Return the opening times as they hold at a local moment; unconfirmed times are never called certain."""
    now = openness_at(service.hours, local, service.assured)
    blocks = service.hours.blocks
    return Times(
        certain=now.openness in (Openness.OPEN, Openness.CLOSED),
        always=service.hours.always,
        open_until=now.until,
        next_opening=_next(now),
        week=_week(service.hours),
        today=tuple((block.opens, block.closes) for block in blocks if block.weekday == local.weekday()),
        words=service.hours.text,
    )


def steps_of(service: Service) -> tuple[Step, ...]:
    """Return the ways to take part that we know of; when there are none, the step is to ask."""
    steps = [
        (Step.REFERRAL, service.referral is True),
        (Step.WALK_IN, "inloop" in service.forms and bool(service.contact.address) and service.referral is not True),
        (Step.CALL, bool(service.contact.phones)),
        (Step.MAIL, bool(service.contact.email)),
        (Step.SITE, bool(service.contact.url)),
    ]
    return tuple(step for step, possible in steps if possible) or (Step.ASK,)


def _next(now: Now) -> datetime | None:
    return now.next_opening if now.openness in (Openness.CLOSED, Openness.PERHAPS_CLOSED) else None


def _week(hours: Hours) -> tuple[tuple[str, str, time, time], ...]:
    """Return neighbouring days with the same times as one row: ma t/m vr 10:00-15:00."""
    rows: list[list[object]] = []
    last = -2
    for block in sorted(hours.blocks, key=lambda block: (block.weekday, block.opens)):
        if rows and last + 1 == block.weekday and rows[-1][2:] == [block.opens, block.closes]:
            rows[-1][1] = DAYS[block.weekday]
        else:
            rows.append([DAYS[block.weekday], DAYS[block.weekday], block.opens, block.closes])
        last = block.weekday
    return tuple((str(row[0]), str(row[1]), _time(row[2]), _time(row[3])) for row in rows)


def _time(value: object) -> time:
    if not isinstance(value, time):
        raise TypeError(value)
    return value
