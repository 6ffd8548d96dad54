"""The deeds of a visit: beginning, coming back to it on every request, changing it, ending it, being forgotten."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import col, delete, update

import moderation
from moderation import Decision, Place
from server.kit import proof_of_work
from server.kit.clock import local_day, whole_minute
from server.kit.crypto import Secret, Unreadable, keyed_hash
from server.kit.db.database import Tx
from server.kit.db.plain import Plain, moment
from server.kit.errors import Invalid
from server.kit.runtime import Runtime
from server.kit.settings import fresh_token
from server.kit.text import clean
from server.visitors import nicknames
from server.visitors.models import ReturnPhrase, Tombstone, VisitRow
from server.visitors.return_phrase import Kept, end_of
from server.visitors.visit import NEWCOMER_MESSAGES, Visit, counts, ends_at, is_over, pack, ref_of, unpack, with_cell

TOMBSTONES_KEPT: Final = timedelta(days=30)
KEYS: Final = {
    "sess": (timedelta(days=30), timedelta(days=32)),
    "ticket": (timedelta(days=7), timedelta(days=22)),
}
"""When a key is renewed, and when it is destroyed: once nothing made with it can be in use (privacy 4.5).

A visit lasts a day; a ticket is good in its week and the next.
"""
READ: Final = "SELECT ref, record, ends_at FROM visit WHERE ref = ANY($1) ORDER BY ref"
LOCK: Final = f"{READ} FOR UPDATE"
WRITE: Final = "UPDATE visit SET record = $2 WHERE ref = $1"
Forgetter = Callable[[Runtime, Visit], Awaitable[dict[str, int]]]


class NicknameRefused(Invalid):
    """This name cannot be. panel: crisis, steun or naaste when its words call for help first."""

    code = "naam_niet_toegestaan"

    def __init__(self, reason: str, panel: str | None = None) -> None:
        """Keep the reason as part of the text key."""
        self.panel = panel
        super().__init__(key=f"bezoek.naam.{reason}", field="eigen")


@dataclass(frozen=True)
class Forgotten:
    """What a request to be forgotten deleted: counts by kind, and whether there was a return phrase."""

    counts: dict[str, int]
    had_phrase: bool


def check_nickname(name: str, team: Collection[str] = ()) -> str:
    """Return a chosen name as it will stand. team: names of those who work here, which are not free.

    Raises NicknameRefused, or Invalid from the rules for all text.
    """
    name = clean(name, "eigen", max_chars=200, single_line=True)
    if nicknames.is_generated(name):
        return name  # What is offered is never refused: the checker weighs words, and two harmless ones can add up.
    if reason := nicknames.refusal(name):
        raise NicknameRefused(reason)
    if nicknames.is_of_team(name, team):
        raise NicknameRefused("team")
    verdict = moderation.check(name, place=Place.FORUM)
    if verdict.decision is not Decision.PUBLISH:
        raise NicknameRefused("woord", verdict.panel)
    return name


async def begin(rt: Runtime, nickname: str, *, kept: Kept | None = None, phrase_id: str = "") -> tuple[str, Visit]:
    """Start a visit under a checked name; kept: what a return phrase brought back. Returns the cookie's token too."""
    now = whole_minute(rt.clock.now())
    token = fresh_token()
    visit = Visit(
        ref=ref_of(rt.keyring.current("sess")[1], token),
        token=token,
        nickname=nickname,
        csrf=fresh_token(),
        started=now,
        known_since=min(now, end_of(kept.known_since)) if kept else now,
        ends_at=ends_at(now, now),
        root=kept.root if kept else Secret.random(),
        messages_sent=kept.messages_sent if kept else 0,
        phrase_id=phrase_id,
    )
    async with rt.stores.vluchtig.transaction() as tx:
        tx.add(VisitRow(ref=visit.ref.hex(), record=pack(visit), ends_at=visit.ends_at))
    return token, visit


