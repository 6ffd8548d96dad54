"""Reading the team: who there is, by name."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import col, select

from server.kit.db.database import Tx
from server.team.models import Account, AccountRight, Invitation, LoginRow
from server.team.permissions import Right, Role


@dataclass(frozen=True)
class Colleague:
    """One account as others may see it."""

    id: str
    name: str
    role: Role
    rights: frozenset[Right]
    created: date
    demo: bool


async def colleagues(tx: Tx) -> list[Colleague]:
    """Return all accounts by name."""
    held: dict[str, set[Right]] = {}
    for right in (await tx.exec(select(AccountRight))).all():
        held.setdefault(right.account_id, set()).add(Right(right.right))
    rows = (await tx.exec(select(Account).order_by(col(Account.name_key)))).all()
    return [_colleague(row, held.get(row.id, set())) for row in rows]


async def all_names(tx: Tx) -> list[str]:
    """Return the names of all who work here, those who are invited included."""
    return [*(await tx.exec(select(Account.name))).all(), *(await tx.exec(select(Invitation.name))).all()]


async def colleague(tx: Tx, account_id: str) -> Colleague | None:
    """Return one account, or None."""
    row = await tx.get(Account, account_id)
    if row is None:
        return None
    rights = (await tx.exec(select(AccountRight.right).where(AccountRight.account_id == account_id))).all()
    return _colleague(row, {Right(right) for right in rights})


async def cast(tx: Tx, account_ids: list[str]) -> list[Colleague]:
    """Return these accounts in this order; one that is gone is left out."""
    by_id = {found.id: found for found in await colleagues(tx)}
    return [by_id[account_id] for account_id in account_ids if account_id in by_id]


async def names(tx: Tx, account_ids: set[str]) -> dict[str, str]:
    """Return the names of these accounts; one that is gone is left out."""
    rows = (await tx.exec(select(Account.id, Account.name).where(col(Account.id).in_(account_ids)))).all()
    return dict(rows)


async def seen_since(tx: Tx, since: datetime) -> frozenset[str]:
    """Return whose login was used since a moment."""
    return frozenset((await tx.exec(select(LoginRow.account_id).where(col(LoginRow.last_seen) > since))).all())


async def open_invitations(tx: Tx) -> list[Invitation]:
    """Return the invitations nobody used yet, by name."""
    return list((await tx.exec(select(Invitation).order_by(col(Invitation.name_key)))).all())


def _colleague(row: Account, rights: set[Right]) -> Colleague:
    return Colleague(row.id, row.name, Role(row.role), frozenset(rights), row.created, row.demo)
