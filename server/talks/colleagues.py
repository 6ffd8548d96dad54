"""Colleagues in a talk: a note among the team, handing over, the achterwacht. The visitor decides who comes in."""

from sqlmodel import col, delete, select

import moderation
from server.chat import live
from server.chat.models import Member, Room
from server.chat.speakers import team_key
from server.kit.db.database import Tx
from server.kit.errors import Invalid
from server.kit.runtime import Runtime
from server.kit.text import clean
from server.talks import queries, rules, steps
from server.talks.models import Ask, AskKind, AskState, Assignment, Waiting, WaitingState
from server.talks.queries import person_of
from server.talks.rules import TalkChanged
from server.talks.turns import held_by
from server.team.logins import Login
from server.visitors.visit import Visit


class NoteRefused(Invalid):
    """A note that the visitor may not get, for the reason of its key."""

    code = "niet_geplaatst"


async def write_note(rt: Runtime, login: Login, talk_id: str, words: str) -> None:
    """Keep what the team writes to itself about a talk; the visitor never sees it, and it goes with the talk."""
    words = clean(words, "notitie", max_chars=rules.NOTE_CHARS) if words.strip() else ""
    async with rt.stores.vluchtig.transaction() as tx:
        waiting = await _may_write_note(tx, login, talk_id)
        room = await tx.get_one(Room, talk_id)
        waiting.note = steps.close_note(room, rt.keyring, words) if words else None
        steps.ring(tx, rt)


async def offer_hand_over(rt: Runtime, login: Login, talk_id: str, words: str) -> None:
    """Ask the visitor whether a colleague may go on; words are a short note that visitor and colleague both read."""
    words = _for_both(words)
    async with rt.stores.vluchtig.transaction() as tx:
        await held_by(tx, login, talk_id)
        room = await tx.get_one(Room, talk_id)
        note = steps.close_note(room, rt.keyring, words)
        await tx.merge(Ask(talk_id=talk_id, kind=AskKind.HAND_OVER, state=AskState.OPEN, note=note))
        await steps.tell(tx, rt, talk_id, "ask", "chat.ask_hand_over")
        steps.ring(tx, rt)


async def take_back(rt: Runtime, login: Login, talk_id: str, kind: AskKind) -> None:
    """Take a question back that the visitor has not answered, or let a professional go again."""
    async with rt.stores.vluchtig.transaction() as tx:
        await held_by(tx, login, talk_id)
        ask = await tx.get(Ask, (talk_id, kind))
        if ask is not None:
            await _leave(tx, rt, ask)


async def answer_hand_over(rt: Runtime, visit: Visit, *, yes: bool) -> None:
    """Say whether a colleague may go on. With yes the talk goes back to the front, with the note."""
    async with rt.stores.vluchtig.transaction() as tx:
        if (found := await _asked(tx, rt, visit, AskKind.HAND_OVER)) is None:
            return
        waiting, ask = found
        ask.state = AskState.YES if yes else AskState.NO
        if yes:
            await steps.give_back(tx, rt, waiting, "chat.handed_over")
        else:
            await steps.tell(tx, rt, waiting.id, "answered", "chat.hand_over_no")
            steps.ring(tx, rt)


async def ring_backup(rt: Runtime, login: Login, talk_id: str) -> None:
    """Ring the professionals. Nobody but the team hears of it until one says to be there and the visitor says yes."""
    async with rt.stores.vluchtig.transaction() as tx:
        await held_by(tx, login, talk_id)
        ask = await tx.get(Ask, (talk_id, AskKind.BACKUP))
        if ask is None or ask.state is AskState.NO:
            await tx.merge(Ask(talk_id=talk_id, kind=AskKind.BACKUP, state=AskState.RUNG))
        steps.ring(tx, rt)


async def answer_ring(rt: Runtime, login: Login, talk_id: str) -> None:
    """Say as a professional to be there: now the visitor is asked. Raises TalkChanged when a colleague was first."""
    async with rt.stores.vluchtig.transaction() as tx:
        ask = await tx.get(Ask, (talk_id, AskKind.BACKUP), with_for_update=True)
        if ask is None or ask.state is not AskState.RUNG:
            raise TalkChanged
        ask.state, ask.helper, ask.helper_name = AskState.OPEN, login.account_id, login.name
        await steps.tell(tx, rt, talk_id, "ask", "chat.ask_backup", naam=login.name)
        steps.ring(tx, rt)


