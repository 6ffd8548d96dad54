"""Filing cases, the order in which they are looked at, and holding one (moderation-spec 5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from moderation import log, policy
from moderation.errors import CaseGone, CaseTaken
from moderation.models import Act, Case, Report
from moderation.verdicts import Subject, Verdict


@dataclass(frozen=True)
class Waiting:
    """A case in the queue. left: time until the first look is due, negative when late."""

    case: Case
    left: timedelta
    late: bool


async def file_verdict(
    tx: AsyncSession, subject: Subject, author_key: str, verdict: Verdict, snapshot: bytes, now: datetime
) -> Case:
    """Put what the checker held, blocked or marked before the moderators. The same subject gives the same case.

    A second time means that its author changed the text: the case shows the new one, and opens again.
    """
    case = _new(subject, author_key, verdict.label, verdict.severity, "check", str(verdict.decision), snapshot, now)
    case.rules = list(verdict.rules)
    known = await _merge(tx, case)
    return known if known is case else await _renew(tx, known, case)


async def file_report(
    tx: AsyncSession,
    subject: Subject,
    author_key: str,
    reporter_key: str,
    category: str,
    snapshot: bytes,
    now: datetime,
) -> Case:
    """Put what a member reported before the moderators; reports on the same subject become one case.

    A closed case opens again only for a category it has not had. One person counts once.
    """
    label, severity = policy.REPORT_LABELS[category]
    case = await _merge(tx, _new(subject, author_key, label, severity, "report", "publish", snapshot, now))
    if await tx.get(Report, (case.id, reporter_key)) is None:
        tx.add(Report(case_id=case.id, reporter_key=reporter_key, category=category))
        case.reports += 1
    if category not in case.categories:
        if not case.open:
            case.open, case.closed_at, case.opened_at = True, None, now
        case.categories = [*case.categories, category]
        case.priority = min(case.priority, policy.priority(label, severity))
        case.version += 1
    tx.add(case)
    await tx.flush()
    return case


async def file_by_team(
    tx: AsyncSession, subject: Subject, author_key: str, label: str, snapshot: bytes, now: datetime
) -> Case:
    """Put what a colleague saw before the moderators, with the words as they are now; a closed case opens again."""
    case = _new(subject, author_key, label, policy.lightest(label), policy.BROUGHT_IN, "publish", snapshot, now)
    known = await _merge(tx, case)
    return known if known is case else await _renew(tx, known, case)


async def waiting(tx: AsyncSession, now: datetime) -> list[Waiting]:
    """Return the open cases: by priority, then by time left."""
    rows = (await tx.exec(select(Case).where(col(Case.open)))).all()
    return sorted((due(case, now) for case in rows), key=lambda one: (one.case.priority, one.left, one.case.id))


async def filed(tx: AsyncSession, kind: str, subject_ids: Sequence[str]) -> dict[str, Case]:
    """Return the cases that these subjects have, by subject."""
    query = select(Case).where(col(Case.kind) == kind, col(Case.subject_id).in_(list(subject_ids)))
    return {case.subject_id: case for case in (await tx.exec(query)).all()}


async def get(tx: AsyncSession, case_id: str) -> Case:
    """Return a case, open or closed. Raises CaseGone."""
    case = await tx.get(Case, case_id)
    if case is None:
        raise CaseGone
    return case


async def claim(tx: AsyncSession, case_id: str, moderator_id: str, now: datetime, *, take_over: bool = False) -> Case:
    """Hold a case for five (P0) or ten minutes; again by the same person renews it.

    take_over: from a colleague, which is logged. Raises CaseGone or CaseTaken.
    """
    case = (await tx.exec(select(Case).where(col(Case.id) == case_id, col(Case.open)).with_for_update())).first()
    if case is None:
        raise CaseGone
    busy = held_by(case, now)
    if busy not in (None, moderator_id):
        if not take_over:
            raise CaseTaken
        await log.note(tx, moderator_id, "take_over", case.id, {}, now)
    case.claimed_by, case.claimed_until = moderator_id, now + policy.CLAIM[case.priority]
    case.first_look_at = case.first_look_at or now
    tx.add(case)
    await tx.flush()
    return case


async def release(tx: AsyncSession, case_id: str, moderator_id: str) -> None:
    """Let go of a case that this person holds."""
    case = await get(tx, case_id)
    if case.claimed_by == moderator_id:
        case.claimed_by = case.claimed_until = None
        tx.add(case)


async def earlier(tx: AsyncSession, case: Case, now: datetime) -> dict[str, int]:
    """Return how often each act was done to this author in the last 90 days; counts only."""
    query = (
        select(Act.kind, func.count())
        .where(
            col(Act.author_key) == case.author_key,
            col(Act.at) > now - timedelta(days=90),
            col(Act.reverted_at).is_(None),
        )
        .group_by(col(Act.kind))
    )
    return dict((await tx.exec(query)).all())


def due(case: Case, now: datetime) -> Waiting:
    """Return how long a case may still wait for its first look."""
    left = case.opened_at + policy.FIRST_LOOK[case.priority] - now
    return Waiting(case, left, case.first_look_at is None and left < timedelta(0))


def held_by(case: Case, now: datetime) -> str | None:
    """Return who holds a case now; a claim frees itself."""
    return case.claimed_by if case.claimed_until is not None and case.claimed_until > now else None


def _new(
    subject: Subject,
    author_key: str,
    label: str,
    severity: int,
    cause: str,
    decision: str,
    snapshot: bytes,
    now: datetime,
) -> Case:
    return Case(
        kind=subject.kind, subject_id=subject.id, subject_rev=subject.rev, place_id=subject.place_id,
        author_key=author_key, label=label, severity=severity, priority=policy.priority(label, severity),
        cause=cause, decision=decision, opened_at=now.replace(second=0, microsecond=0), snapshot=snapshot,
    )  # fmt: skip


async def _merge(tx: AsyncSession, case: Case) -> Case:
    """Add the case, or return the one that this subject already has."""
    query = select(Case).where(col(Case.kind) == case.kind, col(Case.subject_id) == case.subject_id)
    if (known := (await tx.exec(query)).first()) is not None:
        return known
    try:
        async with tx.begin_nested():
            tx.add(case)
    except IntegrityError:  # filed at the same moment by somebody else
        return (await tx.exec(query)).one()
    return case


async def _renew(tx: AsyncSession, known: Case, changed: Case) -> Case:
    """Show the text as it is now, so that nobody decides about the old one; what was graver before still counts."""
    known.snapshot, known.subject_rev = changed.snapshot, changed.subject_rev
    known.decision, known.version = changed.decision, known.version + 1
    known.rules = list(dict.fromkeys([*known.rules, *changed.rules]))
    if changed.severity > known.severity:
        known.label, known.severity = changed.label, changed.severity
    known.priority = min(known.priority, changed.priority)
    if not known.open:
        known.open, known.closed_at, known.opened_at = True, None, changed.opened_at
    tx.add(known)
    await tx.flush()
    return known
