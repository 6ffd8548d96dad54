"""The hosts' day: who comes, and one press for what came of it. No search, no export, no list over days (14.7)."""

from collections.abc import Awaitable
from datetime import date, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from server.booking import outcomes, queries
from server.booking.outcomes import Turn
from server.booking.rules import HORIZON_DAYS, KEEP_AFTER_TALK, FollowUp, may_mark_no_show, may_register
from server.booking.screens import error_lines, go
from server.kit.clock import local_day
from server.kit.errors import AppError, Conflict, Invalid, NotFound
from server.kit.forms import Form, fields
from server.kit.runtime import Runtime, runtime
from server.team.guards import may
from server.team.logins import Login
from server.team.permissions import Permission
from web import page

TEAM_ROUTER: Final = APIRouter(prefix="/team/agenda")
Rt = Annotated[Runtime, Depends(runtime)]
Host = Annotated[Login, Depends(may(Permission.AGENDA))]
Counting = Annotated[Login, Depends(may(Permission.OUTCOME))]
Day = Annotated[Form, Depends(fields("dag"))]
AGENDA: Final = "/team/agenda"


@TEAM_ROUTER.get("")
async def agenda(request: Request, rt: Rt, host: Host) -> Response:
    """Show one day, today unless another one was asked for."""
    return await _day_page(request, rt, host, _day(rt, request.query_params.get("dag", "")))


@TEAM_ROUTER.post("/{appointment_id}/geweest")
async def register(
    request: Request,
    rt: Rt,
    host: Counting,
    appointment_id: str,
    form: Annotated[Form, Depends(fields("dag", "follow_up", "turn"))],
) -> Response:
    """Count the talk and erase the appointment."""
    day = _day(rt, form["dag"])
    try:
        follow_up, turn = FollowUp(form["follow_up"]), Turn(form["turn"])
    except ValueError:
        error = Invalid("leeg", key="err.choose", field=f"geweest-{appointment_id[:8]}")
        return await _day_page(request, rt, host, day, error, typed=form)
    deed = outcomes.register(rt, host.account_id, appointment_id, follow_up, turn)
    return await _pressed(request, rt, host, day, deed)


@TEAM_ROUTER.post("/{appointment_id}/niet-verschenen")
async def absent(request: Request, rt: Rt, host: Counting, appointment_id: str, form: Day) -> Response:
    """Say that nobody came; it has no consequence for the person."""
    deed = outcomes.mark_absent(rt, host.account_id, appointment_id)
    return await _pressed(request, rt, host, _day(rt, form["dag"]), deed)


@TEAM_ROUTER.post("/{appointment_id}/kan-niet")
async def cannot(request: Request, rt: Rt, host: Host, appointment_id: str, form: Day) -> Response:
    """Say that the hosts cannot; the person finds two other moments with the code."""
    deed = outcomes.cannot_host(rt, host.account_id, appointment_id)
    return await _pressed(request, rt, host, _day(rt, form["dag"]), deed)


@TEAM_ROUTER.post("/{appointment_id}/afzeggen")
async def cancel(request: Request, rt: Rt, host: Host, appointment_id: str, form: Day) -> Response:
    """Cancel for somebody who called the location."""
    deed = outcomes.cancel_for_visitor(rt, host.account_id, appointment_id)
    return await _pressed(request, rt, host, _day(rt, form["dag"]), deed)


async def _pressed(request: Request, rt: Runtime, host: Login, day: date, deed: Awaitable[None]) -> Response:
    """Do it and show the day again. What is gone was done a moment ago, by a double press or a colleague."""
    try:
        await deed
    except NotFound:
        return go(request, f"{AGENDA}?dag={day.isoformat()}")
    except Conflict as error:
        return await _day_page(request, rt, host, day, error)
    return go(request, f"{AGENDA}?dag={day.isoformat()}&klaar=1")


def _day(rt: Runtime, asked: str) -> date:
    """Return the day that was asked for, within what exists: a week back, four weeks ahead; otherwise today."""
    today = local_day(rt.clock.now())
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        return today
    return day if today - KEEP_AFTER_TALK < day <= today + timedelta(days=HORIZON_DAYS) else today


async def _day_page(
    request: Request, rt: Runtime, host: Login, day: date, error: AppError | None = None, typed: Form | None = None
) -> Response:
    now = rt.clock.now()
    async with rt.stores.afspraken.reading() as tx:
        seats = await queries.hosts_of(tx, host.account_id)
        lines = await queries.day_of_hosts(tx, rt.keyring, seats, day, now)
    context = {
        "day": day,
        "today": local_day(now),
        "lines": [
            (line, may_register(line.seen.starts, now), may_mark_no_show(line.seen.starts, now)) for line in lines
        ],
        "typed": {"turn": typed["turn"], "follow_up": typed["follow_up"]} if typed else {"turn": "", "follow_up": ""},
        "follow_ups": [each.value for each in FollowUp],
        "turns": [each.value for each in Turn],
        "before": _other(rt, day, -1),
        "after": _other(rt, day, 1),
        "done": "klaar" in request.query_params and error is None,
        "errors": error_lines(request, [error] if error else []),
    }
    return page(request, "booking/agenda.html", context, error.status if error else 200)


def _other(rt: Runtime, day: date, step: int) -> date | None:
    other = day + timedelta(days=step)
    return other if _day(rt, other.isoformat()) == other else None