async def answer_backup(rt: Runtime, visit: Visit, *, yes: bool) -> None:
    """Say whether the professional may come into the talk; only with yes they read or write anything of it."""
    async with rt.stores.vluchtig.transaction() as tx:
        if (found := await _asked(tx, rt, visit, AskKind.BACKUP)) is None:
            return
        waiting, ask = found
        ask.state = AskState.YES if yes else AskState.NO
        if yes:
            member = Member(room_id=waiting.id, author_key=team_key(ask.helper, waiting.id), team=True)
            await tx.merge(member)
        key = "chat.backup_yes" if yes else "chat.backup_no"
        await steps.tell(tx, rt, waiting.id, "answered", key, naam=ask.helper_name)
        steps.ring(tx, rt)


async def leave_as_backup(rt: Runtime, login: Login, talk_id: str) -> None:
    """Go out of a talk again as the professional, or stop waiting for the visitor's answer. Raises TalkChanged."""
    async with rt.stores.vluchtig.transaction() as tx:
        ask = await tx.get(Ask, (talk_id, AskKind.BACKUP), with_for_update=True)
        if ask is None or ask.helper != login.account_id:
            raise TalkChanged
        await _leave(tx, rt, ask)


async def of_talk(tx: Tx, talk_id: str) -> dict[AskKind, Ask]:
    """Return what was asked about colleagues in a talk."""
    return {ask.kind: ask for ask in (await tx.exec(select(Ask).where(col(Ask.talk_id) == talk_id))).all()}


async def rung(tx: Tx) -> list[tuple[str, str]]:
    """Return (talk, name of the peer worker) of every call that no professional has answered."""
    query = (
        select(Ask.talk_id, Assignment.helper_name)
        .where(col(Assignment.waiting_id) == col(Ask.talk_id), col(Assignment.ended_at).is_(None))
        .where(col(Ask.kind) == AskKind.BACKUP, col(Ask.state) == AskState.RUNG)
    )
    return [(talk_id, name) for talk_id, name in (await tx.exec(query)).all()]


async def backed_by(tx: Tx, helper: str) -> list[Ask]:
    """Return the talks in which this professional is, or waits for the visitor's answer."""
    query = select(Ask).where(
        col(Ask.kind) == AskKind.BACKUP,
        col(Ask.helper) == helper,
        col(Ask.state).in_([AskState.OPEN, AskState.YES]),
        col(Ask.talk_id).in_(select(Assignment.waiting_id).where(col(Assignment.ended_at).is_(None))),
    )
    return list((await tx.exec(query)).all())


async def backing(rt: Runtime, login: Login, talk_id: str) -> Ask:
    """Return what this professional was let into, or waits for. Raises TalkChanged for anybody else."""
    async with rt.stores.vluchtig.reading() as tx:
        found = [ask for ask in await backed_by(tx, login.account_id) if ask.talk_id == talk_id]
    if not found:
        raise TalkChanged
    return found[0]


async def _leave(tx: Tx, rt: Runtime, ask: Ask) -> None:
    """End a question. A professional who was in the talk reads nothing of it from here on."""
    if ask.kind is AskKind.BACKUP and ask.state is AskState.YES:
        key = team_key(ask.helper, ask.talk_id)
        await tx.exec(delete(Member).where(col(Member.room_id) == ask.talk_id, col(Member.author_key) == key))
        tx.after_commit(lambda: live.remove(rt.bus, ask.talk_id, key))
        await steps.tell(tx, rt, ask.talk_id, "answered", "chat.backup_left", naam=ask.helper_name)
    elif ask.state is AskState.OPEN:
        await steps.tell(tx, rt, ask.talk_id, "answered", "chat.ask_gone")
    await tx.delete(ask)
    steps.ring(tx, rt)


async def _asked(tx: Tx, rt: Runtime, visit: Visit, kind: AskKind) -> tuple[Waiting, Ask] | None:
    """Return the visitor's talk and the open question in it, both locked; None when there is nothing to answer."""
    waiting = await queries.mine(tx, person_of(visit), rt.clock.now(), lock=True)
    if waiting is None or waiting.state is not WaitingState.BUSY:
        return None
    ask = await tx.get(Ask, (waiting.id, kind), with_for_update=True)
    return (waiting, ask) if ask is not None and ask.state is AskState.OPEN else None


async def _may_write_note(tx: Tx, login: Login, talk_id: str) -> Waiting:
    """Return the talk of its peer worker, or of the professional who is in it or was asked into it."""
    if [ask for ask in await backed_by(tx, login.account_id) if ask.talk_id == talk_id]:
        return await tx.get_one(Waiting, talk_id, with_for_update=True)
    return await held_by(tx, login, talk_id)


def _for_both(words: str) -> str:
    """Return a note that the visitor will read too, checked like every message of the team. Raises NoteRefused."""
    words = clean(words, "woorden", max_chars=rules.NOTE_CHARS)
    verdict = moderation.check(words, place=moderation.Place.TALK, from_team=True)
    if verdict.decision is moderation.Decision.BLOCK:
        raise NoteRefused(key=verdict.key, field="woorden")
    return words
