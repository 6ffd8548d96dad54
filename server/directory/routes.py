"""The visitor's door to the sociale kaart: search, one place on a page, what is in it, leaving the site."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from server.directory.api_routes import ROUTER as API
from server.directory.filters import LETTERS, read_filters
from server.directory.listing import listing, map_shapes
from server.directory.place import Destination, leaving, place
from server.directory.service import MAX_SEALED, Asked, directory, drawing, open_asked, seal_asked
from server.directory.words import MAX_CHARS
from server.kit.errors import NotFound
from server.kit.forms import Form, fields
from server.kit.guards import anyone
from server.kit.run.overload import Part
from server.kit.runtime import Runtime, runtime
from web import frame_of, page

PATH: Final = "/hulp-in-de-buurt"
_SHORT_ID: Final = re.compile(r"[0-9a-f]{8}")
Anyone = Annotated[None, Depends(anyone)]
Running = Annotated[Runtime, Depends(runtime)]

PAGES = APIRouter(prefix=PATH, include_in_schema=False)


class PlaceGone(NotFound):
    """The hulpbron is not in the directory, or not any more."""

    key = "sociale-kaart.weg"


@PAGES.get("")
async def show_list(request: Request, _: Anyone, rt: Running) -> HTMLResponse:
    """Show the search and its results; words come sealed in `z`, everything else as numbers."""
    filters = read_filters(_many(request), directory().terms)
    sealed = request.query_params.get("z", "")
    asked = open_asked(rt, sealed)
    if asked.words:
        rt.overload.require(Part.SEARCH)
    kept = sealed if asked != Asked() else ""
    found = listing(rt, asked, filters, _page_number(request), kept)
    context = {
        "list": found,
        "form": found.form,
        "shapes": map_shapes(rt, filters, kept),
        "view_box": drawing().view_box,
    }
    return page(request, "directory/list.html", context)


@PAGES.post("")
async def search(
    request: Request, _: Anyone, rt: Running, form: Annotated[Form, Depends(fields("woorden", "pc", *LETTERS.values()))]
) -> Response:
    """Take the words out of the body and go to the same page with them sealed, so that Back and reload work."""
    posted = {name: form.all(name) for name in form}
    filters = read_filters(posted, directory().terms)
    asked = Asked(form["woorden"].strip()[:MAX_CHARS], _four_digits(form["pc"]))
    target = filters.address(frame_of(request).link(PATH), seal_asked(rt, asked))
    return RedirectResponse(f"{target}#uitkomst", status_code=303)


@PAGES.get("/uitleg")
async def show_rules(request: Request, _: Anyone, rt: Running) -> HTMLResponse:
    """Show what stands in the directory and what does not (directory-booking-spec 3)."""
    return page(request, "directory/rules.html")


@PAGES.get("/{short_id}")
async def show_place(request: Request, short_id: str, _: Anyone, rt: Running) -> HTMLResponse:
    """Show one hulpbron; prints on one A4."""
    found = place(rt, _eight_hex(short_id))
    if found is None:
        raise PlaceGone
    return page(request, "directory/place.html", {"place": found, "back": _list_before(request)})


@PAGES.get("/{short_id}/naar/{destination}")
async def leave(request: Request, short_id: str, destination: str, _: Anyone, rt: Running) -> HTMLResponse:
    """Say that the next link leaves this site, and where to. Only addresses of the directory itself are shown."""
    known = destination in set(Destination)
    exit_to = leaving(rt, _eight_hex(short_id), Destination(destination)) if known else None
    if exit_to is None:
        raise PlaceGone
    return page(request, "directory/leave.html", {"exit": exit_to})


def _eight_hex(short_id: str) -> str:
    """Return the id when it looks like one of a path: `HB-012` is for editors, not for addresses."""
    return short_id if _SHORT_ID.fullmatch(short_id) else ""


def _list_before(request: Request) -> str:
    """Return the list this page was opened from, whose filters and sealed words its link carries; empty without."""
    filters = read_filters(_many(request), directory().terms)
    address = filters.address(PATH, request.query_params.get("z", "")[:MAX_SEALED], _page_number(request))
    return f"{frame_of(request).link(address)}#uitkomst" if address != PATH else ""


def _many(request: Request) -> Mapping[str, Sequence[str]]:
    return {name: request.query_params.getlist(name) for name in request.query_params}


def _page_number(request: Request) -> int:
    text = request.query_params.get("p", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < len("1000") else 1


def _four_digits(postcode: str) -> str:
    """Return the first four digits; the letters of a postcode are never kept (5.7)."""
    start = postcode.strip()[:4]
    return start if start.isascii() and start.isdigit() else ""


ROUTER = APIRouter()
ROUTER.include_router(PAGES)
ROUTER.include_router(API)
