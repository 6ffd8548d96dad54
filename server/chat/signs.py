"""Signs of support under a message: which ones somebody pressed, never how often or who."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete, select

from server.chat import live, queries
from server.chat.frames import frame
from server.chat.models import Message, MessageState, Sign, SignKind
from server.chat.rules import RoomUnknown, Speaker
from server.kit.db.database import Tx
from server.kit.limits import Rule
from server.kit.runtime import Runtime

PRESSING: Final = Rule("kamer-steun", 30)


@dataclass(frozen=True)
class Signs:
    """What stands under one message. shown: what anybody pressed; given: what this reader pressed."""

    shown: tuple[str, ...] = ()
    given: tuple[str, ...] = ()


NONE: Final = Signs()


async def press(rt: Runtime, speaker: Speaker, room_id: str, message_id: str, kind: SignKind) -> None:
    """Put a sign under somebody else's message. Pressing twice is pressing once. Raises RoomUnknown or TooMany."""
    await rt.limits.hit(PRESSING, speaker.limit)
    try:
        async with rt.stores.vluchtig.transaction() as tx:
            await _others(tx, speaker, room_id, message_id)
            if await tx.get(Sign, (message_id, speaker.sign_key, kind)) is None:
                tx.add(Sign(message_id=message_id, author_key=speaker.sign_key, kind=kind))
                await tx.flush()
                await _tell(tx, rt, room_id, message_id)
    except IntegrityError:  # the same press came in twice at once
        return


async def take_back(rt: Runtime, speaker: Speaker, room_id: str, message_id: str, kind: SignKind) -> None:
    """Take a press back. Raises RoomUnknown or TooMany."""
    await rt.limits.hit(PRESSING, speaker.limit)
    async with rt.stores.vluchtig.transaction() as tx:
        await _others(tx, speaker, room_id, message_id)
        given = await tx.get(Sign, (message_id, speaker.sign_key, kind))
        if given is not None:
            await tx.delete(given)
            await tx.flush()
            await _tell(tx, rt, room_id, message_id)


async def under(tx: Tx, message_ids: Iterable[str], sign_key: str) -> Mapping[str, Signs]:
    """Return what stands under these messages, for one reader; messages without signs are left out."""
    query = select(Sign).where(col(Sign.message_id).in_(list(message_ids)))
    found: dict[str, list[Sign]] = {}
    for row in (await tx.exec(query)).all():
        found.setdefault(row.message_id, []).append(row)
    return {
        id_: Signs(_kinds(rows), _kinds(r for r in rows if r.author_key == sign_key)) for id_, rows in found.items()
    }


async def drop(tx: Tx, message_ids: Iterable[str]) -> None:
    """Take the signs away with their messages."""
    await tx.exec(delete(Sign).where(col(Sign.message_id).in_(list(message_ids))))


async def forget_presses(rt: Runtime, sign_keys: Iterable[str]) -> None:
    """Take away what these keys pressed."""
    async with rt.stores.vluchtig.transaction() as tx:
        await tx.exec(delete(Sign).where(col(Sign.author_key).in_(list(sign_keys))))


def _kinds(rows: Iterable[Sign]) -> tuple[str, ...]:
    """Return the kinds in one fixed order, so that nothing tells which was first or most."""
    pressed = {SignKind(row.kind) for row in rows}
    return tuple(kind.value for kind in SignKind if kind in pressed)


async def _others(tx: Tx, speaker: Speaker, room_id: str, message_id: str) -> None:
    message = await tx.get(Message, message_id)
    if message is None or message.room_id != room_id or message.state is not MessageState.PLACED:
        raise RoomUnknown
    if message.author_key in speaker.keys:
        raise RoomUnknown
    await queries.readable_room(tx, room_id, speaker.keys, team=speaker.role is not None)


async def _tell(tx: Tx, rt: Runtime, room_id: str, message_id: str) -> None:
    """Say after the commit what stands under a message now. Kept nowhere: a page that comes back asks for it."""
    signs = (await under(tx, [message_id], "")).get(message_id, NONE)
    payload = frame("signs", room=room_id, id=message_id, kinds=list(signs.shown))
    tx.after_commit(lambda: live.pass_on(rt.bus, room_id, payload))
