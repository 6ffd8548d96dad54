"""The visitor's door to pages that anyone may read. No route here reads or sets a cookie."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request
from starlette.responses import PlainTextResponse, Response

from server.info import articles
from server.info.contact import contact_point
from server.info.home import home_state
from server.kit.errors import Invalid, NotFound
from server.kit.forms import Form, fields
from server.kit.guards import anyone
from server.kit.runtime import Runtime, runtime
from web import page
from web.frame import Frame

ROUTER = APIRouter(dependencies=[Depends(anyone)], include_in_schema=False)
STANDING = ("huisregels", "privacy", "toegankelijkheid", "veilig-online")
# Everything below the index pages, and all that shows that someone takes part (README D8).
NOT_FOR_ROBOTS = (
    "/begin",
    "/groepen",
    "/gesprek",
    "/forum",
    "/mijn-plek",
    "/afspraak/",
    "/naar",
    "/weg",
    "/team",
    "/chat",
)
SECURITY_TEXT_VALID = timedelta(days=180)
MAX_ADDRESS = 2_000


@ROUTER.get("/")
async def home(request: Request) -> Response:
    """Show what one can do here, and whether the chat is open."""
    return page(request, "info/home.html", {"state": await home_state(request)})


@ROUTER.get("/tips")
async def tips(request: Request) -> Response:
    """List all tips by question."""
    return page(request, "info/tips.html", {"groups": articles.grouped(articles.tips(_lang(request)))})


@ROUTER.get("/tips/{code}")
async def tip(request: Request, code: str) -> Response:
    """Show one tip. Raises NotFound."""
    found = articles.tips(_lang(request)).get(code)
    if found is None:
        raise NotFound
    return page(request, "info/tip.html", {"article": found})


async def standing(request: Request) -> Response:
    """Show a standing page; its name is its path."""
    frame: Frame = request.state.frame
    name = frame.path.strip("/")
    return page(request, "info/page.html", {"article": articles.standing(name, frame.lang), "contact": contact_point()})


for _name in (*STANDING, "contact"):
    ROUTER.add_api_route(f"/{_name}", standing, methods=["GET"])


@ROUTER.post("/naar")
async def leave(request: Request, form: Annotated[Form, Depends(fields("adres"))]) -> Response:
    """Show where a link in a message goes before one follows it.

    The address comes by POST so that it stays out of the history, and nothing changes, so there is nowhere to redirect
    to. Nothing is fetched from it. Raises Invalid.
    """
    address = form["adres"].strip()
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or len(address) > MAX_ADDRESS:
        raise Invalid
    return page(request, "info/leave.html", {"address": address, "host": parts.hostname})


@ROUTER.get("/robots.txt")
async def robots() -> Response:
    """Tell search engines to keep to the index pages."""
    lines = [f"Disallow: {prefix}{path}" for prefix in ("", "/en") for path in NOT_FOR_ROBOTS]
    return PlainTextResponse("\n".join(["User-agent: *", *lines, ""]))


@ROUTER.get("/.well-known/security.txt")
async def security_text(rt: Annotated[Runtime, Depends(runtime)]) -> Response:
    """Tell who finds a weakness where to report it (RFC 9116)."""
    public = rt.settings.public_url
    expires = (rt.clock.now() + SECURITY_TEXT_VALID).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = (
        f"Contact: mailto:{contact_point().mail}",
        f"Expires: {expires.strftime('%Y-%m-%dT%H:%M:%SZ')}",
        "Preferred-Languages: nl, en",
        f"Canonical: {public}/.well-known/security.txt",
        f"Policy: {public}/contact",
    )
    return PlainTextResponse("\n".join([*lines, ""]))


def _lang(request: Request) -> str:
    frame: Frame = request.state.frame
    return frame.lang
