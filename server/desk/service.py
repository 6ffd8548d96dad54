"""What a moderator does at the desk: pick up, decide, take back, pass on."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete, select

import moderation
from moderation import Act, ActKind, Case, ModerationError
from server.chat import asides
from server.chat import service as chat
from server.chat.speakers import team_in
from server.desk import rules, subjects
from server.desk.models import Opening
from server.desk.rules import ACTIONS
from server.kit.db.database import Tx
from server.kit.errors import AppError, Conflict, Forbidden, Invalid, NotFound
from server.kit.ids import new_id
from server.kit.runtime import Runtime
from server.kit.text import clean
from server.team import audit
from server.team.audit import Action
from server.team.logins import Login
from server.team.permissions import Grant, Permission
from server.visitors.statements import CASES, answer_part, reason_part

OBJECT: Final = "zaak"
REASON_CHARS: Final = 1000
REASON_KEY: Final = "mod.hidden"
TOLD_WITHIN: Final = timedelta(minutes=10)
"""A decision that could not be told within this time, because nothing ran, is read on the page."""


class Refused(AppError):
    """What the moderation package refuses, as an error with our codes."""

    key = "desk.fout.kan_niet"


class CaseUnknown(NotFound):
    """No such case, or one this person may not know of."""

    code = "zaak_weg"
    key = "desk.fout.weg"


class AboutYourself(Forbidden):
    """The case is about something this person wrote."""

    code = "eigen_zaak"
    key = "desk.fout.eigen_zaak"


class SecondNeeded(Forbidden):
    """Opening a text from a talk takes a second moderator, and not the one who asked."""

    code = "tweede_moderator"
    key = "desk.fout.tweede"


class ReasonEmpty(Invalid):
    """The author has to read a reason."""

    code = "reden_ontbreekt"
    key = "desk.fout.reden"


class TooLateToUndo(Conflict):
    """Somebody decided again since, or there is nothing to take back."""

    code = "te_laat"
    key = "desk.fout.te_laat"


@dataclass(frozen=True)
class Decision:
    """What a moderator chose. version: of the case on the screen; text: what the author will read."""

    kind: ActKind
    version: int
    category: str = ""
    house_rule: str = ""
    text: str = ""


@dataclass(frozen=True)
class Why:
    """A reason as its author will read it, with its label and house rule."""

    category: str
    house_rule: str
    text: str


async def pick_up(rt: Runtime, login: Login, case_id: str, *, take_over: bool = False) -> None:
    """Claim a case to read and decide it; take_over: from a colleague.

    Raises CaseUnknown, AboutYourself or Refused (zaak_bezet).
    """
    if login.grant(Permission.CASE_READ) is Grant.OWN:  # a peer worker reads only what they reported, by that report
        raise CaseUnknown
    await _take(rt, login, case_id, Action.CASE_TAKE_OVER if take_over else Action.CASE_CLAIM, take_over=take_over)


async def hide_in_room(rt: Runtime, login: Login, room_id: str, message_id: str, why: Why) -> Act:
    """Hide a message from within its group: a case that is brought in, taken up and decided at once.

    A colleague who holds its case loses it: out of sight comes first, and they see the new state. Raises RoomUnknown
    (not in sight, or an own one), ReasonEmpty or Refused.
    """
    _not_empty(why.text)
    case = await chat.put_before_moderators(rt, team_in(login, room_id), room_id, message_id, why.category)
    await _take(rt, login, case.id, Action.MESSAGE_HIDE, take_over=True)
    return await decide(
        rt, login, case.id, Decision(ActKind.HIDE, case.version, why.category, why.house_rule, why.text)
    )


async def let_go(rt: Runtime, login: Login, case_id: str, *, skipped: bool = False) -> None:
    """Give a case back to the queue. skipped: passing a case is normal, and leaves a line without a reason."""
    with _refusals():
        async with rt.stores.hoofd.transaction() as tx:
            await moderation.release(tx, case_id, login.account_id)
            if skipped:
                now = rt.clock.now()
                await audit.note(tx, rt.keyring, login.account_id, Action.CASE_SKIP, OBJECT, case_id, now)


async def decide(rt: Runtime, login: Login, case_id: str, decision: Decision) -> Act:
    """Carry out a decision and write it down.

    First the effect, then the act: the two stand in different stores, and if the server stops in between, the case is
    still open and deciding again does no harm. What is placed is what was read: the effect checks that itself. Raises
    CaseUnknown, AboutYourself, ReasonEmpty, Refused or Conflict (zaak_gewijzigd).
    """
    text = _reason(decision)
    case = await _still_mine(rt, login, case_id, decision.version)
    act_id = new_id()
    if decision.kind is ActKind.APPROVE:
        await subjects.show(rt, case)
    else:
        await subjects.hide(rt, case, REASON_KEY)
    now = rt.clock.now()
    with _refusals():
        async with rt.stores.hoofd.transaction() as tx:
            reason = await _sealed(tx, rt, case, text, reason_part(act_id))
            done = await moderation.act(
                tx,
                case_id,
                login.account_id,
                decision.kind,
                decision.version,
                now,
                category=decision.category,
                house_rule=decision.house_rule,
                reason=reason,
                act_id=act_id,
            )
            await tx.exec(delete(Opening).where(col(Opening.case_id) == case_id))
            tx.after_commit(lambda: _count(rt, case, decision.kind, now))
            await audit.note(tx, rt.keyring, login.account_id, ACTIONS[decision.kind], OBJECT, case_id, now)
    return done


async def undo(rt: Runtime, login: Login, case_id: str) -> None:
    """Take the last decision on a case back; the case is open again and the text is as it was before.

    Raises CaseUnknown, AboutYourself or TooLateToUndo.
    """
    now = rt.clock.now()
    with _refusals():
        async with rt.stores.hoofd.transaction() as tx:
            await _not_about(tx, login, case_id)
            case = await moderation.get(tx, case_id)
            last = await last_act(tx, case_id)
            if last is None or case.open:
                raise TooLateToUndo
            await moderation.revert(tx, last.id, login.account_id, now)
            await audit.note(tx, rt.keyring, login.account_id, Action.CASE_UNDO, OBJECT, case_id, now)
    await _as_before(rt, case, ActKind(last.kind))


async def tell_writers(rt: Runtime, now: datetime) -> None:
    """Tell writers whose page is open what was decided, once it is too late to take it back without their knowing."""
    query = select(Act.subject_id, Act.at).where(
        col(Act.kind) != ActKind.APPROVE,
        col(Act.reverted_at).is_(None),
        col(Act.at) > now - TOLD_WITHIN,
        col(Act.at) <= now - rules.UNDO,
    )
    async with rt.stores.hoofd.reading() as tx:
        decided = (await tx.exec(query)).all()
    for subject_id, at in decided:
        await asides.tell_decided(rt, subject_id, at)


async def offer_talk(rt: Runtime, login: Login, case_id: str) -> None:
    """Offer a talk to whoever wrote what a case is about, placed or not. Raises CaseUnknown or AboutYourself.

    Raises Refused when somebody else holds the case, RoomUnknown when the words are gone, or TooMany.
    """
    case = await _still_mine(rt, login, case_id, None)
    await asides.offer(rt, login, case.place_id, case.subject_id, waits=True)


async def show_again(rt: Runtime, login: Login, message_id: str) -> None:
    """Take back an own hiding in a group within its first minute; the case stays open for a moderator.

    Raises TooLateToUndo.
    """
    done = await just_hidden(rt, login, message_id)
    if done is None:
        raise TooLateToUndo
    await undo(rt, login, done.case_id)


async def just_hidden(rt: Runtime, login: Login, message_id: str) -> Act | None:
    """Return the act by which this person hid a message, as long as its writer has not heard of it."""
    async with rt.stores.hoofd.reading() as tx:
        case = (await moderation.filed(tx, "message", [message_id])).get(message_id)
        done = await last_act(tx, case.id) if case else None
    mine = done is not None and done.moderator_id == login.account_id and done.kind == ActKind.HIDE
    return done if mine and done and rules.may_undo(done.at, rt.clock.now()) else None


async def decide_appeal(rt: Runtime, login: Login, act_id: str, outcome: str, text: str) -> None:
    """Decide on an objection to a colleague's decision; when it is upheld the text is shown again.

    Raises CaseUnknown, ReasonEmpty or Refused (eigen_besluit).
    """
    text, now = _not_empty(text), rt.clock.now()
    with _refusals():
        async with rt.stores.hoofd.transaction() as tx:
            case = await _case_of(tx, act_id)
            await _not_about(tx, login, case.id)
            answer = await _sealed(tx, rt, case, text, answer_part(act_id))
            await moderation.decide_appeal(tx, act_id, login.account_id, outcome, answer, now)
            await tx.exec(delete(Opening).where(col(Opening.case_id) == case.id))
            await audit.note(tx, rt.keyring, login.account_id, Action.APPEAL_DECIDE, OBJECT, case.id, now)
    if outcome == "overturn":
        await subjects.show(rt, case)


async def ask_second(rt: Runtime, login: Login, case_id: str) -> None:
    """Ask a second moderator to agree that a text from a talk is opened. Asking again changes nothing."""
    with _refusals():
        case = await _still_mine(rt, login, case_id, None)
    await _ask(rt, login, case.id)


async def ask_second_for_objection(rt: Runtime, login: Login, act_id: str) -> None:
    """The same for an objection, whose text was read by a colleague only. Raises CaseUnknown or AboutYourself."""
    async with rt.stores.hoofd.reading() as tx:
        if act_id not in {act.id for _, act in await moderation.open_appeals(tx, login.account_id)}:
            raise CaseUnknown
        case = await _case_of(tx, act_id)
        await _not_about(tx, login, case.id)
    await _ask(rt, login, case.id)


async def agree(rt: Runtime, login: Login, case_id: str) -> None:
    """Agree as the second moderator. Raises CaseUnknown or SecondNeeded (the one who asked)."""
    now = rt.clock.now()
    async with rt.stores.hoofd.transaction() as tx:
        await _not_about(tx, login, case_id)
        opening = await tx.get(Opening, case_id)
        if opening is None:
            raise CaseUnknown
        if opening.asked_by == login.account_id:
            raise SecondNeeded
        opening.agreed_by = login.account_id
        tx.add(opening)
        await audit.note(tx, rt.keyring, login.account_id, Action.CASE_READ, OBJECT, case_id, now)


async def last_act(tx: Tx, case_id: str) -> Act | None:
    """Return the newest decision on a case that was not taken back."""
    query = select(Act).where(col(Act.case_id) == case_id, col(Act.reverted_at).is_(None))
    return (await tx.exec(query.order_by(col(Act.at).desc()).limit(1))).first()


async def forget(rt: Runtime, now: datetime) -> None:
    """Remove what moderation no longer keeps, with the keys of the texts and the openings of those cases."""
    async with rt.stores.hoofd.transaction() as tx:
        gone = await moderation.forget(tx, now)
        await CASES.shred(tx, *gone)
        present = select(Case.id).where(col(Case.id) == col(Opening.case_id)).exists()
        await tx.exec(delete(Opening).where(~present))


async def _take(rt: Runtime, login: Login, case_id: str, action: Action, *, take_over: bool) -> None:
    now = rt.clock.now()
    with _refusals():
        async with rt.stores.hoofd.transaction() as tx:
            await _not_about(tx, login, case_id)
            before = await moderation.get(tx, case_id)
            first, opened_at = before.first_look_at is None, before.opened_at
            await moderation.claim(tx, case_id, login.account_id, now, take_over=take_over)
            if first and before.cause != moderation.BROUGHT_IN:  # nobody waited for a look
                tx.after_commit(lambda: rt.tally.count("T17", rules.first_look_cell(now - opened_at)))
            await audit.note(tx, rt.keyring, login.account_id, action, OBJECT, case_id, now)


async def _still_mine(rt: Runtime, login: Login, case_id: str, version: int | None) -> Case:
    """Return a case this moderator holds, claimed again when its time just ran out and nobody took it.

    version: that of the screen, None where it does not matter. Raises CaseUnknown, AboutYourself or Refused.
    """
    now = rt.clock.now()
    with _refusals():
        async with rt.stores.hoofd.transaction() as tx:
            await _not_about(tx, login, case_id)
            case = await moderation.get(tx, case_id)
            if version is not None and (case.version != version or not case.open):
                raise moderation.StaleCase
            if case.claimed_by != login.account_id:
                raise moderation.NotClaimed
            return await moderation.claim(tx, case_id, login.account_id, now)


async def _ask(rt: Runtime, login: Login, case_id: str) -> None:
    with suppress(IntegrityError):  # asked twice at once
        async with rt.stores.hoofd.transaction() as tx:
            if await tx.get(Opening, case_id) is None:
                tx.add(Opening(case_id=case_id, asked_by=login.account_id, asked_at=rt.clock.now()))


async def _case_of(tx: Tx, act_id: str) -> Case:
    """Return the case an act decided. Raises CaseUnknown."""
    act = await tx.get(Act, act_id)
    if act is None:
        raise CaseUnknown
    return await moderation.get(tx, act.case_id)


async def _sealed(tx: Tx, rt: Runtime, case: Case, text: str, part: str) -> bytes:
    """Return words about a case under the key of its text, so that they go with it; nothing stays nothing."""
    return await CASES.seal(tx, rt.keyring, case.subject_id, text, part) if text else b""


async def _not_about(tx: Tx, login: Login, case_id: str) -> None:
    case = await tx.get(Case, case_id)
    if case is None:
        raise CaseUnknown
    if rules.is_about(login, case):
        raise AboutYourself


async def _as_before(rt: Runtime, case: Case, kind: ActKind) -> None:
    """Undo the effect of an act: what waited is out of sight again, what everybody saw is back."""
    waited = case.decision == rules.HELD
    if kind is ActKind.APPROVE and waited:
        await subjects.hide(rt, case, REASON_KEY)
    elif kind is not ActKind.APPROVE and not waited:
        await subjects.show(rt, case)


def _reason(decision: Decision) -> str:
    return "" if decision.kind is ActKind.APPROVE else _not_empty(decision.text)


def _not_empty(text: str) -> str:
    if not text.strip():
        raise ReasonEmpty(field="reden")
    return clean(text, "reden", max_chars=REASON_CHARS)


def _count(rt: Runtime, case: Case, kind: ActKind, now: datetime) -> None:
    rt.tally.count("T16", rules.outcome_cell(kind))
    rt.tally.count("T16_tijd", rules.on_time_cell(now - case.opened_at))


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn what moderation refuses into an error that becomes a page."""
    try:
        yield
    except ModerationError as error:
        refused = Refused(error.code, key=f"desk.fout.{error.code}")
        refused.status = error.status
        raise refused from error
