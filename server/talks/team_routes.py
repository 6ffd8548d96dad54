"""The desk: a peer worker sees who is next, never how long the line is, and the own talks (ux-spec 4.11)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from server.chat import attachments
from server.chat.models import MessageState
from server.chat.routes import client_id
from server.kit.errors import AppError, NotFound
from server.kit.forms import Form, fields
from server.kit.ids import is_id
from server.kit.runtime import Runtime, runtime
from server.talks import colleagues, desk_pages, duties, ending, service, turns
from server.talks.models import AskKind, Status
from server.talks.rules import TalkChanged
from server.team.guards import may
from server.team.logins import Login
from server.team.permissions import Permission
from web import page

TEAM_ROUTER = APIRouter(prefix="/team/balie")
HOME = "/team/balie"
AFTER = "/team/balie/nazorg"
HEAVY = 6
"""From this answer on, on a scale of ten, the page after a talk proposes more than a pause."""

Rt = Annotated[Runtime, Depends(runtime)]
Talking = Annotated[Login, Depends(may(Permission.TALK))]
Nothing = Annotated[Form, Depends(fields())]


@TEAM_ROUTER.get("")
async def desk(request: Request, rt: Rt, login: Talking) -> Response:
    """Show the own talks and who is next."""
    return await desk_pages.show(request, rt, login)


@TEAM_ROUTER.get("/stand")
async def state(request: Request, rt: Rt, login: Talking) -> Response:
    """Say what changed, for the script of the desk."""
    return JSONResponse(await desk_pages.state(rt, login, ""))


@TEAM_ROUTER.post("/dienst")
async def start_duty(
    request: Request, rt: Rt, login: Talking, form: Annotated[Form, Depends(fields("hoeveel", "kent"))]
) -> Response:
    """Begin today's work, or change how: talks at once, and what one knows from life."""
    most = int(form["hoeveel"]) if form["hoeveel"].isdecimal() else 0
    try:
        await duties.start(rt, login, most, form.all("kent"))
    except AppError as error:
        return await desk_pages.show(request, rt, login, error=error)
    return RedirectResponse(HOME, 303)


@TEAM_ROUTER.post("/status")
async def set_status(rt: Rt, login: Talking, form: Annotated[Form, Depends(fields("status", "gesprek"))]) -> Response:
    """Take talks, pause, or be done after this one."""
    if form["status"] not in list(Status):
        raise NotFound
    await duties.set_status(rt, login, Status(form["status"]))
    return RedirectResponse(f"{HOME}/{form['gesprek']}" if is_id(form["gesprek"]) else HOME, 303)


@TEAM_ROUTER.post("/volgende")
async def take_next(request: Request, rt: Rt, login: Talking, _: Nothing) -> Response:
    """Take whoever is next."""
    try:
        talk_id = await turns.claim(rt, login)
    except AppError as error:
        return await desk_pages.show(request, rt, login, error=error)
    return RedirectResponse(f"{HOME}/{talk_id}", 303)


@TEAM_ROUTER.get("/nazorg")
async def aftercare(request: Request, _: Talking) -> Response:
    """Ask after a heavy talk how it was; the answer is kept nowhere."""
    return page(request, "talks/debrief.html", {"answered": False, "heavy": False})


@TEAM_ROUTER.post("/nazorg")
async def answer_aftercare(request: Request, _: Talking, form: Annotated[Form, Depends(fields("zwaar"))]) -> Response:
    """Answer with what may help now. A page and no address: the number is nobody's business."""
    number = int(form["zwaar"]) if form["zwaar"].isdecimal() else 0
    return page(request, "talks/debrief.html", {"answered": True, "heavy": number >= HEAVY})


@TEAM_ROUTER.get("/{talk_id}")
async def show_talk(request: Request, rt: Rt, login: Talking, talk_id: str) -> Response:
    """Show one of the own talks; the list when it ended or went to a colleague."""
    try:
        await service.own_talk(rt, login, talk_id)
    except TalkChanged:
        return RedirectResponse(HOME, 303)
    return await desk_pages.show(request, rt, login, talk_id)


@TEAM_ROUTER.get("/{talk_id}/stand")
async def talk_state(rt: Rt, login: Talking, talk_id: str) -> Response:
    """Say what changed, for the script of the desk beside an open talk."""
    return JSONResponse(await desk_pages.state(rt, login, talk_id))


@TEAM_ROUTER.post("/{talk_id}/berichten")
async def say(
    request: Request,
    rt: Rt,
    login: Talking,
    talk_id: str,
    form: Annotated[Form, Depends(fields("client_id", "text", "gen"))],
) -> Response:
    """Say something to the visitor."""
    gen = int(form["gen"]) if form["gen"].isdecimal() else None
    try:
        outcome = await service.say_as_helper(rt, login, talk_id, client_id(form["client_id"]), form["text"], gen)
    except AppError as error:
        return await _again(request, rt, login, talk_id, error, typed=form["text"])
    if outcome.state is MessageState.REFUSED:
        return await desk_pages.show(request, rt, login, talk_id, refused=outcome.answer, typed=form["text"])
    return _talk(talk_id)


