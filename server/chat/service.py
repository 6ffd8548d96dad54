"""Deeds in a room: say, take back, hide, restore, place what was held, report."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete, select

import moderation
from moderation import Pace
from server.chat import attachments, facts, live, names, queries, rules, signs
from server.chat.envelopes import Content, digest, open_envelope, room_key
from server.chat.facts import Author, Question
from server.chat.groups import groups
from server.chat.models import EventKind, Message, MessageState, Room, RoomEvent, RoomKind, RoomName, RoomState
from server.chat.placing import Placing, Said, next_number, store
from server.chat.rules import KeyReused, RoomUnknown, Speaker
from server.kit.clock import whole_minute
from server.kit.crypto import Unreadable
from server.kit.db.database import Tx, repeats_collisions
from server.kit.errors import NotFound
from server.kit.ids import new_id
from server.kit.keys import KeyGone
from server.kit.limits import Rule
from server.kit.run.overload import Part
from server.kit.runtime import Runtime
from server.kit.text import clean
from server.visitors.statements import CASES

MAX_CHARS: Final = 2000
MAX_BYTES: Final = 8000
PER_AUTHOR: Final = {
    RoomKind.GROUP: Rule("kamer", 20, burst=5),
    RoomKind.TALK: Rule("gesprek", 60, burst=10),
    RoomKind.KRING: Rule("kamer", 20, burst=5),
}
PER_ROOM: Final = Rule("kamer-samen", 30)
NEWCOMER: Final = Rule("kamer-nieuw", 1, seconds=10)
SLOWED: Final = Rule("kamer-langzaam", 1, seconds=moderation.SLOW_SECONDS, key="groep.langzaam")
REPORTING: Final = Rule("kamer-melding", 5)
CHECKED: Final = frozenset({moderation.Decision.HOLD, moderation.Decision.PUBLISH_SUPPORT})
URGENT: Final = 3
CRISIS: Final = "crisis"


@dataclass(frozen=True)
class Draft:
    """What somebody wants to say. client_id is the same in every retry."""

    room: str
    client_id: str
    text: str
    reply_to: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of it. answer: label, rule, key, masked and panel, as far as they apply (D24)."""

    state: MessageState
    id: str
    client_id: str
    room: str
    kind: RoomKind
    at: datetime
    seq: int | None = None
    dup: bool = False
    answer: dict[str, Any] = field(default_factory=dict)


async def send(rt: Runtime, speaker: Speaker, draft: Draft) -> Outcome:
    """Check, store and pass on one message. Durable when this returns.

    Raises TooMany, Invalid (text), RoomUnknown, RoomClosed, WritingPaused, KeyReused or Unavailable; then nothing is
    stored.
    """
    text = clean(draft.text, max_chars=MAX_CHARS, max_bytes=MAX_BYTES)
    words, attached = attachments.spotted(text)
    looks_back = moderation.looks_back(words)
    question = Question(draft.room, speaker, draft.client_id, draft.reply_to, looks_back, rt.keyring)
    known = await rt.stores.vluchtig.read_plain(facts.read, question)
    room = known.room
    team = speaker.role is not None
    if known.repeated:
        outcome = await _stored(rt, room, draft.client_id, speaker, text)
        again = moderation.check(words, place=place_of(room), newcomer=speaker.newcomer, from_team=team)
        await _file_if_missing(rt, outcome, text, again)
        return outcome
    pace = await may_write(rt, room, speaker)
    verdict = moderation.check(
        words, place=place_of(room), newcomer=speaker.newcomer, recent=known.recent, from_team=team
    )
    if verdict.panel != CRISIS:  # no limit may delay the answer to somebody in danger (moderation-spec 2)
        await not_too_fast(rt, room, speaker, verdict, pace)
    placing = _placing(rt, room, speaker, draft, text, verdict, attached)
    _name(placing, rt, room, speaker, known.number)
    try:
        message = await rt.stores.vluchtig.write_plain(store, placing)
    except IntegrityError:  # another connection was first with this client_id
        return await _stored(rt, room, draft.client_id, speaker, text)
    if concerns_us(verdict):
        await file_case(rt, message, text, verdict)
    return _outcome(room, message, answer_of(verdict))


