"""The moderators' door: the queue, one case, appeals."""

from collections.abc import Awaitable
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

import moderation
from server.desk import queries, rules, service, typed
from server.kit.errors import AppError, NotFound
from server.kit.forms import Form, fields
from server.kit.ids import is_id
from server.kit.runtime import Runtime, runtime
from server.team.answers import errors_of
from server.team.guards import may
from server.team.logins import Login
from server.team.permissions import Permission
from web import page
from web.frame import Frame

TEAM_ROUTER = APIRouter(prefix="/team/moderatie")
HOME: Final = "/team/moderatie"

Rt = Annotated[Runtime, Depends(runtime)]
Looking = Annotated[Login, Depends(may(Permission.CASE_QUEUE))]
Reading = Annotated[Login, Depends(may(Permission.CASE_READ))]
Deciding = Annotated[Login, Depends(may(Permission.CASE_DECIDE))]
Nothing = Annotated[Form, Depends(fields())]
Choice = Annotated[Form, Depends(fields("besluit", "versie", "reden_soort", "reden", "reden_was"))]


@TEAM_ROUTER.get("")
async def show_queue(request: Request, rt: Rt, who: Looking, klaar: str = "", zwaar: int = 0) -> Response:
    """Show what waits and, at its side, the own case or else the first one."""
    waiting = await queries.queue(rt, who, heavy_too=bool(zwaar))
    own = next((row.id for row in waiting.rows if row.mine), None)
    first = own or (waiting.rows[0].id if waiting.rows else None)
    return await _desk(request, rt, who, first, waiting=waiting, done=klaar)


@TEAM_ROUTER.get("/stand")
async def show_state(rt: Rt, who: Looking) -> JSONResponse:
    """Say whether the queue changed and whether somebody is in danger; the page asks this by itself."""
    waiting = await queries.queue(rt, who)
    return JSONResponse({"state": waiting.state, "urgent": waiting.urgent})


@TEAM_ROUTER.get("/besluiten")
async def show_decisions(request: Request, rt: Rt, who: Looking) -> Response:
    """Show the own decisions of the last day."""
    decided = await queries.decided(rt, who)
    return page(request, "desk/decisions.html", {"decided": decided})


@TEAM_ROUTER.get("/bezwaar/{act_id}")
async def show_objection(request: Request, rt: Rt, who: Reading, act_id: str) -> Response:
    """Show an objection to a colleague's decision."""
    return await _objection(request, rt, who, act_id)


@TEAM_ROUTER.post("/bezwaar/{act_id}/besluit")
async def decide_objection(
    request: Request, rt: Rt, who: Deciding, act_id: str, form: Annotated[Form, Depends(fields("besluit", "reden"))]
) -> Response:
    """Decide on an objection."""
    try:
        await service.decide_appeal(rt, who, _known(act_id), typed.outcome(form), form["reden"])
    except NotFound:
        raise
    except AppError as error:
        return await _objection(request, rt, who, act_id, error=error, form=form)
    return _to(request, HOME)


@TEAM_ROUTER.post("/bezwaar/{act_id}/tweede")
async def ask_second_for_objection(request: Request, rt: Rt, who: Deciding, act_id: str, _: Nothing) -> Response:
    """Ask a second moderator to agree that the text of an objection is opened."""
    await service.ask_second_for_objection(rt, who, _known(act_id))
    return _to(request, f"{HOME}/bezwaar/{act_id}")


@TEAM_ROUTER.get("/{case_id}")
async def show_case(request: Request, rt: Rt, who: Looking, case_id: str) -> Response:
    """Show one case; its text only to the one who holds it."""
    return await _desk(request, rt, who, _known(case_id))


@TEAM_ROUTER.post("/{case_id}/oppakken")
async def pick_up(request: Request, rt: Rt, who: Reading, case_id: str, _: Nothing) -> Response:
    """Claim a case and read it."""
    return await _change(request, rt, who, case_id, service.pick_up(rt, who, _known(case_id)))


@TEAM_ROUTER.post("/{case_id}/overnemen")
async def take_over(request: Request, rt: Rt, who: Reading, case_id: str, _: Nothing) -> Response:
    """Claim a case that a colleague holds."""
    return await _change(request, rt, who, case_id, service.pick_up(rt, who, _known(case_id), take_over=True))


@TEAM_ROUTER.post("/{case_id}/overslaan")
async def skip(request: Request, rt: Rt, who: Deciding, case_id: str, _: Nothing) -> Response:
    """Pass a case on and go to the one after it."""
    waiting = await queries.queue(rt, who)
    await service.let_go(rt, who, _known(case_id), skipped=True)
    after = _neighbour(waiting, case_id, 1)
    return _to(request, f"{HOME}/{after}" if after else HOME)


