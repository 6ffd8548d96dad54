"""What the pages of rooms show, ready to print: no template decides or asks for anything."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlmodel import col, select

from server.chat import asides, pacing, queries, replies, signs
from server.chat.groups import Group, described, groups
from server.chat.hub import Hub
from server.chat.models import Message, MessageState, Room
from server.chat.queries import Shown
from server.chat.replies import Quote
from server.chat.rules import RoomUnknown, Speaker, is_open, may_retract_shown
from server.chat.service import CRISIS
from server.chat.signs import NONE, Signs
from server.kit.clock import AMSTERDAM, local_day
from server.kit.db.database import Tx
from server.kit.runtime import Runtime

LAST: Final = 20
PANEL_KEPT: Final = timedelta(minutes=30)
EARLIER: Final = 50
ROLE_WORDS = {"peer_worker": "ervaringsdeskundige", "moderator": "moderator", "professional": "professional"}


async def cards(tx: Tx, rt: Runtime, hub: Hub) -> list[dict[str, Any]]:
    """Return the groups for the list, in the editors' order."""
    rooms = {room.id: room for room in (await tx.exec(select(Room).where(col(Room.id).in_(list(groups()))))).all()}
    return [card(group, rooms[group.id], hub) for group in groups().values() if group.id in rooms]


def card(group: Group, room: Room, hub: Hub) -> dict[str, Any]:
    """Return one group: never a count, only rustig, gezellig or druk (privacy 7.8)."""
    return {
        "id": room.id,
        "name": group.name,
        "line": group.line,
        "open": is_open(room),
        "shut": room.shut,
        "band": hub.band(room.id),
        "team": hub.team_present(room.id),
        "next": room.opens,
        "until": room.closes,
    }


@dataclass(frozen=True)
class Look:
    """What part of a room a page shows. before: a seq, for earlier messages; answering: the message one answers.

    muted: public ids of those this reader does not read here. declined: marks of offers they said "not now" to.
    """

    before: int | None = None
    answering: str | None = None
    muted: frozenset[str] = frozenset()
    declined: frozenset[str] = frozenset()


async def room_page(rt: Runtime, hub: Hub, room_id: str, speaker: Speaker, look: Look) -> dict[str, Any]:
    """Return what a group's page needs beside the composer."""
    now = rt.clock.now()
    limit = EARLIER if look.before else LAST
    async with rt.stores.vluchtig.reading() as tx:
        room = await queries.readable_room(tx, room_id, speaker.keys, team=speaker.role is not None)
        shown = await queries.last_messages(tx, rt.keyring, room, speaker, limit=limit, before=look.before)
        quotes = await replies.quotes(tx, rt.keyring, room, [look.answering, *(one.reply_to for one in shown)])
        pressed = await signs.under(tx, [one.id for one in shown], speaker.sign_key)
        offers = await asides.offers(tx, room_id, speaker.keys, now)
    if (group := described(room.id, room.theme)) is None:
        raise RoomUnknown
    here = {one.id for one in shown}
    first = next((one.seq for one in shown if one.seq), None)
    return {
        "group": card(group, room, hub),
        "room": {"id": room.id, "epoch": room.epoch, "last_seq": room.last_seq, "state": room.state.value},
        "measure": pacing.holds(room),
        "offers": [one for one in offers if declined_mark(room_id, str(one["seq"])) not in look.declined],
        "welcome": group.welcome,
        "messages": [
            bubble(one, now, quoted(quotes.get(one.reply_to or ""), here), pressed.get(one.id, NONE))
            | {"muted": one.pid in look.muted}
            for one in shown
        ],
        "muted": sorted(look.muted),
        "folded": folded(shown, look.muted),
        "panel": kept_panel(shown, now),
        "older": first if len(shown) >= limit and first and first > room.first_seq else None,
        "earlier": look.before is not None,
        "answering": quotes.get(look.answering or ""),
        "me": speaker.pid,
    }


