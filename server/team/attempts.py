"""Wrong guesses: a wait that grows, never a lock-out. Source: privacy-spec 8.1."""

from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete

from server.kit.clock import local_day
from server.kit.crypto import keyed_hash
from server.kit.errors import TooMany
from server.kit.runtime import Runtime
from server.team.models import Attempt
from server.team.rules import wait_after


class WaitFirst(TooMany):
    """Too many wrong guesses at this name; retry_ms says how long."""

    code = "te_vaak_fout"
    key = "team.fout.wacht"


async def count(rt: Runtime, who: str, longest: timedelta) -> None:
    """Count a guess before it is looked at, so that many at once are no way round the wait. Raises WaitFirst."""
    try:
        await _count(rt, who, longest)
    except IntegrityError:  # two first guesses at once: the row is there now
        await _count(rt, who, longest)


async def _count(rt: Runtime, who: str, longest: timedelta) -> None:
    now = rt.clock.now()
    async with rt.stores.hoofd.transaction() as tx:
        row = await tx.get(Attempt, who, with_for_update=True)
        if row is None:
            row = Attempt(who=who, failures=0, wait_until=now)
        if row.wait_until > now:
            raise _wait(row.wait_until - now)
        row.failures += 1
        row.wait_until = now + wait_after(row.failures, longest)
        tx.add(row)


async def clear(rt: Runtime, who: str) -> None:
    """Forget the guesses: this one was right."""
    async with rt.stores.hoofd.transaction() as tx:
        await tx.exec(delete(Attempt).where(col(Attempt.who) == who))


async def forget(rt: Runtime, now: datetime) -> None:
    """Forget guesses of more than a day ago."""
    async with rt.stores.hoofd.transaction() as tx:
        await tx.exec(delete(Attempt).where(col(Attempt.wait_until) < now - timedelta(days=1)))


def at_name(rt: Runtime, name_key: str) -> str:
    """Return the key for guesses at a name, whether or not somebody has it. It is another one every month."""
    _, secret = rt.keyring.current("sess")
    month = local_day(rt.clock.now()).strftime("%Y-%m")
    return keyed_hash(secret, b"attempt", month.encode(), name_key.encode()).hex()


def at_codes(account_id: str) -> str:
    """Return the key for guesses at the second factor of an account."""
    return f"code/{account_id}"


def _wait(left: timedelta) -> WaitFirst:
    seconds = max(1, round(left.total_seconds() + 0.5))
    return WaitFirst(retry_ms=1000 * seconds, n=seconds)