def _name(placing: Placing, rt: Runtime, room: Room, speaker: Speaker, number: int | None) -> None:
    """Say under which name somebody writes. number: as it is known, None for the first message of the day."""
    if number is None:
        placing.first = names.wanted(rt, room, speaker)
    elif number > 1:
        placing.content = replace(placing.content, name=names.numbered(speaker.name, number))


def concerns_us(verdict: moderation.Verdict) -> bool:
    """Say whether a moderator has to see words with this verdict."""
    return verdict.decision in CHECKED or verdict.severity >= URGENT


async def _file_if_missing(rt: Runtime, outcome: Outcome, text: str, verdict: moderation.Verdict) -> None:
    """File the case of a repeated message when something stopped between storing it and filing it."""
    if not concerns_us(verdict):
        return
    async with rt.stores.hoofd.reading() as tx:
        if outcome.id in await moderation.filed(tx, "message", [outcome.id]):
            return
    async with rt.stores.vluchtig.reading() as tx:
        message = await tx.get(Message, outcome.id)
    if message is not None and message.sealed is not None:
        await file_case(rt, message, text, verdict)


async def attach(rt: Runtime, speaker: Speaker, draft: Draft, kind: str, id_: str) -> Outcome:
    """Place a card or another attachment, from the team only. Repeating the client_id places nothing twice."""
    if speaker.role is None:
        raise RoomUnknown
    async with rt.stores.vluchtig.reading() as tx:
        room = await queries.readable_room(tx, draft.room, speaker.keys, team=speaker.role is not None)
        known = await queries.by_client_id(tx, draft.client_id)
    if known is not None:
        return _repeat(rt, room, known, speaker, f"{kind}/{id_}")
    if room.state is not RoomState.OPEN:
        raise rules.RoomClosed
    placing = _sealed(rt, room, speaker, draft, f"{kind}/{id_}", Content("", speaker.name, {}, (kind, id_)))
    return _outcome(room, await rt.stores.vluchtig.write_plain(store, placing), {})


async def place(tx: Tx, rt: Runtime, room: Room, message: Message, kind: EventKind = EventKind.MESSAGE) -> None:
    """Give the message the next seq of its room and tell everybody after the commit."""
    message.state = MessageState.PLACED
    message.seq = await record(tx, rt, room, kind, message)


async def record(
    tx: Tx,
    rt: Runtime,
    room: Room,
    kind: EventKind,
    message: Message | None = None,
    args: dict[str, Any] | None = None,
) -> int:
    """Add one event to a room's order; it goes on the bus after the commit. Returns its seq."""
    seq = await next_number(tx, room.id)
    now = whole_minute(rt.clock.now())
    row = RoomEvent(
        room_id=room.id, seq=seq, kind=kind, message_id=message.id if message else None, at=now, args=args or {}
    )
    tx.add(row)
    tx.after_commit(lambda: live.publish(rt.bus, room.id, queries.event(rt.keyring, room, row, message)))
    return seq


async def retract(rt: Runtime, speaker: Speaker, message_id: str) -> None:
    """Take back an own message: held, or placed at most 15 minutes ago. Raises RoomUnknown for anything else."""
    async with rt.stores.vluchtig.transaction() as tx:
        message, room = await _with_room(tx, message_id)
        if not rules.may_retract(message, speaker, rt.clock.now()):
            raise RoomUnknown
        was_placed = message.state is MessageState.PLACED
        message.state, message.sealed, message.rev = MessageState.RETRACTED, None, message.rev + 1
        await signs.drop(tx, [message.id])
        if was_placed:
            await record(tx, rt, room, EventKind.RETRACTED, message)


async def hide(rt: Runtime, message_id: str, reason_key: str) -> None:
    """Take a message out of sight for everybody; its place in the order stays. Repeating changes nothing."""
    async with rt.stores.vluchtig.transaction() as tx:
        message, room = await _with_room(tx, message_id)
        if message.state is MessageState.HELD:
            message.state = MessageState.HIDDEN
        elif message.state is MessageState.PLACED:
            message.state, message.rev = MessageState.HIDDEN, message.rev + 1
            await record(tx, rt, room, EventKind.HIDDEN, message, {"reason_key": reason_key})


