"""The line: a place is kept for who is there, given up for who is not, and a turn waits for nobody for ever."""

from datetime import timedelta

import pytest
from sqlmodel import col, update

from server.kit.clock import FixedClock
from server.kit.runtime import Runtime
from server.talks import duties, ending, queries, rules, turns, waiting
from server.talks.models import RecentWait, Status, Waiting, WaitingState
from server.talks.rules import ClosingSoon, HandsFull, LineFull, NobodyWaits, OnPause, TalkChanged
from server.visitors.service import load
from tests.cast import Guest, colleague, guest
from tests.visitors.browser import Browser

MINUTE = timedelta(minutes=1)


def later(rt: Runtime, step: timedelta) -> None:
    """Let time pass."""
    assert isinstance(rt.clock, FixedClock)
    rt.clock.advance(step)


async def mine(rt: Runtime, who: Guest) -> Waiting | None:
    """Return somebody's talk as it stands."""
    async with rt.stores.vluchtig.reading() as tx:
        return await queries.mine(tx, queries.person_of(who.visit), rt.clock.now())


async def row(rt: Runtime, who: Guest) -> Waiting:
    """Return somebody's talk, which is there."""
    found = await mine(rt, who)
    assert found is not None
    return found


async def test_who_leaves_loses_the_place_after_five_minutes_and_is_no_ghost(rt: Runtime) -> None:
    """A page that gives signs keeps it; nobody takes who is gone."""
    merel, daan = await guest(rt, "Merel"), await guest(rt, "Daan")
    gone = await waiting.ask(rt, merel.visit, "")
    there = await waiting.ask(rt, daan.visit, "")
    for talk_id in (gone, there):
        await turns.keep_places(rt, [talk_id])
    await waiting.keep(rt, await row(rt, merel))  # her script asks once, then the tab is shut
    for _ in range(6):
        later(rt, MINUTE)
        await turns.keep_places(rt, [there])
    assert await turns.claim(rt, await colleague(rt)) == there
    later(rt, MINUTE)
    await turns.give_up(rt, rt.clock.now())
    assert (await row(rt, merel)).state is WaitingState.ENDED
    assert (await row(rt, daan)).state is WaitingState.BUSY
    with pytest.raises(NobodyWaits):
        await turns.claim(rt, await colleague(rt))


async def test_a_page_without_script_keeps_the_place_ten_minutes(rt: Runtime) -> None:
    """And says so; afterwards the page tells that the place went to somebody else."""
    merel = Browser(rt)
    await merel.arrive("gesprek")
    await merel.send(await merel.get("/gesprek/vraag"), "/gesprek/vraag", onderwerp="")
    assert "Doe je 10 minuten niets" in (await merel.get("/gesprek")).words
    later(rt, 9 * MINUTE)
    await turns.give_up(rt, rt.clock.now())
    assert (await merel.get("/gesprek")).heading == "Je staat in de rij"
    later(rt, 12 * MINUTE)
    await turns.give_up(rt, rt.clock.now())
    assert (await merel.get("/gesprek")).heading == "Je plek is vrijgegeven"


async def test_a_missed_turn_keeps_the_front_for_ten_minutes(rt: Runtime) -> None:
    """The peer worker is free again; the visitor comes back before who asked later, and is then taken first."""
    merel, daan = await guest(rt, "Merel"), await guest(rt, "Daan")
    first = await waiting.ask(rt, merel.visit, "")
    sam = await colleague(rt)
    assert await turns.claim(rt, sam) == first
    later(rt, rules.ANSWER_WITHIN + MINUTE)
    await turns.miss_turns(rt, rt.clock.now())
    assert (await row(rt, merel)).missed
    second = await waiting.ask(rt, daan.visit, "")
    async with rt.stores.vluchtig.reading() as tx:
        assert (await queries.line(tx, await row(rt, daan), rt.clock.now())).ahead == 0
    assert await turns.claim(rt, sam) == second
    await waiting.come_back(rt, merel.visit)
    assert await turns.claim(rt, sam) == first