async def load(rt: Runtime, token: str | None) -> Visit | None:
    """Return the visit of a cookie, or None when it ended or never was. Reading does not make it last longer."""
    if not token or len(token) > 100:
        return None
    visit = await rt.stores.vluchtig.read_plain(_read, Token(rt, token))
    return visit if visit and not is_over(visit, rt.clock.now()) else None


async def touch(rt: Runtime, visit: Visit) -> Visit:
    """Note that somebody is still here: moves the end, in steps of ten minutes, so most requests write nothing."""
    end = ends_at(rt.clock.now(), visit.started)
    if end <= visit.ends_at:
        return visit
    async with rt.stores.vluchtig.transaction() as tx:
        await tx.exec(update(VisitRow).where(col(VisitRow.ref) == visit.ref.hex()).values(ends_at=end))
    return replace(visit, ends_at=end)


async def save(rt: Runtime, visit: Visit) -> None:
    """Write a visit as it is; nothing happens when it has ended. Deeds that count use `change` instead."""
    async with rt.stores.vluchtig.transaction() as tx:
        await _write(tx, visit)


async def change(rt: Runtime, visit: Visit, step: Callable[[Visit], Visit]) -> tuple[Visit, Visit]:
    """Apply a step to the visit as it is now in the store, so that two tabs cannot undo each other.

    Returns the visit before and after; both are the given one when it has ended.
    """
    return await rt.stores.vluchtig.write_plain(_change, Change(rt, visit, step))


def must_note(rt: Runtime, visit: Visit, cell: str, most: int, count: int) -> bool:
    """Say whether so many messages change more than a number on the way to five (see note_said)."""
    grown = visit.messages_sent < NEWCOMER_MESSAGES <= visit.messages_sent + count
    return grown or counts(visit, cell, local_day(rt.clock.now()).isoformat(), most)


async def note_said(rt: Runtime, visit: Visit, cell: str, most: int, count: int = 1) -> Visit:
    """Count published messages, up to five, and once a day somebody's part in the figures (see count_once).

    Returns the visit as it is now, so that whoever says more does not count again.
    """
    day = local_day(rt.clock.now()).isoformat()

    if visit.messages_sent >= NEWCOMER_MESSAGES and not counts(visit, cell, day, most):
        return visit
    before, after = await change(rt, visit, lambda known: with_cell(known, cell, day, most, count))
    if after.counted != before.counted:
        rt.tally.count(*cell.split("/", 1))
    return after


async def mark_week(rt: Runtime, visit: Visit, week: str) -> bool:
    """Note that a ticket is given this week. Returns False when one was given already."""
    before, after = await change(
        rt, visit, lambda known: known if week in known.weeks else replace(known, weeks=(*known.weeks, week))
    )
    return after is not before


async def count_once(rt: Runtime, visit: Visit, cell: str, most: int = 1) -> None:
    """Count somebody's part in the figures, at most once per cell and day and `most` cells of the table (privacy 9.1).

    cell: table and cell of the allow-list, "T1/forum".
    """
    if await mark_once(rt, visit, cell, most):
        rt.tally.count(*cell.split("/", 1))


async def mark_once(rt: Runtime, visit: Visit, mark: str, most: int = 1) -> bool:
    """Note something in the visit that may count once a day; say whether it is the first time. mark: "T1/forum"."""
    day = local_day(rt.clock.now()).isoformat()
    if not counts(visit, mark, day, most):
        return False
    before, after = await change(rt, visit, lambda known: with_cell(known, mark, day, most))
    return after is not before


async def end(rt: Runtime, visit: Visit) -> None:
    """End a visit: its record goes, and its open connections hear it at once (reliability-spec 2, code 4401)."""
    async with rt.stores.vluchtig.transaction() as tx:
        await tx.exec(delete(VisitRow).where(col(VisitRow.ref) == visit.ref.hex()))
        tx.after_commit(lambda: rt.bus.publish(f"p:{visit.ref.hex()}", b"ended"))


