"""The pages of the form, each made from what is in the cookie and what is free now."""

from collections.abc import Sequence
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from server.booking import queries, service
from server.booking.answers import HELPS, NAME_MAX, NOTE_MAX, Answers
from server.booking.catalogue import municipalities
from server.booking.pages import (
    CHECK,
    DAYS_SHOWN,
    MOMENT,
    PLACE,
    moment_choice,
    municipality_of,
    next_step,
    place_choice,
)
from server.booking.queries import Looking
from server.booking.rules import MAX_EXTENSIONS, MAX_HORIZON_DAYS, State, epoch
from server.booking.stay import Stay, remember
from server.kit.errors import AppError, NotFound
from server.kit.guards import SeeOther
from server.kit.proof_of_work import WAIT, ProofMissing, issue_wait
from server.kit.runtime import Runtime
from web import page, text


def go(request: Request, path: str) -> Response:
    """Send somebody to another page of ours, in the language they read."""
    return RedirectResponse(request.state.frame.link(path), 303)


def kept(rt: Runtime, here: Stay, answer: Response) -> Response:
    """Put what was filled in back in the cookie, for another half hour."""
    return remember(answer, rt.keyring, here, rt.clock.now(), secure=rt.settings.secure)


def wait_page(request: Request, rt: Runtime, path: str, sent: str, missing: ProofMissing, **fields: str) -> Response:
    """Let a browser without script wait half a minute instead of computing; too early shows the same page again.

    path: where the form goes; fields travel along.
    """
    context = {
        "path": path,
        "fields": fields,
        "proof": sent if missing.seconds else issue_wait(rt.keyring, service.PURPOSE, rt.clock.now()),
        "seconds": missing.seconds or int(WAIT.total_seconds()),
    }
    return page(request, "booking/wait.html", context)


def error_lines(request: Request, errors: Sequence[AppError]) -> list[tuple[str, str]]:
    """Return (field id, words) for the summary on top of a form."""
    lang = request.state.frame.lang
    return [(error.field or "", text(error.key, lang, **error.values)) for error in errors]


def days_asked(request: Request) -> int:
    """Return how many days of moments to show: 14, or as many as was asked for within the horizon."""
    asked = request.query_params.get("d", "")
    return min(int(asked), MAX_HORIZON_DAYS) if asked.isdecimal() and len(asked) < 4 else DAYS_SHOWN


async def calendar_answer(rt: Runtime, appointment_id: str) -> Response:
    """Answer with the calendar file of an appointment. Raises NotFound when there is none any more."""
    from server.booking.calendar_file import FILE_NAME, MEDIA_TYPE, Entry, calendar_file  # its library loads slowly

    async with rt.stores.afspraken.reading() as tx:
        seen = await queries.seen(tx, rt.keyring, appointment_id)
    if seen is None:
        raise NotFound
    row, place = seen.appointment, seen.location
    entry = Entry(
        row.uid,
        row.sequence,
        seen.starts,
        seen.slot.talk_minutes,
        place.address,
        place.town,
        cancelled=seen.state is State.CANCELLED,
    )
    headers = {"Content-Disposition": f'attachment; filename="{FILE_NAME}"'}
    return Response(calendar_file(entry, rt.clock.now()), media_type=MEDIA_TYPE, headers=headers)


async def start_page(request: Request, rt: Runtime, here: Stay | None, error: AppError | None = None) -> Response:
    """What a verkennend gesprek is, with the first free moment and the way on."""
    now = rt.clock.now()
    _, free = await rt.stores.afspraken.read_together(queries.offers, Looking(now))
    context = {
        "resume": next_step(here) if here and here.busy else None,
        "first": free[0] if free else None,
        "proof": await service.challenge(rt),
        "errors": error_lines(request, [error] if error else []),
    }
    return page(request, "booking/start.html", context, error.status if error else 200)


async def place_page(request: Request, rt: Runtime, here: Stay, error: AppError | None = None) -> Response:
    """Step 1: the places, around the municipality that was asked for."""
    now = rt.clock.now()
    locations, free = await rt.stores.afspraken.read_together(queries.offers, Looking(now, here.appointment_id))
    options = queries.choices(locations, free)
    context = {
        "choice": place_choice(options, municipality_of(request.query_params.get("g", ""))),
        "municipalities": [("", _all(request)), *((each.number, each.name) for each in municipalities().values())],
        "value": here.location_id,
        "errors": error_lines(request, [error] if error else []),
    }
    return page(request, "booking/place.html", context, error.status if error else 200)


def _all(request: Request) -> str:
    return text("afspraak.alle_gemeenten", request.state.frame.lang)


async def moment_page(request: Request, rt: Runtime, here: Stay, error: AppError | None = None) -> Response:
    """Step 2: the free moments of the chosen place; after an error with what was kept back in the cookie."""
    now = rt.clock.now()
    locations, free = await rt.stores.afspraken.read_together(queries.offers, Looking(now, here.appointment_id))
    location = next((each for each in locations if each.id == here.location_id), None)
    if location is None:
        raise SeeOther(PLACE)
    choice = moment_choice(location, free, queries.choices(locations, free), now, days_asked(request))
    context = {
        "choice": choice,
        "location": location,
        "value": here.slot_id,
        "municipalities": municipalities(),
        "errors": error_lines(request, [error] if error else []),
    }
    answer = page(request, "booking/moment.html", context, error.status if error else 200)
    return kept(rt, here, answer) if error else answer


def name_page(request: Request, rt: Runtime, told: Answers) -> Response:
    """Step 3: what to call somebody, what helps, contact and note."""
    context = {
        "told": told,
        "helps": HELPS,
        "contact_on": rt.settings.vg_contact,
        "note_on": rt.settings.vg_note,
        "name_max": NAME_MAX,
        "note_max": NOTE_MAX,
        "errors": error_lines(request, told.errors),
    }
    return page(request, "booking/name.html", context, told.errors[0].status if told.errors else 200)


async def check_page(request: Request, rt: Runtime, here: Stay, error: AppError | None = None) -> Response:
    """Step 4: all answers, and how long the moment is held. Sends elsewhere while an answer is missing."""
    if next_step(here) != CHECK:
        raise SeeOther(next_step(here))
    async with rt.stores.afspraken.reading() as tx:
        chosen = await queries.moment(tx, here.slot_id)
    if chosen is None:
        raise SeeOther(MOMENT)
    now = rt.clock.now()
    context = {
        "here": here,
        "chosen": chosen,
        "held_until": datetime.fromtimestamp(here.held_until, UTC),
        "held": here.held_until > epoch(now),
        "may_extend": here.extended < MAX_EXTENSIONS,
        "contact_on": rt.settings.vg_contact,
        "note_on": rt.settings.vg_note,
        "errors": error_lines(request, [error] if error else []),
    }
    return page(request, "booking/check.html", context, error.status if error else 200)
