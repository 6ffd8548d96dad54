"""The frames of one-to-one, passed into chat's doors by app.py: each ends in the same deed as its form.

Claim and QueueEnter answer with the room, so that the page can join it. gen fences off a page that missed a change.
"""

from typing import Final

from server.chat import deeds
from server.chat.deeds import in_room
from server.chat.frames import Claim, End, Frame, QueueEnter, QueueLeave, Release, Send, Signal, frame
from server.chat.session import ChatSession, Way
from server.kit.errors import Forbidden
from server.kit.guards import guard
from server.talks import ending, queries, service, turns, waiting
from server.talks.rules import TalkChanged
from server.team.logins import Login
from server.team.permissions import Permission
from server.visitors.visit import Visit


@guard
def visiting(session: ChatSession, asked: Frame) -> None:
    """Let in visitors."""
    if not isinstance(session.actor.who, Visit):
        raise Forbidden


@guard
def talking(session: ChatSession, asked: Frame) -> None:
    """Let in peer workers; whose talk it is, the deed decides."""
    who = session.actor.who
    if not (isinstance(who, Login) and who.may(Permission.TALK)):
        raise Forbidden


async def enter(session: ChatSession, asked: Frame) -> None:
    """Stand in the line; a second frame gives the same place."""
    assert isinstance(asked, QueueEnter)
    visit = session.actor.who
    assert isinstance(visit, Visit)
    talk_id = await waiting.enter(session.rt, visit, asked.topic)
    session.say(frame("ack", ref=asked.ref, client_id=asked.client_id, room=talk_id))
    await _say_place(session, visit)


async def leave(session: ChatSession, asked: Frame) -> None:
    """Leave the line."""
    assert isinstance(asked, QueueLeave)
    visit = session.actor.who
    assert isinstance(visit, Visit)
    await waiting.stop(session.rt, visit)
    session.say(frame("ack", ref=asked.ref, client_id=asked.client_id))


async def claim(session: ChatSession, asked: Frame) -> None:
    """Take whoever is next."""
    assert isinstance(asked, Claim)
    login = session.actor.who
    assert isinstance(login, Login)
    talk_id = await turns.claim(session.rt, login)
    gen = (await service.own_talk(session.rt, login, talk_id)).gen
    session.say(frame("ack", ref=asked.ref, client_id=asked.client_id, room=talk_id, gen=gen))


async def release(session: ChatSession, asked: Frame) -> None:
    """Put somebody back in the line, at the old place."""
    assert isinstance(asked, Release)
    login = session.actor.who
    assert isinstance(login, Login)
    await turns.release(session.rt, login, asked.room, asked.gen)
    session.say(frame("ack", ref=asked.ref, client_id=asked.client_id, room=asked.room))


async def end(session: ChatSession, asked: Frame) -> None:
    """End a talk: the visitor's at once, the peer worker's after time for last words."""
    assert isinstance(asked, End)
    if isinstance(who := session.actor.who, Login):
        await ending.end_as_helper(session.rt, who, asked.room, asked.gen)
    else:
        await ending.end_as_visitor(session.rt, who, asked.gen)
    session.say(frame("ack", ref=asked.ref, client_id=asked.client_id, room=asked.room))


async def send(session: ChatSession, asked: Frame) -> None:
    """Say something. In a talk it is refused when it was meant for another peer worker, or comes from one who was."""
    assert isinstance(asked, Send)
    if asked.gen is not None:
        async with session.rt.stores.vluchtig.reading() as tx:
            await queries.check_gen(tx, asked.room, asked.gen)
    elif isinstance(who := session.actor.who, Login) and who.may(Permission.TALK):
        async with session.rt.stores.vluchtig.reading() as tx:
            if await queries.assignment(tx, asked.room) is not None:  # a talk, and its team has to say which
                raise TalkChanged
    await deeds.send(session, asked)


async def signal(session: ChatSession, asked: Frame) -> None:
    """Tell the visitor that one reads along or writes a longer answer."""
    assert isinstance(asked, Signal)
    login = session.actor.who
    assert isinstance(login, Login)
    await service.signal(session.rt, login, asked.room, asked.kind)


async def _say_place(session: ChatSession, visit: Visit) -> None:
    now = session.rt.clock.now()
    async with session.rt.stores.vluchtig.reading() as tx:
        found = await queries.mine(tx, queries.person_of(visit), now)
        line = await queries.line(tx, found, now) if found is not None else None
    if line is not None:
        session.say(place_frame(line), droppable=True)


def place_frame(line: queries.Line) -> bytes:
    """Return somebody's place in the line, a range of minutes if it is known, and how many of us are at work."""
    return frame("queue", position=line.ahead + 1, from_min=line.low, to_min=line.high, working=line.working or None)


WAYS: Final[dict[type[Frame], Way]] = {
    QueueEnter: Way(visiting, enter),
    QueueLeave: Way(visiting, leave),
    Claim: Way(talking, claim),
    Release: Way(talking, release),
    End: Way(in_room, end),
    Send: Way(in_room, send),
    Signal: Way(talking, signal),
}
