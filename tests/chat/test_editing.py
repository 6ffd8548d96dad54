"""Changing an own message: judged anew, seen by all, and the old words leave in no frame, page or quote (P6)."""

import uuid
from dataclasses import replace
from datetime import timedelta

import orjson
import pytest

from moderation import ActKind, waiting
from server.chat import editing, queries, service
from server.chat.models import MessageState
from server.chat.rules import RoomUnknown, Speaker
from server.chat.service import Outcome
from server.desk import service as desk
from server.kit.clock import FixedClock
from server.kit.limits import Limits
from server.kit.runtime import Runtime
from server.visitors.statements import CASES
from tests.cast import a_group, guest, say
from tests.desk.cases import moderator
from tests.visitors.browser import Browser

OLD, NEW = "Gisteren liep ik naar de haven", "Vandaag liep ik naar de haven"
CRY = "ik maak er vanavond een eind aan"
LAST_CRY = "vannacht maak ik er een eind aan"


@pytest.fixture
def rt(rt: Runtime) -> Runtime:
    """The same runtime for those who say several things at once."""
    return replace(rt, limits=Limits(enabled=False))


async def change(rt: Runtime, who: Speaker, room_id: str, said: Outcome, text: str) -> Outcome:
    """Change a message."""
    return await editing.edit(rt, who, room_id, said.id, str(uuid.uuid4()), text)


async def frames(rt: Runtime, room_id: str) -> list[dict[str, object]]:
    """Return what somebody who was away is sent."""
    async with rt.stores.vluchtig.reading() as tx:
        room = await queries.room(tx, room_id)
        return [orjson.loads(one.payload) for one in await queries.events(tx, rt.keyring, room, after=0, limit=50)]


async def test_everybody_reads_the_new_words_and_nobody_the_old(rt: Runtime) -> None:
    room_id = await a_group(rt)
    merel = (await guest(rt, "Merel")).in_group(rt, room_id)
    said = await say(rt, merel, room_id, OLD)
    done = await change(rt, merel, room_id, said, NEW)
    assert (done.state, done.seq) == (MessageState.PLACED, 1)
    found = await frames(rt, room_id)
    assert [(one["t"], one["text"], one["seq"]) for one in found] == [("message", NEW, 1), ("edited", NEW, 2)]
    assert (found[1]["of"], found[0]["edited"]) == (1, True)
    assert (await change(rt, merel, room_id, said, NEW)).dup
    assert len(await frames(rt, room_id)) == 2


async def test_a_repeat_of_the_first_sending_still_hears_its_answer(rt: Runtime) -> None:
    room_id = await a_group(rt)
    merel = (await guest(rt, "Merel")).in_group(rt, room_id)
    client_id = str(uuid.uuid4())
    said = await say(rt, merel, room_id, OLD, client_id)
    await change(rt, merel, room_id, said, NEW)
    assert (await say(rt, merel, room_id, OLD, client_id)).dup


async def test_only_the_author_and_only_for_a_quarter_of_an_hour(rt: Runtime) -> None:
    room_id = await a_group(rt)
    merel, daan = (await guest(rt, "Merel")).in_group(rt, room_id), (await guest(rt, "Daan")).in_group(rt, room_id)
    said = await say(rt, merel, room_id, OLD)
    with pytest.raises(RoomUnknown):
        await change(rt, daan, room_id, said, NEW)
    await service.hide(rt, said.id, "mod.hidden")
    with pytest.raises(RoomUnknown):
        await change(rt, merel, room_id, said, NEW)
    await service.restore(rt, said.id)
    assert isinstance(rt.clock, FixedClock)
    rt.clock.advance(timedelta(minutes=17))
    with pytest.raises(RoomUnknown):
        await change(rt, merel, room_id, said, NEW)


async def test_words_that_may_not_be_leave_the_old_ones(rt: Runtime) -> None:
    room_id = await a_group(rt)
    merel = (await guest(rt, "Merel")).in_group(rt, room_id)
    said = await say(rt, merel, room_id, OLD)
    refused = await change(rt, merel, room_id, said, "Bel me op 06 12345678")
    assert (refused.state, refused.answer["label"]) == (MessageState.REFUSED, "pii_phone")
    assert [one["text"] for one in await frames(rt, room_id)] == [OLD]


async def test_a_cry_for_help_goes_out_of_sight_to_a_moderator_and_back_to_its_place(rt: Runtime) -> None:
    room_id = await a_group(rt)
    merel = (await guest(rt, "Merel")).in_group(rt, room_id)
    said = await say(rt, merel, room_id, OLD)
    held = await change(rt, merel, room_id, said, CRY)
    assert (held.state, held.answer["panel"]) == (MessageState.HELD, "crisis")
    assert [one["t"] for one in await frames(rt, room_id)] == ["hidden", "hidden"]
    async with rt.stores.hoofd.reading() as tx:
        (one,) = await waiting(tx, rt.clock.now())
    assert one.case.subject_rev == 1
    await service.place_held(rt, said.id, 1)
    found = await frames(rt, room_id)
    assert (found[0]["t"], found[0]["seq"], found[-1]["t"], found[-1]["of"]) == ("message", 1, "restored", 1)


