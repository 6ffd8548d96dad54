"""The few cryptographic steps we use, all from the `cryptography` library: AES-256-GCM, HKDF and HMAC-SHA256."""

import hmac
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32


class Unreadable(Exception):
    """A sealed text cannot be opened: another key, another place, or damaged."""


class Secret:
    """Bytes that must not be printed, compared in the open or logged."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        """Wrap the bytes."""
        self._value = value

    @classmethod
    def random(cls, length: int = KEY_BYTES) -> "Secret":
        """Return fresh random bytes from the operating system."""
        return cls(secrets.token_bytes(length))

    def reveal(self) -> bytes:
        """Return the bytes, for the one place that needs them."""
        return self._value

    def __repr__(self) -> str:
        """Hide the value."""
        return "Secret(…)"

    def __eq__(self, other: object) -> bool:
        """Compare in constant time."""
        return isinstance(other, Secret) and hmac.compare_digest(self._value, other._value)

    def __hash__(self) -> int:
        """Refuse: a secret is no key of a dict."""
        raise TypeError("a Secret cannot be hashed")


def seal(key: Secret, plain: bytes, ad: bytes) -> bytes:
    """Encrypt and authenticate.

    ad is the place (table and id) the text belongs to: moved elsewhere it no longer opens. Returns nonce + ciphertext
    + tag, 28 bytes longer than plain. Source: privacy 4.6.
    """
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key.reveal()).encrypt(nonce, plain, ad)


def unseal(key: Secret, blob: bytes, ad: bytes) -> bytes:
    """Return the plain bytes of `seal`. Raises Unreadable."""
    try:
        return AESGCM(key.reveal()).decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], ad)
    except (InvalidTag, ValueError) as error:
        raise Unreadable from error


def derive(secret: Secret, info: bytes, length: int = KEY_BYTES) -> Secret:
    """Return a key for one purpose from a longer-lived secret (HKDF-SHA256)."""
    return Secret(HKDF(SHA256(), length, salt=None, info=info).derive(secret.reveal()))


def keyed_hash(key: Secret, *parts: bytes) -> bytes:
    """Return HMAC-SHA256 (32 bytes) over the parts, each with its length before it so that no two lists look alike."""
    message = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hmac.digest(key.reveal(), message, "sha256")


def same(left: bytes, right: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(left, right)