@TEAM_ROUTER.post("/{case_id}/besluit")
async def decide(request: Request, rt: Rt, who: Deciding, case_id: str, form: Choice) -> Response:
    """Decide a case; afterwards the next one comes up, with the way back for a minute."""
    try:
        done = await service.decide(rt, who, _known(case_id), typed.decision(form))
    except NotFound:
        raise
    except AppError as error:
        return await _desk(request, rt, who, case_id, error=error, form=form)
    return _to(request, f"{HOME}?klaar={done.case_id}")


@TEAM_ROUTER.post("/{case_id}/ongedaan")
async def undo(request: Request, rt: Rt, who: Deciding, case_id: str, _: Nothing) -> Response:
    """Take the last decision on a case back."""
    return await _change(request, rt, who, case_id, service.undo(rt, who, _known(case_id)))


@TEAM_ROUTER.post("/{case_id}/gesprek")
async def offer_talk(request: Request, rt: Rt, who: Deciding, case_id: str, _: Nothing) -> Response:
    """Offer a talk to whoever wrote what the case is about."""
    return await _change(request, rt, who, case_id, service.offer_talk(rt, who, _known(case_id)))


@TEAM_ROUTER.post("/{case_id}/tweede")
async def ask_second(request: Request, rt: Rt, who: Deciding, case_id: str, _: Nothing) -> Response:
    """Ask a second moderator to agree that a text from a talk is opened."""
    return await _change(request, rt, who, case_id, service.ask_second(rt, who, _known(case_id)))


@TEAM_ROUTER.post("/{case_id}/akkoord")
async def agree(request: Request, rt: Rt, who: Deciding, case_id: str, _: Nothing) -> Response:
    """Agree as the second moderator."""
    return await _change(request, rt, who, case_id, service.agree(rt, who, _known(case_id)))


async def _change(request: Request, rt: Runtime, who: Login, case_id: str, deed: Awaitable[None]) -> Response:
    """Do one deed on a case and show it again, with what went wrong if anything did."""
    try:
        await deed
    except NotFound:
        raise
    except AppError as error:
        return await _desk(request, rt, who, case_id, error=error)
    return _to(request, f"{HOME}/{case_id}")


async def _desk(
    request: Request,
    rt: Runtime,
    who: Login,
    case_id: str | None,
    *,
    waiting: queries.Queue | None = None,
    done: str = "",
    error: AppError | None = None,
    form: Form | None = None,
) -> Response:
    on_queue = waiting is not None
    waiting = waiting or await queries.queue(rt, who)
    opened = await queries.opened(rt, who, case_id) if case_id else None
    context = {
        "who": who,
        "waiting": waiting,
        "opened": opened,
        "on_queue": on_queue,
        "typed": typed.shown(form, opened.suggested if opened else None),
        "kept": form is not None,
        "done": await _just_done(rt, who, done),
        "before": _neighbour(waiting, case_id, -1),
        "after": _neighbour(waiting, case_id, 1),
        "offered": [(kind.value, rules.KEYS.get(kind, "")) for kind in rules.OFFERED],
        "reasons": moderation.reasons(),
        "errors": errors_of(request, error),
    }
    return page(request, "desk/desk.html", context, error.status if error else 200)


async def _just_done(rt: Runtime, who: Login, case_id: str) -> queries.Opened | None:
    """Return the case that was just decided, as long as the author has not heard of it."""
    if not is_id(case_id):
        return None
    try:
        found = await queries.opened(rt, who, case_id)
    except NotFound:
        return None
    mine = found.done is not None and found.done.moderator_id == who.account_id
    return found if mine and found.done and rules.may_undo(found.done.at, rt.clock.now()) else None


async def _objection(
    request: Request,
    rt: Runtime,
    who: Login,
    act_id: str,
    *,
    error: AppError | None = None,
    form: Form | None = None,
) -> Response:
    context = {
        "contested": await queries.objection(rt, who, _known(act_id)),
        "outcome": form["besluit"] if form else "",
        "reason": form["reden"] if form else "",
        "errors": errors_of(request, error),
    }
    return page(request, "desk/objection.html", context, error.status if error else 200)


def _neighbour(waiting: queries.Queue, case_id: str | None, step: int) -> str | None:
    """Return the id of the case before (-1) or after (1) this one in the queue."""
    ids = [row.id for row in waiting.rows]
    if case_id not in ids:
        return ids[0] if ids else None
    at = ids.index(case_id) + step
    return ids[at] if 0 <= at < len(ids) else None


def _known(case_id: str) -> str:
    if not is_id(case_id):
        raise service.CaseUnknown
    return case_id


def _to(request: Request, path: str) -> Response:
    frame: Frame = request.state.frame
    return RedirectResponse(frame.link(path), 303)
