"""Random sequences of what everybody can press, beside a small model: only the table of section 12 happens."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from enum import StrEnum

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from server.booking import outcomes, service
from server.booking.models import Appointment, Claim, ClaimKind
from server.booking.outcomes import Turn
from server.booking.queries import starts_of
from server.booking.rules import FollowUp, State, may_mark_no_show, may_register, too_late_to_cancel
from server.kit.clock import FixedClock
from server.kit.errors import Conflict, NotFound
from server.kit.ids import new_id
from server.kit.runtime import Runtime
from tests.booking.making import SAM, Office, open_office
from tests.conftest import TUESDAY_EVENING


class Press(StrEnum):
    """What can be pressed."""

    MOVE = "verzet"
    CANCEL = "zeg af"
    CANNOT = "wij kunnen niet"
    CALLED = "afgezegd per telefoon"
    ABSENT = "niet verschenen"
    REGISTER = "gesprek geweest"


def expected(state: State | None, press: Press, starts: datetime, now: datetime) -> State | None:
    """Return where a press leads in the model; the same state when it is refused or was done already. None: erased."""
    late = too_late_to_cancel(starts, now)
    open_here = state in (State.CONFIRMED, State.TO_MOVE)
    match press:
        case Press.MOVE if state is State.TO_MOVE or (state is State.CONFIRMED and not late):
            return State.CONFIRMED
        case Press.CANCEL if state is State.TO_MOVE or (state is State.CONFIRMED and not late):
            return State.CANCELLED
        case Press.CALLED if open_here:
            return State.CANCELLED
        case Press.CANNOT if state is State.CONFIRMED and now < starts:
            return State.TO_MOVE
        case Press.ABSENT if state is State.CONFIRMED and may_mark_no_show(starts, now):
            return State.NO_SHOW
        case Press.REGISTER if state is State.CONFIRMED and may_register(starts, now):
            return None
    return state


async def press_it(office: Office, press: Press, appointment_id: str) -> None:
    """Press once; a refusal is an answer too."""
    rt = office.rt
    deeds: dict[Press, Callable[[], Awaitable[None]]] = {
        Press.CANCEL: lambda: service.cancel(rt, appointment_id),
        Press.CANNOT: lambda: outcomes.cannot_host(rt, SAM, appointment_id),
        Press.CALLED: lambda: outcomes.cancel_for_visitor(rt, SAM, appointment_id),
        Press.ABSENT: lambda: outcomes.mark_absent(rt, SAM, appointment_id),
        Press.REGISTER: lambda: outcomes.register(rt, SAM, appointment_id, FollowUp.SELF, Turn.FIRST),
    }
    try:
        if press is Press.MOVE:
            await service.move(rt, appointment_id, (await office.free(appointment_id))[5].slot_id)
        else:
            await deeds[press]()
    except (Conflict, NotFound):
        pass


async def now_is(office: Office, appointment_id: str) -> tuple[State | None, datetime]:
    """Return the state in the store and the start of the talk; check that claims agree with it."""
    async with office.rt.stores.afspraken.reading() as tx:
        row = await tx.get(Appointment, appointment_id)
        fixed = select(Claim).where(Claim.appointment_id == appointment_id, col(Claim.kind) == ClaimKind.FIXED)
        claims = (await tx.exec(fixed)).all()
    if row is None:
        assert claims == []
        return None, office.rt.clock.now()
    has_moment = row.state in (State.CONFIRMED, State.TO_MOVE, State.NO_SHOW)
    assert [claim.slot_id for claim in claims] == ([row.slot_id] if has_moment else [])
    return row.state, starts_of(await office.slot(row.slot_id))


@given(st.lists(st.tuples(st.sampled_from(Press), st.sampled_from([0, 1, 24, 90])), min_size=1, max_size=7))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_only_the_steps_of_the_table_happen(rt: Runtime, presses: list[tuple[Press, int]]) -> None:
    clock = rt.clock
    assert isinstance(clock, FixedClock)
    clock.set(TUESDAY_EVENING)
    await rt.limits.clear()
    office = await open_office(rt)
    made = await office.booked(code=new_id())
    state, starts = await now_is(office, made.appointment_id)
    for press, hours in presses:
        clock.advance(timedelta(hours=hours))
        state = expected(state, press, starts, clock.now())
        await press_it(office, press, made.appointment_id)
        counted = list(office.counts.cells)
        if press is not Press.MOVE:  # moving again chooses yet another moment
            await press_it(office, press, made.appointment_id)
            assert office.counts.cells == counted
        found, starts = await now_is(office, made.appointment_id)
        assert found == state
