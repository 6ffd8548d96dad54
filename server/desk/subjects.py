"""What a case can be about, and how each is hidden, placed and restored. Chat and forum meet nowhere else."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlmodel import col, select

from moderation import Case, Place, check
from server.chat import pacing
from server.chat import queries as chat_queries
from server.chat import service as chat
from server.chat.groups import described, groups
from server.chat.models import MessageState, Room, RoomKind
from server.forum import queries as forum_queries
from server.forum import service as forum
from server.kit.errors import NotFound
from server.kit.runtime import Runtime


@dataclass(frozen=True)
class Line:
    """One text around a case, with personal details masked. text None: hidden or gone. this: the case itself."""

    name: str
    team: bool
    text: str | None
    this: bool


@dataclass(frozen=True)
class Kind:
    """What can be done with one kind of subject. Each deed may be repeated without further effect.

    place takes the state of the words that was read, and raises Conflict when their writer changed them since: the
    check and the placing are one transaction of the subject's own store.
    """

    around: Callable[[Runtime, str], Awaitable[list[Line]]]
    hide: Callable[[Runtime, str, str], Awaitable[None]]
    place: Callable[[Runtime, str, int], Awaitable[None]]
    restore: Callable[[Runtime, str], Awaitable[None]]


async def around(rt: Runtime, case: Case) -> list[Line]:
    """Return the case's text with up to five before and after it; nothing when it is gone or of another kind."""
    kind = KINDS.get(case.kind)
    return await kind.around(rt, case.subject_id) if kind else []


async def hide(rt: Runtime, case: Case, reason_key: str) -> None:
    """Take the subject out of sight."""
    await _do(case, lambda kind: kind.hide(rt, case.subject_id, reason_key))


async def show(rt: Runtime, case: Case) -> None:
    """Place what waited, or show again what was hidden. Raises Conflict when it is not what the case shows."""
    await _do(case, lambda kind: kind.place(rt, case.subject_id, case.subject_rev))
    await _do(case, lambda kind: kind.restore(rt, case.subject_id))


async def is_from_talk(rt: Runtime, case: Case) -> bool:
    """Say whether the text was written in a one-to-one talk, so that opening it takes two moderators."""
    if case.kind != "message":
        return False
    async with rt.stores.vluchtig.reading() as tx:
        room = await tx.get(Room, case.place_id)
    return (room is None and case.place_id not in groups()) or (room is not None and room.kind is RoomKind.TALK)


async def place_names(rt: Runtime, cases: Sequence[Case]) -> dict[str, str]:
    """Return the names of groups and kringen by place; a kring has one until its room is gone, a day after its end."""
    wanted = {case.place_id for case in cases if case.kind == "message"}
    async with rt.stores.vluchtig.reading() as tx:
        query = select(Room.id, Room.theme).where(col(Room.id).in_(wanted - groups().keys()))
        themes = {row[0]: row[1] for row in (await tx.exec(query)).all()}
    found = {place_id: described(place_id, themes.get(place_id, "")) for place_id in wanted}
    return {place_id: group.name for place_id, group in found.items() if group}


async def _do(case: Case, deed: Callable[[Kind], Awaitable[None]]) -> None:
    kind = KINDS.get(case.kind)
    if kind is None:
        return
    try:
        await deed(kind)
    except NotFound:  # its time ended or its author took it back; deciding about it is still a decision
        return


async def _around_message(rt: Runtime, message_id: str) -> list[Line]:
    async with rt.stores.vluchtig.reading() as tx:
        rows = await chat_queries.context(tx, rt.keyring, message_id)
    return [
        Line(row.name, row.role is not None, _masked(row.text, Place.ROOM), row.id == message_id)
        for row in rows
        if row.state is not MessageState.RETRACTED
    ]


async def _around_post(rt: Runtime, post_id: str) -> list[Line]:
    async with rt.stores.hoofd.reading() as tx:
        rows = await forum_queries.context(tx, rt.keyring, post_id)
    return [
        Line(row.name or "", row.role is not None, _masked(row.text, Place.FORUM), row.id == post_id) for row in rows
    ]


async def _hide_post(rt: Runtime, post_id: str, reason_key: str) -> None:
    await forum.hide_post(rt, post_id)


async def _around_room(rt: Runtime, act_id: str) -> list[Line]:
    """A measure for a whole group is about no text."""
    return []


async def _hide_room(rt: Runtime, act_id: str, reason_key: str) -> None:
    """A group cannot be hidden; the measure itself was the deed."""


async def _place_room(rt: Runtime, act_id: str, rev: int) -> None:
    """Nothing waits; taking the measure back is what restores."""


def _masked(text: str | None, place: Place) -> str | None:
    """Return a text without numbers, addresses and other details: whoever looks around needs none of them."""
    return None if text is None else check(text, place=place).masked or text


KINDS: Final = {
    "message": Kind(_around_message, chat.hide, chat.place_held, chat.restore),
    "post": Kind(_around_post, _hide_post, forum.place_post, forum.restore_post),
    "room": Kind(_around_room, _hide_room, _place_room, pacing.release),
}
