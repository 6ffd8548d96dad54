"""The team's door: entrance, second factor, home, own login. Accounts of others: admin_routes."""

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Annotated, Final, cast

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from server.kit.clock import local_day
from server.kit.errors import AppError, Unavailable
from server.kit.forms import Form, fields
from server.kit.guards import anyone
from server.kit.runtime import Runtime, runtime, state
from server.team import accounts, cookies, demo, queries, second_factor, security_keys, service, upkeep
from server.team.admin_routes import ADMIN_ROUTER
from server.team.answers import answer, errors_of
from server.team.guards import fresh_login, login, maybe_login, token_of
from server.team.logins import Login
from server.team.models import SecurityKey
from server.team.navigation import pages_of
from server.team.rules import LONGEST
from web import page
from web.frame import Frame
from web.help_lines import help_lines

TEAM_ROUTER = APIRouter()
INSIDE: Final = re.compile(r"/team(/[a-z0-9-]+)*")

Rt = Annotated[Runtime, Depends(runtime)]
Here = Annotated[Login, Depends(login)]
Fresh = Annotated[Login, Depends(fresh_login)]


@TEAM_ROUTER.get("/team")
async def home(request: Request, rt: Rt, who: Annotated[Login | None, Depends(maybe_login)]) -> Response:
    """Show what there is to do, or the way in."""
    if who is None:
        return await _entrance(request, rt)
    due = upkeep.due(help_lines().values(), local_day(rt.clock.now()))
    return page(request, "team/home.html", {"who": who, "pages": pages_of(who)[1:], "due": due})


@TEAM_ROUTER.post("/team/inloggen")
async def sign_in(
    request: Request,
    rt: Rt,
    _: Annotated[None, Depends(anyone)],
    form: Annotated[Form, Depends(fields("naam", "wachtwoord"))],
) -> Response:
    """Take name and password."""
    try:
        token = await service.sign_in(rt, form["naam"], form["wachtwoord"])
    except AppError as error:
        return await _entrance(request, rt, error, form["naam"])
    return cookies.give(cookies.go(_link(request, "/team/code")), rt.settings, token)


@TEAM_ROUTER.get("/team/code")
async def ask_code(request: Request, rt: Rt, _: Annotated[None, Depends(anyone)]) -> Response:
    """Ask for the second factor of somebody whose password was right."""
    begun = await service.halfway_login(rt, token_of(request))
    return page(request, "team/code.html", {"security_keys": begun.security_keys, "errors": []})


@TEAM_ROUTER.post("/team/code/sleutel")
async def challenge_code(
    request: Request, rt: Rt, _: Annotated[None, Depends(anyone)], __: Annotated[Form, Depends(fields())]
) -> Response:
    """Ask a browser for a security key of somebody whose password was right."""
    begun = await service.halfway_login(rt, token_of(request))
    return _json(await security_keys.begin_proof(rt, begun.login_id, begun.account.id))


@TEAM_ROUTER.post("/team/code")
async def take_code(
    request: Request,
    rt: Rt,
    _: Annotated[None, Depends(anyone)],
    form: Annotated[Form, Depends(fields("code", "antwoord"))],
) -> Response:
    """Take the second factor and open the login."""
    try:
        begun = await service.halfway_login(rt, token_of(request))
    except service.StartAgain as error:
        return await _entrance(request, rt, error)
    try:
        token = await service.confirm(rt, token_of(request), _proof(form))
    except AppError as error:
        return answer(request, "team/code.html", {"security_keys": begun.security_keys}, error)
    return cookies.give(cookies.go(_link(request, "/team")), rt.settings, token)


@TEAM_ROUTER.post("/team/demo")
async def sign_in_demo(
    request: Request, rt: Rt, _: Annotated[None, Depends(anyone)], form: Annotated[Form, Depends(fields("account"))]
) -> Response:
    """Enter as one of the demo team, in demo mode only."""
    token = await service.demo_sign_in(rt, form["account"])
    return cookies.give(cookies.go(_link(request, "/team")), rt.settings, token)


@TEAM_ROUTER.post("/team/uit")
async def sign_out(request: Request, rt: Rt, who: Here, _: Annotated[Form, Depends(fields())]) -> Response:
    """End the login; slices above hear it at once, such as the line that waits for who is at work."""
    await service.log_out(rt, token_of(request), who)
    gone_home = cast("Callable[[str], Awaitable[None]] | None", getattr(state(request), "gone_home", None))
    if gone_home is not None:
        with suppress(Unavailable):  # the login has ended; their talk comes back when its lease ends
            await gone_home(who.account_id)
    return cookies.take(cookies.go(_link(request, "/team")), rt.settings)


@TEAM_ROUTER.post("/team/hier")
async def still_here(request: Request, who: Here, _: Annotated[Form, Depends(fields())]) -> Response:
    """Say that somebody is still there; looking up the login kept it."""
    return cookies.go(_link(request, "/team"))


@TEAM_ROUTER.get("/team/bevestig")
async def ask_step_up(request: Request, who: Here, naar: str = "/team") -> Response:
    """Ask for the second factor again, before something that needs it fresh."""
    return page(request, "team/step_up.html", {"who": who, "naar": _inside(naar), "errors": []})


@TEAM_ROUTER.post("/team/bevestig/sleutel")
async def challenge_step_up(request: Request, rt: Rt, who: Here, _: Annotated[Form, Depends(fields())]) -> Response:
    """Ask a browser for a security key again."""
    return _json(await security_keys.begin_proof(rt, who.id, who.account_id))


