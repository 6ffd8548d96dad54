"""What the pages of rooms show, ready to print: no template decides or asks for anything."""

from datetime import datetime
from typing import Any

from sqlmodel import col, select

import moderation
from server.chat.groups import Group, groups, opening_of
from server.chat.hub import Hub
from server.chat.models import MessageState, Room
from server.chat.queries import Shown
from server.chat.rules import Speaker, is_open, may_retract_shown
from server.kit.clock import AMSTERDAM
from server.kit.db.database import Tx
from server.kit.runtime import Runtime

ROLE_WORDS = {"peer_worker": "ervaringsdeskundige", "moderator": "moderator"}


async def cards(tx: Tx, rt: Runtime, hub: Hub) -> list[dict[str, Any]]:
    """Return the groups for the list, in the editors' order."""
    rooms = {room.id: room for room in (await tx.exec(select(Room).where(col(Room.id).in_(list(groups()))))).all()}
    return [card(rt, group, rooms[group.id], hub) for group in groups().values() if group.id in rooms]


def card(rt: Runtime, group: Group, room: Room, hub: Hub) -> dict[str, Any]:
    """Return one group: never a count, only rustig, gezellig or druk (privacy 7.8)."""
    now = rt.clock.now()
    opened = is_open(group, room, rt.settings.staffed, now)
    return {
        "id": group.id,
        "name": group.name,
        "line": group.line,
        "open": opened,
        "band": hub.band(group.id),
        "team": hub.team_present(group.id),
        "hours": hours(group, rt.settings.staffed),
        "next": opening_of(group, rt.settings.staffed).next(now),
    }


def hours(group: Group, staffed: str) -> str:
    """Return the opening times in words."""
    opening = opening_of(group, staffed)
    end = opening.start.hour * 60 + opening.start.minute + opening.minutes
    if opening.minutes >= 24 * 60:
        return "altijd"
    return f"{opening.start:%H:%M}-{end // 60 % 24:02d}:{end % 60:02d}"


def room_view(rt: Runtime, room: Room, speaker: Speaker, messages: list[Shown], hub: Hub) -> dict[str, Any]:
    """Return what a group's page needs beside the composer."""
    group = groups()[room.id]
    now = rt.clock.now()
    return {
        "group": card(rt, group, room, hub),
        "room": {"id": room.id, "epoch": room.epoch, "last_seq": room.last_seq, "state": room.state.value},
        "reason_key": room.reason_key,
        "welcome": group.welcome,
        "messages": [bubble(message, now) for message in messages],
        "me": speaker.pid,
    }


def bubble(message: Shown, now: datetime) -> dict[str, Any]:
    """Return one message as the component wants it."""
    state = {
        MessageState.PLACED: "placed",
        MessageState.HELD: "held",
        MessageState.HIDDEN: "hidden",
        MessageState.RETRACTED: "gone",
    }[message.state]
    if message.text is None and state == "placed":
        state = "gone"
    return {
        "id": message.id,
        "seq": message.seq,
        "name": message.name,
        "text": message.text or "",
        "time": message.at.astimezone(AMSTERDAM).strftime("%H:%M"),
        "at": message.at.strftime("%Y-%m-%dT%H:%MZ"),
        "role": "me" if message.mine else "team" if message.role else "other",
        "role_words": ROLE_WORDS.get(message.role or "", ""),
        "state": state,
        "may_retract": may_retract_shown(message.mine, message.state, message.at, now),
        "answer": message.answer,
        "attached": message.attached,
    }


async def statements(tx: Tx, speaker: Speaker, now: datetime) -> list[moderation.Statement]:
    """Return what moderators decided about this speaker, with their reasons."""
    return list(await moderation.statements(tx, list(speaker.keys), now))
