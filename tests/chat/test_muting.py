"""Folding one person away: only for this visit and this room, counted, undone with one press, known to nobody else."""

import pytest

from server.chat import muting
from server.chat.groups import groups
from server.chat.rules import RoomUnknown
from server.kit.runtime import Runtime
from server.visitors import service as visitors
from tests.cast import Guest, a_group, as_team, colleague, guest, say
from tests.visitors.browser import Browser


async def now(rt: Runtime, who: Guest) -> frozenset[str]:
    """Return whom somebody does not read in the first group."""
    visit = await visitors.load(rt, who.token)
    assert visit is not None
    return muting.muted_in(visit, next(iter(groups())))


async def test_a_person_is_folded_away_and_comes_back(rt: Runtime) -> None:
    room_id = await a_group(rt)
    merel, daan = await guest(rt, "Merel"), await guest(rt, "Daan")
    said = await say(rt, daan.in_group(rt, room_id), room_id, "Wat een dag was dit weer")
    speaker = merel.in_group(rt, room_id)
    await muting.mute(rt, merel.visit, speaker, room_id, said.id)
    await muting.mute(rt, merel.visit, speaker, room_id, said.id)
    pid = daan.in_group(rt, room_id).pid
    assert await now(rt, merel) == {pid}
    assert await now(rt, daan) == frozenset()
    await muting.unmute(rt, merel.visit, room_id, pid)
    assert await now(rt, merel) == frozenset()


async def test_neither_oneself_nor_the_team_can_be_folded_away(rt: Runtime) -> None:
    room_id = await a_group(rt)
    merel, sam = await guest(rt, "Merel"), await colleague(rt)
    speaker = merel.in_group(rt, room_id)
    own = await say(rt, speaker, room_id, "Wat een dag was dit weer")
    of_team = await say(rt, as_team(sam, room_id), room_id, "Fijn dat je er bent")
    for message_id in (own.id, of_team.id, "0" * 32):
        with pytest.raises(RoomUnknown):
            await muting.mute(rt, merel.visit, speaker, room_id, message_id)


async def test_the_page_counts_what_it_folds_and_gives_it_back(rt: Runtime) -> None:
    room_id, browser = await a_group(rt), Browser(rt)
    daan = (await guest(rt, "Drukke Daan")).in_group(rt, room_id)
    said = await say(rt, daan, room_id, "Wat een dag was dit weer")
    await browser.arrive("groepen")
    page = await browser.get(f"/groepen/{room_id}/bericht/{said.id}")
    await browser.send(page, f"/groepen/{room_id}/dempen", message=said.id)
    folded = await browser.get(f"/groepen/{room_id}")
    assert "1 bericht van Drukke Daan verborgen." in folded.words
    await browser.send(folded, f"/groepen/{room_id}/weer-lezen", pid=daan.pid)
    assert "van Drukke Daan verborgen" not in (await browser.get(f"/groepen/{room_id}")).words


async def test_wishes_hold_for_the_visit_and_nonsense_changes_nothing(rt: Runtime) -> None:
    room_id, browser = await a_group(rt), Browser(rt)
    await browser.arrive("groepen")
    mine = await browser.get("/mijn")
    await browser.send(mine, "/mijn/instellingen", melden="uit", enter="nee", geluid="keihard")
    room = (await browser.get(f"/groepen/{room_id}")).response.text
    assert 'data-announce="uit" data-enter="nee" data-sound=""' in room
    assert dict((await browser.get("/mijn")).pairs("/mijn/instellingen"))["geluid"] == "uit"


async def test_a_page_with_twenty_messages_is_small(rt: Runtime) -> None:
    """Pages with texts of people are sent uncompressed: at most 40 KB (ux-spec 13)."""
    room_id, browser = await a_group(rt), Browser(rt)
    for number in range(20):
        somebody = (await guest(rt, f"Stille Wilg {'abcdefghkmnopqrstuvwxyz'[number]}")).in_group(rt, room_id)
        await say(rt, somebody, room_id, "Vandaag was een lange dag, maar de wandeling maakte veel goed")
    await browser.arrive("groepen")
    page = await browser.get(f"/groepen/{room_id}")
    assert page.response.text.count("data-message=") >= 20
    assert len(page.response.content) <= 40 * 1024, len(page.response.content)
