"""What the library for security keys asks and checks; loaded when somebody uses a key, because it loads slowly."""

from collections.abc import Iterable
from typing import Final

from cbor2 import CBORDecodeError
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
from webauthn.registration.verify_registration_response import VerifiedRegistration

from server.team.security_keys import Site

# What a made-up answer can make the library and its CBOR reader raise besides their own errors.
UNUSABLE: Final = (WebAuthnException, CBORDecodeError, ValueError, TypeError, KeyError, IndexError, AttributeError)


def ask_new(site: Site, title: str, name: str, account_id: str, known: Iterable[str]) -> tuple[str, bytes]:
    """Return the JSON options with which a browser makes a new key, and their challenge. known: ids in hex."""
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=title,
        user_name=name,
        user_id=bytes.fromhex(account_id),
        authenticator_selection=AuthenticatorSelectionCriteria(user_verification=Verification.PREFERRED),
        exclude_credentials=_descriptors(known),
    )
    return options_to_json(options), options.challenge


def check_new(site: Site, answer: str, challenge: bytes) -> VerifiedRegistration | None:
    """Return the key that a browser made; None when the answer does not fit."""
    try:
        return verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
        )
    except UNUSABLE:
        return None


def ask_proof(site: Site, known: Iterable[str]) -> tuple[str, bytes]:
    """Return the JSON options with which a browser asks for one of these keys, and their challenge."""
    options = generate_authentication_options(
        rp_id=site.host,
        allow_credentials=_descriptors(known),
        user_verification=Verification.PREFERRED,
    )
    return options_to_json(options), options.challenge


def key_of(answer: str) -> str | None:
    """Return the id of the key that answered, in hex; None when it is no answer of a key."""
    try:
        return parse_authentication_credential_json(answer).raw_id.hex()
    except UNUSABLE:
        return None


def check_proof(site: Site, answer: str, challenge: bytes, public_key: bytes, sign_count: int) -> int | None:
    """Return how often the key has signed now; None when the answer does not fit."""
    try:
        proof = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
        )
    except UNUSABLE:
        return None
    return proof.new_sign_count


def _descriptors(known: Iterable[str]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=bytes.fromhex(key)) for key in known]
