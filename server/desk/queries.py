"""Reading the desk: the queue without texts, one case with what its holder may see."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from sqlmodel import col, func, select

import moderation
from moderation import Act, Appeal, Case, Reason
from server.chat import asides
from server.desk import rules, service, subjects
from server.desk.models import Opening
from server.kit.crypto import Unreadable
from server.kit.db.database import Tx
from server.kit.runtime import Runtime
from server.team import queries as team
from server.team.logins import Login
from server.visitors.statements import CASES, appeal_part, reason_part

SHOWN = 50
RECENT = timedelta(hours=24)


@dataclass(frozen=True)
class Row:
    """One line of the queue. place: name of a group or None; holder: who has it now; second: waits for agreement."""

    id: str
    kind: str
    label: str
    priority: int
    minutes: int
    late: bool
    place: str | None
    reports: int
    holder: str | None
    mine: bool
    second: bool


@dataclass(frozen=True)
class Objection:
    """An appeal that this moderator may decide."""

    act_id: str
    kind: str
    hours: int


@dataclass(frozen=True)
class Contested:
    """An objection with what it is about. text: of the case; None when it is gone, or must not be opened yet.

    opening: the question to a second moderator, for a text from a talk.
    """

    act: Act
    reason: str
    said: str
    text: str | None
    from_talk: bool
    opening: Opening | None


@dataclass(frozen=True)
class Queue:
    """The queue of one moderator. heavy: how many P0 they decided since signing in; hidden: P0 left out for that."""

    rows: list[Row]
    objections: list[Objection]
    heavy: int
    hidden: int
    pause: bool

    @property
    def state(self) -> str:
        """Return a short text that changes when anything in the queue does."""
        parts = [(row.id, row.holder, row.mine, row.late, row.reports, row.second) for row in self.rows]
        return sha256(repr((parts, self.hidden, len(self.objections))).encode()).hexdigest()[:16]

    @property
    def urgent(self) -> bool:
        """Say whether somebody is in danger and nobody looks yet."""
        return any(row.priority == 0 and not row.mine and row.holder is None for row in self.rows) or self.hidden > 0


@dataclass(frozen=True)
class Opened:
    """One case. text and around are empty unless this moderator holds it. done: the decision on a closed case.

    may_offer: a talk, to who wrote it in a group; offered: who of the team did, as long as that holds.
    """

    case: Case
    row: Row
    about_me: bool
    from_talk: bool = False
    opening: Opening | None = None
    text: str | None = None
    lines: list[subjects.Line] = field(default_factory=list)
    earlier: dict[str, int] = field(default_factory=dict)
    minutes_left: int = 0
    suggested: Reason | None = None
    may_offer: bool = False
    offered: list[str] = field(default_factory=list)
    done: Act | None = None
    reason: str = ""
    done_by: str = ""
    may_undo: bool = False


async def queue(rt: Runtime, login: Login, *, heavy_too: bool = False) -> Queue:
    """Return what waits, most urgent first, without cases about this moderator.

    After three P0 since signing in the others are left to colleagues, unless heavy_too (moderation-spec 8).
    """
    now = rt.clock.now()
    async with rt.stores.hoofd.reading() as tx:
        waiting = [*await moderation.waiting(tx, now), *await _asked_again(tx, login, now)]
        waiting = [one for one in waiting if not rules.is_about(login, one.case)][:SHOWN]
        holders = {one.case.id: moderation.held_by(one.case, now) for one in waiting}
        names = await team.names(tx, {holder for holder in holders.values() if holder})
        asked = await _asked(tx, [one.case.id for one in waiting])
        heavy = await _heavy(tx, login)
        objections = await moderation.open_appeals(tx, login.account_id)
    places = await subjects.place_names(rt, [one.case for one in waiting])
    rows = [
        _row(login, one, holders[one.case.id], names, places.get(one.case.place_id), waits=one.case.id in asked)
        for one in waiting
    ]
    spared = [] if heavy_too or heavy < rules.HEAVY_PER_SHIFT else [row for row in rows if _spare(row)]
    return Queue(
        rows=[row for row in rows if row not in spared],
        objections=[_objection(asked_for, act, now) for asked_for, act in objections],
        heavy=heavy,
        hidden=len(spared),
        pause=now - login.started >= rules.PAUSE_AFTER,
    )


async def opened(rt: Runtime, login: Login, case_id: str) -> Opened:
    """Return one case, with its text when this moderator holds it. Raises CaseUnknown."""
    now = rt.clock.now()
    async with rt.stores.hoofd.reading() as tx:
        case = await tx.get(Case, case_id)
        if case is None:
            raise service.CaseUnknown
        holder = moderation.held_by(case, now)
        done = await service.last_act(tx, case_id)
        opening = await tx.get(Opening, case_id)
        names = await team.names(tx, {one for one in (holder, done.moderator_id if done else None) if one})
        reason = await _words(rt, tx, case.subject_id, done.reason, reason_part(done.id)) if done else ""
    places = await subjects.place_names(rt, [case])
    row = _row(login, moderation.due(case, now), holder, names, places.get(case.place_id), waits=False)
    about_me = rules.is_about(login, case)
    if not case.open:
        done_by = names.get(done.moderator_id, "") if done else ""
        undoable = done is not None and not about_me
        asked = opening if opening and opening.asked_by != login.account_id else None
        return Opened(case, row, about_me, opening=asked, done=done, reason=reason, done_by=done_by, may_undo=undoable)
    if not row.mine or about_me:
        return Opened(case, row, about_me, opening=opening)
    return await _held(rt, case, row, opening, now)


async def objection(rt: Runtime, login: Login, act_id: str) -> Contested:
    """Return an objection this moderator may decide: not to an own act or about own words. Raises CaseUnknown.

    A text from a talk is shown once a second moderator agreed (moderation-spec 5).
    """
    async with rt.stores.hoofd.reading() as tx:
        found = [(asked, act) for asked, act in await moderation.open_appeals(tx, login.account_id) if act.id == act_id]
        if not found:
            raise service.CaseUnknown
        asked, act = found[0]
        case = await tx.get(Case, act.case_id)
        opening = await tx.get(Opening, act.case_id)
    if case is None or rules.is_about(login, case):
        raise service.CaseUnknown
    from_talk = await subjects.is_from_talk(rt, case)
    agreed = not from_talk or (opening is not None and opening.agreed_by is not None)
    async with rt.stores.hoofd.reading() as tx:
        said = await _words(rt, tx, case.subject_id, asked.text, appeal_part(act_id))
        reason = await _words(rt, tx, case.subject_id, act.reason, reason_part(act_id))
        text = await _text(rt, tx, case) if agreed else None
    return Contested(act, reason, said, text, from_talk, opening)


async def decided(rt: Runtime, login: Login) -> list[tuple[Act, str]]:
    """Return this moderator's decisions of the last day with the label of their case, newest first."""
    since = rt.clock.now() - RECENT
    query = select(Act, Case.label).where(
        col(Act.case_id) == col(Case.id), col(Act.moderator_id) == login.account_id, col(Act.at) > since
    )
    async with rt.stores.hoofd.reading() as tx:
        rows = (await tx.exec(query.order_by(col(Act.at).desc()).limit(SHOWN))).all()
    return [(act, label) for act, label in rows]


