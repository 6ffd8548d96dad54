"""Who may use a visitor's page: whoever has a visit; forms also bring the visit's own csrf token (privacy 2.2, 7.8)."""

from contextlib import suppress
from typing import Final

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from server.kit.crypto import same
from server.kit.errors import AppError, Forbidden, Unavailable
from server.kit.forms import FORM_TYPE, read_form
from server.kit.guards import SeeOther, guard
from server.kit.run.edge import SAFE
from server.kit.runtime import Runtime, runtime_of
from server.visitors import service
from server.visitors.visit import Visit

TARGETS: Final = {"groepen": "/groepen", "gesprek": "/gesprek", "forum": "/forum", "mijn": "/mijn"}
"""Where a visit may go first: fixed words, never an address."""
CSRF_HEADER: Final = "x-csrf"
WRITTEN: Final = ("titel", "text", "tekst")
"""The fields in which somebody writes to others."""


class VisitOver(AppError):
    """A form came in without a visit: it ended, or never began."""

    code = "verlopen"
    status = 403
    key = "fout.verlopen"


class CsrfRefused(Forbidden):
    """The form does not carry the token of this visit."""

    code = "csrf"
    key = "fout.csrf"


@guard
async def maybe_visitor(connection: HTTPConnection) -> Visit | None:
    """Return the visit of this browser, if there is one. Takes no forms into account: see `visitor`."""
    rt = runtime_of(connection)
    visit = await known_visit(connection)
    if visit is None:
        return None
    if connection.scope["type"] == "http":  # an open socket alone does not make a visit last
        with suppress(Unavailable):  # a full disk: reading goes on, and the next request moves the end
            visit = await service.touch(rt, visit)
    frame = connection.state.frame
    frame.csrf, frame.visit_nickname, frame.visit_wishes = visit.csrf, visit.nickname, visit.wishes
    return visit


@guard
async def visitor(request: Request) -> Visit:
    """Return the visit; without one a page leads to the start. Raises SeeOther, VisitOver or CsrfRefused."""
    visit = await maybe_visitor(request)
    if visit is None:
        if request.method in SAFE:
            raise SeeOther(f"/begin?naar={_target(request.url.path)}")
        raise VisitOver
    if request.method not in SAFE:
        await check_csrf(request, visit)
    return visit


async def known_visit(connection: HTTPConnection) -> Visit | None:
    """Return the visit of this browser, read once for each request."""
    known: Visit | None = getattr(connection.state, "visit", None)
    if known is None:
        rt = runtime_of(connection)
        known = connection.state.visit = await service.load(rt, token_of(connection, rt))
    return known


async def check_csrf(request: Request, visit: Visit) -> None:
    """Compare the token of the header, or else of the form. Raises CsrfRefused."""
    sent = request.headers.get(CSRF_HEADER, "")
    if not sent and request.headers.get("content-type", "").startswith(FORM_TYPE):
        sent = (await read_form(request))["csrf"]
    if not same(sent.encode(), visit.csrf.encode()):
        raise CsrfRefused


async def written(request: Request) -> list[str]:
    """Return what somebody wrote in a form that came without a visit, to give it back to them and nobody else."""
    try:
        form = await read_form(request)
    except AppError:
        return []
    return [form[name] for name in WRITTEN if form[name].strip()]


def cookie_name(rt: Runtime) -> str:
    """Return `__Host-moi`, or `moi` on a developer's machine, where there is no TLS (D19)."""
    return "__Host-moi" if rt.settings.secure else "moi"


def token_of(connection: HTTPConnection, rt: Runtime) -> str | None:
    """Return the token the browser sent."""
    return connection.cookies.get(cookie_name(rt))


def give_cookie(response: Response, rt: Runtime, token: str) -> None:
    """Give the browser a token until it closes: no Max-Age, unreadable to scripts, never sent from other sites."""
    response.set_cookie(cookie_name(rt), token, path="/", secure=rt.settings.secure, httponly=True, samesite="strict")


def take_cookie(response: Response, rt: Runtime) -> None:
    """Let the browser drop the token, and everything else of this site that it keeps."""
    response.set_cookie(
        cookie_name(rt), "", max_age=0, path="/", secure=rt.settings.secure, httponly=True, samesite="strict"
    )
    response.headers["clear-site-data"] = '"cache", "cookies", "storage"'


def _target(path: str) -> str:
    first = path.strip("/").split("/", 1)[0]
    return first if first in TARGETS else "groepen"
