"""Deciding a case, telling the author why, undoing, and looking again (moderation-spec 6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from moderation import log, policy, queue
from moderation.errors import CaseGone, NotClaimed, OwnDecision, ReasonMissing, StaleCase, TooLate
from moderation.models import Act, Appeal, Case, new_id
from moderation.policy import ActKind, Pace

OUTCOMES: Final = ("uphold", "soften", "overturn")


@dataclass(frozen=True)
class Sanction:
    """A running limit on writing. place_id: the room it holds for, "" for everywhere."""

    act_id: str
    kind: str
    author_key: str
    place_id: str
    until: datetime


@dataclass(frozen=True)
class Statement:
    """What the author may read about an act: what, why, by which rule, until when, and whether it can be contested.

    reason and answer (to an appeal) are sealed, by whoever acted and answered.
    """

    act_id: str
    kind: str
    reason: bytes
    house_rule: str
    at: datetime
    until: datetime | None
    appealed: bool
    outcome: str | None
    answer: bytes
    subject_id: str


async def act(
    tx: AsyncSession,
    case_id: str,
    moderator_id: str,
    kind: ActKind,
    version: int,
    now: datetime,
    *,
    category: str = "",
    house_rule: str = "",
    reason: bytes = b"",
    act_id: str = "",
    until: datetime | None = None,
) -> Act:
    """Decide a case that this moderator holds.

    reason: sealed, as the author will read it, under an act_id that the caller chose for it. approve needs no reason;
    the others do. Raises CaseGone, NotClaimed, StaleCase (version is that of the screen), ReasonMissing, TooLate (until
    is too far or past).
    """
    case = await _held(tx, case_id, moderator_id, version, now)
    _check_reason(kind, category, house_rule, reason)
    done = Act(
        id=act_id or new_id(), case_id=case.id, kind=kind, moderator_id=moderator_id, author_key=case.author_key,
        place_id=case.place_id, subject_id=case.subject_id, category=category, house_rule=house_rule,
        reason=reason, at=now, until=_end(kind, until, now),
    )  # fmt: skip
    tx.add(done)
    case.version, case.open, case.closed_at = case.version + 1, False, now
    case.claimed_by = case.claimed_until = None
    tx.add(case)
    facts = {"label": case.label, "severity": case.severity, "rules": case.rules, "category": category}
    await log.note(tx, moderator_id, kind, case.id, facts | {"version": [version, case.version]}, now)
    await tx.flush()
    return done


async def revert(tx: AsyncSession, act_id: str, moderator_id: str, now: datetime) -> Act:
    """Undo an act; the case opens again. Raises CaseGone when there is nothing to undo."""
    done = await tx.get(Act, act_id)
    if done is None or done.reverted_at is not None:
        raise CaseGone
    done.reverted_at, done.reverted_by = now, moderator_id
    case = await queue.get(tx, done.case_id)
    case.open, case.closed_at, case.version = True, None, case.version + 1
    tx.add_all([done, case])
    await log.note(tx, moderator_id, "revert", case.id, {"act": done.kind}, now)
    return done


async def appeal(tx: AsyncSession, act_id: str, author_key: str, text: bytes, now: datetime) -> Appeal:
    """Ask another moderator to look again; a second time changes nothing. text is sealed.

    Raises CaseGone or TooLate (30 days).
    """
    done = await tx.get(Act, act_id)
    if done is None or done.author_key != author_key:
        raise CaseGone
    if now - done.at > policy.APPEAL_WITHIN:
        raise TooLate
    if (known := await tx.get(Appeal, act_id)) is not None:
        return known
    made = Appeal(act_id=act_id, author_key=author_key, text=text, at=now)
    tx.add(made)
    await tx.flush()
    return made


async def open_appeals(tx: AsyncSession, moderator_id: str) -> list[tuple[Appeal, Act]]:
    """Return the appeals that this moderator may decide: not about an own act."""
    query = select(Appeal, Act).where(col(Appeal.act_id) == col(Act.id), col(Appeal.outcome).is_(None))
    return [
        (asked, done)
        for asked, done in (await tx.exec(query.order_by(col(Appeal.at)))).all()
        if done.moderator_id != moderator_id
    ]


async def decide_appeal(
    tx: AsyncSession, act_id: str, moderator_id: str, outcome: str, reason: bytes, now: datetime
) -> Act:
    """Answer an appeal, sealed; "overturn" reverts the act. Raises CaseGone, OwnDecision or ReasonMissing."""
    asked, done = await tx.get(Appeal, act_id), await tx.get(Act, act_id)
    if asked is None or done is None or asked.outcome is not None or outcome not in OUTCOMES:
        raise CaseGone
    if done.moderator_id == moderator_id:
        raise OwnDecision
    if not reason:
        raise ReasonMissing
    asked.decided_by, asked.outcome, asked.reason = moderator_id, outcome, reason
    if outcome == "overturn":
        done.reverted_at, done.reverted_by = now, moderator_id
    tx.add_all([asked, done])
    await log.note(tx, moderator_id, f"appeal_{outcome}", done.case_id, {"act": done.kind}, now)
    return done


async def active_sanctions(tx: AsyncSession, author_keys: Sequence[str], now: datetime) -> list[Sanction]:
    """Return the limits on writing that hold for these author keys now."""
    rows = await _acts_of(tx, author_keys, now)
    return [
        Sanction(row.id, row.kind, row.author_key, row.place_id, row.until)
        for row in rows
        if row.kind in policy.LIMITS_WRITING and row.until is not None
    ]


class Plain(Protocol):
    """A connection that takes plain SQL: this question is asked for every message."""

    async def rows(self, sql: str, *values: Any) -> Sequence[Sequence[Any]]:
        """Return what one statement gives."""
        ...


LIMITED: Final = """
    SELECT author_key, kind FROM moderation_act
    WHERE author_key = ANY($1) AND kind = ANY($2) AND reverted_at IS NULL AND until > $3