async def test_the_form_keeps_what_was_typed_and_shows_the_change(rt: Runtime) -> None:
    room_id, browser = await a_group(rt), Browser(rt)
    await browser.arrive("groepen")
    page = await browser.get(f"/groepen/{room_id}")
    await browser.send(page, f"/groepen/{room_id}/berichten", text=OLD)
    async with rt.stores.vluchtig.reading() as tx:
        (message_id,) = await queries.last_ids(tx, await queries.room(tx, room_id), limit=9)
    path = f"/groepen/{room_id}/bericht/{message_id}/veranderen"
    form = await browser.get(path)
    assert OLD in form.response.text
    wrong = await browser.send(form, path, text="Mail mij op wilg@voorbeeld.nl")
    assert "wilg@voorbeeld.nl" in wrong.response.text
    assert "Je oude bericht staat er nog." in wrong.words
    done = await browser.send(form, path, text=NEW)
    assert (done.status, done.to) == (303, f"/groepen/{room_id}#b-{message_id}")
    shown = await browser.get(f"/groepen/{room_id}")
    assert NEW in shown.words
    assert "Aangepast" in shown.words
    assert OLD not in shown.response.text


class Stopped(Exception):
    """The process that never came back."""


@pytest.mark.parametrize("first", [OLD, CRY], ids=["without a case", "with a case of the words before"])
@pytest.mark.parametrize("way", ["repeat", "job"])
async def test_words_changed_just_before_a_stop_come_before_a_moderator_once(
    rt: Runtime, monkeypatch: pytest.MonkeyPatch, first: str, way: str
) -> None:
    room_id = await a_group(rt)
    merel = (await guest(rt, "Merel")).in_group(rt, room_id)
    said, client_id = await say(rt, merel, room_id, first), str(uuid.uuid4())
    with monkeypatch.context() as broken:

        async def stop(*_: object) -> None:
            raise Stopped

        broken.setattr(service, "file_case", stop)
        with pytest.raises(Stopped):
            await editing.edit(rt, merel, room_id, said.id, client_id, LAST_CRY)
    async with rt.stores.hoofd.reading() as tx:
        assert [row.case.subject_rev for row in await waiting(tx, rt.clock.now())] == ([0] if first == CRY else [])
    assert isinstance(rt.clock, FixedClock)
    rt.clock.advance(timedelta(minutes=2))
    for _ in range(2):
        if way == "job":
            await service.file_missing(rt, rt.clock.now())
        else:
            again = await editing.edit(rt, merel, room_id, said.id, client_id, LAST_CRY)
            assert (again.state, again.dup) == (MessageState.HELD, True)
    async with rt.stores.hoofd.reading() as tx:
        (row,) = await waiting(tx, rt.clock.now())
        shown = await CASES.open(tx, rt.keyring, said.id, row.case.snapshot)
    assert (shown, row.case.subject_rev, row.case.version) == (LAST_CRY, 1, 2 if first == CRY else 1)
    await service.place_held(rt, said.id, row.case.subject_rev)
    assert (await frames(rt, room_id))[-1]["text"] == LAST_CRY


async def test_nobody_chooses_which_message_a_case_is_about(rt: Runtime) -> None:
    """The number that a page gives a change has the form of an id, and may be the one of somebody else's message."""
    room_id = await a_group(rt)
    merel, daan = (await guest(rt, "Merel")).in_group(rt, room_id), (await guest(rt, "Daan")).in_group(rt, room_id)
    theirs, own = await say(rt, daan, room_id, "Fijne dag allemaal"), await say(rt, merel, room_id, OLD)
    refused = await editing.edit(
        rt, merel, room_id, own.id, str(uuid.UUID(theirs.id)), "ik maak je af als je dat nog zegt"
    )
    assert refused.state is MessageState.REFUSED
    async with rt.stores.hoofd.reading() as tx:
        (row,) = await waiting(tx, rt.clock.now())
    assert row.case.subject_id not in (theirs.id, own.id)


async def test_grave_words_that_are_refused_come_before_a_moderator_once_and_the_old_ones_stay(rt: Runtime) -> None:
    room_id = await a_group(rt)
    merel = (await guest(rt, "Merel")).in_group(rt, room_id)
    said, client_id, words = await say(rt, merel, room_id, OLD), str(uuid.uuid4()), "ik maak je af als je dat nog zegt"
    for _ in range(2):
        refused = await editing.edit(rt, merel, room_id, said.id, client_id, words)
        assert refused.state is MessageState.REFUSED
    async with rt.stores.hoofd.reading() as tx:
        (row,) = await waiting(tx, rt.clock.now())
        shown = await CASES.open(tx, rt.keyring, row.case.subject_id, row.case.snapshot)
    assert (shown, row.case.author_key, row.case.version) == (words, merel.key, 1)
    noor = await moderator(rt)
    await desk.pick_up(rt, noor, row.case.id)
    done = desk.Decision(ActKind.HIDE, 1, "threat_violence", "2", "Dit voelt als een dreiging (huisregel 2).")
    await desk.decide(rt, noor, row.case.id, done)
    assert [one["text"] for one in await frames(rt, room_id)] == [OLD]
