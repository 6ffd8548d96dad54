"""Both doors to what holds for a whole group: the team sets and ends it, visitors may disagree."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from server.chat import pacing, queries
from server.chat.pacing import Measure
from server.chat.routes import Rt, Visiting, known
from server.kit.clock import local_day
from server.kit.errors import AppError, NotFound
from server.kit.forms import Form, fields
from server.kit.runtime import Runtime
from server.team.answers import errors_of
from server.team.guards import may
from server.team.logins import Login
from server.team.permissions import Permission
from server.visitors.answers import see, shown
from web import page

ROUTER = APIRouter(prefix="/groepen/{room_id}/oneens")
TEAM_ROUTER = APIRouter(prefix="/team/groepen/{room_id}/maatregel")

Pausing = Annotated[Login, Depends(may(Permission.ROOM_PAUSE))]


@ROUTER.get("")
async def ask_objection(request: Request, rt: Rt, _: Visiting, room_id: str) -> Response:
    """Ask why what holds in a group should be looked at again."""
    return await _objection(request, rt, room_id)


@ROUTER.post("")
async def object_to(
    request: Request, rt: Rt, visit: Visiting, room_id: str, form: Annotated[Form, Depends(fields("tekst"))]
) -> Response:
    """Put it before another moderator; words to a moderator can call for help too."""
    try:
        panel = await pacing.object_to(rt, visit.author_key(f"grens/{room_id}"), known(room_id), form["tekst"])
    except NotFound:
        raise
    except AppError as error:
        return await _objection(request, rt, room_id, error=error, typed=form["tekst"])
    if panel:
        return page(request, "visitors/appealed.html", {"path": f"/groepen/{room_id}", "panel": panel})
    return see(request, f"/groepen/{room_id}")


@TEAM_ROUTER.get("")
async def ask_measure(request: Request, rt: Rt, _: Pausing, room_id: str) -> Response:
    """Ask what should hold in a group, why and how long; or show what holds."""
    return await _team_page(request, rt, room_id)


@TEAM_ROUTER.post("")
async def impose(
    request: Request,
    rt: Rt,
    login: Pausing,
    room_id: str,
    form: Annotated[Form, Depends(fields("wat", "reden", "duur", "tempo"))],
) -> Response:
    """Stop or slow a group."""
    try:
        await pacing.impose(rt, login, known(room_id), _wish(form))
    except AppError as error:
        return await _team_page(request, rt, room_id, error=error, form=form)
    return RedirectResponse(f"/team/groepen/{room_id}", 303)


@TEAM_ROUTER.post("/opheffen")
async def lift(
    request: Request, rt: Rt, login: Pausing, room_id: str, _: Annotated[Form, Depends(fields())]
) -> Response:
    """End what holds now."""
    try:
        await pacing.lift(rt, login, known(room_id))
    except AppError as error:
        return await _team_page(request, rt, room_id, error=error)
    return RedirectResponse(f"/team/groepen/{room_id}", 303)


def _wish(form: Form) -> Measure:
    slow = form["wat"] == "langzaam"
    return Measure(form["wat"], form["reden"], _number(form["duur"]), _number(form["tempo"]) if slow else 0)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else -1


async def _objection(
    request: Request, rt: Runtime, room_id: str, *, error: AppError | None = None, typed: str = ""
) -> Response:
    context = await _holds(rt, room_id) | {"typed": typed, "errors": shown(request, error)}
    return page(request, "chat/disagree.html", context, error.status if error else 200)


async def _team_page(
    request: Request, rt: Runtime, room_id: str, *, error: AppError | None = None, form: Form | None = None
) -> Response:
    chosen = {name: form[name] if form else "" for name in ("wat", "reden", "duur", "tempo")}
    context = await _holds(rt, room_id) | {
        "chosen": chosen, "reasons": pacing.reasons().values(), "minutes": pacing.MINUTES, "paces": pacing.PACES,
        "errors": errors_of(request, error),
    }  # fmt: skip
    return page(request, "chat/team_measure.html", context, error.status if error else 200)


async def _holds(rt: Runtime, room_id: str) -> dict[str, Any]:
    async with rt.stores.vluchtig.reading() as tx:
        room = await queries.room(tx, known(room_id))
    name = queries.name_of(room)
    return {"room_id": room_id, "name": name, "measure": pacing.holds(room), "today": local_day(rt.clock.now())}