"""


async def limited(plain: Plain, author_keys: Sequence[str], now: datetime) -> dict[str, Pace]:
    """Return those of the author keys that may not write as they like now, and how they may."""
    kinds = [str(kind) for kind in policy.LIMITS_WRITING]
    found: dict[str, Pace] = {}
    for key, kind in await plain.rows(LIMITED, list(author_keys), kinds, now):
        found[key] = max(found.get(key, Pace.FREE), Pace.STOPPED if kind in policy.STOPS_WRITING else Pace.SLOW)
    return found


async def statements(tx: AsyncSession, author_keys: Sequence[str], now: datetime) -> list[Statement]:
    """Return what the author may read now: hidden messages, warnings and limits, and what became of an objection.

    What was approved or undone is not among them, and nothing is shown in the first 60 seconds, in which the moderator
    can still take it back.
    """
    query = (
        select(Act, Appeal)
        .join(Appeal, col(Appeal.act_id) == col(Act.id), isouter=True)
        .where(
            col(Act.author_key).in_(list(author_keys)),
            col(Act.kind) != ActKind.APPROVE,
            col(Act.at) <= now - policy.GRACE,
            col(Act.reverted_at).is_(None) | (col(Appeal.outcome) == "overturn"),
            col(Act.until).is_(None) | (col(Act.until) > now) | col(Appeal.outcome).is_not(None),
        )
    )
    return [_statement(done, asked) for done, asked in (await tx.exec(query.order_by(col(Act.at)))).all()]


def _statement(done: Act, asked: Appeal | None) -> Statement:
    return Statement(
        done.id, done.kind, done.reason, done.house_rule, done.at, done.until, asked is not None,
        asked.outcome if asked else None, asked.reason if asked else b"", done.subject_id,
    )  # fmt: skip


async def _acts_of(tx: AsyncSession, author_keys: Sequence[str], now: datetime) -> Sequence[Act]:
    query = select(Act).where(
        col(Act.author_key).in_(list(author_keys)),
        col(Act.reverted_at).is_(None),
        col(Act.until).is_(None) | (col(Act.until) > now),
    )
    return (await tx.exec(query.order_by(col(Act.at)))).all()


async def _held(tx: AsyncSession, case_id: str, moderator_id: str, version: int, now: datetime) -> Case:
    case = (await tx.exec(select(Case).where(col(Case.id) == case_id).with_for_update())).first()
    if case is None:
        raise CaseGone
    if case.version != version or not case.open:
        raise StaleCase
    if queue.held_by(case, now) != moderator_id:
        raise NotClaimed
    return case


def _check_reason(kind: ActKind, category: str, house_rule: str, reason: bytes) -> None:
    if kind is not ActKind.APPROVE and not (category.strip() and house_rule.strip() and reason):
        raise ReasonMissing


def _end(kind: ActKind, until: datetime | None, now: datetime) -> datetime | None:
    """Return when the act stops counting. Nothing is for ever."""
    longest = policy.LONGEST.get(kind)
    if longest is None:
        return None
    if until is None:
        return now + longest
    if not now < until <= now + longest:
        raise TooLate
    return until
