"""What a login is, and finding it by the token in a cookie."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import col, func, select, update

from server.kit.crypto import Secret, keyed_hash
from server.kit.db.database import Tx
from server.kit.errors import Unavailable
from server.kit.keys import Keyring
from server.kit.runtime import Runtime
from server.kit.settings import Settings, fresh_token
from server.team import rules
from server.team.models import Account, AccountRight, LoginRow, SecurityKey
from server.team.permissions import Grant, Permission, Right, Role, grant

TOUCH_AFTER: Final = 60  # seconds: a login that was seen a moment ago needs no write
TOKEN_LENGTH: Final = 43


@dataclass(frozen=True)
class Login:
    """A team member who is signed in. csrf stands in every form; locations is empty where a right counts everywhere.

    keys: whether single keys do something; security_keys: how many of them this account has.
    """

    id: str
    account_id: str
    name: str
    role: Role
    rights: frozenset[Right]
    locations: frozenset[str]
    csrf: str
    started: datetime
    second_factor_at: datetime
    demo: bool = False
    keys: bool = True
    security_keys: int = 0

    def grant(self, permission: Permission) -> Grant:
        """Return how far this person may use a permission."""
        return grant(self.role, self.rights, permission)

    def may(self, permission: Permission) -> bool:
        """Say whether this person has a permission at all; some still ask for the second factor."""
        return self.grant(permission) is not Grant.NEVER

    def fresh(self, now: datetime) -> bool:
        """Say whether the second factor was shown less than five minutes ago."""
        return rules.is_fresh(now, self.second_factor_at)


def cookie_name(settings: Settings) -> str:
    """Return the cookie's name: with the prefix that binds it to this host wherever there is TLS (D19)."""
    return "__Host-moi-team" if settings.team_url.startswith("https://") else "moi-team"


async def load(rt: Runtime, token: str | None, *, seen: bool = True) -> Login | None:
    """Return the login of a token, or None when there is none or it has ended. seen: this counts as being there."""
    if not token or len(token) != TOKEN_LENGTH:
        return None
    now = rt.clock.now()
    async with rt.stores.hoofd.reading() as tx:
        row = await find(tx, rt.keyring, token)
        if row is None or row.second_factor_at is None:
            return None
        if rules.is_over(now, started=row.started, last_seen=row.last_seen):
            return None
        account = await tx.get(Account, row.account_id)
        if account is None:
            return None
        held = (await tx.exec(select(AccountRight).where(AccountRight.account_id == account.id))).all()
        own_keys = select(func.count()).select_from(SecurityKey).where(SecurityKey.account_id == account.id)
        security_keys = (await tx.exec(own_keys)).one()
    if seen and (now - row.last_seen).total_seconds() >= TOUCH_AFTER:
        with suppress(Unavailable):  # a full disk: who works here can go on reading
            await _touch(rt, row.token_hash, now)
    return _login(row, account, list(held), row.second_factor_at, security_keys)


async def is_open(rt: Runtime, login_id: str) -> bool:
    """Say whether a login still stands; for connections that outlive the request they began with.

    Found by id, because the token changes at every step-up. A connection alone is no sign that somebody is there.
    """
    now = rt.clock.now()
    async with rt.stores.hoofd.reading() as tx:
        row = (await tx.exec(select(LoginRow).where(LoginRow.id == login_id))).first()
    return row is not None and not rules.is_over(now, started=row.started, last_seen=row.last_seen)


async def tell_ended(rt: Runtime, account_id: str) -> None:
    """Close the open connections of an account in every process."""
    await rt.bus.publish(f"p:team-{account_id}", b"ended")


async def find(tx: Tx, keyring: Keyring, token: str) -> LoginRow | None:
    """Return the row of a token, halfway ones too; older versions of the key still count."""
    hashes = [_hash(version.secret, token) for version in keyring.versions("sess")]
    return (await tx.exec(select(LoginRow).where(col(LoginRow.token_hash).in_(hashes)))).first()


def new_row(
    keyring: Keyring, account_id: str, now: datetime, second_factor_at: datetime | None
) -> tuple[str, LoginRow]:
    """Return a fresh token and the row that knows it."""
    token = fresh_token()
    _, secret = keyring.current("sess")
    row = LoginRow(
        token_hash=_hash(secret, token),
        account_id=account_id,
        started=now,
        last_seen=now,
        second_factor_at=second_factor_at,
    )
    return token, row


async def _touch(rt: Runtime, token_hash: str, now: datetime) -> None:
    async with rt.stores.hoofd.transaction() as tx:
        await tx.exec(update(LoginRow).where(col(LoginRow.token_hash) == token_hash).values(last_seen=now))


def _hash(secret: Secret, token: str) -> str:
    return keyed_hash(secret, b"team", token.encode()).hex()


def _login(
    row: LoginRow, account: Account, held: list[AccountRight], second_factor_at: datetime, security_keys: int
) -> Login:
    return Login(
        id=row.id,
        account_id=account.id,
        name=account.name,
        role=Role(account.role),
        rights=frozenset(Right(right.right) for right in held),
        locations=frozenset(right.location for right in held if right.location),
        csrf=row.csrf,
        started=row.started,
        second_factor_at=second_factor_at,
        demo=account.demo,
        keys=account.keys,
        security_keys=security_keys,
    )
