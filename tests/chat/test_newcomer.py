"""A new name is spoken to more carefully; it grows out of that while its page stays open."""

import asyncio
import uuid
from dataclasses import replace
from datetime import timedelta

import orjson

from server.chat.hub import Hub
from server.chat.speakers import visiting
from server.kit.clock import FixedClock
from server.kit.runtime import Runtime
from server.visitors import service as visitors
from server.visitors.visit import NEWCOMER_MESSAGES
from tests.cast import a_group, guest
from tests.talks.test_frames import Tab

OLD = timedelta(days=3)


async def known(rt: Runtime, name: str, *, age: timedelta, sent: int) -> Tab:
    """Open the page of somebody whose name is so old and has said so much, and let them in."""
    visit = (await guest(rt, name)).visit
    since = rt.clock.now() - age
    _, now = await visitors.change(rt, visit, lambda one: replace(one, known_since=since, messages_sent=sent))
    tab = Tab(rt, Hub(rt), visiting(rt, now, lasting=True))
    await tab.ask("join", room=await a_group(rt))
    return tab


async def say(tab: Tab, text: str) -> str:
    """Say something. Returns "ack", or the code of the refusal."""
    tab.wall.written.clear()
    (room_id,) = tab.session.places
    asked = {"t": "send", "ref": "1", "room": room_id, "client_id": str(uuid.uuid4()), "text": text}
    tab.session.receive(orjson.dumps(asked).decode())
    while tab.session._busy:
        await asyncio.sleep(0)
    (answer,) = [one for one in tab.heard() if one.get("ref") == "1"]
    return str(answer.get("code", answer["t"]))


async def test_after_the_fifth_message_nobody_has_to_wait(rt: Runtime) -> None:
    """Without leaving the page; before it, ten seconds between two."""
    merel = await known(rt, "Merel", age=OLD, sent=NEWCOMER_MESSAGES - 2)
    assert await say(merel, "Goedemorgen allemaal") == "ack"
    assert await say(merel, "Wat een wind") == "te_snel"
    await rt.limits.clear()
    assert await say(merel, "Wat een wind vandaag") == "ack"
    assert await say(merel, "En nu ook regen") == "ack"
    merel.hub.depart(merel.session)


async def test_a_name_that_becomes_a_day_old_is_new_no_more(rt: Runtime) -> None:
    daan = await known(rt, "Daan", age=timedelta(hours=23), sent=NEWCOMER_MESSAGES)
    assert await say(daan, "Goedemorgen allemaal") == "ack"
    assert await say(daan, "Wat een wind") == "te_snel"
    assert isinstance(rt.clock, FixedClock)
    rt.clock.advance(timedelta(hours=1))
    assert await say(daan, "Wat een wind vandaag") == "ack"
    assert await say(daan, "En nu ook regen") == "ack"
    daan.hub.depart(daan.session)
