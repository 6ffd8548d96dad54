"""The demo's kringen: every theme weekly, and one that begins soon after the start."""

from datetime import datetime, time, timedelta
from typing import Final

from sqlmodel import col, select

from server.chat.groups import themes
from server.kit.clock import AMSTERDAM
from server.kit.runtime import Runtime
from server.kring.models import Kring, Plan
from server.team.models import Account
from server.team.permissions import Role

DAYS: Final = ("ma", "di", "wo", "do", "vr", "za", "zo")
SOON: Final = timedelta(minutes=12)


async def seed(rt: Runtime, now: datetime) -> None:
    """Plan what is not planned yet, with the demo's peer worker as host."""
    async with rt.stores.vluchtig.reading() as tx:
        near = select(Kring.id).where(col(Kring.starts) > now - SOON, col(Kring.starts) < now + timedelta(days=1))
        busy = (await tx.exec(near)).first() is not None
    async with rt.stores.hoofd.transaction() as tx:
        host = (await tx.exec(select(Account.id).where(col(Account.role) == Role.PEER_WORKER))).first()
        if host is None:
            return
        planned = set((await tx.exec(select(Plan.theme).where(col(Plan.weekly)))).all())
        for slug, theme in themes().items():
            if slug not in planned:
                starts = _next(theme.demo, now)
                tx.add(_plan(slug, host, starts, weekly=True))
        if not busy:
            tx.add(_plan(next(iter(themes())), host, now.replace(second=0, microsecond=0) + SOON, weekly=False))


def _plan(slug: str, host: str, starts: datetime, *, weekly: bool) -> Plan:
    theme = themes()[slug]
    return Plan(theme=slug, host=host, starts=starts, weekly=weekly, minutes=theme.minutes, places=theme.places)


def _next(moment: str, now: datetime) -> datetime:
    """Return the next time of a rule such as `di 19:00`."""
    day, clock = moment.split()
    local = now.astimezone(AMSTERDAM)
    ahead = (DAYS.index(day) - local.weekday()) % 7
    found = datetime.combine(local.date() + timedelta(days=ahead), time.fromisoformat(clock), AMSTERDAM)
    return found if found > now else found + timedelta(days=7)
