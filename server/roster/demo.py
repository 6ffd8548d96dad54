"""The demo's roster: the doors are open as the settings say, every day of this week and the four after it."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Final

from sqlmodel import col, select

from server.kit.clock import local_day
from server.kit.db.database import Tx
from server.kit.runtime import Runtime
from server.roster.models import MODERATION, TALKS, Shift
from server.roster.rules import day_hours, span
from server.team.models import Account
from server.team.permissions import Role

WEEKS: Final = 5
LONGEST: Final = timedelta(hours=8)


async def seed(rt: Runtime, now: datetime, hours: Mapping[str, str]) -> None:
    """Fill the weeks that have no shift yet. hours: local times by place, such as `10:00-22:00`."""
    today = local_day(now)
    monday = today - timedelta(days=today.weekday())
    async with rt.stores.hoofd.transaction() as tx:
        staff = await _staff(tx)
        for week in range(WEEKS):
            begin = day_hours(monday + timedelta(weeks=week))[0]
            taken = select(Shift.id).where(col(Shift.starts) >= begin, col(Shift.starts) < begin + timedelta(days=6))
            if (await tx.exec(taken.limit(1))).first() is None:
                tx.add_all(_week(monday + timedelta(weeks=week), hours, staff))


def _week(monday: date, hours: Mapping[str, str], staff: Mapping[str, list[str]]) -> Iterator[Shift]:
    for ahead in range(7):
        for place, between in hours.items():
            who = staff[place if place in staff else ""]
            start, end = span(monday + timedelta(days=ahead), *between.split("-"))
            yield from _shifts(place, start, end, who)


def _shifts(place: str, start: datetime, end: datetime, who: list[str]) -> Iterator[Shift]:
    """Yield shifts of at most eight hours, one colleague after the other."""
    turn = 0
    while start < end and who:
        until = min(end, start + LONGEST)
        yield Shift(place=place, account_id=who[turn % len(who)], starts=start, ends=until)
        start, turn = until, turn + 1


async def _staff(tx: Tx) -> dict[str, list[str]]:
    """Return who works where: peer workers in talks, moderators where texts are judged, all of them in groups."""
    rows = (await tx.exec(select(Account.id, Account.role).order_by(col(Account.name_key)))).all()
    peers = [id_ for id_, role in rows if role == Role.PEER_WORKER]
    moderators = [id_ for id_, role in rows if role == Role.MODERATOR]
    return {TALKS: peers, MODERATION: moderators, "": peers + moderators}
