"""The deeds of a return phrase: making one, coming back with one, letting unused ones end (privacy 2.6-2.9, 5)."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlmodel import col, delete, select, update

from server.kit import proof_of_work
from server.kit.clock import local_day
from server.kit.crypto import Unreadable
from server.kit.errors import Invalid, Unavailable
from server.kit.ids import new_id
from server.kit.limits import Rule
from server.kit.runtime import Runtime
from server.kit.words import word_list
from server.visitors import service
from server.visitors.models import ReturnPhrase, Tombstone
from server.visitors.return_phrase import (
    UNUSED_QUARTERS,
    WORDS,
    Kept,
    Opener,
    Typed,
    close_vault,
    is_unused,
    open_vault,
    opener,
    quarter,
    versions,
)
from server.visitors.visit import Visit

PURPOSE: Final = "terugkeer"
AT_ONCE: Final = 2
QUEUE: Final = 50
MAKING: Final = Rule("zin", 5, minutes=10)
RETURNING: Final = Rule("terugkeer", 5, minutes=10)


class PhraseUnknown(Invalid):
    """These words open nothing: one answer for a wrong phrase, an ended one and words that are in no list."""

    code = "zin_onbekend"
    key = "err.code"


class Busy(Unavailable):
    """More people come back at once than we can compute for."""

    code = "druk"
    key = "bezoek.druk"


class _Computing:
    """The slow computations of this process: two at once, fifty waiting, then a plain no."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="phrase")
        self._waiting = 0

    async def openers(self, rt: Runtime, phrase: str, most: int) -> list[Opener]:
        """Return what a phrase gives under the present version and, with most 2, the one before. Raises Busy."""
        if self._waiting >= AT_ONCE + QUEUE:
            raise Busy(retry_ms=5000)
        known = versions(rt.keyring, rt.settings.argon2_memory, rt.settings.argon2_time)[:most]
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return [await loop.run_in_executor(self._threads, opener, phrase, version) for version in known]
        finally:
            self._waiting -= 1


COMPUTING: Final = _Computing()


async def challenge(rt: Runtime) -> str:
    """Return the work asked before a return; it grows with the attempts of everybody together."""
    now = rt.clock.now()
    async with rt.stores.vluchtig.reading() as tx:
        attempts = await proof_of_work.attempts(tx, PURPOSE, now)
    return proof_of_work.issue(rt.keyring, PURPOSE, now, bits=rt.settings.proof_bits, attempts=attempts)


async def make_phrase(rt: Runtime, visit: Visit) -> list[str]:
    """Make a return phrase, in place of the one there was, and return its words: nobody can show them again.

    Raises TooMany or Busy.
    """
    await rt.limits.hit(MAKING, visit.ref.hex())
    words = word_list().draw(WORDS)
    (made,) = await COMPUTING.openers(rt, " ".join(words), 1)
    today, row_id = local_day(rt.clock.now()), new_id()
    kept = Kept(visit.root, visit.nickname, local_day(visit.known_since), visit.messages_sent)
    row = ReturnPhrase(
        id=row_id, lookup=made.lookup, vault=close_vault(made, row_id, kept), version=made.version.name,
        last_quarter=quarter(today),
    )  # fmt: skip
    async with rt.stores.hoofd.transaction() as tx:
        await tx.exec(delete(ReturnPhrase).where(col(ReturnPhrase.id) == visit.phrase_id))
        tx.add(row)
    await service.change(rt, visit, lambda known: replace(known, phrase_id=row_id))
    return words


async def return_with_phrase(
    rt: Runtime, typed: Typed, proof: str, solution: str, *, here: Visit | None = None
) -> tuple[str, Visit]:
    """Begin a visit as who made this phrase. here: the visit this browser is in already; it ends.

    Raises ProofMissing, ProofWrong or ProofUsed, PhraseUnknown (the same after the same work for every reason), Busy,
    or TooMany.
    """
    if not typed.complete:
        raise PhraseUnknown(field="woorden")
    if here is not None:
        await rt.limits.hit(RETURNING, here.ref.hex())
    async with rt.stores.vluchtig.transaction() as tx:
        await proof_of_work.redeem(tx, rt.keyring, PURPOSE, proof, solution, rt.clock.now())
    openers = await COMPUTING.openers(rt, typed.phrase, 2)
    found = await _open(rt, openers)
    if found is None:
        raise PhraseUnknown(field="woorden")
    row_id, kept = found
    begun = await service.begin(rt, kept.nickname, kept=kept, phrase_id=row_id)
    if here is not None:
        await service.end(rt, here)
    return begun


async def _open(rt: Runtime, openers: Sequence[Opener]) -> tuple[str, Kept] | None:
    """Find the row with one query and open it; note the quarter, and bring an old row to the present version."""
    today = local_day(rt.clock.now())
    by_lookup = {made.lookup: made for made in openers}
    async with rt.stores.hoofd.transaction() as tx:
        row = (await tx.exec(select(ReturnPhrase).where(col(ReturnPhrase.lookup).in_(by_lookup)))).first()
        if row is None or is_unused(row.last_quarter, today):
            return None
        try:
            kept = open_vault(by_lookup[row.lookup], row.id, row.vault)
        except Unreadable:
            return None
        if row.last_quarter != quarter(today) or row.lookup != openers[0].lookup:
            row.lookup, row.version = openers[0].lookup, openers[0].version.name
            row.vault, row.last_quarter = close_vault(openers[0], row.id, kept), quarter(today)
            tx.add(row)
    return row.id, kept


async def forget_again(rt: Runtime) -> int:
    """Delete, after a restore, the phrases of people who were forgotten. Returns how many (privacy 5.3)."""
    async with rt.stores.hoofd.transaction() as tx:
        gone = set((await tx.exec(select(Tombstone.mark))).all())
        ids = (await tx.exec(select(ReturnPhrase.id))).all()
        back = [phrase_id for phrase_id in ids if service.mark_of(rt, f"phrase/{phrase_id}") in gone]
        await tx.exec(delete(ReturnPhrase).where(col(ReturnPhrase.id).in_(back)))
    return len(back)


async def forget_phrases(rt: Runtime, now: datetime) -> None:
    """Every night: delete phrases unused for four quarters and old tombstones, and write the rest anew.

    Written anew in the order of their keys, so that row headers do not tell the order of arrival (privacy 5.1).
    """
    today = local_day(now)
    async with rt.stores.hoofd.transaction() as tx:
        await tx.exec(delete(ReturnPhrase).where(col(ReturnPhrase.last_quarter) < quarter(today) - UNUSED_QUARTERS))
        await tx.exec(delete(Tombstone).where(col(Tombstone.day) < today - service.TOMBSTONES_KEPT))
        query = select(ReturnPhrase.id, ReturnPhrase.version).order_by(ReturnPhrase.id)
        if same := [{"id": row_id, "version": version} for row_id, version in (await tx.exec(query)).all()]:
            await tx.exec(update(ReturnPhrase), params=same)
