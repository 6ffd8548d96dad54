"""The roster of the team: a week at a time, and the doors. Own shifts for who works, all of them for who plans."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from server.kit.clock import local_day
from server.kit.errors import AppError, Invalid
from server.kit.forms import Form, fields
from server.kit.runtime import Runtime, runtime, state
from server.roster import doors, queries, rules, service, views
from server.roster.models import EVERYWHERE, MODERATION, Reason
from server.team import queries as team
from server.team.answers import errors_of
from server.team.guards import may
from server.team.logins import Login
from server.team.permissions import Permission
from web import page

TEAM_ROUTER: Final = APIRouter(prefix="/team/rooster")
HOME: Final = "/team/rooster"
DOORS: Final = "/team/rooster/deuren"

Rt = Annotated[Runtime, Depends(runtime)]
Reader = Annotated[Login, Depends(may(Permission.ROSTER))]
Planner = Annotated[Login, Depends(may(Permission.ROSTER_EDIT))]
Doorkeeper = Annotated[Login, Depends(may(Permission.DOOR))]
Week = Annotated[Form, Depends(fields("week"))]


@TEAM_ROUTER.get("")
async def week(request: Request, rt: Rt, login: Reader) -> Response:
    """Show one week: the own shifts, or everybody's for who plans."""
    return await _week_page(request, rt, login, request.query_params.get("week", ""))


@TEAM_ROUTER.post("/dienst")
async def put_on(
    request: Request,
    rt: Rt,
    login: Planner,
    form: Annotated[Form, Depends(fields("week", "plek", "dag", "van", "tot", "wie"))],
) -> Response:
    """Put a colleague on."""
    try:
        hours = rules.span(_day(rt, form), form["van"], form["tot"])
        await service.put_on(rt, login, _place(request, form["plek"]), form["wie"], hours)
    except AppError as error:
        return await _week_page(request, rt, login, form["week"], error=error, typed=form)
    await turn(request)
    return _back(form)


@TEAM_ROUTER.post("/weg")
async def take_off(
    request: Request, rt: Rt, login: Planner, form: Annotated[Form, Depends(fields("week", "dienst"))]
) -> Response:
    """Take a shift away."""
    await service.take_off(rt, login, form["dienst"])
    await turn(request)
    return _back(form)


@TEAM_ROUTER.post("/kopieer")
async def copy(request: Request, rt: Rt, login: Planner, form: Week) -> Response:
    """Copy the week on the page to the next one, and go there."""
    monday = rules.monday_of(form["week"], local_day(rt.clock.now()))
    await service.copy_week(rt, login, monday)
    await turn(request)
    return RedirectResponse(f"{HOME}?week={rules.week_name(monday + timedelta(days=7))}", 303)


@TEAM_ROUTER.post("/vrij")
async def day_off(
    request: Request,
    rt: Rt,
    login: Planner,
    form: Annotated[Form, Depends(fields("week", "plek", "dag", "reden"))],
) -> Response:
    """Shut one door, or all, on one day of the week: an exception that needs no change of shifts."""
    try:
        begins, ends = rules.day_hours(_day(rt, form))
        place = EVERYWHERE if form["plek"] == "alle" else _place(request, form["plek"])
        await service.shut(rt, login, place, form["reden"], begins, ends)
    except AppError as error:
        return await _week_page(request, rt, login, form["week"], error=error)
    await turn(request)
    return _back(form)


@TEAM_ROUTER.post("/toch-open")
async def cancel(
    request: Request, rt: Rt, login: Planner, form: Annotated[Form, Depends(fields("week", "dicht"))]
) -> Response:
    """Take an exception back."""
    await service.cancel_closing(rt, login, form["dicht"])
    await turn(request)
    return _back(form)


@TEAM_ROUTER.get("/deuren")
async def show_doors(request: Request, rt: Rt, login: Doorkeeper) -> Response:
    """Show every door: open, or shut and why; never how busy it is behind it."""
    return await _doors_page(request, rt)


