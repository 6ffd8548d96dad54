"""Accounts: inviting, accepting, another role, closing. Source: privacy-spec 8.1 and 8.2."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete, func, select, update

from server.kit.clock import local_day
from server.kit.crypto import Unreadable, keyed_hash
from server.kit.db.database import Tx
from server.kit.errors import Conflict, Invalid, NotFound
from server.kit.ids import new_id
from server.kit.keys import Keyring
from server.kit.runtime import Runtime
from server.kit.settings import fresh_token
from server.kit.text import clean
from server.team import audit, logins, passwords, rules, second_factor
from server.team.audit import Action
from server.team.logins import Login
from server.team.models import NAME_LENGTH, Account, AccountRight, Invitation, LoginRow, RecoveryCode
from server.team.passwords import hashing_of
from server.team.permissions import MAY_HOLD, Right, Role
from server.team.service import TOTP, WrongCode, name_key

BY_SETUP: Final = "installatie"
"""Stands in the trail where no person invited: the first account of a new installation."""


class NameTaken(Conflict):
    """Somebody in the team already has this name."""

    code = "naam_bezet"
    key = "team.fout.naam_bezet"


class RightNotForRole(Invalid):
    """This right cannot be added to this role."""

    code = "recht_past_niet"
    key = "team.fout.recht"


class LastAdministrator(Conflict):
    """Without an administrator nobody could let anybody in again."""

    code = "laatste_beheerder"
    key = "team.fout.laatste_beheerder"


class NotYourself(Conflict):
    """Somebody else has to do this to your account."""

    code = "niet_jezelf"
    key = "team.fout.niet_jezelf"


class InvitationGone(NotFound):
    """The link was used, has expired or never was."""

    code = "uitnodiging_weg"
    key = "team.fout.uitnodiging"


@dataclass(frozen=True)
class Guest:
    """Somebody who opened an invitation: the name the account gets and the secret for the app."""

    name: str
    secret: str


async def invite(rt: Runtime, login: Login | None, name: str, role: Role, rights: frozenset[Right]) -> str:
    """Make an invitation; return the token of its link, which is shown once. login None: the first account.

    Raises NameTaken, RightNotForRole or Invalid.
    """
    name = clean(name, "naam", max_chars=NAME_LENGTH, single_line=True)
    _check_rights(role, rights)
    token, now, by = fresh_token(), rt.clock.now(), login.account_id if login else BY_SETUP
    account_id, key = new_id(), name_key(name)
    try:
        async with rt.stores.hoofd.transaction() as tx:
            await tx.exec(delete(Invitation).where(col(Invitation.name_key) == key, col(Invitation.expires) <= now))
            if (await tx.exec(select(Account.id).where(Account.name_key == key))).first():
                raise NameTaken(field="naam")
            sealed = await TOTP.seal(tx, rt.keyring, account_id, second_factor.new_secret())
            tx.add(
                Invitation(
                    token_hash=_hash(rt.keyring, token),
                    account_id=account_id,
                    name=name,
                    name_key=key,
                    role=role.value,
                    gespreksvoerder=Right.GESPREKSVOERDER in rights,
                    totp=sealed,
                    expires=now + rules.INVITATION,
                )
            )
            await tx.flush()
            await audit.note(tx, rt.keyring, by, Action.INVITE, "account", account_id, now)
    except IntegrityError:
        raise NameTaken(field="naam") from None
    return token


async def guest(rt: Runtime, token: str) -> Guest:
    """Return who an invitation is for. Raises InvitationGone."""
    async with rt.stores.hoofd.reading() as tx:
        found = await _invitation(rt, tx, token)
        return Guest(found.name, await _secret(rt, tx, found))


async def accept(rt: Runtime, token: str, password: str, code: str) -> list[str]:
    """Make the account of an invitation; return its recovery codes, which are shown once.

    Raises InvitationGone, PasswordTooShort, PasswordKnown, WrongCode or NameTaken.
    """
    guest_now = await guest(rt, token)
    passwords.check_new(password, guest_now.name)
    step = second_factor.matching_step(guest_now.secret, code, rt.clock.now(), after=0)
    if step is None:
        raise WrongCode(field="code")
    hashed = await hashing_of(rt.settings).make(password)
    codes = second_factor.new_recovery_codes()
    try:
        async with rt.stores.hoofd.transaction() as tx:
            await _move_in(rt, tx, await _invitation(rt, tx, token), hashed, step, codes)
    except IntegrityError:  # pressed twice, or the name went to somebody else meanwhile
        raise NameTaken from None
    return codes


async def change(rt: Runtime, login: Login, account_id: str, role: Role, rights: frozenset[Right]) -> None:
    """Give an account another role and other rights; it has to sign in again.

    Raises NotFound, NotYourself, LastAdministrator or RightNotForRole.
    """
    _check_rights(role, rights)
    async with rt.stores.hoofd.transaction() as tx:
        account = await _other(tx, login, account_id)
        if role is not Role.ADMINISTRATOR:
            await _keep_an_administrator(tx, account)
        account.role = role.value
        tx.add(account)
        await tx.exec(delete(AccountRight).where(col(AccountRight.account_id) == account_id))
        tx.add_all(AccountRight(account_id=account_id, right=right.value) for right in rights)
        await tx.exec(delete(LoginRow).where(col(LoginRow.account_id) == account_id))
        tx.after_commit(lambda: logins.tell_ended(rt, account_id))
        await tx.flush()
        await audit.note(tx, rt.keyring, login.account_id, Action.CHANGE_ROLE, "account", account_id, rt.clock.now())


async def remove(rt: Runtime, login: Login, account_id: str) -> None:
    """Close an account: it, its logins and its codes are gone at once.

    Raises NotFound, NotYourself or LastAdministrator.
    """
    async with rt.stores.hoofd.transaction() as tx:
        account = await _other(tx, login, account_id)
        await _keep_an_administrator(tx, account)
        await tx.delete(account)
        await TOTP.shred(tx, account_id)
        tx.after_commit(lambda: logins.tell_ended(rt, account_id))
        await tx.flush()
        await audit.note(tx, rt.keyring, login.account_id, Action.REMOVE, "account", account_id, rt.clock.now())


async def replace_recovery_codes(rt: Runtime, login: Login) -> list[str]:
    """Make ten new recovery codes; the old ones stop working."""
    codes = second_factor.new_recovery_codes()
    async with rt.stores.hoofd.transaction() as tx:
        await tx.exec(delete(RecoveryCode).where(col(RecoveryCode.account_id) == login.account_id))
        tx.add_all(_recovery_rows(login.account_id, codes))
    return codes


async def set_keys(rt: Runtime, login: Login, *, on: bool) -> None:
    """Turn the single keys of the team's pages on or off for one person."""
    async with rt.stores.hoofd.transaction() as tx:
        await tx.exec(update(Account).where(col(Account.id) == login.account_id).values(keys=on))


