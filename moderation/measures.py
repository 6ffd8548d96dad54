"""What holds for everybody in a room: a pause or a slower pace, with a person, a reason and an end."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from moderation import log, policy
from moderation.errors import CaseGone, ReasonMissing, TooLate
from moderation.models import Act, Case
from moderation.policy import ActKind

KIND = "room"


async def impose(
    tx: AsyncSession,
    act_id: str,
    staff_id: str,
    kind: ActKind,
    place_id: str,
    now: datetime,
    *,
    category: str,
    house_rule: str,
    reason: bytes,
    until: datetime,
) -> Act:
    """Write down a measure for a whole room, as a case that is closed at once; objections are about its act.

    reason: sealed, as people read it. Raises ReasonMissing, or TooLate when until is past or more than a day away.
    """
    if not (category and house_rule and reason):
        raise ReasonMissing
    if not now < until <= now + policy.LONGEST[kind]:
        raise TooLate
    case = Case(
        kind=KIND, subject_id=act_id, place_id=place_id, author_key="", label="none", severity=0, priority=4,
        cause=policy.BROUGHT_IN, decision="publish", open=False, opened_at=now, closed_at=now, first_look_at=now,
        snapshot=b"",
    )  # fmt: skip
    tx.add(case)
    await tx.flush()
    done = Act(
        id=act_id, case_id=case.id, kind=kind, moderator_id=staff_id, author_key="", place_id=place_id,
        subject_id=act_id, category=category, house_rule=house_rule, reason=reason, at=now, until=until,
    )  # fmt: skip
    tx.add(done)
    await log.note(tx, staff_id, kind, case.id, {"category": category}, now)
    return done


async def lift(tx: AsyncSession, act_id: str, staff_id: str, now: datetime) -> None:
    """End a measure before its time. Raises CaseGone when there is none that runs."""
    done = await tx.get(Act, act_id)
    if done is None or done.reverted_at is not None or done.until is None or done.until <= now:
        raise CaseGone
    done.until = now
    tx.add(done)
    await log.note(tx, staff_id, "lift", done.case_id, {"act": done.kind}, now)
