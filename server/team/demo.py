"""The demo team: one account per role, without password. Also logins for tests of a running server."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import col, select

from server.kit.clock import local_day
from server.kit.db.database import Tx
from server.kit.ids import stable_id
from server.kit.runtime import Runtime
from server.team import logins
from server.team.models import Account, AccountRight
from server.team.permissions import Right, Role
from server.team.service import name_key


@dataclass(frozen=True)
class Member:
    """One person of the cast."""

    name: str
    role: Role
    rights: frozenset[Right] = frozenset()

    @property
    def id(self) -> str:
        """Return the id that this name always has."""
        return stable_id("team", self.name)


HOST: Final = frozenset({Right.GESPREKSVOERDER})
CAST: Final = (
    Member("Sam", Role.PEER_WORKER, HOST),
    Member("Noor", Role.MODERATOR),
    Member("Bram", Role.MODERATOR),
    Member("Hilde", Role.COORDINATOR),
    Member("Joost", Role.ADMINISTRATOR),
    Member("Femke", Role.PROFESSIONAL, HOST),
)


async def seed(rt: Runtime, now: datetime) -> None:
    """Make the demo team; what is there already stays as it is."""
    async with rt.stores.hoofd.transaction() as tx:
        for member in CAST:
            await _add(tx, member, now)


async def sign_in_for_tests(rt: Runtime, role: Role, count: int) -> list[dict[str, str]]:
    """Make `count` more accounts of a role, each with an open login; for `python -m server seed --team`.

    Returns {"name", "role", "cookie", "csrf"} per account; cookie is the value only.
    """
    now, made = rt.clock.now(), []
    async with rt.stores.hoofd.transaction() as tx:
        taken = set((await tx.exec(select(Account.name).where(col(Account.role) == role.value))).all())
        for name in _free_names(role, taken, count):
            member = Member(name, role, HOST if role in (Role.PEER_WORKER, Role.PROFESSIONAL) else frozenset())
            await _add(tx, member, now)
            token, row = logins.new_row(rt.keyring, member.id, now, second_factor_at=now)
            tx.add(row)
            made.append({"name": name, "role": role.value, "cookie": token, "csrf": row.csrf})
    return made


async def _add(tx: Tx, member: Member, now: datetime) -> None:
    if await tx.get(Account, member.id) is not None:
        return
    tx.add(
        Account(
            id=member.id,
            name=member.name,
            name_key=name_key(member.name),
            role=member.role.value,
            created=local_day(now),
        )
    )
    await tx.flush()
    tx.add_all(AccountRight(account_id=member.id, right=right.value) for right in member.rights)
    await tx.flush()


def _free_names(role: Role, taken: set[str], count: int) -> list[str]:
    number, names = 0, list[str]()
    while len(names) < count:
        number += 1
        name = f"{role.value} {number}"
        if name not in taken:
            names.append(name)
    return names