async def forget(rt: Runtime, now: datetime) -> None:
    """Remove invitations that nobody used in time, with the keys of their secrets."""
    async with rt.stores.hoofd.transaction() as tx:
        late = (await tx.exec(select(Invitation).where(col(Invitation.expires) <= now))).all()
        await TOTP.shred(tx, *(invitation.account_id for invitation in late))
        for invitation in late:
            await tx.delete(invitation)


async def _move_in(rt: Runtime, tx: Tx, found: Invitation, hashed: str, step: int, codes: list[str]) -> None:
    now = rt.clock.now()
    tx.add(
        Account(
            id=found.account_id,
            name=found.name,
            name_key=found.name_key,
            role=found.role,
            password_hash=hashed,
            totp=found.totp,
            used_step=step,
            created=local_day(now),
        )
    )
    await tx.flush()
    if found.gespreksvoerder:
        tx.add(AccountRight(account_id=found.account_id, right=Right.GESPREKSVOERDER.value))
    tx.add_all(_recovery_rows(found.account_id, codes))
    await tx.delete(found)
    await tx.flush()
    await audit.note(tx, rt.keyring, found.account_id, Action.ACCEPT, "account", found.account_id, now)


async def _invitation(rt: Runtime, tx: Tx, token: str) -> Invitation:
    hashes = [
        keyed_hash(version.secret, b"invitation", token.encode()).hex() for version in rt.keyring.versions("sess")
    ]
    found = (await tx.exec(select(Invitation).where(col(Invitation.token_hash).in_(hashes)))).first()
    if found is None or found.expires <= rt.clock.now():
        raise InvitationGone
    return found


async def _secret(rt: Runtime, tx: Tx, found: Invitation) -> str:
    try:
        return await TOTP.open(tx, rt.keyring, found.account_id, found.totp)
    except Unreadable:
        raise InvitationGone from None


async def _other(tx: Tx, login: Login, account_id: str) -> Account:
    account = await tx.get(Account, account_id)
    if account is None:
        raise NotFound
    if account.id == login.account_id:
        raise NotYourself
    return account


async def _keep_an_administrator(tx: Tx, account: Account) -> None:
    if account.role != Role.ADMINISTRATOR.value:
        return
    others = select(func.count()).select_from(Account).where(Account.role == account.role, Account.id != account.id)
    if (await tx.exec(others)).one() == 0:
        raise LastAdministrator


def _check_rights(role: Role, rights: frozenset[Right]) -> None:
    if any(role not in MAY_HOLD[right] for right in rights):
        raise RightNotForRole(field="gespreksvoerder")


def _recovery_rows(account_id: str, codes: list[str]) -> list[RecoveryCode]:
    hashes = second_factor.recovery_hashes(account_id, codes)
    return [RecoveryCode(code_hash=hashed.hex(), account_id=account_id) for hashed in hashes]


def _hash(keyring: Keyring, token: str) -> str:
    _, secret = keyring.current("sess")
    return keyed_hash(secret, b"invitation", token.encode()).hex()
