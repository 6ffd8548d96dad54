"""What each kind of frame does, and who may send it. What talks add is passed in by app.py."""

from dataclasses import replace
from typing import Final

from server.chat import editing, queries, service
from server.chat.frames import MAX_ROOMS, Backfill, Code, Edit, Frame, Join, Leave, Retract, Send, frame
from server.chat.models import MessageState, RoomKind
from server.chat.rules import RoomUnknown, Speaker
from server.chat.service import Draft, Outcome
from server.chat.session import ChatSession, Way
from server.kit.errors import Conflict
from server.kit.guards import guard
from server.kit.live.outbox import Parcel
from server.kit.run.overload import Part


class OldEpoch(Conflict):
    """A page asked about an earlier life of the room."""

    code = "verlopen"
    key = "fout.verlopen"


@guard
def greeted(session: ChatSession, asked: Frame) -> None:
    """Let in whoever said hello with the right csrf value; the session keeps that."""


@guard
def in_room(session: ChatSession, asked: Frame) -> None:
    """Let in whoever joined the room the frame is about."""
    if getattr(asked, "room", None) not in session.speakers:
        raise RoomUnknown(Code.NO_ACCESS)


async def join(session: ChatSession, asked: Frame) -> None:
    """Listen to a room from now on, or from a position."""
    assert isinstance(asked, Join)
    if len(session.places) >= MAX_ROOMS and asked.room not in session.places:
        raise RoomUnknown(Code.NO_ACCESS)
    room = await session.hub.enter(session, asked.room, asked.position)
    band = session.hub.band(asked.room)
    session.say(frame("ok", ref=asked.ref, room=asked.room, epoch=room.epoch, last_seq=room.last_seq, band=band))


async def leave(session: ChatSession, asked: Frame) -> None:
    """Stop listening to a room."""
    assert isinstance(asked, Leave)
    session.hub.leave(session, asked.room)
    session.say(frame("ok", ref=asked.ref, room=asked.room))


async def send(session: ChatSession, asked: Frame) -> None:
    """Say something; the answer leaves once it is kept."""
    assert isinstance(asked, Send)
    begun = session.rt.clock.monotonic()
    draft = Draft(asked.room, asked.client_id, asked.text, asked.reply_to)
    outcome = await service.send(session.rt, _speaker(session, asked.room), draft)
    session.rt.metrics.frame("repeat" if outcome.dup else "send")
    session.rt.metrics.frame("refused" if outcome.state is MessageState.REFUSED else "ack")
    session.say(answer_frame(asked.ref, outcome))
    session.rt.metrics.latency("ack", session.rt.clock.monotonic() - begun)
    if not outcome.dup:
        await session.actor.said(outcome.state, outcome.kind)
        session.hub.spoke(session)


def _speaker(session: ChatSession, room_id: str) -> Speaker:
    """Return who says something; a name that is new no more becomes so without coming back."""
    speaker = session.speakers[room_id]
    if speaker.newcomer and not session.actor.newcomer(session.rt.clock.now()):
        speaker = session.speakers[room_id] = replace(speaker, newcomer=False)
    return speaker


def answer_frame(ref: str | None, outcome: Outcome) -> bytes:
    """Return `ack` for what was placed or held, `refused` for what was not (D24)."""
    shared = {"ref": ref, "client_id": outcome.client_id, "room": outcome.room}
    if outcome.state is MessageState.REFUSED:
        return frame("refused", **shared, **outcome.answer, dup=outcome.dup or None)
    at = outcome.at.strftime("%Y-%m-%dT%H:%MZ")
    placed = {"id": outcome.id, "state": outcome.state.value, "seq": outcome.seq, "at": at, "dup": outcome.dup or None}
    return frame("ack", **shared, **placed, **outcome.answer)


async def edit(session: ChatSession, asked: Frame) -> None:
    """Put other words in the place of an own message."""
    assert isinstance(asked, Edit)
    speaker = _speaker(session, asked.room)
    outcome = await editing.edit(session.rt, speaker, asked.room, asked.id, asked.client_id, asked.text)
    session.say(answer_frame(asked.ref, outcome))


async def retract(session: ChatSession, asked: Frame) -> None:
    """Take back an own message."""
    assert isinstance(asked, Retract)
    await service.retract(session.rt, session.speakers[asked.room], asked.id)
    session.say(frame("ok", ref=asked.ref, room=asked.room))


async def backfill(session: ChatSession, asked: Frame) -> None:
    """Return events after or before a seq; the texts are read now."""
    assert isinstance(asked, Backfill)
    keys = session.speakers[asked.room].keys
    await session.outbox.emptied()  # read only what can leave at once: words in a queue could be hidden meanwhile
    async with session.rt.stores.vluchtig.reading() as tx:
        room = await queries.room(tx, asked.room)
        if asked.epoch != room.epoch:
            raise OldEpoch
        if asked.before_seq is not None and room.kind is RoomKind.GROUP:
            session.rt.overload.require(Part.GROUP_HISTORY)
        found = await queries.events(
            tx, session.rt.keyring, room, after=asked.after_seq or 0, before=asked.before_seq, limit=asked.limit
        )
    events = b",".join(event.own if event.author_key in keys else event.payload for event in found)
    head = frame("page", ref=asked.ref, room=asked.room, more=len(found) == asked.limit)
    session.outbox.put_now(Parcel([head[:-1] + b',"events":[' + events + b"]}"]))


WAYS: Final[dict[type[Frame], Way]] = {
    Join: Way(greeted, join),
    Leave: Way(in_room, leave),
    Send: Way(in_room, send),
    Edit: Way(in_room, edit),
    Retract: Way(in_room, retract),
    Backfill: Way(in_room, backfill),
}