async def restore(rt: Runtime, message_id: str) -> None:
    """Show a hidden message again, in its old place."""
    async with rt.stores.vluchtig.transaction() as tx:
        message, room = await _with_room(tx, message_id)
        if message.state is MessageState.HIDDEN and message.seq is None:
            await place(tx, rt, room, message)
        elif message.state is MessageState.HIDDEN:
            message.state, message.rev = MessageState.PLACED, message.rev + 1
            await record(tx, rt, room, EventKind.RESTORED, message)


async def place_held(rt: Runtime, message_id: str, rev: int) -> None:
    """Place a message that waited for a moderator, with its own time and the next seq.

    rev: the state of its words that the moderator read. Raises WordsChanged when it is another by now.
    """
    async with rt.stores.vluchtig.transaction() as tx:
        message, room = await _with_room(tx, message_id)
        if message.state is MessageState.HELD:
            if message.rev != rev:
                raise rules.WordsChanged
            if message.seq is None:
                await place(tx, rt, room, message)
            else:  # it had a place before its words were changed
                message.state, message.rev = MessageState.PLACED, message.rev + 1
                await record(tx, rt, room, EventKind.RESTORED, message)


async def report(rt: Runtime, speaker: Speaker, message_id: str, category: str) -> None:
    """Ask a moderator to look at a message. Raises RoomUnknown when it cannot be seen from here, or TooMany."""
    await rt.limits.hit(REPORTING, speaker.limit)
    async with rt.stores.vluchtig.reading() as tx:
        message = await tx.get(Message, message_id)
        if message is None or message.state is not MessageState.PLACED:
            raise RoomUnknown
        room = await queries.readable_room(tx, message.room_id, speaker.keys)
    try:
        text = open_envelope(room, message, rt.keyring).text
    except Unreadable:  # its time ended a moment ago
        raise RoomUnknown from None
    async with rt.stores.hoofd.transaction() as tx:
        snapshot = await CASES.seal(tx, rt.keyring, message.id, text)
        await moderation.file_report(
            tx, _subject(message), message.author_key, speaker.reporter_key, category, snapshot, rt.clock.now()
        )


async def put_before_moderators(
    rt: Runtime, speaker: Speaker, room_id: str, message_id: str, label: str
) -> moderation.Case:
    """File the case of a message that somebody of the team sees in a group. Raises RoomUnknown, for an own one too."""
    async with rt.stores.vluchtig.reading() as tx:
        room, message = await queries.room(tx, room_id), await tx.get(Message, message_id)
    if message is None or message.room_id != room_id or message.state is not MessageState.PLACED:
        raise RoomUnknown
    if room.kind is RoomKind.TALK or message.author_key in speaker.keys:
        raise RoomUnknown
    try:
        text = open_envelope(room, message, rt.keyring).text
    except Unreadable:  # its time ended a moment ago
        raise RoomUnknown from None
    async with rt.stores.hoofd.transaction() as tx:
        snapshot = await CASES.seal(tx, rt.keyring, message.id, text)
        return await moderation.file_by_team(tx, _subject(message), message.author_key, label, snapshot, rt.clock.now())


async def file_case(rt: Runtime, message: Message | Said, text: str, verdict: moderation.Verdict) -> None:
    """Put a message before the moderators, with a copy of its text that dies with the case."""
    async with rt.stores.hoofd.transaction() as tx:
        snapshot = await CASES.seal(tx, rt.keyring, message.id, text)
        await moderation.file_verdict(tx, _subject(message), message.author_key, verdict, snapshot, rt.clock.now())