def kept_panel(shown: list[Shown], now: datetime) -> str | None:
    """Return the crisis panel for who said in the last half hour that they are in danger: a reload takes no help away.

    Once a moderator has decided it is the one for support: that the group does not see the words yet is true no more.
    """
    said = [one for one in shown if one.mine and now - one.at <= PANEL_KEPT and one.answer.get("panel") == CRISIS]
    if any(one.state is MessageState.HELD for one in said):
        return CRISIS
    return "steun" if said else None


def declined_mark(room_id: str, seq: str) -> str:
    """Return what a visit remembers of an offer that was declined."""
    return f"aanbod/{room_id[:8]}-{seq[:9]}"


def folded(shown: list[Shown], muted: frozenset[str]) -> list[dict[str, Any]]:
    """Return whose messages are folded away on this page, and how many."""
    names = {one.pid: one.name for one in shown if one.pid in muted}
    return [{"pid": pid, "name": name, "count": sum(one.pid == pid for one in shown)} for pid, name in names.items()]


def quoted(quote: Quote | None, here: Collection[str]) -> dict[str, Any] | None:
    """Return a quote with the place of its original: on this page, or on the page that ends with it."""
    if quote is None:
        return None
    page = "" if quote.id in here or quote.seq is None else f"?voor={quote.seq + 1}"
    return {"id": quote.id, "name": quote.name, "words": quote.words, "href": f"{page}#b-{quote.id}"}


def bubble(message: Shown, now: datetime, quote: dict[str, Any] | None = None, pressed: Signs = NONE) -> dict[str, Any]:
    """Return one message as the component wants it. days_ago: 0 is today, for the line above a day."""
    state = {
        MessageState.PLACED: "placed",
        MessageState.HELD: "held",
        MessageState.HIDDEN: "hidden",
        MessageState.RETRACTED: "gone",
    }[message.state]
    if message.text is None and state in ("placed", "held"):
        state = "gone" if state == "placed" else "hidden"
    return {
        "id": message.id,
        "seq": message.seq,
        "pid": message.pid,
        "name": message.name,
        "text": message.text or "",
        "quote": quote,
        "edited": message.edited,
        "day": local_day(message.at).isoformat(),
        "days_ago": (local_day(now) - local_day(message.at)).days,
        "time": message.at.astimezone(AMSTERDAM).strftime("%H:%M"),
        "at": message.at.strftime("%Y-%m-%dT%H:%MZ"),
        "role": "me" if message.mine else "team" if message.role else "other",
        "role_words": ROLE_WORDS.get(message.role or "", ""),
        "state": state,
        "may_retract": may_retract_shown(message.mine, message.state, message.at, now),
        "answer": message.answer,
        "attached": message.attached,
        "signs": pressed.shown,
        "given": pressed.given,
    }


async def one_message(rt: Runtime, room_id: str, message_id: str, speaker: Speaker) -> dict[str, Any]:
    """Return one message in sight with what can be done with it. Raises RoomUnknown."""
    async with rt.stores.vluchtig.reading() as tx:
        room = await queries.readable_room(tx, room_id, speaker.keys, team=speaker.role is not None)
        row = await tx.get(Message, message_id)
        if row is None or row.room_id != room_id:
            raise RoomUnknown
        shown = queries.shown(rt.keyring, room, row, speaker.keys)
        pressed = await signs.under(tx, [row.id], speaker.sign_key)
    if shown.text is None:
        raise RoomUnknown
    return bubble(shown, rt.clock.now(), None, pressed.get(row.id, NONE))


async def is_hidden(rt: Runtime, room_id: str, message_id: str) -> bool:
    """Say whether a message of this room is out of sight by somebody of the team."""
    async with rt.stores.vluchtig.reading() as tx:
        row = await tx.get(Message, message_id)
    return row is not None and row.room_id == room_id and row.state is MessageState.HIDDEN
