"""Beside the conversation of a group: somebody is away for a while, the team offers or tells something to one person.

All are notices about a message, so that no name rests in them; only its author ever sees an offer or a decision.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlmodel import col, select

from server.chat import service
from server.chat.models import EventKind, Message, MessageState, Room, RoomEvent, RoomKind
from server.chat.queries import AWAY, DECIDED, OFFER
from server.chat.rules import RoomUnknown, Speaker
from server.kit.clock import whole_minute
from server.kit.db.database import Tx
from server.kit.limits import Rule
from server.kit.runtime import Runtime
from server.team.logins import Login

OFFERING: Final = Rule("kamer-aanbod", 10)
HOLDS: Final = timedelta(minutes=30)
RECENT: Final = timedelta(hours=1)


async def step_out(rt: Runtime, speaker: Speaker, room_id: str) -> None:
    """Let a group see that somebody is away for a while; nothing at all when they said nothing there this hour."""
    async with rt.stores.vluchtig.transaction() as tx:
        last = await _last_said(tx, speaker, room_id, rt.clock.now())
        if last is not None:
            room = await tx.get_one(Room, room_id)
            await service.record(tx, rt, room, EventKind.NOTICE, last, {"kind": AWAY, "key": "groep.even_weg"})


async def offer(rt: Runtime, login: Login, room_id: str, message_id: str, *, waits: bool = False) -> None:
    """Offer a talk to whoever wrote a message; the others see nothing. A second offer within half an hour is none.

    waits: about a message that waits for a moderator too. Raises RoomUnknown when it is no visitor's message in sight
    here, or TooMany.
    """
    states = {MessageState.PLACED, MessageState.HELD} if waits else {MessageState.PLACED}
    await rt.limits.hit(OFFERING, login.account_id)
    now = rt.clock.now()
    async with rt.stores.vluchtig.transaction() as tx:
        message = await tx.get(Message, message_id)
        if message is None or message.room_id != room_id or message.state not in states or message.role:
            raise RoomUnknown
        room = await tx.get_one(Room, room_id)
        if room.kind is not RoomKind.TALK and not await offers(tx, room_id, frozenset({message.author_key}), now):
            args = {"kind": OFFER, "key": "groep.aanbod", "args": {"naam": login.name}}
            await service.record(tx, rt, room, EventKind.NOTICE, message, args)


async def offers(tx: Tx, room_id: str, keys: frozenset[str], now: datetime) -> list[dict[str, Any]]:
    """Return who of the team offered a talk to the owner of these keys, as long as it holds: [{seq, name}]."""
    query = select(RoomEvent).where(
        col(RoomEvent.room_id) == room_id,
        col(RoomEvent.kind) == EventKind.NOTICE,
        col(RoomEvent.at) > now - HOLDS,
        col(RoomEvent.message_id) == col(Message.id),
        col(Message.author_key).in_(list(keys)),
    )
    rows = (await tx.exec(query.order_by(col(RoomEvent.seq)))).all()
    return [{"seq": row.seq, "name": row.args["args"]["naam"]} for row in rows if row.args["kind"] == OFFER]


async def tell_decided(rt: Runtime, message_id: str, decided_at: datetime) -> None:
    """Tell the visitor who wrote a message of a group that somebody of the team took it out of sight, once.

    Nothing when it is in sight again, or gone.
    """
    async with rt.stores.vluchtig.reading() as tx:
        if await _untold(tx, message_id, decided_at) is None:  # nearly always: nobody has to wait for the pen
            return
    async with rt.stores.vluchtig.transaction() as tx:
        if message := await _untold(tx, message_id, decided_at, lock=True):
            room = await tx.get_one(Room, message.room_id)
            await service.record(tx, rt, room, EventKind.NOTICE, message, {"kind": DECIDED, "key": "groep.besluit"})


async def _untold(tx: Tx, message_id: str, decided_at: datetime, *, lock: bool = False) -> Message | None:
    """Return a visitor's hidden message of a group or kring whose writer was not told of this decision yet."""
    message = await tx.get(Message, message_id, with_for_update=lock)
    if message is None or message.state is not MessageState.HIDDEN or message.role:
        return None
    query = select(RoomEvent).where(
        col(RoomEvent.room_id) == message.room_id,
        col(RoomEvent.kind) == EventKind.NOTICE,
        col(RoomEvent.message_id) == message_id,
        col(RoomEvent.at) > decided_at,
    )
    told = any(row.args["kind"] == DECIDED for row in (await tx.exec(query)).all())
    room = await tx.get_one(Room, message.room_id)
    return None if told or room.kind is RoomKind.TALK else message


async def _last_said(tx: Tx, speaker: Speaker, room_id: str, now: datetime) -> Message | None:
    query = select(Message).where(
        col(Message.room_id) == room_id,
        col(Message.author_key).in_(list(speaker.keys)),
        col(Message.state) == MessageState.PLACED,
        col(Message.at) >= whole_minute(now - RECENT),
    )
    return (await tx.exec(query.order_by(col(Message.seq).desc()).limit(1))).first()