async def _held(rt: Runtime, case: Case, row: Row, opening: Opening | None, now: datetime) -> Opened:
    """Return what the holder of a case sees; a text from a talk only once a second moderator agreed."""
    from_talk = await subjects.is_from_talk(rt, case)
    agreed = not from_talk or (opening is not None and opening.agreed_by is not None)
    async with rt.stores.hoofd.reading() as tx:
        text = await _text(rt, tx, case) if agreed else None
        earlier = await moderation.earlier(tx, case, now)
    in_group = case.kind == "message" and not from_talk
    async with rt.stores.vluchtig.reading() as tx:
        offers = await asides.offers(tx, case.place_id, frozenset({case.author_key}), now) if in_group else []
    return Opened(
        case,
        row,
        about_me=False,
        from_talk=from_talk,
        opening=opening,
        text=text,
        lines=await subjects.around(rt, case) if agreed and not from_talk else [],
        earlier=earlier,
        minutes_left=_minutes((case.claimed_until or now) - now),
        suggested=rules.fitting(case.label),
        may_offer=in_group and not offers,
        offered=[one["name"] for one in offers],
    )


async def _text(rt: Runtime, tx: Tx, case: Case) -> str | None:
    try:
        return await CASES.open(tx, rt.keyring, case.subject_id, case.snapshot)
    except Unreadable:
        return None


async def _words(rt: Runtime, tx: Tx, subject_id: str, sealed: bytes, part: str) -> str:
    """Return words about a case; "" when there are none, or none any more."""
    found = await CASES.open_parts(tx, rt.keyring, {(subject_id, part): sealed}) if sealed else {}
    return found.get((subject_id, part), "")


async def _asked_again(tx: Tx, login: Login, now: datetime) -> list[moderation.Waiting]:
    """Return closed cases from talks for which a colleague, who decides an objection, needs a second moderator."""
    query = select(Case).where(
        col(Case.id) == col(Opening.case_id),
        col(Case.open).is_(False),
        col(Opening.agreed_by).is_(None),
        col(Opening.asked_by) != login.account_id,
    )
    return [moderation.due(case, now) for case in (await tx.exec(query)).all()]


async def _asked(tx: Tx, case_ids: list[str]) -> set[str]:
    query = select(Opening.case_id).where(col(Opening.case_id).in_(case_ids), col(Opening.agreed_by).is_(None))
    return set((await tx.exec(query)).all())


async def _heavy(tx: Tx, login: Login) -> int:
    query = select(func.count()).where(
        col(Act.case_id) == col(Case.id),
        col(Case.priority) == 0,
        col(Act.moderator_id) == login.account_id,
        col(Act.at) >= login.started,
    )
    return (await tx.exec(query)).one()


def _spare(row: Row) -> bool:
    return row.priority == 0 and not row.mine


def _row(
    login: Login,
    waiting: moderation.Waiting,
    holder: str | None,
    names: dict[str, str],
    place: str | None,
    *,
    waits: bool,
) -> Row:
    case = waiting.case
    return Row(
        id=case.id,
        kind=case.kind,
        label=case.label,
        priority=case.priority,
        minutes=_minutes(waiting.left),
        late=waiting.late,
        place=place,
        reports=case.reports,
        holder=names.get(holder, "") if holder and holder != login.account_id else None,
        mine=holder == login.account_id,
        second=waits,
    )


def _objection(asked: Appeal, act: Act, now: datetime) -> Objection:
    left = asked.at + timedelta(hours=72) - now
    return Objection(act.id, act.kind, int(left.total_seconds() // 3600))


def _minutes(left: timedelta) -> int:
    """Return whole minutes, rounded up; negative when late."""
    return -int(-left.total_seconds() // 60)