@TEAM_ROUTER.post("/{talk_id}/teken")
async def signal(
    request: Request, rt: Rt, login: Talking, talk_id: str, form: Annotated[Form, Depends(fields("soort"))]
) -> Response:
    """Tell the visitor that one reads along or writes a longer answer."""
    if form["soort"] not in ("leest", "schrijft"):
        raise NotFound
    try:
        await service.signal(rt, login, talk_id, form["soort"])
    except AppError as error:
        return await _again(request, rt, login, talk_id, error)
    return _talk(talk_id)


@TEAM_ROUTER.post("/{talk_id}/zoek")
async def find_card(
    request: Request, rt: Rt, login: Talking, talk_id: str, form: Annotated[Form, Depends(fields("zoekwoorden"))]
) -> Response:
    """Look for a place to share; the words stay out of the address (D21)."""
    await service.own_talk(rt, login, talk_id)
    found = attachments.find("card", form["zoekwoorden"], desk_pages.FOUND)
    return await desk_pages.show(request, rt, login, talk_id, found=found, words=form["zoekwoorden"])


@TEAM_ROUTER.post("/{talk_id}/kaart")
async def share_card(
    rt: Rt, login: Talking, talk_id: str, form: Annotated[Form, Depends(fields("client_id", "kaart"))]
) -> Response:
    """Share one place from the sociale kaart."""
    if (attachments.drawn(("card", form["kaart"])) or {}).get("gone"):
        raise NotFound
    await service.share_card(rt, login, talk_id, client_id(form["client_id"]), form["kaart"])
    return _talk(talk_id)


@TEAM_ROUTER.post("/{talk_id}/uitnodigen")
async def offer(rt: Rt, login: Talking, talk_id: str, form: Annotated[Form, Depends(fields("client_id"))]) -> Response:
    """Offer a verkennend gesprek, once."""
    await service.offer_booking(rt, login, talk_id, client_id(form["client_id"]))
    return _talk(talk_id)


@TEAM_ROUTER.post("/{talk_id}/notitie")
async def write_note(
    request: Request, rt: Rt, login: Talking, talk_id: str, form: Annotated[Form, Depends(fields("notitie"))]
) -> Response:
    """Keep a note that only the team sees."""
    try:
        await colleagues.write_note(rt, login, talk_id, form["notitie"])
    except AppError as error:
        return await _again(request, rt, login, talk_id, error, opened="notitie", note=form["notitie"])
    return _talk(talk_id)


@TEAM_ROUTER.post("/{talk_id}/overdragen")
async def hand_over(
    request: Request, rt: Rt, login: Talking, talk_id: str, form: Annotated[Form, Depends(fields("woorden"))]
) -> Response:
    """Ask the visitor whether a colleague may go on."""
    try:
        await colleagues.offer_hand_over(rt, login, talk_id, form["woorden"])
    except AppError as error:
        return await _again(request, rt, login, talk_id, error, opened="overdragen", hand_over_note=form["woorden"])
    return _talk(talk_id)


@TEAM_ROUTER.post("/{talk_id}/achterwacht")
async def ring_backup(rt: Rt, login: Talking, talk_id: str, _: Nothing) -> Response:
    """Ring a professional."""
    await colleagues.ring_backup(rt, login, talk_id)
    return _talk(talk_id)


@TEAM_ROUTER.post("/{talk_id}/terugtrekken")
async def take_back(rt: Rt, login: Talking, talk_id: str, form: Annotated[Form, Depends(fields("vraag"))]) -> Response:
    """Take back what was asked about a colleague."""
    if form["vraag"] not in list(AskKind):
        raise NotFound
    await colleagues.take_back(rt, login, talk_id, AskKind(form["vraag"]))
    return _talk(talk_id)


@TEAM_ROUTER.post("/{talk_id}/terug")
async def release(rt: Rt, login: Talking, talk_id: str, _: Nothing) -> Response:
    """Put somebody who has not begun back at their place in the line."""
    await turns.release(rt, login, talk_id)
    return RedirectResponse(HOME, 303)


@TEAM_ROUTER.post("/{talk_id}/afronden")
async def end(rt: Rt, login: Talking, talk_id: str, form: Annotated[Form, Depends(fields("verder"))]) -> Response:
    """Round the talk off: the visitor has two minutes for last words."""
    await ending.end_as_helper(rt, login, talk_id, again=form["verder"] == "1")
    return _talk(talk_id)


@TEAM_ROUTER.post("/{talk_id}/toch-verder")
async def keep_open(rt: Rt, login: Talking, talk_id: str, _: Nothing) -> Response:
    """Go on after all."""
    await ending.keep_open(rt, login, talk_id)
    return _talk(talk_id)


def _talk(talk_id: str) -> Response:
    return RedirectResponse(f"{HOME}/{talk_id}#bericht", 303)


async def _again(
    request: Request, rt: Runtime, login: Login, talk_id: str, error: AppError, **said: object
) -> Response:
    """Show the desk with what went wrong; without the talk when it is not this peer worker's any more."""
    try:
        await service.own_talk(rt, login, talk_id)
    except TalkChanged:
        return await desk_pages.show(request, rt, login, error=error)
    return await desk_pages.show(request, rt, login, talk_id, error=error, **said)
