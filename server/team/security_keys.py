"""Security keys (WebAuthn): a second factor that cannot be phished. Source: privacy-spec 8.1."""

from typing import Final
from urllib.parse import urlsplit

from cbor2 import CBORDecodeError
from sqlmodel import col, delete, func, select, update
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import AuthenticatorSelectionCriteria, PublicKeyCredentialDescriptor
from webauthn.helpers.structs import UserVerificationRequirement as Verification

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
# What a made-up answer can make the library and its CBOR reader raise besides their own errors.
UNUSABLE: Final = (WebAuthnException, CBORDecodeError, ValueError, TypeError, KeyError, IndexError, AttributeError)


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
    async with rt.stores.hoofd.reading() as tx:
        known = await of_account(tx, login.account_id)
    if len(known) >= MOST:
        raise TooManyKeys
    options = generate_registration_options(
        rp_id=_host(rt.settings),
        rp_name=f"{rt.settings.site_name} team",
        user_name=login.name,
        user_id=bytes.fromhex(login.account_id),
        authenticator_selection=AuthenticatorSelectionCriteria(user_verification=Verification.PREFERRED),
        exclude_credentials=[_descriptor(key) for key in known],
    )
    await _remember(rt, login.id, options.challenge)
    return options_to_json(options)


async def register(rt: Runtime, login: Login, answer: str) -> None:
    """Add the key that a browser made. Raises KeyNotTaken."""
    challenge = await _take_challenge(rt, login.id)
    try:
        made = verify_registration_response(
            credential=_bounded(answer),
            expected_challenge=challenge,
            expected_rp_id=_host(rt.settings),
            expected_origin=rt.settings.team_url,
        )
    except UNUSABLE:
        raise KeyNotTaken from None
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
    async with rt.stores.hoofd.reading() as tx:
        known = await of_account(tx, account_id)
    options = generate_authentication_options(
        rp_id=_host(rt.settings),
        allow_credentials=[_descriptor(key) for key in known],
        user_verification=Verification.PREFERRED,
    )
    await _remember(rt, login_id, options.challenge)
    return options_to_json(options)


async def prove(rt: Runtime, login_id: str, account_id: str, answer: str) -> bool:
    """Check the answer of a key; say whether it is one of this account, for the challenge of this login."""
    challenge = await _take_challenge(rt, login_id)
    try:
        credential = parse_authentication_credential_json(_bounded(answer))
        async with rt.stores.hoofd.reading() as tx:
            key = await _by_credential(tx, credential.raw_id.hex())
        if key is None or key.account_id != account_id:
            return False
        proof = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_host(rt.settings),
            expected_origin=rt.settings.team_url,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
        )
    except UNUSABLE:
        return False
    async with rt.stores.hoofd.transaction() as tx:
        used = update(SecurityKey).where(col(SecurityKey.id) == key.id).values(sign_count=proof.new_sign_count)
        await tx.exec(used)
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


def _descriptor(key: SecurityKey) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(id=bytes.fromhex(key.credential_id))


def _bounded(answer: str) -> str:
    if len(answer) > LONGEST:
        raise KeyNotTaken
    return answer


def _host(settings: Settings) -> str:
    return urlsplit(settings.team_url).hostname or ""
