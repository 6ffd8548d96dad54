"""Security keys (WebAuthn): a second factor that cannot be phished. Source: privacy-spec 8.1."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from sqlmodel import col, delete, func, select, update

from server.kit.clock import local_day
from server.kit.db.database import Tx
from server.kit.errors import Invalid
from server.kit.runtime import Runtime
from server.kit.settings import Settings
from server.team.logins import Login
from server.team.models import LoginRow, SecurityKey
from server.team.permissions import Role

REQUIRED: Final = frozenset({Role.MODERATOR, Role.COORDINATOR, Role.ADMINISTRATOR})
LONGEST: Final = 8 * 1024
MOST: Final = 5


@dataclass(frozen=True)
class Site:
    """For whom a key answers: host name of the team's pages, and their origin."""

    host: str
    origin: str


class KeyNotTaken(Invalid):
    """The answer of the security key does not fit: another key, another site, used before or too late."""

    code = "sleutel_onbekend"
    key = "team.fout.sleutel"


class TooManyKeys(Invalid):
    """This account has five keys already."""

    code = "te_veel_sleutels"
    key = "team.fout.sleutels"


def is_required(settings: Settings, role: Role) -> bool:
    """Say whether this role must have a security key here; elsewhere than in production it may."""
    return settings.mode == "production" and role in REQUIRED


async def of_account(tx: Tx, account_id: str) -> list[SecurityKey]:
    """Return the keys of an account, oldest first."""
    query = select(SecurityKey).where(col(SecurityKey.account_id) == account_id)
    return list((await tx.exec(query.order_by(col(SecurityKey.added), col(SecurityKey.id)))).all())


async def count(tx: Tx, account_id: str) -> int:
    """Return how many keys an account has."""
    query = select(func.count()).select_from(SecurityKey).where(col(SecurityKey.account_id) == account_id)
    return (await tx.exec(query)).one()


async def begin_registration(rt: Runtime, login: Login) -> str:
    """Return the JSON options with which a browser makes a new key, and remember their challenge."""
    from server.team import key_answers  # see there

    async with rt.stores.hoofd.reading() as tx:
        known = await of_account(tx, login.account_id)
    if len(known) >= MOST:
        raise TooManyKeys
    title, ids = f"{rt.settings.site_name} team", [key.credential_id for key in known]
    options, challenge = key_answers.ask_new(_site(rt.settings), title, login.name, login.account_id, ids)
    await _remember(rt, login.id, challenge)
    return options


async def register(rt: Runtime, login: Login, answer: str) -> None:
    """Add the key that a browser made. Raises KeyNotTaken."""
    from server.team import key_answers  # see there

    challenge = await _take_challenge(rt, login.id)
    made = key_answers.check_new(_site(rt.settings), _bounded(answer), challenge)
    if made is None:
        raise KeyNotTaken
    key = SecurityKey(
        credential_id=made.credential_id.hex(),
        account_id=login.account_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        added=local_day(rt.clock.now()),
    )
    async with rt.stores.hoofd.transaction() as tx:
        if await _by_credential(tx, key.credential_id) is not None:
            raise KeyNotTaken
        tx.add(key)


async def remove(rt: Runtime, login: Login, key_id: str) -> None:
    """Take a key of one's own account away; another one changes nothing."""
    own = (col(SecurityKey.account_id) == login.account_id) & (col(SecurityKey.id) == key_id)
    async with rt.stores.hoofd.transaction() as tx:
        await tx.exec(delete(SecurityKey).where(own))


async def begin_proof(rt: Runtime, login_id: str, account_id: str) -> str:
    """Return the JSON options with which a browser asks for one of the account's keys, and remember their challenge."""
    from server.team import key_answers  # see there

    async with rt.stores.hoofd.reading() as tx:
        known = await of_account(tx, account_id)
    options, challenge = key_answers.ask_proof(_site(rt.settings), [key.credential_id for key in known])
    await _remember(rt, login_id, challenge)
    return options


async def prove(rt: Runtime, login_id: str, account_id: str, answer: str) -> bool:
    """Check the answer of a key; say whether it is one of this account, for the challenge of this login."""
    from server.team import key_answers  # see there

    site, challenge = _site(rt.settings), await _take_challenge(rt, login_id)
    async with rt.stores.hoofd.reading() as tx:
        key = await _by_credential(tx, key_answers.key_of(_bounded(answer)) or "")
    if key is None or key.account_id != account_id:
        return False
    signed = key_answers.check_proof(site, answer, challenge, key.public_key, key.sign_count)
    if signed is None:
        return False
    async with rt.stores.hoofd.transaction() as tx:
        await tx.exec(update(SecurityKey).where(col(SecurityKey.id) == key.id).values(sign_count=signed))
    return True


async def _remember(rt: Runtime, login_id: str, challenge: bytes) -> None:
    async with rt.stores.hoofd.transaction() as tx:
        await tx.exec(update(LoginRow).where(col(LoginRow.id) == login_id).values(challenge=challenge.hex()))


async def _take_challenge(rt: Runtime, login_id: str) -> bytes:
    """Return the challenge of a login and forget it, so that each works once; without one, bytes nobody can sign."""
    async with rt.stores.hoofd.transaction() as tx:
        row = (await tx.exec(select(LoginRow).where(col(LoginRow.id) == login_id).with_for_update())).first()
        challenge = row.challenge if row else ""
        if row is not None:
            row.challenge = ""
            tx.add(row)
    if not challenge:
        raise KeyNotTaken
    return bytes.fromhex(challenge)


async def _by_credential(tx: Tx, credential_id: str) -> SecurityKey | None:
    return (await tx.exec(select(SecurityKey).where(SecurityKey.credential_id == credential_id))).first()


def _bounded(answer: str) -> str:
    if len(answer) > LONGEST:
        raise KeyNotTaken
    return answer


def _site(settings: Settings) -> Site:
    return Site(urlsplit(settings.team_url).hostname or "", settings.team_url)