async def test_a_missed_turn_is_given_up_in_the_end(rt: Runtime) -> None:
    """An open page is no answer."""
    merel = await guest(rt, "Merel")
    talk_id = await waiting.ask(rt, merel.visit, "")
    await turns.claim(rt, await colleague(rt))
    later(rt, rules.ANSWER_WITHIN + MINUTE)
    await turns.miss_turns(rt, rt.clock.now())
    for _ in range(12):
        later(rt, MINUTE)
        await turns.keep_places(rt, [talk_id])
    await turns.give_up(rt, rt.clock.now())
    assert (await row(rt, merel)).state is WaitingState.ENDED


async def test_who_begins_misses_nothing(rt: Runtime) -> None:
    """The three minutes are for the first press only."""
    merel = await guest(rt, "Merel")
    await waiting.ask(rt, merel.visit, "")
    await turns.claim(rt, await colleague(rt))
    await waiting.begin(rt, merel.visit)
    later(rt, 4 * MINUTE)
    await turns.miss_turns(rt, rt.clock.now())
    assert (await row(rt, merel)).state is WaitingState.BUSY


async def test_a_talk_outlives_a_short_absence_and_not_ten_minutes(rt: Runtime) -> None:
    """Reliability 3, "person gone"."""
    merel = await guest(rt, "Merel")
    talk_id = await waiting.ask(rt, merel.visit, "")
    await turns.claim(rt, await colleague(rt))
    await waiting.begin(rt, merel.visit)
    await waiting.keep(rt, await row(rt, merel))
    later(rt, 9 * MINUTE)
    await turns.give_up(rt, rt.clock.now())
    await turns.keep_places(rt, [talk_id])
    assert (await row(rt, merel)).state is WaitingState.BUSY
    later(rt, 12 * MINUTE)
    await turns.give_up(rt, rt.clock.now())
    assert (await row(rt, merel)).state is WaitingState.ENDED


async def test_waiting_lifts_everybody_one_step_in_ten_minutes(rt: Runtime) -> None:
    """First by priority; who waits long enough overtakes who may go before."""
    people = [await guest(rt, f"Gast {number}") for number in range(3)]
    first = await waiting.ask(rt, people[0].visit, "")
    later(rt, 11 * MINUTE)
    ordinary = await waiting.ask(rt, people[1].visit, "")
    urgent = await waiting.ask(rt, people[2].visit, "", prio=0)
    await turns.keep_places(rt, [first, ordinary, urgent])
    sam = await colleague(rt)
    assert [await turns.claim(rt, sam) for _ in range(3)] == [first, urgent, ordinary]


async def test_a_returned_talk_goes_before_its_equals(rt: Runtime) -> None:
    """Somebody who asked at the same moment and was never taken comes after."""
    people = [await guest(rt, f"Gast {number}") for number in range(4)]
    talks = [await waiting.ask(rt, one.visit, "") for one in people]
    sam, femke = await colleague(rt), await colleague(rt)
    taken = [await turns.claim(rt, sam) for _ in range(2)]
    await turns.release(rt, sam, taken[1])
    assert await turns.claim(rt, femke) == taken[1]
    assert set(talks) > set(taken)


async def test_a_wish_waits_for_who_knows_it_and_ten_minutes_at_most(rt: Runtime) -> None:
    """It holds only where somebody else at work answers it, and is not kept with the talk."""
    merel, daan = await guest(rt, "Merel"), await guest(rt, "Daan")
    wished = await waiting.ask(rt, merel.visit, "verlies", wish=True)
    plain = await waiting.ask(rt, daan.visit, "")
    sam, femke = await colleague(rt), await colleague(rt)
    await duties.start(rt, sam, 3, [])
    await duties.start(rt, femke, 3, ["verlies"])
    assert await turns.claim(rt, sam) == plain
    with pytest.raises(NobodyWaits):
        await turns.claim(rt, sam)
    assert await turns.claim(rt, femke) == wished
    assert (await row(rt, merel)).wish == ""
    await turns.release(rt, femke, wished)


