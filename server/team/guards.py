"""Who may use a team page: signed in, with the permission, and with the second factor fresh where the table says so."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import Depends
from starlette.requests import HTTPConnection, Request

from server.kit.crypto import same
from server.kit.errors import Forbidden
from server.kit.forms import read_form
from server.kit.guards import SeeOther, guard
from server.kit.runtime import runtime_of
from server.team import logins
from server.team.logins import Login
from server.team.navigation import pages_of
from server.team.permissions import Grant, Permission
from server.team.security_keys import is_required
from web.frame import Frame

SAFE: Final = frozenset({"GET", "HEAD"})
ENTRANCE: Final = "/team"
STEP_UP: Final = "/team/bevestig"
OWN_LOGIN: Final = "/team/sessies"
WITHOUT_KEY: Final = (OWN_LOGIN, STEP_UP, "/team/uit", "/team/hier")
ASKED_BY_SCRIPT: Final = "/stand"
"""Pages ask for their state here by themselves; that is no sign that somebody is there."""
CSRF_HEADER: Final = "x-csrf"


class CsrfMissing(Forbidden):
    """The form does not carry the word of this login."""

    code = "csrf"
    key = "team.fout.csrf"


class NotAllowed(Forbidden):
    """This role may not do this."""

    key = "team.fout.mag_niet"


@guard
async def maybe_login(connection: HTTPConnection) -> Login | None:
    """Return who is signed in, if anybody; for the entrance itself."""
    rt = runtime_of(connection)
    found = await logins.load(rt, token_of(connection), seen=not connection.url.path.endswith(ASKED_BY_SCRIPT))
    frame = getattr(connection.state, "frame", None)
    if found is not None and frame is not None:
        frame.csrf, frame.login_name = found.csrf, found.name
        frame.team_nav, frame.team_keys = pages_of(found), found.keys
    return found


@guard
async def login(request: Request) -> Login:
    """Return who is signed in; anybody else goes to the entrance. Unsafe methods must carry the csrf word."""
    found = await maybe_login(request)
    if found is None:
        raise SeeOther(ENTRANCE)
    if request.method not in SAFE:
        await _check_csrf(request, found)
    if _first_needs_key(request, found):
        raise SeeOther(OWN_LOGIN)
    return found


@guard
async def fresh_login(who: Annotated[Login, Depends(login)], request: Request) -> Login:
    """Return who is signed in and showed the second factor less than five minutes ago; for one's own keys and codes."""
    if not who.fresh(runtime_of(request).clock.now()):
        raise SeeOther(f"{STEP_UP}?naar={OWN_LOGIN}")
    return who


def may(permission: Permission) -> Callable[[Login, Request], Awaitable[Login]]:
    """Return a guard that lets in who has a permission. "Own" is for the route: it starts its query from this login."""

    async def allowed(who: Annotated[Login, Depends(login)], request: Request) -> Login:
        given = who.grant(permission)
        if given is Grant.NEVER:
            raise NotAllowed
        if given is Grant.STEP_UP and not who.fresh(runtime_of(request).clock.now()):
            raise SeeOther(step_up_path(request))
        return who

    allowed.__doc__ = permission.value
    setattr(allowed, PERMISSION, permission)
    return guard(allowed)


PERMISSION: Final = "__moi_permission__"


def permission_of(dependency: Callable[..., object]) -> Permission | None:
    """Return the permission a guard asks for; the matrix test reads it from every route."""
    found = getattr(dependency, PERMISSION, None)
    return found if isinstance(found, Permission) else None


def token_of(connection: HTTPConnection) -> str | None:
    """Return the token in the cookie, if there is one."""
    return connection.cookies.get(logins.cookie_name(runtime_of(connection).settings))


def step_up_path(request: Request) -> str:
    """Return the page that asks for the second factor and then goes back: to the page itself, or the one of the form.

    A form of ours posts to its page plus one word, such as /team/moderatie/<id>/oppakken.
    """
    path = request.url.path
    return f"{STEP_UP}?naar={quote(path if request.method in SAFE else path.rpartition('/')[0])}"


def _first_needs_key(request: Request, who: Login) -> bool:
    """Say whether this role has to connect a security key before anything else (privacy 8.1)."""
    path = getattr(request.state, "frame", Frame(path=request.url.path)).path
    here = any(path == allowed or path.startswith(f"{allowed}/") for allowed in WITHOUT_KEY)
    return not here and not who.security_keys and is_required(runtime_of(request).settings, who.role)


async def _check_csrf(request: Request, who: Login) -> None:
    given = request.headers.get(CSRF_HEADER) or (await read_form(request))["csrf"]
    if not same(given.encode(), who.csrf.encode()):
        raise CsrfMissing
