"""The list page: results in sections and pages, the form as it was filled in, and ways on when nothing was found."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Final

from server.directory.cards import PATH, Card, make_card
from server.directory.filters import Filters, Sieve
from server.directory.map import Shape
from server.directory.search import Answer, Found, Question, Section
from server.directory.service import Asked, Shown, directory, drawing, local_now, shown_by
from server.directory.services import Service
from server.directory.terms import AREA, AUDIENCE, COUNTRY, FORM, PROVINCE, THEME
from server.kit.runtime import Runtime

PER_PAGE: Final = 10
NEIGHBOURS: Final = 3


@dataclass(frozen=True, slots=True)
class Group:
    """Results under one heading."""

    section: Section
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """A link that finds more: without one filter, or in a neighbouring municipality. kind is a field of Filters."""

    kind: str
    label: str
    href: str
    count: int


@dataclass(frozen=True, slots=True)
class FilledForm:
    """The search form with what was chosen, and the choices it offers as (number, label)."""

    words: str
    postcode: str
    filters: Filters
    areas: tuple[tuple[int, str], ...]
    themes: tuple[tuple[int, str], ...]
    audiences: tuple[tuple[int, str], ...]
    forms: tuple[tuple[int, str], ...]
    wheelchair_known: bool
    """Only when some hulpbron says so: a filter that can find nothing is not offered."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of results. total counts all of them; near names the place the list starts from."""

    form: FilledForm
    groups: tuple[Group, ...]
    doors: tuple[Card, ...]
    ways: tuple[Way, ...]
    total: int
    page: int
    pages: int
    query: str
    """What stands before the page number in an address, ending with & when it is not empty."""
    here: str
    """The query of this very page, with its question mark; empty when nothing was asked."""
    crisis: bool
    searched_as: str
    near: str
    unknown_postcode: bool
    narrowed: bool
    """Whether anything was asked for at all."""


@dataclass(frozen=True, slots=True)
class MapShape:
    """A municipality on the map with the number of places in it and a link that filters the list."""

    shape: Shape
    count: int
    href: str
    chosen: bool


