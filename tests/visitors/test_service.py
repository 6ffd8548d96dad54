"""Beginning, staying, ending and being forgotten, on a real store."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from server.booking import tickets as booking_tickets
from server.kit.clock import FixedClock, local_day
from server.kit.errors import AppError
from server.kit.runtime import Runtime
from server.visitors import nicknames, returning, service, tickets
from server.visitors.models import ReturnPhrase, Tombstone, VisitRow
from server.visitors.service import NicknameRefused
from server.visitors.visit import Visit


def clock_of(rt: Runtime) -> FixedClock:
    """Return the clock of the tests."""
    assert isinstance(rt.clock, FixedClock)
    return rt.clock


async def rows(rt: Runtime) -> list[VisitRow]:
    """Return the rows of all visits."""
    async with rt.stores.vluchtig.reading() as tx:
        return list((await tx.exec(select(VisitRow))).all())


async def test_visit_is_found_by_its_token(rt: Runtime) -> None:
    """And by nothing else."""
    token, merel = await service.begin(rt, "Stille Wulp")
    assert await service.load(rt, token) == merel
    for other in (None, "", "x", token[:-1], token + "x", "x" * 5000):
        assert await service.load(rt, other) is None


async def test_row_keeps_neither_name_nor_token(rt: Runtime) -> None:
    """Three columns: hash, sealed record, rough end."""
    token, _ = await service.begin(rt, "Stille Wulp")
    (row,) = await rows(rt)
    assert token not in row.ref
    assert b"Wulp" not in row.record
    assert row.ends_at.minute % 10 == 0


async def test_visit_survives_a_new_key_of_the_server(rt: Runtime) -> None:
    """K_sess is renewed every 30 days; nobody is thrown out by it."""
    token, merel = await service.begin(rt, "Stille Wulp")
    rt.keyring.rotate("sess")
    found = await service.load(rt, token)
    assert found is not None
    assert found.ref == merel.ref


async def test_idle_visit_ends(rt: Runtime) -> None:
    """Two hours without a sign."""
    token, merel = await service.begin(rt, "Stille Wulp")
    clock_of(rt).advance(timedelta(hours=1, minutes=50))
    await service.touch(rt, merel)
    clock_of(rt).advance(timedelta(hours=1, minutes=50))
    assert await service.load(rt, token) is not None
    clock_of(rt).advance(timedelta(minutes=30))
    assert await service.load(rt, token) is None


async def test_visit_ends_after_a_day(rt: Runtime) -> None:
    """However busy somebody is."""
    token, merel = await service.begin(rt, "Stille Wulp")
    for _ in range(24):
        clock_of(rt).advance(timedelta(hours=1))
        merel = await service.touch(rt, merel)
    assert await service.load(rt, token) is None


async def test_ended_visits_are_deleted(rt: Runtime) -> None:
    """By the job; running ones stay."""
    await service.begin(rt, "Stille Wulp")
    clock_of(rt).advance(timedelta(hours=1))
    await service.begin(rt, "Kalme Otter")
    clock_of(rt).advance(timedelta(hours=1, minutes=10))
    await service.forget(rt, rt.clock.now())
    assert len(await rows(rt)) == 1


async def test_keys_are_renewed_and_old_ones_destroyed(rt: Runtime) -> None:
    """After 30 days a new one, after 32 the old one is gone; a running visit never notices."""
    before = len(rt.keyring.versions("sess"))
    clock_of(rt).advance(timedelta(days=31))
    token, _ = await service.begin(rt, "Stille Wulp")
    await service.forget(rt, rt.clock.now())
    assert len(rt.keyring.versions("sess")) == before + 1
    assert await service.load(rt, token) is not None
    clock_of(rt).advance(timedelta(days=2))
    await service.forget(rt, rt.clock.now())
    assert len(rt.keyring.versions("sess")) == 1


async def test_ended_visit_tells_its_connections(rt: Runtime) -> None:
    """On the bus, after the commit."""
    token, merel = await service.begin(rt, "Stille Wulp")
    heard: list[bytes] = []

    def hear(topic: str, payload: bytes) -> None:
        heard.append(payload)

    rt.bus.subscribe(f"p:{merel.ref.hex()}", hear)
    await service.end(rt, merel)
    rt.bus.unsubscribe(f"p:{merel.ref.hex()}", hear)
    assert heard == [b"ended"]
    assert await service.load(rt, token) is None


async def test_two_tabs_do_not_undo_each_other(rt: Runtime) -> None:
    """Both count a message at the same moment: two are counted."""
    token, merel = await service.begin(rt, "Stille Wulp")
    await asyncio.gather(*(service.note_said(rt, merel, "T1/open_groep", most=2) for _ in range(2)))
    found = await service.load(rt, token)
    assert found is not None
    assert found.messages_sent == 2


async def test_saving_an_ended_visit_does_not_bring_it_back(rt: Runtime) -> None:
    """A late request writes nothing."""
    token, merel = await service.begin(rt, "Stille Wulp")
    await service.end(rt, merel)
    await service.save(rt, replace(merel, messages_sent=4))
    await service.note_said(rt, merel, "T1/open_groep", most=2)
    assert await service.load(rt, token) is None


async def test_part_in_figures_counts_once(rt: Runtime) -> None:
    """The record remembers, so asking twice adds one."""
    token, merel = await service.begin(rt, "Stille Wulp")
    await service.count_once(rt, merel, "T1/forum", most=2)
    found = await service.load(rt, token)
    assert found is not None
    assert found.counted == ("2026-11-24/T1/forum",)
    await service.count_once(rt, found, "T1/forum", most=2)
    assert await service.load(rt, token) == found


@pytest.mark.parametrize("name", ["Moderator", "emma@post.nl", "", "a\u202eb", "x" * 300])
async def test_name_outside_the_rules_is_refused(name: str) -> None:
    """Each as an error that names the field."""
    with pytest.raises(AppError) as refused:
        service.check_nickname(name)
    assert refused.value.field == "eigen"


def test_name_that_fits_is_cleaned() -> None:
    """Outer white space and invisible characters go."""
    assert service.check_nickname("  Stille\u200b Wulp ") == "Stille Wulp"
    with pytest.raises(NicknameRefused):
        service.check_nickname("Mod\u200berator")


def test_no_name_that_is_offered_is_refused() -> None:
    """All of them, whoever works here; "Lieve Wolk" weighs like a worry, and Lieve can be a colleague."""
    first, second = nicknames.parts()
    names = {f"{adjective} {noun}" for adjective in first for noun in second}
    assert {service.check_nickname(name, ["Lieve", "Merel"]) for name in names} == names


async def test_ticket_is_given_once_a_week(rt: Runtime) -> None:
    """The visit remembers the week and nothing of the ticket."""
    token, merel = await service.begin(rt, "Stille Wulp")
    ticket = await tickets.issue(rt, merel)
    nonce, week, mac = ticket.split(".")
    assert (len(nonce), week, len(mac)) == (32, "2026-W48", 32)
    with pytest.raises(tickets.TicketGiven):
        await tickets.issue(rt, merel)
    found = await service.load(rt, token)
    assert found is not None
    assert found.weeks == ("2026-W48",)
    clock_of(rt).advance(timedelta(hours=1))
    assert nonce not in repr(found)


async def test_booking_takes_the_ticket_and_no_other(rt: Runtime) -> None:
    """The two zones share a form and a key, and no code."""
    ticket = await tickets.issue(rt, (await service.begin(rt, "Stille Wulp"))[1])
    keys = [key.secret for key in rt.keyring.versions("ticket")]
    today = local_day(rt.clock.now())
    assert booking_tickets.read(ticket, keys, today).week == "2026-W48"
    assert booking_tickets.read(ticket, keys, today + timedelta(days=7))
    for other, day in (
        (ticket[:-1] + ("0" if ticket[-1] != "0" else "1"), today),
        (ticket, today + timedelta(days=14)),
    ):
        with pytest.raises(booking_tickets.TicketRefused):
            booking_tickets.read(other, keys, day)


async def test_forgetting_asks_every_slice_and_leaves_nothing(rt: Runtime) -> None:
    """Counts are added up, the phrase goes, marks remain so that no dump brings anything back."""
    token, merel = await service.begin(rt, "Stille Wulp")
    await returning.make_phrase(rt, merel)
    merel = await load(rt, token)

    async def forum(_: Runtime, visit: Visit) -> dict[str, int]:
        assert visit == merel
        return {"forum": 2}

    async def rooms(_: Runtime, __: Visit) -> dict[str, int]:
        return {"berichten": 3, "forum": 1}

    forgotten = await service.forget_me(rt, merel, [forum, rooms])
    assert (forgotten.counts, forgotten.had_phrase) == ({"forum": 3, "berichten": 3}, True)
    assert await service.load(rt, token) is None
    async with rt.stores.hoofd.reading() as tx:
        assert (await tx.exec(select(ReturnPhrase))).all() == []
        marks = {stone.mark for stone in (await tx.exec(select(Tombstone))).all()}
    assert service.mark_of(rt, f"author/{merel.author_key('forum')}") in marks
    assert service.mark_of(rt, f"phrase/{merel.phrase_id}") in marks


async def test_forgetting_that_breaks_off_can_be_asked_again(rt: Runtime) -> None:
    """The visit goes last."""
    token, merel = await service.begin(rt, "Stille Wulp")

    async def broken(_: Runtime, __: Visit) -> dict[str, int]:
        raise AppError

    with pytest.raises(AppError):
        await service.forget_me(rt, merel, [broken])
    assert await service.load(rt, token) == merel


async def load(rt: Runtime, token: str) -> Visit:
    """Return a visit that must be there."""
    found = await service.load(rt, token)
    assert found is not None
    return found


@pytest.mark.parametrize("name", ["Kut", "Adolf Hitler", "Neuker", "kankerhomo", "F.u.c.k", "Boze hoer"])
def test_nobody_has_to_read_a_coarse_name(name: str) -> None:
    with pytest.raises(NicknameRefused) as refused:
        service.check_nickname(name)
    assert refused.value.key.endswith("woord")


@pytest.mark.parametrize("name", ["Dick", "Isis", "Lulu", "Pikante Peper", "Hoera", "Kluts"])
def test_a_name_that_only_looks_like_one_stays_free(name: str) -> None:
    assert service.check_nickname(name) == name