async def forget_me(rt: Runtime, visit: Visit, forgetters: Sequence[Forgetter]) -> Forgotten:
    """Delete what this visitor left: with each slice's help its texts, then the return phrase and the visit.

    The visit goes last, so that a request cut short can be made again. Source: privacy 5.2.
    """
    counts: dict[str, int] = {}
    for forgetter in forgetters:
        for kind, number in (await forgetter(rt, visit)).items():
            counts[kind] = counts.get(kind, 0) + number
    async with rt.stores.hoofd.transaction() as tx:
        await tx.exec(delete(ReturnPhrase).where(col(ReturnPhrase.id) == visit.phrase_id))
        for gone in (f"author/{visit.author_key('forum')}", f"phrase/{visit.phrase_id}"):
            await tx.merge(Tombstone(mark=mark_of(rt, gone), day=local_day(rt.clock.now())))
    await end(rt, visit)
    return Forgotten(counts, bool(visit.phrase_id))


def mark_of(rt: Runtime, gone: str) -> str:
    """Return the keyed hash under which something forgotten is remembered until no dump holds it any more."""
    return keyed_hash(rt.keyring.current("pepper")[1], b"tombstone", gone.encode()).hex()


async def forget(rt: Runtime, now: datetime) -> None:
    """Delete visits that ended and marks of proofs that expired; renew the keys of visits and tickets in time."""
    async with rt.stores.vluchtig.transaction() as tx:
        await tx.exec(delete(VisitRow).where(col(VisitRow.ends_at) <= now))
        await proof_of_work.forget(tx, now)
    for name, (renew, destroy) in KEYS.items():
        rt.keyring.rotate_if_older(name, renew)
        rt.keyring.destroy_older(name, destroy)


@dataclass(frozen=True)
class Token:
    """The cookie of somebody who asks for their visit."""

    rt: Runtime
    token: str


@dataclass(frozen=True)
class Change:
    """A step that is to be applied to a visit."""

    rt: Runtime
    visit: Visit
    step: Callable[[Visit], Visit]


async def _read(plain: Plain, asked: Sequence[Token]) -> list[Visit | None]:
    """Return the visits of all who ask at the same moment."""
    return await _find(plain, READ, asked[0].rt, [one.token for one in asked])


async def _change(plain: Plain, asked: Sequence[Change]) -> list[tuple[Visit, Visit]]:
    """Apply the steps of all who ask at the same moment. Returns each visit before and after."""
    keys = {one.visit.token: one.visit.record_key for one in asked}
    found = await _find(plain, LOCK, asked[0].rt, list(keys), keys)
    known = {visit.token: visit for visit in found if visit is not None}
    stored, answers = dict(known), []
    for one in asked:
        if (before := known.get(one.visit.token)) is None:
            answers.append((one.visit, one.visit))
            continue
        known[one.visit.token] = after = one.step(before)
        answers.append((before, after))
    changed = [visit for token, visit in known.items() if visit is not stored[token]]
    await plain.many(WRITE, [[visit.ref.hex(), pack(visit)] for visit in changed])
    return answers


async def _find(
    plain: Plain, sql: str, rt: Runtime, tokens: Sequence[str], keys: Mapping[str, Secret | None] | None = None
) -> list[Visit | None]:
    """Return the visits of these tokens. keys: of their records, where they are known."""
    rt.keyring.current("sess")
    versions = rt.keyring.versions("sess")
    refs = {ref_of(key.secret, token).hex(): token for token in tokens for key in versions}
    found: dict[str, Visit] = {}
    for ref, record, ends in await plain.rows(sql, list(refs)):
        with suppress(Unreadable):  # damaged, or moved by hand: as good as ended
            token = refs[ref]
            found[token] = unpack(bytes.fromhex(ref), token, record, moment(ends), (keys or {}).get(token))
    return [found.get(token) for token in tokens]


async def _write(tx: Tx, visit: Visit) -> None:
    await tx.exec(update(VisitRow).where(col(VisitRow.ref) == visit.ref.hex()).values(record=pack(visit)))
