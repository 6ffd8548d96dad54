"""The team's kringen: plan them, open, go on longer, round off, say how it went."""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from server.chat.groups import themes
from server.kit.clock import AMSTERDAM, local_day
from server.kit.errors import AppError
from server.kit.forms import Form, fields
from server.kit.runtime import Runtime, runtime
from server.kring import queries, rules, service, views
from server.kring.rules import BadPlan
from server.roster import service as roster
from server.team import queries as team
from server.team.answers import errors_of
from server.team.guards import may
from server.team.logins import Login
from server.team.permissions import Grant, Permission
from web import page

TEAM_ROUTER: Final = APIRouter(prefix="/team/kringen")
HOME: Final = "/team/kringen"
FIELDS: Final = ("thema", "begeleider", "dag", "tijd", "minuten", "plekken", "wekelijks")

Rt = Annotated[Runtime, Depends(runtime)]
Planner = Annotated[Login, Depends(may(Permission.KRING))]
Host = Annotated[Login, Depends(may(Permission.KRING_HOST))]
Nothing = Annotated[Form, Depends(fields())]


@TEAM_ROUTER.get("")
async def overview(request: Request, rt: Rt, login: Planner) -> Response:
    """Show what is planned: everything, or the own ones."""
    return await _overview(request, rt, login)


@TEAM_ROUTER.post("")
async def plan(request: Request, rt: Rt, login: Planner, form: Annotated[Form, Depends(fields(*FIELDS))]) -> Response:
    """Plan a kring, once or every week."""
    try:
        await service.plan(
            rt, login, form["thema"], form["begeleider"] or login.account_id, _moment(form),
            _number(form, "minuten"), _number(form, "plekken"), weekly=bool(form["wekelijks"]),
        )  # fmt: skip
    except AppError as error:
        return await _overview(request, rt, login, error, form)
    return RedirectResponse(HOME, 303)


@TEAM_ROUTER.post("/reeks/{plan_id}/stoppen")
async def stop_series(rt: Rt, login: Planner, plan_id: str, _: Nothing) -> Response:
    """Stop a weekly kring."""
    await service.stop_series(rt, login, plan_id)
    return RedirectResponse(HOME, 303)


@TEAM_ROUTER.post("/{kring_id}/afgelasten")
async def cancel(request: Request, rt: Rt, login: Planner, kring_id: str, _: Nothing) -> Response:
    """Call one kring off."""
    try:
        await service.cancel(rt, login, kring_id)
    except rules.NotNow as error:
        return await _overview(request, rt, login, error)
    return RedirectResponse(HOME, 303)


@TEAM_ROUTER.post("/{kring_id}/openen")
async def open_(rt: Rt, login: Host, kring_id: str, _: Nothing) -> Response:
    """Begin."""
    await service.open_(rt, login, kring_id)
    return _inside(kring_id)


@TEAM_ROUTER.post("/{kring_id}/langer")
async def go_on(rt: Rt, login: Host, kring_id: str, _: Nothing) -> Response:
    """Go on ten minutes longer."""
    await service.go_on(rt, login, kring_id)
    return _inside(kring_id)


@TEAM_ROUTER.post("/{kring_id}/afronden")
async def round_off(rt: Rt, login: Host, kring_id: str, _: Nothing) -> Response:
    """Begin the last round."""
    await service.round_off(rt, login, kring_id)
    return _inside(kring_id)


@TEAM_ROUTER.post("/{kring_id}/verloop")
async def debrief(rt: Rt, login: Host, kring_id: str, form: Annotated[Form, Depends(fields("verloop"))]) -> Response:
    """Count how it went."""
    await service.debrief(rt, login, kring_id, form["verloop"])
    return RedirectResponse(HOME, 303)


def _inside(kring_id: str) -> Response:
    return RedirectResponse(f"/team/groepen/{kring_id}", 303)


def _moment(form: Form) -> datetime:
    """Return the local day and time of the form as a moment. Raises BadPlan."""
    try:
        return datetime.fromisoformat(f"{form['dag']}T{form['tijd']}").replace(tzinfo=AMSTERDAM)
    except ValueError:
        raise BadPlan(key="kring.fout.moment", field="dag") from None


def _number(form: Form, name: str) -> int:
    text = form[name]
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise BadPlan(field=name)
    return int(text)


async def _overview(
    request: Request, rt: Runtime, login: Login, error: AppError | None = None, typed: Form | None = None
) -> Response:
    everybody = login.grant(Permission.KRING) is Grant.YES
    kringen = await views.of_team(rt, None if everybody else login.account_id)
    async with rt.stores.hoofd.reading() as tx:
        weekly = {row.id for row in await queries.plans(tx) if row.weekly}
        colleagues = await team.colleagues(tx) if everybody else []
    context: dict[str, Any] = {
        "kringen": kringen,
        "weekly": weekly,
        "themes": [(slug, theme.name) for slug, theme in themes().items()],
        "who": [(one.id, one.name) for one in colleagues if roster.can_work(one.role, "")],
        "lengths": rules.MINUTES,
        "most": rules.PLACES[-1],
        "today": local_day(rt.clock.now()),
        "may_host": login.may(Permission.KRING_HOST),
        "typed": {name: typed[name] if typed else "" for name in FIELDS},
        "errors": errors_of(request, error),
    }
    return page(request, "kring/team.html", context, error.status if error else 200)
