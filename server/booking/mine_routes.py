"""With the code: see an appointment, move it, cancel it, change what was left for the hosts (14.3, 14.5)."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from server.booking import queries, service
from server.booking.answers import NOTE_MAX, Answers, read_left
from server.booking.codes import MAX_INPUT
from server.booking.guards import maybe_stay, opened, stay
from server.booking.pages import moment_choice
from server.booking.queries import Seen
from server.booking.rules import State, too_late_to_cancel
from server.booking.screens import days_asked, error_lines, go, kept, wait_page
from server.booking.service import Proof
from server.booking.stay import Stay
from server.kit.errors import AppError, Conflict, Invalid, NotFound
from server.kit.forms import Form, fields
from server.kit.proof_of_work import ProofMissing
from server.kit.runtime import Runtime, runtime
from web import page

MINE: Final = APIRouter(prefix="/mijn")
OVERVIEW: Final = "/afspraak/mijn/bekijken"
Rt = Annotated[Runtime, Depends(runtime)]
Open = Annotated[Stay, Depends(opened)]


@MINE.get("")
async def ask_code(request: Request, rt: Rt, found: Annotated[Stay | None, Depends(maybe_stay)]) -> Response:
    """Ask for the four words. The cookie is there to count tries without knowing who tries."""
    here = found or Stay()
    request.state.frame.csrf = here.csrf
    return kept(rt, here, await _code_page(request, rt))


@MINE.post("")
async def open_with_code(
    request: Request,
    rt: Rt,
    here: Annotated[Stay, Depends(stay)],
    form: Annotated[Form, Depends(fields("code", "bewijs", "antwoord"))],
) -> Response:
    """Open an appointment. A wrong, old or erased code gets one and the same answer."""
    try:
        proof = Proof(form["bewijs"], form["antwoord"])
        appointment_id = await service.open_with_code(rt, form["code"], here.who, proof)
    except ProofMissing as missing:
        return wait_page(request, rt, "/afspraak/mijn", form["bewijs"], missing, code=form["code"][:MAX_INPUT])
    except AppError as error:
        return await _code_page(request, rt, form["code"][:MAX_INPUT], error)
    return kept(rt, Stay(csrf=here.csrf, who=here.who, opened=appointment_id), go(request, OVERVIEW))


@MINE.get("/bekijken")
async def overview(request: Request, rt: Rt, here: Open) -> Response:
    """Show the appointment as it is now."""
    seen = await _seen(rt, here)
    late = too_late_to_cancel(seen.starts, rt.clock.now())
    context = {"seen": seen, "late": late, "state": seen.state.value, "left_on": _left_on(rt)}
    return page(request, "booking/mine.html", context)


@MINE.get("/verzetten")
async def ask_moment(request: Request, rt: Rt, here: Open) -> Response:
    """Show the moments to move to, at the same place."""
    return await _move_page(request, rt, here)


@MINE.post("/verzetten")
async def move(request: Request, rt: Rt, here: Open, form: Annotated[Form, Depends(fields("moment"))]) -> Response:
    """Move to another moment; the old one is given back only when the new one is sure."""
    try:
        if not form["moment"]:
            raise Invalid("leeg", key="err.day", field="moment")
        await service.move(rt, here.opened, form["moment"])
    except (Conflict, Invalid) as error:
        return await _move_page(request, rt, here, error)
    return kept(rt, here, go(request, OVERVIEW))


@MINE.get("/afzeggen")
async def ask_cancel(request: Request, rt: Rt, here: Open) -> Response:
    """Ask once whether it should be cancelled; no reason is asked."""
    return await _cancel_page(request, rt, here)


@MINE.post("/afzeggen")
async def cancel(request: Request, rt: Rt, here: Open, _: Annotated[Form, Depends(fields())]) -> Response:
    """Cancel; the moment is free for somebody else at once."""
    try:
        await service.cancel(rt, here.opened)
    except Conflict as error:
        return await _cancel_page(request, rt, here, error)
    return kept(rt, here, go(request, OVERVIEW))


@MINE.get("/achtergelaten")
async def ask_left(request: Request, rt: Rt, here: Open) -> Response:
    """Show contact and note, to change or to empty."""
    details = (await _seen(rt, here)).details
    told = Answers(with_contact=bool(details.contact), contact=details.contact, note=details.note)
    told.note_may_read = bool(details.note)
    return _left_page(request, rt, told)


@MINE.post("/achtergelaten")
async def change_left(
    request: Request,
    rt: Rt,
    here: Open,
    form: Annotated[Form, Depends(fields("with_contact", "contact", "note", "note_may_read"))],
) -> Response:
    """Change or erase contact and note."""
    told = read_left(form, rt.settings)
    if told.errors:
        return _left_page(request, rt, told)
    await service.change_left(rt, here.opened, told.contact, told.note)
    return kept(rt, here, go(request, OVERVIEW))


async def _seen(rt: Runtime, here: Stay) -> Seen:
    async with rt.stores.afspraken.reading() as tx:
        seen = await queries.seen(tx, rt.keyring, here.opened)
    if seen is None:
        raise NotFound
    return seen


def _left_on(rt: Runtime) -> bool:
    return rt.settings.vg_contact or rt.settings.vg_note


async def _code_page(request: Request, rt: Runtime, typed: str = "", error: AppError | None = None) -> Response:
    proof = await service.challenge(rt)
    context = {"typed": typed, "proof": proof, "errors": error_lines(request, [error] if error else [])}
    return page(request, "booking/mine_code.html", context, error.status if error else 200)


async def _move_page(request: Request, rt: Runtime, here: Stay, error: AppError | None = None) -> Response:
    now = rt.clock.now()
    locations, free = await rt.stores.afspraken.read_together(queries.offers, queries.Looking(now, here.opened))
    seen = await _seen(rt, here)
    context = {
        "seen": seen,
        "choice": moment_choice(seen.location, free, queries.choices(locations, free), now, days_asked(request)),
        "late": seen.state is State.CONFIRMED and too_late_to_cancel(seen.starts, now),
        "errors": error_lines(request, [error] if error else []),
    }
    return page(request, "booking/mine_move.html", context, error.status if error else 200)


async def _cancel_page(request: Request, rt: Runtime, here: Stay, error: AppError | None = None) -> Response:
    seen = await _seen(rt, here)
    context = {
        "seen": seen,
        "late": seen.state is State.CONFIRMED and too_late_to_cancel(seen.starts, rt.clock.now()),
        "errors": error_lines(request, [error] if error else []),
    }
    return page(request, "booking/mine_cancel.html", context, error.status if error else 200)


def _left_page(request: Request, rt: Runtime, told: Answers) -> Response:
    context = {
        "told": told,
        "contact_on": rt.settings.vg_contact,
        "note_on": rt.settings.vg_note,
        "note_max": NOTE_MAX,
        "errors": error_lines(request, told.errors),
    }
    return page(request, "booking/mine_left.html", context, told.errors[0].status if told.errors else 200)