@TEAM_ROUTER.post("/team/bevestig")
async def take_step_up(
    request: Request, rt: Rt, who: Here, form: Annotated[Form, Depends(fields("code", "antwoord", "naar"))]
) -> Response:
    """Take the second factor again and go on where somebody was."""
    naar = _inside(form["naar"])
    try:
        token = await (service.demo_step_up(rt, who) if who.demo else service.step_up(rt, who, _proof(form)))
    except AppError as error:
        return answer(request, "team/step_up.html", {"who": who, "naar": naar}, error)
    return cookies.give(cookies.go(_link(request, naar)), rt.settings, token)


@TEAM_ROUTER.get("/team/sessies")
async def own_login(request: Request, rt: Rt, who: Here) -> Response:
    """Show the one login there is, the keys of this account, and how to end or replace them."""
    async with rt.stores.hoofd.reading() as tx:
        keys = await security_keys.of_account(tx, who.account_id)
    return page(request, "team/logins.html", _own(rt, who, keys) | {"errors": []})


@TEAM_ROUTER.post("/team/sessies/sleutel/begin")
async def begin_key(request: Request, rt: Rt, who: Fresh, _: Annotated[Form, Depends(fields())]) -> Response:
    """Ask a browser to make a security key for this account."""
    return _json(await security_keys.begin_registration(rt, who))


@TEAM_ROUTER.post("/team/sessies/sleutel")
async def add_key(request: Request, rt: Rt, who: Fresh, form: Annotated[Form, Depends(fields("antwoord"))]) -> Response:
    """Connect the key that a browser made."""
    try:
        await security_keys.register(rt, who, form["antwoord"])
    except AppError as error:
        async with rt.stores.hoofd.reading() as tx:
            keys = await security_keys.of_account(tx, who.account_id)
        return answer(request, "team/logins.html", _own(rt, who, keys), error)
    return cookies.go(_link(request, "/team/sessies"))


@TEAM_ROUTER.post("/team/sessies/sleutel/weg")
async def remove_key(request: Request, rt: Rt, who: Fresh, form: Annotated[Form, Depends(fields("id"))]) -> Response:
    """Take a security key away."""
    await security_keys.remove(rt, who, form["id"])
    return cookies.go(_link(request, "/team/sessies"))


@TEAM_ROUTER.post("/team/sessies/herstelcodes")
async def new_recovery_codes(request: Request, rt: Rt, who: Fresh, _: Annotated[Form, Depends(fields())]) -> Response:
    """Make new recovery codes. They are in this answer only, so it cannot be a page that one returns to."""
    return page(request, "team/recovery_codes.html", {"codes": await accounts.replace_recovery_codes(rt, who)})


@TEAM_ROUTER.post("/team/sessies/toetsen")
async def set_keys(request: Request, rt: Rt, who: Here, form: Annotated[Form, Depends(fields("aan"))]) -> Response:
    """Turn the single keys on or off."""
    await accounts.set_keys(rt, who, on=form["aan"] == "1")
    return cookies.go(_link(request, "/team/sessies"))


@TEAM_ROUTER.get("/team/uitnodiging/{token}")
async def invitation(request: Request, rt: Rt, _: Annotated[None, Depends(anyone)], token: str) -> Response:
    """Let an invited colleague choose a password and connect an app."""
    return page(request, "team/invitation.html", await _guest(rt, token) | {"errors": []})


@TEAM_ROUTER.post("/team/uitnodiging/{token}")
async def accept_invitation(
    request: Request,
    rt: Rt,
    _: Annotated[None, Depends(anyone)],
    token: str,
    form: Annotated[Form, Depends(fields("wachtwoord", "code"))],
) -> Response:
    """Make the account. The recovery codes are in this answer only."""
    try:
        codes = await accounts.accept(rt, token, form["wachtwoord"], form["code"])
    except accounts.InvitationGone:
        raise
    except AppError as error:
        return answer(request, "team/invitation.html", await _guest(rt, token), error)
    return page(request, "team/recovery_codes.html", {"codes": codes})


async def _entrance(request: Request, rt: Runtime, error: AppError | None = None, name: str = "") -> Response:
    members: list[queries.Colleague] = []
    if rt.settings.mode == "demo":
        async with rt.stores.hoofd.reading() as tx:
            members = await queries.cast(tx, [member.id for member in demo.CAST])
    context = {"members": members, "name": name, "errors": errors_of(request, error)}
    return page(request, "team/entrance.html", context, error.status if error else 200)


async def _guest(rt: Runtime, token: str) -> dict[str, object]:
    guest = await accounts.guest(rt, token)
    address = second_factor.address(guest.secret, guest.name, rt.settings.site_name)
    drawing, size = second_factor.drawing(address), second_factor.drawing_size(address)
    grouped = " ".join(re.findall("....", guest.secret))
    return {"token": token, "name": guest.name, "secret": grouped, "drawing": drawing, "size": size}


def _proof(form: Form) -> service.Proof:
    return service.Proof(form["code"], form["antwoord"])


def _own(rt: Runtime, who: Login, keys: list[SecurityKey]) -> dict[str, object]:
    first = security_keys.is_required(rt.settings, who.role) and not keys
    return {"who": who, "ends": who.started + LONGEST, "security_keys": keys, "first": first}


def _json(text: str) -> Response:
    return Response(text, media_type="application/json")


def _inside(path: str) -> str:
    """Return the path when it is a team page of ours, else the start; nobody is sent anywhere else."""
    return path if INSIDE.fullmatch(path) else "/team"


def _link(request: Request, path: str) -> str:
    frame: Frame = request.state.frame
    return frame.link(path)


TEAM_ROUTER.include_router(ADMIN_ROUTER)