async def file_missing(rt: Runtime, now: datetime) -> None:
    """File the cases of messages that were held, or changed and held, just before something stopped.

    The two stores share no transaction.
    """
    before = now - timedelta(minutes=1)
    still_held = (col(Message.state) == MessageState.HELD, col(Message.sealed).is_not(None))
    async with rt.stores.vluchtig.reading() as tx:
        query = select(Message).where(*still_held, col(Message.at) < before)
        held = (await tx.exec(query)).all()
        rooms = {message.room_id: await queries.room(tx, message.room_id) for message in held}
    async with rt.stores.hoofd.reading() as tx:
        known = await moderation.filed(tx, "message", [message.id for message in held])
    for message in held:
        case = known.get(message.id)
        if case is None or case.subject_rev != message.rev:
            room = rooms[message.room_id]
            try:
                text = open_envelope(room, message, rt.keyring).text
            except Unreadable:  # its time has ended; the others go on
                continue
            verdict = moderation.check(text, place=place_of(room))  # alone; then it was judged with those before it
            await file_case(rt, message, text, replace(verdict, decision=moderation.Decision.HOLD))


async def ensure_groups(rt: Runtime) -> None:
    """Make the rooms of content/groepen that are missing."""
    async with rt.stores.vluchtig.transaction() as tx:
        present = set((await tx.exec(select(Room.id))).all())
        for group_id in groups():
            if group_id not in present:
                tx.add(Room(id=group_id, kind=RoomKind.GROUP))


@repeats_collisions
async def forget_author(rt: Runtime, keys: frozenset[str]) -> int:
    """Take back everything these author keys wrote. Returns how many texts went."""
    async with rt.stores.vluchtig.transaction() as tx:
        query = select(Message).where(col(Message.author_key).in_(list(keys)), col(Message.sealed).is_not(None))
        rows = (await tx.exec(query.order_by(col(Message.room_id), col(Message.id)))).all()
        await signs.drop(tx, [message.id for message in rows])
        await tx.exec(delete(RoomName).where(col(RoomName.author_key).in_(list(keys))))
        for message in rows:
            room = await queries.room(tx, message.room_id)
            was_placed = message.state is MessageState.PLACED
            message.state, message.sealed, message.rev = MessageState.RETRACTED, None, message.rev + 1
            if was_placed:
                await record(tx, rt, room, EventKind.RETRACTED, message)
    return len(rows)


async def may_write(rt: Runtime, room: Room, speaker: Speaker) -> Pace:
    """Return how this speaker may write here. Raises RoomClosed or WritingPaused when they cannot now."""
    pace = Pace.FREE
    if speaker.role is None and room.kind is not RoomKind.TALK:
        pace = await rt.stores.hoofd.read_plain(facts.paces, Author(speaker.keys, rt.clock.now()))
    if refusal := rules.may_write(room, pace):
        raise refusal
    return pace


async def not_too_fast(rt: Runtime, room: Room, speaker: Speaker, verdict: moderation.Verdict, pace: Pace) -> None:
    """Raise TooMany or Busy. A new name does not wait to correct what was refused, or to hear that there is help."""
    if room.kind is RoomKind.GROUP:
        rt.overload.require(Part.GROUP_SEND)
    await rt.limits.hit(PER_AUTHOR[room.kind], speaker.limit)
    if room.kind is not RoomKind.TALK:
        await rt.limits.hit(PER_ROOM, room.id)
        if verdict.panel is None and verdict.decision is not moderation.Decision.BLOCK and speaker.role is None:
            if speaker.newcomer:
                await rt.limits.hit(NEWCOMER, speaker.limit)
            if room.pace:  # for everybody, by somebody of the team: see pacing
                await rt.limits.hit(Rule("kamer-tempo", 1, seconds=room.pace), speaker.limit)
            if pace is Pace.SLOW:  # this person alone; last, so that waiting for something else costs no turn
                await rt.limits.hit(SLOWED, speaker.limit)


