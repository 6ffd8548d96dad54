"""The read API of the sociale kaart: HSDS 3.0, public, without key (directory-booking-spec 7). Nothing is kept."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Annotated, Any, Final, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from server.directory import hsds
from server.directory.hsds import Feed, Json
from server.directory.publication import Rules
from server.directory.search import Question
from server.directory.service import directory, local_now, shown_by
from server.directory.services import Service
from server.directory.words import MAX_CHARS
from server.kit.errors import NotFound
from server.kit.guards import anyone
from server.kit.runtime import Runtime, runtime

PATH: Final = "/api/hsds"
PROFILE: Final = f"{PATH}/profile"
OPEN: Final = {
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": "public, max-age=300",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
NDJSON: Final = "application/x-ndjson"
JSON: Final = "application/json"

ROUTER = APIRouter(prefix=PATH, tags=["hsds"], dependencies=[Depends(anyone)])
Running = Annotated[Runtime, Depends(runtime)]


class Paging(BaseModel):
    """Which page of a list, how long, and how it is written."""

    model_config = ConfigDict(extra="forbid")

    page: int = Field(1, ge=1, le=1_000_000)
    per_page: int = Field(50, ge=1, le=100)
    format: Literal["json", "ndjson"] = "json"


class ServiceQuery(Paging):
    """What narrows the list of services; everything given must hold."""

    search: str = Field("", max_length=MAX_CHARS)
    taxonomy_term_id: UUID | None = None
    taxonomy_id: UUID | None = None
    organization_id: UUID | None = None
    modified_after: datetime | date | None = None
    minimal: bool = False
    full: bool = True


class TermQuery(Paging):
    """What narrows the list of terms."""

    taxonomy_id: UUID | None = None


class LocationQuery(Paging):
    """Services at a location, within metres of the middle of a postcode."""

    taxonomy_term_id: UUID | None = None
    taxonomy_id: UUID | None = None
    organization_id: UUID | None = None
    postcode: str = Field("", pattern=r"^([1-9]\d{3}( ?[A-Za-z]{2})?)?$")
    proximity: int = Field(5000, ge=1, le=200_000)


@ROUTER.get("")
@ROUTER.get("/", include_in_schema=False)
async def show_version(request: Request) -> Response:
    """Say which standard this is and where it is described."""
    base = str(request.base_url).rstrip("/")
    return _answer(request, {"version": hsds.VERSION, "profile": f"{base}{PROFILE}", "openapi_url": f"{base}/api"})


@ROUTER.get("/profile")
async def show_profile(request: Request) -> Response:
    """Describe what this feed adds to HSDS: only through attributes, so any reader of HSDS can read it."""
    notes = {
        "attributes": "link_type 'eligibility' = for whom; otherwise the code of the taxonomy",
        "service_areas": "extent is the CBS code of a municipality, or the name of the province or country",
        "schedules": "once per clock period of the coming 12 months; wall clock Europe/Amsterdam",
        "cost_options": "only where the service is known to be free; unknown is not free",
    }
    return _answer(request, {"name": "Groninger sociale kaart", "extends": f"HSDS {hsds.VERSION}", "notes": notes})


@ROUTER.get("/services")
async def list_services(request: Request, rt: Running, query: Annotated[ServiceQuery, Query()]) -> Response:
    """List services: by id, or best first with `search`, in the order of the page."""
    feed = _feed(rt)
    found = _searched(rt, query.search) if query.search.strip() else list(feed.by_id.values())
    kept = [service for service in found if _fits(service, query)]
    return _page(request, query, kept, lambda service: feed.service(service, full=query.full and not query.minimal))


@ROUTER.get("/services/{service_id}")
async def show_service(request: Request, rt: Running, service_id: UUID) -> Response:
    """Show one service with everything that belongs to it."""
    feed = _feed(rt)
    return _answer(request, feed.service(_of(feed.by_id, service_id)))


@ROUTER.get("/organizations")
async def list_organizations(request: Request, rt: Running, query: Annotated[Paging, Query()]) -> Response:
    """List the organisations behind the services."""
    return _page(request, query, _feed(rt).organizations().values())


@ROUTER.get("/organizations/{found_id}")
async def show_organization(request: Request, rt: Running, found_id: UUID) -> Response:
    """Show one organisation with its services."""
    feed = _feed(rt)
    organization = _of(feed.organizations(), found_id)
    own = [each for each in feed.by_id.values() if each.organization == organization["name"]]
    return _answer(request, organization | {"services": [feed.service(each, full=False) for each in own]})


@ROUTER.get("/service_at_locations")
async def list_locations(request: Request, rt: Running, query: Annotated[LocationQuery, Query()]) -> Response:
    """List services at a location, also around a postcode."""
    feed = _feed(rt)
    narrowed = ServiceQuery(
        taxonomy_term_id=query.taxonomy_term_id, taxonomy_id=query.taxonomy_id, organization_id=query.organization_id
    )
    kept = [
        each
        for each in feed.locations().values()
        if _fits(feed.by_id[each["service"]["id"]], narrowed) and _near(feed.by_id[each["service"]["id"]], query)
    ]
    return _page(request, query, kept)


@ROUTER.get("/service_at_locations/{found_id}")
async def show_location(request: Request, rt: Running, found_id: UUID) -> Response:
    """Show one service at a location."""
    return _answer(request, _of(_feed(rt).locations(), found_id))


@ROUTER.get("/taxonomies")
async def list_taxonomies(request: Request, rt: Running, query: Annotated[Paging, Query()]) -> Response:
    """List the word lists."""
    return _page(request, query, _feed(rt).taxonomies().values())


@ROUTER.get("/taxonomies/{found_id}")
async def show_taxonomy(request: Request, rt: Running, found_id: UUID) -> Response:
    """Show one word list."""
    return _answer(request, _of(_feed(rt).taxonomies(), found_id))


@ROUTER.get("/taxonomy_terms")
async def list_terms(request: Request, rt: Running, query: Annotated[TermQuery, Query()]) -> Response:
    """List terms, of one word list or all."""
    terms = _feed(rt).terms().values()
    chosen = str(query.taxonomy_id) if query.taxonomy_id else ""
    return _page(request, query, [term for term in terms if chosen in ("", term["taxonomy_detail"]["id"])])


@ROUTER.get("/taxonomy_terms/{found_id}")
async def show_term(request: Request, rt: Running, found_id: UUID) -> Response:
    """Show one term."""
    return _answer(request, _of(_feed(rt).terms(), found_id))


def _feed(rt: Runtime) -> Feed:
    shown = shown_by(rt)
    return _feed_of(shown.services, show_unconfirmed=shown.rules.show_unconfirmed, today=local_now(rt).date())


@lru_cache(maxsize=2)
def _feed_of(services: tuple[Service, ...], *, show_unconfirmed: bool, today: date) -> Feed:
    return Feed(directory(), services, Rules(show_unconfirmed, frozenset()), today)


def _searched(rt: Runtime, words: str) -> list[Service]:
    return list(shown_by(rt).search.ask(Question(words), local_now(rt)).in_order)


def _fits(service: Service, query: ServiceQuery) -> bool:
    used = [
        ("thema", service.themes),
        ("doelgroep", service.audiences),
        ("vorm", service.forms),
        ("gemeente", service.areas),
    ]
    terms = {hsds.term_id(taxonomy, code) for taxonomy, codes in used for code in codes}
    taxonomies = {hsds.taxonomy_id(taxonomy) for taxonomy, _ in used}
    return (
        _is_or_in(query.taxonomy_term_id, terms)
        and _is_or_in(query.taxonomy_id, taxonomies)
        and _is_or_in(query.organization_id, {hsds.organization_id(service.organization)})
        and (query.modified_after is None or hsds.modified(service) > _moment(query.modified_after))
    )


def _is_or_in(wanted: UUID | None, found: set[str]) -> bool:
    return wanted is None or str(wanted) in found


def _moment(value: datetime | date) -> datetime:
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime.combine(value, hsds.DAY_START, UTC)


def _near(service: Service, query: LocationQuery) -> bool:
    if not query.postcode:
        return True
    spot = directory().gazetteer.postcode(query.postcode)
    metres = [location.point.km_to(spot.point) * 1000 for location in service.locations] if spot else []
    return any(each <= query.proximity for each in metres)


def _of(found: Mapping[str, Any], wanted: UUID) -> Any:
    try:
        return found[str(wanted)]
    except KeyError:
        raise NotFound from None


def _page(request: Request, query: Paging, items: Iterable[Any], write: Any = None) -> Response:
    """Answer one page; past the last one it is empty and not an error (7.2)."""
    every = list(items)
    start = (query.page - 1) * query.per_page
    contents = [write(item) if write else item for item in every[start : start + query.per_page]]
    if query.format == "ndjson":
        return _bytes(request, b"".join(orjson.dumps(each) + b"\n" for each in contents), NDJSON)
    pages = -(-len(every) // query.per_page)
    return _answer(
        request,
        {
            "total_items": len(every),
            "total_pages": pages,
            "page_number": query.page,
            "size": len(contents),
            "first_page": query.page == 1,
            "last_page": query.page >= pages,
            "empty": not contents,
            "contents": contents,
        },
    )


def _answer(request: Request, value: Json) -> Response:
    return _bytes(request, orjson.dumps(value), JSON)


def _bytes(request: Request, body: bytes, kind: str) -> Response:
    """Answer with an ETag, or 304 when the asker has this very body."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {**OPEN, "ETag": tag}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=kind, headers=headers)
