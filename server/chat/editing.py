"""Other words in the place of an own message: judged like new ones, and the old words are nowhere any more (P6)."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

import moderation
from server.chat import attachments, queries, rules, service
from server.chat.envelopes import Content, close_envelope, room_key
from server.chat.models import EventKind, Message, MessageState, Room
from server.chat.rules import RoomUnknown, Speaker
from server.chat.service import Outcome
from server.kit.crypto import Unreadable
from server.kit.db.database import Tx
from server.kit.ids import stable_id
from server.kit.runtime import Runtime
from server.kit.text import clean
from server.visitors.statements import CASES

LETS_STAND: Final = frozenset({moderation.Decision.PUBLISH, moderation.Decision.PUBLISH_SUPPORT})


async def edit(rt: Runtime, speaker: Speaker, room_id: str, message_id: str, client_id: str, text: str) -> Outcome:
    """Change an own message: one that waits, or one placed at most 15 minutes ago. The same words change nothing.

    What may not be placed leaves the old words as they are. What has to wait takes the message out of sight meanwhile.
    Raises what `service.send` raises; RoomUnknown for anything but an own message of this room.
    """
    text = clean(text, max_chars=service.MAX_CHARS, max_bytes=service.MAX_BYTES)
    async with rt.stores.vluchtig.reading() as tx:
        room, message = await _own(tx, rt, speaker, room_id, message_id)
        before = queries.content(rt.keyring, room, message)
    if before is None:
        raise RoomUnknown
    pace = await service.may_write(rt, room, speaker)
    words, attached = attachments.spotted(text)
    check = partial(
        moderation.check,
        place=service.place_of(room),
        newcomer=speaker.newcomer,
        from_team=speaker.role is not None,
    )
    verdict = check(words)
    if (before.text, before.attached and tuple(before.attached)) == (verdict.masked, attached):
        await _file_if_missing(rt, message, text, verdict, check)
        return _outcome(room, message, client_id, dup=True)
    await service.not_too_fast(rt, room, speaker, verdict, pace)
    if verdict.decision is moderation.Decision.BLOCK:
        await _file_refused(rt, message, client_id, text, verdict)
        return replace(
            _outcome(room, message, client_id), state=MessageState.REFUSED, answer=service.answer_of(verdict)
        )
    async with rt.stores.vluchtig.transaction() as tx:
        room, message = await _own(tx, rt, speaker, room_id, message_id, lock=True)
        await _write(tx, rt, room, message, replace(before, text=verdict.masked, attached=attached), verdict)
    if service.concerns_us(verdict):
        await service.file_case(rt, message, text, verdict)
    return replace(_outcome(room, message, client_id), answer=service.answer_of(verdict))


async def _file_refused(rt: Runtime, message: Message, client_id: str, text: str, verdict: moderation.Verdict) -> None:
    """Put grave words that are nowhere kept before the moderators, once: not as the message, whose old words stand."""
    wanted = stable_id("wijziging", message.id, client_id)  # not a word of the client's: that could be another message
    subject = moderation.Subject("message", wanted, message.room_id)
    if not service.concerns_us(verdict):
        return
    async with rt.stores.hoofd.transaction() as tx:
        if not await moderation.filed(tx, subject.kind, [subject.id]):
            snapshot = await CASES.seal(tx, rt.keyring, subject.id, text)
            await moderation.file_verdict(tx, subject, message.author_key, verdict, snapshot, rt.clock.now())


async def _file_if_missing(
    rt: Runtime, message: Message, text: str, verdict: moderation.Verdict, check: Callable[[str], moderation.Verdict]
) -> None:
    """File the case of a repeated change when something stopped between keeping the words and filing them.

    The message may have a case of its words before; only what that shows tells whether it is about these. What differs
    in masked parts alone is the same: else every other phone number would be another version of the case.
    """
    if not service.concerns_us(verdict):
        return
    async with rt.stores.hoofd.reading() as tx:
        case = (await moderation.filed(tx, "message", [message.id])).get(message.id)
        try:
            shown = await CASES.open(tx, rt.keyring, message.id, case.snapshot) if case else None
        except Unreadable:  # forgotten since
            return
    if shown is None or check(attachments.spotted(shown)[0]).masked != verdict.masked:
        await service.file_case(rt, message, text, verdict)


async def _own(
    tx: Tx, rt: Runtime, speaker: Speaker, room_id: str, message_id: str, *, lock: bool = False
) -> tuple[Room, Message]:
    message = await tx.get(Message, message_id, with_for_update=lock)
    if message is None or message.room_id != room_id or not rules.may_retract(message, speaker, rt.clock.now()):
        raise RoomUnknown
    return await queries.readable_room(tx, room_id, speaker.keys, team=speaker.role is not None), message


async def _write(tx: Tx, rt: Runtime, room: Room, message: Message, said: Content, verdict: moderation.Verdict) -> None:
    """Put the words in and say so: changed for all, or gone for a while when a moderator has to read them first."""
    message.key_version, key = room_key(room, rt.keyring)
    said = replace(said, answer=service.answer_of(verdict), edited=message.seq is not None)
    message.sealed, message.rev = close_envelope(key, message.id, said), message.rev + 1
    if verdict.decision not in LETS_STAND:
        seen, message.state = message.state is MessageState.PLACED, MessageState.HELD
        if seen:
            await service.record(tx, rt, room, EventKind.HIDDEN, message, {"reason_key": "mod.held"})
    elif message.seq is not None:
        kind = EventKind.EDITED if message.state is MessageState.PLACED else EventKind.RESTORED
        message.state = MessageState.PLACED
        await service.record(tx, rt, room, kind, message)
    else:
        await service.place(tx, rt, room, message)


def _outcome(room: Room, message: Message, client_id: str, *, dup: bool = False) -> Outcome:
    return Outcome(message.state, message.id, client_id, room.id, room.kind, message.at, message.seq, dup=dup)
