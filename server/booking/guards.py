"""Who may use a step of the form: whoever carries the cookie of this form. There is no visitor here to ask about."""

from typing import Annotated, Final

from fastapi import Depends
from starlette.requests import Request

from server.booking.stay import Stay, cookie_name, from_cookie
from server.kit.crypto import same
from server.kit.errors import Forbidden
from server.kit.forms import read_form
from server.kit.guards import SeeOther, guard
from server.kit.runtime import runtime_of

SAFE: Final = frozenset({"GET", "HEAD"})
EXPIRED: Final = "/afspraak/verlopen"
START: Final = "/afspraak"


class CsrfMissing(Forbidden):
    """The form does not carry the word of this cookie."""

    code = "csrf"
    key = "fout.csrf"


@guard
async def maybe_stay(request: Request) -> Stay | None:
    """Return what the cookie carries, if anything. Unsafe methods must carry its csrf word."""
    rt = runtime_of(request)
    value = request.cookies.get(cookie_name(secure=rt.settings.secure), "")
    found = from_cookie(rt.keyring, value, rt.clock.now()) if value else None
    if found is None:
        return None
    request.state.frame.csrf = found.csrf
    if request.method not in SAFE and not same((await read_form(request))["csrf"].encode(), found.csrf.encode()):
        raise CsrfMissing
    return found


@guard
async def stay(found: Annotated[Stay | None, Depends(maybe_stay)]) -> Stay:
    """Return what the cookie carries; without it a page explains that the half hour is over."""
    if found is None:
        raise SeeOther(EXPIRED)
    return found


@guard
async def booking(found: Annotated[Stay, Depends(stay)]) -> Stay:
    """Let in who is on the way to an appointment."""
    if not found.busy:
        raise SeeOther("/afspraak/klaar" if found.confirmed else START)
    return found


@guard
async def opened(found: Annotated[Stay, Depends(stay)]) -> Stay:
    """Let in who opened an appointment with its code."""
    if not found.opened:
        raise SeeOther("/afspraak/mijn")
    return found
