"""Coming in and going out: password, second factor, logging out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import col, delete, select, update

from server.kit.db.database import Tx
from server.kit.db.sealed import SealedItems
from server.kit.db.tables import Hoofd
from server.kit.errors import Forbidden, Invalid, NotFound
from server.kit.runtime import Runtime
from server.team import attempts, audit, logins, rules, second_factor, security_keys
from server.team.audit import Action
from server.team.logins import Login
from server.team.models import Account, LoginRow, RecoveryCode
from server.team.passwords import hashing_of
from server.team.permissions import Role

TOTP: Final = SealedItems(Hoofd, "team_totp")


class WrongPassword(Invalid):
    """Name and password do not belong together; the same answer for a name that nobody has."""

    code = "inloggen_mislukt"
    key = "team.fout.wachtwoord"


class WrongCode(Invalid):
    """The code is wrong, too old or was used before."""

    code = "code_onbekend"
    key = "team.fout.code"


class KeyNeeded(Invalid):
    """This role has a security key and has to use it."""

    code = "sleutel_nodig"
    key = "team.fout.sleutel_nodig"


class StartAgain(Forbidden):
    """The password step was too long ago."""

    code = "opnieuw_beginnen"
    key = "team.fout.opnieuw"


async def sign_in(rt: Runtime, name: str, password: str) -> str:
    """Check name and password; return a halfway token that opens nothing but the second step.

    Raises WrongPassword or WaitFirst.
    """
    who = attempts.at_name(rt, name_key(name))
    await attempts.count(rt, who, rules.PASSWORD_LONGEST_WAIT)
    async with rt.stores.hoofd.reading() as tx:
        account = await by_name(tx, name)
    hashing = hashing_of(rt.settings)
    matched = await hashing.matches(account.password_hash if account else None, password)
    if account is None or not matched:
        raise WrongPassword
    await attempts.clear(rt, who)
    fresh = await hashing.renewed(account.password_hash, password)
    async with rt.stores.hoofd.transaction() as tx:
        if fresh:
            await tx.exec(update(Account).where(col(Account.id) == account.id).values(password_hash=fresh))
        token, row = logins.new_row(rt.keyring, account.id, rt.clock.now(), second_factor_at=None)
        tx.add(row)
    return token


@dataclass(frozen=True)
class Proof:
    """What somebody shows as second factor: a code that was typed, or the answer of a security key."""

    code: str = ""
    answer: str = ""


async def confirm(rt: Runtime, halfway: str | None, proof: Proof) -> str:
    """Check the second factor of a halfway token; return the token of a real login. All other logins of it end.

    Raises StartAgain, WrongCode, KeyNeeded, KeyNotTaken or WaitFirst.
    """
    begun = await halfway_login(rt, halfway)
    await check(rt, begun.login_id, begun.account, proof)
    return await _open_login(rt, begun.account.id)


async def step_up(rt: Runtime, login: Login, proof: Proof) -> str:
    """Check the second factor again; return a new token for the same person. Raises as `confirm`."""
    async with rt.stores.hoofd.reading() as tx:
        account = await tx.get(Account, login.account_id)
    if account is None:
        raise StartAgain
    await check(rt, login.id, account, proof)
    return await _renew_login(rt, login)


async def demo_sign_in(rt: Runtime, account_id: str) -> str:
    """Open a real login for a demo account with one press. Raises NotFound outside demo mode or for a real account."""
    if rt.settings.mode != "demo":
        raise NotFound
    async with rt.stores.hoofd.reading() as tx:
        account = await tx.get(Account, account_id)
    if account is None or not account.demo:
        raise NotFound
    return await _open_login(rt, account.id)


async def demo_step_up(rt: Runtime, login: Login) -> str:
    """Confirm an account without password with one press. Raises NotFound in production or for a real account."""
    if rt.settings.mode == "production" or not login.demo:
        raise NotFound
    return await _renew_login(rt, login)


async def log_out(rt: Runtime, token: str | None, login: Login | None) -> None:
    """End the login of a token, a halfway one too."""
    if not token:
        return
    async with rt.stores.hoofd.transaction() as tx:
        row = await logins.find(tx, rt.keyring, token)
        if row is not None:
            await tx.delete(row)
        if login is not None:
            tx.after_commit(lambda: logins.tell_ended(rt, login.account_id))
            await audit.note(
                tx, rt.keyring, login.account_id, Action.SIGN_OUT, "account", login.account_id, rt.clock.now()
            )


@dataclass(frozen=True)
class Halfway:
    """A login of which only the password was shown."""

    login_id: str
    account: Account
    security_keys: int


async def halfway_login(rt: Runtime, halfway: str | None) -> Halfway:
    """Return whose password was just shown. Raises StartAgain when that was too long ago or never."""
    async with rt.stores.hoofd.reading() as tx:
        row = await logins.find(tx, rt.keyring, halfway) if halfway else None
        account = await tx.get(Account, row.account_id) if row and row.second_factor_at is None else None
        if row is None or account is None or rt.clock.now() - row.started >= rules.HALFWAY:
            raise StartAgain
        return Halfway(row.id, account, await security_keys.count(tx, account.id))


async def check(rt: Runtime, login_id: str, account: Account, proof: Proof) -> None:
    """Take one second factor: a security key, a code of the app, or a recovery code, which then is used up.

    Raises WrongCode, KeyNeeded, KeyNotTaken or WaitFirst.
    """
    who = attempts.at_codes(account.id)
    await attempts.count(rt, who, rules.CODE_LONGEST_WAIT)
    if proof.answer:
        if not await security_keys.prove(rt, login_id, account.id, proof.answer):
            raise security_keys.KeyNotTaken(field="sleutel")
    elif not await _take_code(rt, account, proof.code):
        raise WrongCode(field="code")
    await attempts.clear(rt, who)


async def forget(rt: Runtime, now: datetime) -> None:
    """Remove logins that have ended, halfway ones included."""
    ended = (col(LoginRow.last_seen) <= now - rules.IDLE) | (col(LoginRow.started) <= now - rules.LONGEST)
    async with rt.stores.hoofd.transaction() as tx:
        await tx.exec(delete(LoginRow).where(ended))


async def by_name(tx: Tx, name: str) -> Account | None:
    """Return the account with this name, whatever its capitals."""
    return (await tx.exec(select(Account).where(Account.name_key == name_key(name)))).first()


def name_key(name: str) -> str:
    """Return the form in which two names are the same."""
    return " ".join(name.casefold().split())


async def _open_login(rt: Runtime, account_id: str) -> str:
    """Replace every login of an account by one new one: one login each."""
    now = rt.clock.now()
    token, row = logins.new_row(rt.keyring, account_id, now, second_factor_at=now)
    async with rt.stores.hoofd.transaction() as tx:
        await tx.exec(delete(LoginRow).where(col(LoginRow.account_id) == account_id))
        tx.add(row)
        await tx.flush()
        tx.after_commit(lambda: logins.tell_ended(rt, account_id))
        await audit.note(tx, rt.keyring, account_id, Action.SIGN_IN, "account", account_id, now)
    return token


async def _renew_login(rt: Runtime, login: Login) -> str:
    """Give a login a new token and a fresh second factor. Raises StartAgain when it ended in the meantime."""
    now = rt.clock.now()
    token, renewed = logins.new_row(rt.keyring, login.account_id, now, second_factor_at=now)
    fresh = {"token_hash": renewed.token_hash, "last_seen": now, "second_factor_at": now}
    async with rt.stores.hoofd.transaction() as tx:
        changed = await tx.exec(update(LoginRow).where(col(LoginRow.id) == login.id).values(**fresh))
        if not changed.rowcount:
            raise StartAgain
        await audit.note(tx, rt.keyring, login.account_id, Action.STEP_UP, "account", login.account_id, now)
    return token


async def _take_code(rt: Runtime, account: Account, code: str) -> bool:
    """Use up one typed code. Raises KeyNeeded: who has to use a key and has one gets in with nothing weaker."""
    async with rt.stores.hoofd.transaction() as tx:
        if second_factor.looks_like_recovery(code):
            return await _take_recovery(tx, account, code)
        required = security_keys.is_required(rt.settings, Role(account.role))
        if required and await security_keys.count(tx, account.id):
            raise KeyNeeded(field="code")
        return await _take_totp(rt, tx, account, code)


async def _take_totp(rt: Runtime, tx: Tx, account: Account, code: str) -> bool:
    secret = await TOTP.open(tx, rt.keyring, account.id, account.totp)
    step = second_factor.matching_step(secret, code, rt.clock.now(), account.used_step)
    if step is None:
        return False
    newer = (col(Account.id) == account.id) & (col(Account.used_step) < step)  # of two at once, one wins
    return bool((await tx.exec(update(Account).where(newer).values(used_step=step))).rowcount)


async def _take_recovery(tx: Tx, account: Account, code: str) -> bool:
    hashed = second_factor.recovery_hash(account.id, code).hex()
    this = (col(RecoveryCode.code_hash) == hashed) & (col(RecoveryCode.account_id) == account.id)
    return bool((await tx.exec(delete(RecoveryCode).where(this))).rowcount)
