"""The visitor's door of booking: one thing per page, all of it without script (ux-spec 4.7).

What was filled in travels in the cookie of this form. No address holds a code, a name or a choice somebody made.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from server.booking import queries, service
from server.booking.answers import FIELDS, Answers, read_answers
from server.booking.guards import START, booking, maybe_stay, stay
from server.booking.mine_routes import MINE
from server.booking.pages import CHECK, PLACE, next_step
from server.booking.queries import Details
from server.booking.rules import MAX_EXTENSIONS, epoch
from server.booking.screens import (
    calendar_answer,
    check_page,
    go,
    kept,
    moment_page,
    name_page,
    place_page,
    start_page,
    wait_page,
)
from server.booking.service import Proof
from server.booking.stay import Stay, forget
from server.kit.clock import local_day
from server.kit.errors import AppError, Conflict, Invalid, NotFound
from server.kit.forms import Form, fields
from server.kit.guards import SeeOther, anyone
from server.kit.proof_of_work import ProofMissing
from server.kit.runtime import Runtime, runtime
from web import page

ROUTER: Final = APIRouter(prefix=START)
ROUTER.include_router(MINE)
Rt = Annotated[Runtime, Depends(runtime)]
Here = Annotated[Stay, Depends(booking)]


class ChooseFirst(Invalid):
    """Nothing was chosen."""

    code = "leeg"
    key = "err.choose"


class ChooseMoment(Invalid):
    """No moment was chosen."""

    code = "leeg"
    key = "err.day"


@ROUTER.get("")
async def start(request: Request, rt: Rt, found: Annotated[Stay | None, Depends(maybe_stay)]) -> Response:
    """Say what a verkennend gesprek is, before anything is asked."""
    return await start_page(request, rt, found)


@ROUTER.post("/begin")
async def begin(
    request: Request,
    rt: Rt,
    form: Annotated[Form, Depends(fields("ticket", "bewijs", "antwoord"))],
    _: Annotated[None, Depends(anyone)],
) -> Response:
    """Open a ticket, or start without one. Reads no cookie; the ticket travels in the body only."""
    try:
        ticket = await service.begin(rt, form["ticket"], Proof(form["bewijs"], form["antwoord"]))
    except ProofMissing as missing:
        return wait_page(request, rt, "/afspraak/begin", form["bewijs"], missing)
    except AppError as error:
        return await start_page(request, rt, None, error)
    opened = Stay(ticket=ticket, asked_on=local_day(rt.clock.now()).isoformat())
    return kept(rt, opened, go(request, PLACE))


@ROUTER.get("/bewijs")
async def fresh_proof(rt: Rt, _: Annotated[None, Depends(anyone)]) -> Response:
    """Give a script new work when the page stood open longer than its work is good for."""
    return JSONResponse({"bewijs": await service.challenge(rt)})


@ROUTER.get("/verlopen")
async def expired(request: Request, rt: Rt, _: Annotated[None, Depends(anyone)]) -> Response:
    """Say that the half hour is over and that nothing was kept."""
    return page(request, "booking/expired.html", {"proof": await service.challenge(rt)})


@ROUTER.get("/plek")
async def place(request: Request, rt: Rt, here: Here) -> Response:
    """Ask where."""
    return await place_page(request, rt, here)


@ROUTER.post("/plek")
async def choose_place(
    request: Request, rt: Rt, here: Here, form: Annotated[Form, Depends(fields("location"))]
) -> Response:
    """Keep the place; a moment that was held somewhere else is given back."""
    async with rt.stores.afspraken.reading() as tx:
        known = {location.id for location in await queries.active_locations(tx, local_day(rt.clock.now()))}
    if form["location"] not in known:
        return await place_page(request, rt, here, ChooseFirst(field="location"))
    if here.slot_id and here.location_id != form["location"]:
        await service.let_go(rt, here.appointment_id)
        here.slot_id = ""
    here.location_id = form["location"]
    return kept(rt, here, go(request, next_step(here)))


@ROUTER.get("/moment")
async def moment(request: Request, rt: Rt, here: Here) -> Response:
    """Ask when."""
    return await moment_page(request, rt, here)


@ROUTER.post("/moment")
async def choose_moment(
    request: Request, rt: Rt, here: Here, form: Annotated[Form, Depends(fields("moment"))]
) -> Response:
    """Hold the moment for ten minutes; when somebody was first, the other answers stay."""
    if not form["moment"]:
        return await moment_page(request, rt, here, ChooseMoment(field="moment"))
    try:
        until = await service.hold(rt, here.appointment_id, form["moment"])
    except (Conflict, NotFound) as error:
        here.slot_id = ""
        return await moment_page(request, rt, here, error)
    if here.slot_id != form["moment"]:
        here.extended = 0
    here.slot_id, here.held_until = form["moment"], epoch(until)
    return kept(rt, here, go(request, next_step(here)))


@ROUTER.post("/tijd")
async def more_time(request: Request, rt: Rt, here: Here, _: Annotated[Form, Depends(fields())]) -> Response:
    """Hold the moment ten minutes longer, three times at most."""
    if here.extended >= MAX_EXTENSIONS or not here.slot_id:
        return kept(rt, here, go(request, next_step(here)))
    try:
        here.held_until = epoch(await service.extend(rt, here.appointment_id, here.slot_id))
    except Conflict as error:
        here.slot_id = ""
        return await moment_page(request, rt, here, error)
    here.extended += 1
    return kept(rt, here, go(request, next_step(here)))


@ROUTER.get("/naam")
async def name(request: Request, rt: Rt, here: Here) -> Response:
    """Ask what to call somebody and what helps; contact and note where those are on."""
    return name_page(request, rt, answers_of(here))


@ROUTER.post("/naam")
async def tell(request: Request, rt: Rt, here: Here, form: Annotated[Form, Depends(fields(*FIELDS))]) -> Response:
    """Keep name, what helps, contact and note in the cookie until the appointment is made."""
    told = read_answers(form, rt.settings)
    if told.errors:
        return name_page(request, rt, told)
    here.nickname, here.helps, here.contact, here.note = told.nickname, told.helps, told.contact, told.note
    here.told = True
    return kept(rt, here, go(request, next_step(here)))


@ROUTER.get("/controle")
async def check(request: Request, rt: Rt, here: Here) -> Response:
    """Show all answers once more."""
    return await check_page(request, rt, here)


@ROUTER.post("/controle")
async def confirm(request: Request, rt: Rt, here: Here, _: Annotated[Form, Depends(fields())]) -> Response:
    """Make the appointment. Pressing twice makes one."""
    if next_step(here) != CHECK:
        return kept(rt, here, go(request, next_step(here)))
    try:
        await service.confirm(rt, booking_of(here))
    except service.SlotGone as error:
        here.slot_id = ""
        return await moment_page(request, rt, here, error)
    except AppError as error:
        return await check_page(request, rt, here, error)
    done = Stay(csrf=here.csrf, who=here.who, appointment_id=here.appointment_id, code=here.code)
    done.ticket, done.confirmed, done.opened = here.ticket, True, here.appointment_id
    return kept(rt, done, go(request, "/afspraak/klaar"))


@ROUTER.get("/klaar")
async def done(request: Request, rt: Rt, here: Annotated[Stay, Depends(stay)]) -> Response:
    """Show the appointment and its code, this once."""
    if not here.confirmed:
        raise SeeOther(next_step(here) if here.busy else START)
    async with rt.stores.afspraken.reading() as tx:
        seen = await queries.seen(tx, rt.keyring, here.appointment_id)
    if seen is None:
        raise NotFound
    return page(request, "booking/done.html", {"seen": seen, "words": here.code.split()})


@ROUTER.get("/afspraak.ics")
async def calendar(rt: Rt, here: Annotated[Stay, Depends(stay)]) -> Response:
    """Give the calendar file of the appointment that was just made or opened with its code."""
    return await calendar_answer(rt, here.opened)


@ROUTER.post("/sluiten")
async def close(
    request: Request, rt: Rt, here: Annotated[Stay, Depends(stay)], _: Annotated[Form, Depends(fields())]
) -> Response:
    """Take the appointment off this screen: what was filled in and the code are gone from this device."""
    await service.let_go(rt, here.appointment_id)
    return forget(go(request, START), secure=rt.settings.secure)


def answers_of(here: Stay) -> Answers:
    """Return what was filled in before as the name page shows it."""
    return Answers(here.nickname, here.helps, bool(here.contact), here.contact, here.note, bool(here.note))


def booking_of(here: Stay) -> service.Booking:
    """Return what is needed to confirm."""
    details = Details(here.nickname, tuple(here.helps), here.contact, here.note)
    return service.Booking(here.appointment_id, here.slot_id, here.ticket, here.asked_day, here.code, details)