async def test_a_wish_does_not_hold_for_ever(rt: Runtime) -> None:
    """After ten minutes anybody may take them."""
    merel = await guest(rt, "Merel")
    talk_id = await waiting.ask(rt, merel.visit, "verlies", wish=True)
    sam, femke = await colleague(rt), await colleague(rt)
    later(rt, 11 * MINUTE)
    await turns.keep_places(rt, [talk_id])
    await duties.start(rt, femke, 3, ["verlies"])
    assert await turns.claim(rt, sam) == talk_id


async def test_pause_and_last_talk_stop_new_ones(rt: Runtime) -> None:
    """And the number of talks at once is one's own choice for today."""
    for number in range(4):
        await waiting.ask(rt, (await guest(rt, f"Gast {number}")).visit, "")
    sam = await colleague(rt)
    await duties.start(rt, sam, 1, [])
    await duties.set_status(rt, sam, Status.PAUSE)
    with pytest.raises(OnPause):
        await turns.claim(rt, sam)
    await duties.set_status(rt, sam, Status.LAST)
    await turns.claim(rt, sam)
    with pytest.raises(OnPause):
        await turns.claim(rt, sam)
    await duties.set_status(rt, sam, Status.HERE)
    with pytest.raises(HandsFull):
        await turns.claim(rt, sam)
    later(rt, timedelta(days=1))
    await ending.forget(rt, rt.clock.now())
    async with rt.stores.vluchtig.reading() as tx:
        assert await queries.duty(tx, sam.account_id, rt.clock.now()) is None


async def test_both_may_go_on_later_and_nothing_but_the_visit_knows(rt: Runtime) -> None:
    """The peer worker offers, the visitor says yes; somebody else at work leaves that place to them."""
    merel = await guest(rt, "Merel")
    talk_id = await waiting.ask(rt, merel.visit, "")
    sam, femke = await colleague(rt), await colleague(rt)
    await duties.start(rt, sam, 3, [])
    await turns.claim(rt, sam)
    await waiting.begin(rt, merel.visit)
    await ending.end_as_helper(rt, sam, talk_id, again=True)
    await ending.end_as_visitor(rt, merel.visit)
    await waiting.remember_peer(rt, merel.visit)
    visit = await fresh(rt, merel)
    assert await waiting.peers_now(rt, visit.visit) == [(sam.account_id, sam.name)]
    await ending.forget_mine(rt, merel.visit)
    again = await waiting.enter(rt, visit.visit, "", peer=sam.account_id)
    with pytest.raises(NobodyWaits):
        await turns.claim(rt, femke)
    assert await turns.claim(rt, sam) == again


async def fresh(rt: Runtime, who: Guest) -> Guest:
    """Return somebody with the visit as it is in the store now."""
    found = await load(rt, who.token)
    assert found is not None
    return Guest(who.token, found)


async def test_nobody_asks_for_a_peer_worker_who_did_not_offer(rt: Runtime) -> None:
    """An id in a form is no promise."""
    merel, sam = await guest(rt, "Merel"), await colleague(rt)
    await waiting.enter(rt, merel.visit, "", peer=sam.account_id)
    assert (await row(rt, merel)).peer == ""


def test_the_door_shuts_when_the_line_reaches_past_closing_time(clock: FixedClock) -> None:
    """And when the line is so long that a place would be no promise."""
    now = clock.now()
    rules.check_entry(now, None, 3, [10] * 10)
    rules.check_entry(now, now + 60 * MINUTE, 3, [10] * 10)
    with pytest.raises(ClosingSoon):
        rules.check_entry(now, now + 20 * MINUTE, 3, [10] * 10)
    with pytest.raises(LineFull):
        rules.check_entry(now, None, rules.MOST_WAITING, [])