def _placing(
    rt: Runtime,
    room: Room,
    speaker: Speaker,
    draft: Draft,
    text: str,
    verdict: moderation.Verdict,
    attached: tuple[str, str] | None,
) -> Placing:
    # Numbers and addresses inside a message that is never bounced are taken out for everybody who reads it; the copy of
    # the case keeps them for the moderator (moderation-spec 3).
    shown = text if verdict.decision is moderation.Decision.BLOCK else verdict.masked
    mark = CRISIS if verdict.panel == CRISIS and room.kind is RoomKind.TALK else None
    placing = _sealed(
        rt, room, speaker, draft, text, Content(shown, speaker.name, answer_of(verdict), attached, mark=mark)
    )
    states = {moderation.Decision.HOLD: MessageState.HELD, moderation.Decision.BLOCK: MessageState.REFUSED}
    placing.message.state = states.get(verdict.decision, MessageState.PLACED)
    return placing


def _sealed(rt: Runtime, room: Room, speaker: Speaker, draft: Draft, said: str, content: Content) -> Placing:
    """Return a message row ready to be stored; said is what a repeat has to match."""
    version, key = room_key(room, rt.keyring)
    row = Said(
        id=new_id(),
        room_id=room.id,
        client_id=draft.client_id,
        author_key=speaker.key,
        role=speaker.role,
        state=MessageState.PLACED,
        reply_to=draft.reply_to,
        at=whole_minute(rt.clock.now()),
        key_version=version,
        digest=digest(key, room.id, speaker.key, said),
    )
    return Placing(rt, row, content, key)


def answer_of(verdict: moderation.Verdict) -> dict[str, Any]:
    """Return what the author hears beside placed, held or refused (D24)."""
    answer: dict[str, Any] = {"panel": verdict.panel} if verdict.panel else {}
    if verdict.decision in (moderation.Decision.HOLD, moderation.Decision.BLOCK):
        answer |= {"label": verdict.label, "rule": verdict.house_rule, "key": verdict.key}
    if verdict.decision is moderation.Decision.BLOCK:
        answer["masked"] = verdict.masked
    return answer


def _repeat(rt: Runtime, room: Room, known: Message, speaker: Speaker, text: str) -> Outcome:
    """Answer a retry as the first time. Raises KeyReused when it is no retry."""
    try:
        key = (
            room_key(room, rt.keyring)[1]
            if room.kind is RoomKind.TALK
            else rt.keyring.version("vluchtig", known.key_version)
        )
        repeated = known.digest == digest(key, room.id, known.author_key, text)
        answer = open_envelope(room, known, rt.keyring).answer
    except (KeyGone, Unreadable):  # too old to compare; author and room still are
        repeated, answer = True, {}
    if known.room_id != room.id or known.author_key not in speaker.keys or not repeated:
        raise KeyReused
    return _outcome(room, known, answer, dup=True)


async def _stored(rt: Runtime, room: Room, client_id: str, speaker: Speaker, text: str) -> Outcome:
    """Answer for a client_id that another connection has just stored.

    Read with the pen: on SQLite that one may be in a group that is not durable yet, and its `ack` may not come before.
    """
    async with rt.stores.vluchtig.transaction() as tx:
        known = await queries.by_client_id(tx, client_id)
    if known is None:
        raise NotFound
    return _repeat(rt, room, known, speaker, text)


def _outcome(room: Room, message: Message | Said, answer: dict[str, Any], *, dup: bool = False) -> Outcome:
    state = message.state
    if state in (MessageState.HIDDEN, MessageState.RETRACTED):  # it was placed or held once; the repeat hears that
        state = MessageState.PLACED if message.seq is not None else MessageState.HELD
    return Outcome(
        state, message.id, message.client_id, room.id, room.kind, message.at, message.seq, dup=dup, answer=answer
    )


async def _with_room(tx: Tx, message_id: str) -> tuple[Message, Room]:
    """Return a message with its room, locked: nobody hides what another places at the same moment."""
    message = await tx.get(Message, message_id, with_for_update=True)
    if message is None:
        raise RoomUnknown
    return message, await queries.room(tx, message.room_id)


def place_of(room: Room) -> moderation.Place:
    """Return the place as moderation knows it."""
    return moderation.Place.TALK if room.kind is RoomKind.TALK else moderation.Place.ROOM


def _subject(message: Message | Said) -> moderation.Subject:
    return moderation.Subject("message", message.id, message.room_id, message.rev)
