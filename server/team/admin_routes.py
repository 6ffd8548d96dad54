"""The administrator's door: colleagues, crisis numbers, the trail."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from server.kit.clock import local_day
from server.kit.errors import AppError, Invalid, NotFound
from server.kit.forms import Form, fields
from server.kit.ids import is_id
from server.kit.runtime import Runtime, runtime
from server.team import accounts, audit, cookies, queries, upkeep
from server.team.answers import answer, errors_of
from server.team.guards import may
from server.team.logins import Login
from server.team.permissions import MATRIX, Grant, Permission, Right, Role, grant
from web import page, text
from web.frame import Frame
from web.help_lines import help_lines

ADMIN_ROUTER = APIRouter()

Rt = Annotated[Runtime, Depends(runtime)]
Administrator = Annotated[Login, Depends(may(Permission.ACCOUNTS))]


class RoleMissing(Invalid):
    """No role was chosen, or one that we do not have."""

    code = "rol_ontbreekt"
    key = "team.fout.rol"


@ADMIN_ROUTER.get("/team/beheer")
async def overview(request: Request, rt: Rt, who: Administrator) -> Response:
    """Show colleagues, open invitations and the crisis numbers."""
    return page(request, "team/admin.html", await _overview(rt) | _typed(request, None, None))


@ADMIN_ROUTER.post("/team/beheer/uitnodigen")
async def invite(
    request: Request,
    rt: Rt,
    who: Administrator,
    form: Annotated[Form, Depends(fields("naam", "rol", "gespreksvoerder"))],
) -> Response:
    """Make a link for a new colleague. It is in this answer only, so it cannot be a page that one returns to."""
    try:
        token = await accounts.invite(rt, who, form["naam"], _role(form), _rights(form))
    except AppError as error:
        return answer(request, "team/admin.html", await _overview(rt) | _typed(request, error, form), error)
    frame: Frame = request.state.frame
    address = rt.settings.team_url + frame.link(f"/team/uitnodiging/{token}")
    return page(request, "team/invited.html", {"name": form["naam"], "address": address})


@ADMIN_ROUTER.get("/team/beheer/account/{account_id}")
async def account(request: Request, rt: Rt, who: Administrator, account_id: str) -> Response:
    """Show one colleague: role, rights, and how to close the account."""
    return page(request, "team/account.html", await _account(rt, account_id) | {"errors": []})


@ADMIN_ROUTER.post("/team/beheer/account/{account_id}/rol")
async def change(
    request: Request,
    rt: Rt,
    who: Administrator,
    account_id: str,
    form: Annotated[Form, Depends(fields("rol", "gespreksvoerder"))],
) -> Response:
    """Give a colleague another role."""
    try:
        await accounts.change(rt, who, account_id, _role(form), _rights(form))
    except NotFound:
        raise
    except AppError as error:
        return answer(request, "team/account.html", await _account(rt, account_id), error)
    return _to(request, "/team/beheer")


@ADMIN_ROUTER.get("/team/beheer/account/{account_id}/afsluiten")
async def confirm_removal(request: Request, rt: Rt, who: Administrator, account_id: str) -> Response:
    """Say what closing an account does, before it is done."""
    return page(request, "team/remove.html", await _account(rt, account_id) | {"errors": []})


@ADMIN_ROUTER.post("/team/beheer/account/{account_id}/afsluiten")
async def remove(
    request: Request, rt: Rt, who: Administrator, account_id: str, _: Annotated[Form, Depends(fields())]
) -> Response:
    """Close an account at once."""
    try:
        await accounts.remove(rt, who, account_id)
    except NotFound:
        raise
    except AppError as error:
        return answer(request, "team/remove.html", await _account(rt, account_id), error)
    return _to(request, "/team/beheer")


@ADMIN_ROUTER.get("/team/beheer/rechten")
async def rights(request: Request, who: Administrator) -> Response:
    """Show the matrix: who may do what."""
    frame: Frame = request.state.frame
    rows = [(permission.value, [(role, _sign(role, permission, frame.lang)) for role in Role]) for permission in MATRIX]
    return page(request, "team/matrix.html", {"roles": list(Role), "permissions": rows})


@ADMIN_ROUTER.get("/team/beheer/logboek")
async def trail(
    request: Request, rt: Rt, who: Annotated[Login, Depends(may(Permission.AUDIT))], p: int = 1
) -> Response:
    """Show a page of the trail; reading it leaves a line too (privacy 8.5)."""
    number = min(max(p, 1), 1000)
    await audit.log(rt, who.account_id, audit.Action.READ_AUDIT, "logboek", str(number))
    async with rt.stores.hoofd.reading() as tx:
        lines = await audit.lines(tx, number)
        broken = await audit.broken_among(tx, lines)
        names = await queries.names(tx, {line.account_id for line in lines})
    more = len(lines) == audit.PAGE
    context = {"lines": lines, "names": names, "broken": broken, "number": number, "more": more}
    return page(request, "team/audit.html", context)


async def _overview(rt: Runtime) -> dict[str, object]:
    async with rt.stores.hoofd.reading() as tx:
        colleagues, invitations = await queries.colleagues(tx), await queries.open_invitations(tx)
    now = rt.clock.now()
    return {
        "colleagues": colleagues,
        "invitations": [invitation for invitation in invitations if invitation.expires > now],
        "checks": upkeep.checks(help_lines().values(), local_day(now)),
        "role_options": _role_options(),
    }


async def _account(rt: Runtime, account_id: str) -> dict[str, object]:
    if not is_id(account_id):
        raise NotFound
    async with rt.stores.hoofd.reading() as tx:
        found = await queries.colleague(tx, account_id)
    if found is None:
        raise NotFound
    return {"colleague": found, "role_options": _role_options()}


def _typed(request: Request, error: AppError | None, form: Form | None) -> dict[str, object]:
    return {
        "errors": errors_of(request, error),
        "name": form["naam"] if form else "",
        "role": form["rol"] if form else "",
        "gespreksvoerder": bool(form and form["gespreksvoerder"]),
    }


def _role_options() -> list[tuple[str, str]]:
    return [(role.value, text(f"team.rol.{role}")) for role in Role]


def _sign(role: Role, permission: Permission, lang: str) -> str:
    """Return a cell of the matrix in words."""
    by_role = grant(role, (), permission)
    if by_role is Grant.NEVER and grant(role, tuple(Right), permission) is not Grant.NEVER:
        return text("team.mag.gespreksvoerder", lang)
    word = {Grant.NEVER: "nooit", Grant.YES: "ja", Grant.OWN: "eigen", Grant.STEP_UP: "bevestigd"}[by_role]
    return text(f"team.mag.{word}", lang)


def _role(form: Form) -> Role:
    try:
        return Role(form["rol"])
    except ValueError:
        raise RoleMissing(field="rol") from None


def _rights(form: Form) -> frozenset[Right]:
    return frozenset({Right.GESPREKSVOERDER}) if form["gespreksvoerder"] else frozenset()


def _to(request: Request, path: str) -> Response:
    frame: Frame = request.state.frame
    return cookies.go(frame.link(path))
