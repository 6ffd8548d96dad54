"""How a peer worker works today: whether they take talks, how many at once, what they know from life. Gone tomorrow."""

from collections.abc import Sequence

from sqlmodel import col, update

from server.kit.clock import local_day
from server.kit.runtime import Runtime
from server.talks import rules, steps
from server.talks.models import Duty, Status
from server.team.logins import Login


async def start(rt: Runtime, login: Login, most: int, knows: Sequence[str]) -> None:
    """Begin today's work, or change how. Raises UnknownTopic or BadNumber."""
    duty = Duty(
        helper=login.account_id, name=login.name, day=local_day(rt.clock.now()), most=rules.check_most(most),
        knows=[rules.check_topic(topic) for topic in knows], here_until=rules.lease_from(rt.clock.now()),
    )  # fmt: skip
    async with rt.stores.vluchtig.transaction() as tx:
        await tx.merge(duty)
        steps.ring(tx, rt)


async def set_status(rt: Runtime, login: Login, status: Status) -> None:
    """Take talks, pause, or be done after this one. Somebody who did not say how they work takes one after another."""
    now = rt.clock.now()
    async with rt.stores.vluchtig.transaction() as tx:
        duty = await tx.get(Duty, login.account_id, with_for_update=True)
        if duty is None or duty.day != local_day(now):
            duty = await tx.merge(
                Duty(
                    helper=login.account_id, name=login.name, day=local_day(now), most=rules.TALKS_AT_ONCE,
                    here_until=rules.lease_from(now),
                )
            )  # fmt: skip
        duty.status = status
        steps.ring(tx, rt)


async def stop(rt: Runtime, account_id: str) -> None:
    """Note that a peer worker has signed out: who waits counts on them no more. Their talks go on for a lease."""
    now = rt.clock.now()
    async with rt.stores.vluchtig.transaction() as tx:
        here = (col(Duty.helper) == account_id, col(Duty.here_until) > now)
        if (await tx.exec(update(Duty).where(*here).values(here_until=now))).rowcount:
            steps.ring(tx, rt)