def listing(rt: Runtime, asked: Asked, filters: Filters, page: int, sealed: str) -> Listing:
    """Return one page of what answers the question within the filters."""
    shown, local = shown_by(rt), local_now(rt)
    answer = _ask(shown, asked, filters, local)
    found = _kept(answer, asked, filters, local)
    pages = max(1, -(-len(found) // PER_PAGE))
    page = min(page, pages)
    part = found[(page - 1) * PER_PAGE : page * PER_PAGE]
    doors = answer.doors or (() if found else shown.search.doors(answer.spot))
    return Listing(
        form=_form(asked, filters, shown),
        groups=tuple(_groups(part, shown, local)),
        doors=tuple(_card(door, shown, local) for door in doors) if page == 1 else (),
        ways=tuple(_ways(shown, asked, filters, local, sealed)) if not found else (),
        total=len(found),
        page=page,
        pages=pages,
        query=_query(filters, sealed),
        here=filters.address("", sealed, page),
        crisis=answer.crisis,
        searched_as=answer.searched_as if answer.corrected else "",
        near=answer.spot.name if answer.spot else "",
        unknown_postcode=bool(asked.postcode) and directory().gazetteer.postcode(asked.postcode) is None,
        narrowed=asked != Asked() or filters != Filters(),
    )


def map_shapes(rt: Runtime, filters: Filters, sealed: str) -> tuple[MapShape, ...]:
    """Return the ten shapes; counts are of places in that municipality that meet the other filters."""
    sieve = Sieve(filters, directory().terms, local_now(rt))
    services = [service for service in shown_by(rt).services if sieve.lets_through(service)]
    shapes = []
    for shape in drawing().shapes:
        number = directory().terms.get(AREA, shape.code).number
        count = sum(shape.code in service.areas for service in services)
        href = replace(filters, area=number).address(PATH, sealed)
        shapes.append(MapShape(shape, count, href, chosen=filters.area == number))
    return tuple(shapes)


def _ask(shown: Shown, asked: Asked, filters: Filters, local: datetime) -> Answer:
    term = directory().terms.numbered(AREA, filters.area)
    question = Question(asked.words, term.code if term else "", asked.postcode, local if filters.open_now else None)
    return shown.search.ask(question, local)


def _kept(answer: Answer, asked: Asked, filters: Filters, local: datetime) -> list[Found]:
    """Return what the filters let through. Without words, other municipalities are left out: that is everything."""
    sieve = Sieve(filters, directory().terms, local)
    browsing = not asked.words and answer.spot is not None
    doors = {door.number for door in answer.doors}
    kept = [
        found
        for found in answer.found
        if sieve.lets_through(found.service)
        and found.service.number not in doors
        and not (browsing and found.section is Section.FURTHER)
    ]
    if sieve.themes and not asked.words:
        kept.sort(key=lambda found: (found.section, _theme_rank(found.service, sieve.themes)))
    return kept


def _query(filters: Filters, sealed: str) -> str:
    query = filters.address(PATH, sealed).partition("?")[2]
    return f"{query}&" if query else ""


def _theme_rank(service: Service, themes: Iterable[str]) -> int:
    return min(service.themes.index(code) for code in themes if code in service.themes)


def _groups(found: Sequence[Found], shown: Shown, local: datetime) -> Iterable[Group]:
    for section, each in groupby(found, key=lambda one: one.section):
        yield Group(section, tuple(_card(one.service, shown, local, one.km) for one in each))


def _card(service: Service, shown: Shown, local: datetime, km: float | None = None) -> Card:
    return make_card(service, directory().terms, shown.rules, local, km)


def _ways(shown: Shown, asked: Asked, filters: Filters, local: datetime, sealed: str) -> Iterable[Way]:
    """Return links that do find something: one filter fewer, then neighbouring municipalities (5.10)."""
    tries = [(kind, _label(kind, number), fewer) for kind, number, fewer in filters.without_each()]
    tries += [("neighbour", label, replace(filters, area=number)) for number, label in _neighbours(filters.area)]
    for kind, label, other in tries:
        count = len(_kept(_ask(shown, asked, other, local), asked, other, local))
        if count:
            yield Way(kind, label, other.address(PATH, sealed), count)


def _label(kind: str, number: int) -> str:
    taxonomy = {"themes": THEME, "area": AREA, "audience": AUDIENCE, "form": FORM}.get(kind)
    term = directory().terms.numbered(taxonomy, number) if taxonomy else None
    return term.label if term else ""


def _neighbours(area: int) -> list[tuple[int, str]]:
    """Return the nearest municipalities as (number, name)."""
    terms = directory().terms
    term = terms.numbered(AREA, area)
    municipalities = directory().gazetteer.municipalities
    if term is None or term.code not in municipalities:
        return []
    centre = municipalities[term.code].centre
    nearest = sorted(municipalities.values(), key=lambda other: centre.km_to(other.centre))[1 : NEIGHBOURS + 1]
    return [(terms.get(AREA, other.code).number, other.name) for other in nearest]


def _form(asked: Asked, filters: Filters, shown: Shown) -> FilledForm:
    terms = directory().terms
    areas = tuple((t.number, t.label) for t in terms.of(AREA) if t.code not in (PROVINCE, COUNTRY))
    return FilledForm(
        words=asked.words,
        postcode=asked.postcode,
        filters=filters,
        areas=areas,
        themes=tuple((t.number, t.label) for t in terms.of(THEME)),
        audiences=tuple((t.number, t.label) for t in terms.of(AUDIENCE)),
        forms=tuple((t.number, t.label) for t in terms.of(FORM)),
        wheelchair_known=any(service.wheelchair for service in shown.services),
    )