async def test_a_full_line_shows_other_ways(rt: Runtime) -> None:
    """Nobody is put in a hidden line; who is in it stays in it."""
    merel, daan = Browser(rt), Browser(rt)
    for browser in (merel, daan):
        await browser.arrive("gesprek")
    await merel.send(await merel.get("/gesprek/vraag"), "/gesprek/vraag", onderwerp="")
    form = await daan.get("/gesprek/vraag")
    for number in range(rules.MOST_WAITING):
        await waiting.ask(rt, (await guest(rt, f"Gast {number}")).visit, "")
    refused = await daan.send(form, "/gesprek/vraag", onderwerp="")
    assert (refused.status, "Het is nu heel druk." in refused.words) == (503, True)
    before = await daan.get("/gesprek")
    assert "Deze mensen kun je nu bellen" in before.words
    kept = await merel.get("/gesprek")
    again = await merel.post("/gesprek/vraag", kept.form("/gesprek/stop-wachten"))
    assert again.status == 303


async def test_the_bar_goes_along_and_tells_of_the_turn(rt: Runtime) -> None:
    """On groups, forum, tips and the sociale kaart; not on the pages of the talk, not for others."""
    merel, daan = Browser(rt), Browser(rt)
    for browser in (merel, daan):
        await browser.arrive("gesprek")
    await merel.send(await merel.get("/gesprek/vraag"), "/gesprek/vraag", onderwerp="")
    page = {"accept": "text/html"}
    for path in ("/groepen", "/forum", "/tips", "/hulp-in-de-buurt", "/"):
        assert "queue-bar" in (await merel.get(path, **page)).response.text, path
        assert "queue-bar" not in (await daan.get(path, **page)).response.text, path
    assert "queue-bar" not in (await merel.get("/gesprek", **page)).response.text
    await turns.claim(rt, await colleague(rt))
    told = (await merel.get("/gesprek/plek")).response.json()["bar"]
    assert told["turn"] is True
    assert "is er voor je" in (await merel.get("/tips", **page)).response.text


async def test_a_stale_page_ends_nothing(rt: Runtime) -> None:
    """gen fences off whoever missed that the talk changed hands."""
    merel = await guest(rt, "Merel")
    talk_id = await waiting.ask(rt, merel.visit, "")
    sam = await colleague(rt)
    await turns.claim(rt, sam)
    await turns.release(rt, sam, talk_id, 1)
    assert await turns.claim(rt, sam) == talk_id  # the same peer worker again, with another tab still open
    for deed in (turns.release, ending.end_as_helper):
        with pytest.raises(TalkChanged):
            await deed(rt, sam, talk_id, 1)
    with pytest.raises(TalkChanged):
        await ending.end_as_visitor(rt, merel.visit, 1)


async def test_the_range_rests_on_the_waits_of_the_last_day(rt: Runtime) -> None:
    """Yesterday's line says nothing about tonight's."""
    merel = await guest(rt, "Merel")
    await waiting.ask(rt, merel.visit, "")
    async with rt.stores.vluchtig.transaction() as tx:
        tx.add_all([RecentWait(at=rt.clock.now(), minutes=8) for _ in range(10)])
    async with rt.stores.vluchtig.reading() as tx:
        line = await queries.line(tx, await row(rt, merel), rt.clock.now())
        assert (line.low, line.high) == (5, 10)
    async with rt.stores.vluchtig.transaction() as tx:
        await tx.exec(update(RecentWait).where(col(RecentWait.minutes) == 8).values(at=rt.clock.now() - rules.RECENT))
    async with rt.stores.vluchtig.reading() as tx:
        assert (await queries.line(tx, await row(rt, merel), rt.clock.now())).low is None


async def test_the_desk_sees_who_is_next_and_never_how_many(rt: Runtime) -> None:
    """Minutes of waiting and the topic of one."""
    for topic in ("somber", "angst", ""):
        await waiting.ask(rt, (await guest(rt, f"Gast {topic}")).visit, topic)
        later(rt, MINUTE)
    async with rt.stores.vluchtig.reading() as tx:
        next_up = await queries.next_up(tx, rt.clock.now())
    assert next_up == queries.NextUp(3, "somber")
