"""What the desk shows: who is next, the own talks, and everything that belongs to the one that is open."""

import hashlib
import uuid
from typing import Any

from fastapi import Request
from starlette.responses import Response

from server.chat import queries as rooms
from server.chat.speakers import team_in
from server.chat.views import bubble
from server.kit.db.database import Tx
from server.kit.runtime import Runtime
from server.talks import colleagues, queries, snippets, steps
from server.talks.models import AskKind, AskState, Duty, Waiting
from server.talks.queries import DeskTalk, NextUp
from server.talks.rules import TALKS_AT_ONCE, TOPICS
from server.team.logins import Login
from web import page, text

LAST = 200
FOUND = 5
SOFT_MARKS = (30, 45)
"""Minutes after which the clock of a talk is marked; nothing else happens."""


async def show(request: Request, rt: Runtime, login: Login, talk_id: str | None = None, **said: Any) -> Response:
    """Show the desk. said: error, refused, typed, found, words or open, for what a form brought back."""
    async with rt.stores.vluchtig.reading() as tx:
        context = await _desk(tx, rt, login)
        context |= {"talk": None}
        if talk_id is not None:
            context |= await _talk(tx, rt, login, talk_id, context["talks"])
    context |= {
        "error": None, "refused": None, "typed": "", "found": None, "words": "", "opened": "", "client_id": new(),
        "ids": [new() for _ in range(FOUND + 1)],
    } | said  # fmt: skip
    error = context["error"]
    return page(request, "talks/desk.html", context, error.status if error else 200)


async def state(rt: Runtime, login: Login, talk_id: str) -> dict[str, Any]:
    """Return what changes by itself, for the script of the desk. rev: another one makes the page out of date."""
    async with rt.stores.vluchtig.reading() as tx:
        desk = await _desk(tx, rt, login)
        open_ = next((talk for talk in desk["talks"] if talk.id == talk_id), None)
    return {
        "rev": desk["rev"],
        "next": desk["next_words"],
        "talks": {talk.id: state_words(talk) for talk in desk["talks"]},
        "clock": clock_words(open_) if open_ else "",
        "away": bool(open_ and open_.away),
    }


def state_words(talk: DeskTalk) -> str:
    """Return how a talk stands, for the list: never only a colour or a number."""
    keys = (
        ("balie.sluit", talk.closes_at is not None),
        ("balie.nog_niet", talk.minutes is None),
        ("balie.weg", talk.away),
        ("balie.antwoord", talk.asks),
    )
    return next((text(key) for key, holds in keys if holds), "")


def clock_words(talk: DeskTalk) -> str:
    """Return the clock of a conversation in words."""
    if talk.minutes is None:
        return text("balie.nog_niet")
    passed = [mark for mark in SOFT_MARKS if talk.minutes >= mark]
    words = text("balie.praat", n=talk.minutes) if talk.minutes else text("balie.praat_net")
    return f"{words}. {text('balie.merk', n=passed[-1])}" if passed else words


def new() -> str:
    """Return a client_id for one form."""
    return str(uuid.uuid4())


async def _desk(tx: Tx, rt: Runtime, login: Login) -> dict[str, Any]:
    now = rt.clock.now()
    talks = await queries.of_helper(tx, rt.keyring, login.account_id, now)
    next_up = await queries.next_up(tx, now)
    duty = await queries.duty(tx, login.account_id, now)
    asked = [
        (talk.id, ask.kind, ask.state) for talk in talks for ask in (await colleagues.of_talk(tx, talk.id)).values()
    ]
    return {
        "talks": talks, "next_up": next_up, "next_words": _next_words(next_up), "duty": duty, "topics": TOPICS,
        "most": TALKS_AT_ONCE, "words_of": {talk.id: state_words(talk) for talk in talks},
        "rev": _rev(talks, duty, asked),
    }  # fmt: skip


async def _talk(tx: Tx, rt: Runtime, login: Login, talk_id: str, talks: list[DeskTalk]) -> dict[str, Any]:
    speaker = team_in(login, talk_id)
    room = await rooms.room(tx, talk_id)
    messages = await rooms.last_messages(tx, rt.keyring, room, speaker, limit=LAST)
    row = await tx.get_one(Waiting, talk_id)
    asks = await colleagues.of_talk(tx, talk_id)
    talk = next((talk for talk in talks if talk.id == talk_id), None)
    name = talk.name if talk else ""
    at = [one.id for one in talks].index(talk_id) if talk else 0
    hand_over = asks.get(AskKind.HAND_OVER)
    before, after = (talks[at - 1].id, talks[(at + 1) % len(talks)].id) if len(talks) > 1 else ("", "")
    return {
        "talk": talk, "room": room, "me": speaker.pid, "invite": row.invite, "again": bool(row.again),
        "messages": [bubble(one, rt.clock.now()) for one in messages],
        "danger": any(one.mark for one in messages),
        "note": steps.open_note(room, rt.keyring, row.note),
        "hand_over": hand_over, "before": before, "after": after,
        "hand_over_note": steps.open_note(room, rt.keyring, hand_over.note if hand_over else None),
        "backup": asks.get(AskKind.BACKUP), "clock": clock_words(talk) if talk else "",
        "snippets": snippets.of("gesprek", login.name, name), "steps": snippets.of(snippets.DANGER, login.name, name),
    }  # fmt: skip


def _next_words(next_up: NextUp | None) -> str:
    if next_up is None:
        return ""
    return text("balie.wacht", n=next_up.minutes) if next_up.minutes else text("balie.wacht_net")


def _rev(talks: list[DeskTalk], duty: Duty | None, asked: list[tuple[str, AskKind, AskState]]) -> str:
    """Return a mark of everything on the page that a script does not bring up to date in words."""
    parts = [f"{talk.id}/{talk.gen}/{talk.closes_at}/{talk.minutes is None}" for talk in talks]
    parts += [f"{duty.status}/{duty.most}/{duty.knows}" if duty else "", *map(str, asked)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
