"""What a visitor can do, on a real store."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from sqlmodel import select

from server.booking import outcomes, queries, retention, service
from server.booking.demo import seed, seed_guests
from server.booking.models import Appointment, Claim, Location, RosterException, Slot, SlotUnit, UsedTicket
from server.booking.outcomes import TooEarly, Turn
from server.booking.queries import Details
from server.booking.rules import FollowUp, State
from server.booking.service import CodeUnknown, Proof, SlotGone, SlotTaken, TicketUsed, TooLate
from server.booking.slots import host_owner, make_slots
from server.booking.states import NotNow
from server.kit.clock import FixedClock, local_day
from server.kit.db.sealed import AfsprakenKey
from server.kit.errors import NotFound, TooMany
from server.kit.ids import new_id
from server.kit.runtime import Runtime
from tests.booking.making import CODE, NOBODY, OTHER_CODE, SAM, Office, open_office


@pytest.fixture
async def office(rt: Runtime) -> Office:
    """The demo places with four weeks of moments."""
    return await open_office(rt)


def clock_of(office: Office) -> FixedClock:
    """Return the clock, to move it."""
    assert isinstance(office.rt.clock, FixedClock)
    return office.rt.clock


async def rows(office: Office, table: type[Appointment] | type[Claim] | type[UsedTicket] | type[AfsprakenKey]) -> int:
    """Count the rows of a table."""
    async with office.rt.stores.afspraken.reading() as tx:
        return len((await tx.exec(select(table))).all())


async def state(office: Office, appointment_id: str) -> Appointment:
    """Return one appointment as it stands."""
    async with office.rt.stores.afspraken.reading() as tx:
        return await tx.get_one(Appointment, appointment_id)


async def test_demo_makes_ten_active_places_with_moments_and_seeding_again_changes_nothing(office: Office) -> None:
    await seed(office.rt, office.rt.clock.now())
    free = await office.free()
    assert len({moment.location.id for moment in free}) == 10
    assert all(moment.location.fictional for moment in free)
    assert await make_slots(office.rt, office.rt.clock.now()) == 0


async def test_hold_confirm_and_find_with_the_code(office: Office) -> None:
    made = await office.booked(details=Details("Merel", ("tolk",), "06 12345678", "Ik vind bellen lastig"))
    found = await service.open_with_code(office.rt, CODE.upper().replace(" ", ", "), "merel", await office.proof())
    assert found == made.appointment_id
    async with office.rt.stores.afspraken.reading() as tx:
        seen = await queries.seen(tx, office.rt.keyring, found)
    assert seen is not None
    assert seen.details == made.details
    assert office.counts.cells == [("T10", "totaal")]


async def test_nothing_readable_and_no_time_is_stored(office: Office) -> None:
    made = await office.booked(details=Details("Merel", (), "06 12345678", "Ik vind bellen lastig"))
    row = (await state(office, made.appointment_id)).model_dump()
    stored = repr(row)
    assert not any(word in stored for word in ("Merel", "12345678", "bellen", "19:30", *CODE.split()))
    assert row["asked_on"] == local_day(office.rt.clock.now())
    assert set(row) == {
        *("id", "slot_id", "state", "sequence", "uid", "asked_on", "talk_day", "closed_on"),
        *("code_hash", "details", "contact", "note"),
    }


async def test_pressing_twice_makes_one_appointment(office: Office) -> None:
    made = await office.booked()
    await service.confirm(office.rt, made)
    assert await rows(office, Appointment) == 1


async def test_two_presses_at_the_same_moment_make_one_appointment(office: Office) -> None:
    made = office.booking((await office.free())[0].slot_id)
    await service.hold(office.rt, made.appointment_id, made.slot_id)
    await asyncio.gather(*(service.confirm(office.rt, made) for _ in range(5)))
    assert await rows(office, Appointment) == 1
    assert office.counts.cells == [("T10", "totaal")]


async def test_a_ticket_works_once(office: Office) -> None:
    made = await office.booked()
    other = office.booking((await office.free())[0].slot_id, ticket=made.ticket, code=OTHER_CODE)
    await service.hold(office.rt, other.appointment_id, other.slot_id)
    with pytest.raises(TicketUsed):
        await service.confirm(office.rt, other)
    assert await rows(office, Appointment) == 1
    async with office.rt.stores.afspraken.reading() as tx:
        claim = await tx.get_one(Claim, other.slot_id)
    assert claim.kind == "houd", "nothing of the refused booking may remain"
    with pytest.raises(TicketUsed):
        await service.begin(office.rt, made.ticket, Proof())


async def test_a_held_moment_is_taken_for_others_until_it_runs_out(office: Office) -> None:
    slot_id = (await office.free())[0].slot_id
    await service.hold(office.rt, "a" * 32, slot_id)
    with pytest.raises(SlotTaken):
        await service.hold(office.rt, "b" * 32, slot_id)
    assert slot_id not in {moment.slot_id for moment in await office.free()}
    assert slot_id in {moment.slot_id for moment in await office.free("a" * 32)}
    clock_of(office).advance(timedelta(minutes=10))
    await service.hold(office.rt, "b" * 32, slot_id)


async def test_more_time_and_a_late_confirm(office: Office) -> None:
    made = office.booking((await office.free())[0].slot_id)
    until = await service.hold(office.rt, made.appointment_id, made.slot_id)
    clock_of(office).advance(timedelta(minutes=9))
    assert await service.extend(office.rt, made.appointment_id, made.slot_id) == until + timedelta(minutes=9)
    clock_of(office).advance(timedelta(minutes=11))
    with pytest.raises(SlotGone):
        await service.confirm(office.rt, made)
    await service.extend(office.rt, made.appointment_id, made.slot_id)
    await service.confirm(office.rt, made)


async def test_holding_another_moment_gives_the_first_back(office: Office) -> None:
    first, second = [moment.slot_id for moment in (await office.free())[:2]]
    await service.hold(office.rt, "a" * 32, first)
    await service.hold(office.rt, "a" * 32, second)
    await service.hold(office.rt, "b" * 32, first)


async def test_too_near_too_far_and_unknown_moments_are_refused(office: Office) -> None:
    moment = (await office.free())[0]
    with pytest.raises(SlotGone):
        await service.hold(office.rt, "a" * 32, NOBODY)
    clock_of(office).set(moment.starts - timedelta(hours=moment.location.lead_hours) + timedelta(minutes=1))
    with pytest.raises(SlotGone):
        await service.hold(office.rt, "a" * 32, moment.slot_id)


async def test_wrong_codes_get_one_answer_and_five_tries(office: Office) -> None:
    await office.booked()
    for wrong in (OTHER_CODE, "", "x" * 500, CODE.rsplit(" ", 1)[0], "'; drop table appointment; --"):
        with pytest.raises(CodeUnknown):
            await service.open_with_code(office.rt, wrong, "daan", await office.proof())
    with pytest.raises(TooMany):
        await service.open_with_code(office.rt, CODE, "daan", await office.proof())
    assert await service.open_with_code(office.rt, CODE, "merel", await office.proof())


async def test_moving_keeps_code_and_uid_and_frees_the_old_moment(office: Office) -> None:
    made = await office.booked()
    before = await state(office, made.appointment_id)
    new = (await office.free())[3]
    await service.move(office.rt, made.appointment_id, new.slot_id)
    await service.move(office.rt, made.appointment_id, new.slot_id)
    after = await state(office, made.appointment_id)
    assert (after.slot_id, after.sequence, after.uid, after.state) == (new.slot_id, 1, before.uid, State.CONFIRMED)
    assert made.slot_id in {moment.slot_id for moment in await office.free()}


async def test_losing_the_race_for_a_new_moment_leaves_the_old_one(office: Office) -> None:
    made = await office.booked()
    wanted = (await office.free())[0].slot_id
    await office.booked(wanted, code=OTHER_CODE)
    with pytest.raises(SlotTaken):
        await service.move(office.rt, made.appointment_id, wanted)
    assert (await state(office, made.appointment_id)).slot_id == made.slot_id


async def test_cancelling_frees_the_moment_and_raises_the_sequence(office: Office) -> None:
    made = await office.booked()
    await service.cancel(office.rt, made.appointment_id)
    await service.cancel(office.rt, made.appointment_id)
    row = await state(office, made.appointment_id)
    assert (row.state, row.sequence, row.closed_on) == (State.CANCELLED, 1, local_day(office.rt.clock.now()))
    assert made.slot_id in {moment.slot_id for moment in await office.free()}
    assert office.counts.cells == [("T10", "totaal"), ("T15", "afgezegd")]
    with pytest.raises(NotNow):
        await service.move(office.rt, made.appointment_id, (await office.free())[1].slot_id)


async def test_two_hours_before_only_the_telephone_is_left(office: Office) -> None:
    moment = (await office.free())[0]
    made = await office.booked(moment.slot_id)
    later = (await office.free())[-1].slot_id
    clock_of(office).set(moment.starts - timedelta(hours=1))
    with pytest.raises(TooLate):
        await service.cancel(office.rt, made.appointment_id)
    with pytest.raises(TooLate):
        await service.move(office.rt, made.appointment_id, later)


async def test_contact_and_note_can_be_changed_and_erased(office: Office) -> None:
    made = await office.booked(details=Details("Merel", (), "06 12345678", "Een notitie"))
    await service.change_left(office.rt, made.appointment_id, "", "Iets anders")
    async with office.rt.stores.afspraken.reading() as tx:
        seen = await queries.seen(tx, office.rt.keyring, made.appointment_id)
    assert seen is not None
    assert (seen.details.contact, seen.details.note) == ("", "Iets anders")
    assert (await state(office, made.appointment_id)).contact is None


async def test_a_double_press_on_a_moment_holds_it_once(office: Office) -> None:
    slot_id = (await office.free())[0].slot_id
    until = await asyncio.gather(*(service.hold(office.rt, "a" * 32, slot_id) for _ in range(5)))
    assert len(set(until)) == 1


async def test_who_comes_after_a_refused_attempt_still_tries(office: Office) -> None:
    slot_id = (await office.free())[0].slot_id
    tries = (service.hold(office.rt, new_id(), each) for each in (NOBODY, NOBODY, slot_id))
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(each) for each in results[:2]] == [SlotGone, SlotGone]
    assert not isinstance(results[2], BaseException)


async def test_two_hundred_people_want_one_moment(office: Office) -> None:
    slot_id = (await office.free())[0].slot_id

    async def book(number: int) -> str:
        made = office.booking(slot_id, code=f"code {number}")
        try:
            await service.hold(office.rt, made.appointment_id, slot_id)
            await service.confirm(office.rt, made)
        except SlotTaken as error:
            return error.code
        return "booked"

    results = Counter(await asyncio.gather(*(book(number) for number in range(200))))
    assert results == {"booked": 1, "slot_bezet": 199}
    assert await rows(office, Appointment) == 1
    assert await rows(office, Claim) == 1


async def test_eight_people_move_to_one_moment_and_the_key_decides(office: Office) -> None:
    free = await office.free()
    made = [await office.booked(free[number].slot_id, code=f"code {number}") for number in range(8)]
    wanted = free[8].slot_id
    moves = (service.move(office.rt, each.appointment_id, wanted) for each in made)
    results = await asyncio.gather(*moves, return_exceptions=True)
    assert Counter(type(each) for each in results) == {type(None): 1, SlotTaken: 7}
    assert await rows(office, Claim) == 8


async def test_an_expired_hold_and_a_late_confirm_have_one_winner(office: Office) -> None:
    for _ in range(10):
        made = office.booking((await office.free())[0].slot_id, code=f"ronde {new_id()}")
        await service.hold(office.rt, made.appointment_id, made.slot_id)
        clock_of(office).advance(timedelta(minutes=10))
        outcomes_of_race = await asyncio.gather(
            service.confirm(office.rt, made),
            *(service.hold(office.rt, new_id(), made.slot_id) for _ in range(20)),
            return_exceptions=True,
        )
        assert isinstance(outcomes_of_race[0], SlotGone)
        assert sum(not isinstance(each, BaseException) for each in outcomes_of_race) == 1
        clock_of(office).advance(timedelta(minutes=10))


async def test_hosts_count_an_outcome_and_everything_is_gone(office: Office) -> None:
    moment = (await office.free())[0]
    made = await office.booked(moment.slot_id)
    with pytest.raises(TooEarly):
        await outcomes.register(office.rt, SAM, made.appointment_id, FollowUp.SELF, Turn.FIRST)
    clock_of(office).set(moment.starts + timedelta(hours=1))
    with pytest.raises(NotFound):
        await outcomes.register(office.rt, NOBODY, made.appointment_id, FollowUp.SELF, Turn.FIRST)
    await outcomes.register(office.rt, SAM, made.appointment_id, FollowUp.COMMUNITY, Turn.FIRST)
    with pytest.raises(NotFound):
        await outcomes.register(office.rt, SAM, made.appointment_id, FollowUp.COMMUNITY, Turn.FIRST)
    assert office.counts.cells[1:] == [
        ("T11", moment.location.municipality_code),
        ("T12", "eerste"),
        ("T13", "tot_7"),
        ("T14", "sociale_basis"),
    ]
    assert (await rows(office, Appointment), await rows(office, Claim), await rows(office, AfsprakenKey)) == (0, 0, 0)


async def test_absent_only_after_a_quarter_of_an_hour(office: Office) -> None:
    moment = (await office.free())[0]
    made = await office.booked(moment.slot_id)
    clock_of(office).set(moment.starts + timedelta(minutes=14))
    with pytest.raises(TooEarly):
        await outcomes.mark_absent(office.rt, SAM, made.appointment_id)
    clock_of(office).advance(timedelta(minutes=1))
    await outcomes.mark_absent(office.rt, SAM, made.appointment_id)
    await outcomes.mark_absent(office.rt, SAM, made.appointment_id)
    assert office.counts.cells[1:] == [("T15", "niet_verschenen")]
    with pytest.raises(NotNow):
        await outcomes.register(office.rt, SAM, made.appointment_id, FollowUp.SELF, Turn.FIRST)


async def test_when_the_hosts_cannot_the_person_finds_two_moments_kept(office: Office) -> None:
    made = await office.booked()
    await outcomes.cannot_host(office.rt, SAM, made.appointment_id)
    assert (await state(office, made.appointment_id)).state == State.TO_MOVE
    mine = {moment.slot_id for moment in await office.free(made.appointment_id)}
    kept = mine - {moment.slot_id for moment in await office.free()}
    assert len(kept) == 2
    with pytest.raises(SlotTaken):
        await service.hold(office.rt, new_id(), min(kept))
    await service.move(office.rt, made.appointment_id, min(kept))
    assert (await state(office, made.appointment_id)).state == State.CONFIRMED
    assert max(kept) in {moment.slot_id for moment in await office.free()}


async def test_a_host_who_is_away_takes_free_moments_along_and_moves_the_booked_one(office: Office) -> None:
    moment = (await office.free())[0]
    made = await office.booked(moment.slot_id)
    slot = await office.slot(moment.slot_id)
    async with office.rt.stores.afspraken.transaction() as tx:
        tx.add(RosterException(owner=host_owner(slot.peer_id), day=slot.day, is_open=False))
    await make_slots(office.rt, office.rt.clock.now())
    assert (await state(office, made.appointment_id)).state == State.TO_MOVE
    here = [each for each in await office.free() if each.location.id == moment.location.id and each.day == moment.day]
    assert here == []
    assert await make_slots(office.rt, office.rt.clock.now()) == 0


async def test_cancelled_appointments_go_the_next_day_and_others_a_week_after_the_talk(office: Office) -> None:
    made = await office.booked()
    other = await office.booked(code=OTHER_CODE)
    await service.cancel(office.rt, made.appointment_id)
    await retention.forget(office.rt, office.rt.clock.now())
    assert await rows(office, Appointment) == 2
    clock_of(office).advance(timedelta(days=1))
    assert await retention.forget(office.rt, office.rt.clock.now()) == {"appointment": 1}
    assert (await state(office, other.appointment_id)).state == State.CONFIRMED
    talk = await office.slot(other.slot_id)
    clock_of(office).set(office.rt.clock.now() + timedelta(days=(talk.day - local_day(office.rt.clock.now())).days + 7))
    await retention.forget(office.rt, office.rt.clock.now())
    assert (await rows(office, Appointment), await rows(office, AfsprakenKey)) == (0, 0)
    clock_of(office).advance(timedelta(days=7))
    await retention.forget(office.rt, office.rt.clock.now())
    assert await rows(office, UsedTicket) == 0


async def test_sweeping_takes_expired_holds_only(office: Office) -> None:
    made = await office.booked()
    await service.hold(office.rt, new_id(), (await office.free())[0].slot_id)
    clock_of(office).advance(timedelta(minutes=11))
    await retention.sweep(office.rt, office.rt.clock.now())
    assert await rows(office, Claim) == 1
    assert (await state(office, made.appointment_id)).state == State.CONFIRMED


async def test_every_slot_has_its_units_for_room_and_both_hosts(office: Office) -> None:
    async with office.rt.stores.afspraken.reading() as tx:
        slots = (await tx.exec(select(Slot))).all()
        units = Counter(unit.slot_id for unit in (await tx.exec(select(SlotUnit))).all())
        locations = {each.id: each for each in (await tx.exec(select(Location))).all()}
    assert slots
    for slot in slots:
        assert units[slot.id] == 3 * 5
        assert locations[slot.location_id].active_from <= slot.day


async def test_a_hosts_day_shows_the_note_only_from_two_days_before(office: Office) -> None:
    moment = (await office.free())[-1]
    await office.booked(moment.slot_id, details=Details("Merel", (), "", "Een notitie"))

    async def note() -> tuple[str, bool]:
        async with office.rt.stores.afspraken.reading() as tx:
            hosts = await queries.hosts_of(tx, SAM)
            day = await queries.day_of_hosts(tx, office.rt.keyring, hosts, moment.day, office.rt.clock.now())
        return day[0].seen.details.note, day[0].note_later

    assert await note() == ("", True)
    clock_of(office).set(moment.starts - timedelta(hours=48))
    assert await note() == ("Een notitie", False)


async def test_who_is_no_host_sees_nobody(office: Office) -> None:
    moment = (await office.free())[0]
    await office.booked(moment.slot_id)
    async with office.rt.stores.afspraken.reading() as tx:
        hosts = await queries.hosts_of(tx, NOBODY)
        assert await queries.day_of_hosts(tx, office.rt.keyring, hosts, moment.day, office.rt.clock.now()) == []


async def test_demo_guests_had_their_talk_and_can_be_counted_once(office: Office) -> None:
    now = office.rt.clock.now()
    await seed_guests(office.rt, now)
    await seed_guests(office.rt, now)
    async with office.rt.stores.afspraken.reading() as tx:
        guests = (await tx.exec(select(Appointment))).all()
    assert len(guests) == 2
    assert all(guest.talk_day < local_day(now) for guest in guests)
    await outcomes.register(office.rt, SAM, guests[0].id, FollowUp.GGZ, Turn.NEXT)
    assert await rows(office, Appointment) == 1


async def test_all_who_look_at_once_see_what_is_free_and_what_is_held_for_them(office: Office) -> None:
    first, other = (await office.free())[:2]
    merel = office.booking(first.slot_id)
    await service.hold(office.rt, merel.appointment_id, merel.slot_id)
    now = office.rt.clock.now()
    asked = [queries.Looking(now, merel.appointment_id), queries.Looking(now, "d" * 32), queries.Looking(now)]
    found = await asyncio.gather(*(office.rt.stores.afspraken.read_together(queries.offers, one) for one in asked))
    seen = [{moment.slot_id for moment in free} for _, free in found]
    assert [first.slot_id in each for each in seen] == [True, False, False]
    assert all(other.slot_id in each for each in seen)