@TEAM_ROUTER.post("/deuren/dicht")
async def shut(
    request: Request, rt: Rt, login: Doorkeeper, form: Annotated[Form, Depends(fields("plek", "reden"))]
) -> Response:
    """Shut a door with one press on a reason."""
    try:
        await service.shut(rt, login, _place(request, form["plek"]), form["reden"])
    except AppError as error:
        return await _doors_page(request, rt, error)
    await turn(request)
    return RedirectResponse(DOORS, 303)


@TEAM_ROUTER.post("/deuren/open")
async def reopen(
    request: Request, rt: Rt, login: Doorkeeper, form: Annotated[Form, Depends(fields("plek"))]
) -> Response:
    """Open a door that was shut by hand; from then on the roster decides again."""
    await service.reopen(rt, login, _place(request, form["plek"]))
    await turn(request)
    return RedirectResponse(DOORS, 303)


async def turn(request: Request) -> None:
    """Let the doors follow at once instead of within seconds; what they belong to is above this slice."""
    deed = cast("Callable[[], Awaitable[None]] | None", getattr(state(request), "turn_doors", None))
    if deed is not None:
        await deed()


def places(request: Request) -> dict[str, str]:
    """Return the names of everything that has a roster, by place; app.py knows them."""
    return cast("dict[str, str]", getattr(state(request), "roster_places", {}))


def _place(request: Request, place: str) -> str:
    if place not in places(request):
        raise Invalid(key="rooster.fout.plek", field="plek")
    return place


def _day(rt: Runtime, form: Form) -> date:
    """Return the day that was chosen. Raises Invalid when it lies outside the week on the page."""
    monday = rules.monday_of(form["week"], local_day(rt.clock.now()))
    try:
        day = date.fromisoformat(form["dag"])
    except ValueError:
        raise Invalid(key="rooster.fout.dag", field="dag") from None
    if not monday <= day < monday + timedelta(days=7):
        raise Invalid(key="rooster.fout.dag", field="dag")
    return day


def _back(form: Form) -> Response:
    return RedirectResponse(f"{HOME}?week={form['week']}" if rules.is_week(form["week"]) else HOME, 303)


async def _week_page(
    request: Request, rt: Runtime, login: Login, asked: str, *, error: AppError | None = None, typed: Form | None = None
) -> Response:
    today = local_day(rt.clock.now())
    monday = rules.monday_of(asked, today)
    edits = login.may(Permission.ROSTER_EDIT)
    begin, end = rules.day_hours(monday)[0], rules.day_hours(monday + timedelta(days=6))[1]
    async with rt.stores.hoofd.reading() as tx:
        shifts = await queries.shifts(tx, begin, end, None if edits else login.account_id)
        closings = await queries.closings_between(tx, begin, end)
        colleagues = await team.colleagues(tx) if edits else []
    names = places(request)
    context: dict[str, Any] = {
        "days": views.days(monday, shifts, closings, names, today),
        "week": rules.week_name(monday),
        "before": rules.week_name(monday - timedelta(days=7)),
        "after": rules.week_name(monday + timedelta(days=7)),
        "today": today,
        "edits": edits,
        "doors": login.may(Permission.DOOR),
        "places": list(names.items()),
        "who": [(one.id, one.name) for one in colleagues if service.can_work(one.role, "")],
        "reasons": [reason.value for reason in Reason],
        "typed": {name: typed[name] if typed else "" for name in ("plek", "dag", "van", "tot", "wie")},
        "errors": errors_of(request, error),
    }
    return page(request, "roster/week.html", context, error.status if error else 200)


async def _doors_page(request: Request, rt: Runtime, error: AppError | None = None) -> Response:
    now = rt.clock.now()
    names = {place: name for place, name in places(request).items() if place != MODERATION}  # no visitor's door
    stand = await doors.standings(rt, names)
    async with rt.stores.hoofd.reading() as tx:
        by_hand = {row.place for row in await queries.closings(tx, now) if row.begins <= now}
    context = {
        "doors": [
            {"place": place, "name": name, "standing": stand[place], "by_hand": place in by_hand}
            for place, name in names.items()
        ],
        "reasons": [reason.value for reason in Reason],
        "today": local_day(now),
        "errors": errors_of(request, error),
    }
    return page(request, "roster/doors.html", context, error.status if error else 200)
