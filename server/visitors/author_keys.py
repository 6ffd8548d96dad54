"""Who wrote something, as a key that differs per place, so that places cannot be joined on it (privacy 2.4)."""

from typing import Final

from server.kit.crypto import Secret, keyed_hash

KEY_BYTES: Final = 16


def author_key(root: Secret, context: str) -> str:
    """Return 32 hex characters: HMAC-SHA256 under the visitor's root secret, cut to 128 bits.

    context: "forum", "forum/<topic>", "kamer/<room>/<day>", "gesprek/<id>" or "melding". Without the root secret, which
    is kept nowhere in the open, two keys of one visitor look like keys of two.
    """
    return keyed_hash(root, context.encode())[:KEY_BYTES].hex()
