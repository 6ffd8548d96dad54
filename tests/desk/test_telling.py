"""What the writer hears of it while a page is open: a decision, once it stands, and the offer of a talk."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import orjson
import pytest

from moderation import ActKind, Case
from server.chat import queries as chat
from server.desk import queries, service
from server.desk.service import Decision, Refused
from server.kit.runtime import Runtime
from server.team.logins import Login
from tests.desk.cases import case_of, from_talk, held, reported
from tests.team.cast import clock_of


async def hide(rt: Runtime, login: Login, case: Case) -> None:
    """Pick a case up and decide it."""
    await service.pick_up(rt, login, case.id)
    version = (await case_of(rt, case.subject_id)).version
    await service.decide(rt, login, case.id, Decision(ActKind.HIDE, version, "harassment", "2", "Dit kwetst iemand."))


@pytest.mark.parametrize("make", [held, reported])
async def test_the_page_of_the_writer_hears_of_a_decision_after_a_minute_and_once(
    rt: Runtime, noor: Login, make: Callable[[Runtime], Awaitable[Case]]
) -> None:
    case = await make(rt)
    await hide(rt, noor, case)
    await service.tell_writers(rt, rt.clock.now())
    assert "decided" not in await heard(rt, case)
    clock_of(rt).advance(timedelta(seconds=60))
    for _ in range(2):
        await service.tell_writers(rt, rt.clock.now())
    assert (await heard(rt, case)).count("decided") == 1
    await service.undo(rt, noor, case.id)
    await hide(rt, noor, case)
    clock_of(rt).advance(timedelta(seconds=60))
    await service.tell_writers(rt, rt.clock.now())
    assert (await heard(rt, case)).count("decided") == 2


async def test_a_decision_taken_back_within_the_minute_is_never_told(rt: Runtime, noor: Login) -> None:
    case = await reported(rt)
    await hide(rt, noor, case)
    await service.undo(rt, noor, case.id)
    clock_of(rt).advance(timedelta(seconds=60))
    await service.tell_writers(rt, rt.clock.now())
    assert "decided" not in await heard(rt, case)


async def heard(rt: Runtime, case: Case) -> list[str]:
    """Return the kinds of notices in the writer's own events of the group; the others hear nothing of them."""
    async with rt.stores.vluchtig.reading() as tx:
        events = await chat.events(tx, rt.keyring, await chat.room(tx, case.place_id), after=0, limit=100)
    assert not any(b"decided" in event.payload for event in events)
    return [kind for event in events if (kind := orjson.loads(event.own).get("kind"))]


async def test_a_talk_is_offered_on_what_waits_by_its_holder_alone(rt: Runtime, noor: Login, bram: Login) -> None:
    case = await held(rt, "crisis_now", 4)
    with pytest.raises(Refused):
        await service.offer_talk(rt, noor, case.id)
    await service.pick_up(rt, noor, case.id)
    assert (await queries.opened(rt, noor, case.id)).may_offer
    for _ in range(2):
        await service.offer_talk(rt, noor, case.id)
    assert (await heard(rt, case)).count("offer") == 1
    opened = await queries.opened(rt, noor, case.id)
    assert (opened.may_offer, opened.offered) == (False, [noor.name])
    await service.pick_up(rt, bram, case.id, take_over=True)
    with pytest.raises(Refused):
        await service.offer_talk(rt, noor, case.id)


async def test_no_talk_is_offered_to_who_is_in_one(rt: Runtime, noor: Login) -> None:
    case = await from_talk(rt)
    await service.pick_up(rt, noor, case.id)
    assert not (await queries.opened(rt, noor, case.id)).may_offer
