"""Files that whoever writes them cannot read: locked to a public key whose other half is kept offline (privacy 5.3).

A fresh file key goes to the recipient by HPKE (RFC 9180); the content follows in pieces of AES-256-GCM, numbered and
with the last one marked, so that none can be left out, moved or cut off.
"""

import base64
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from server.kit.crypto import KEY_BYTES, Secret, Unreadable

MAGIC: Final = b"moi-dump-1\n"
PIECE: Final = 64 * 1024
SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def new_pair() -> tuple[str, str]:
    """Return a new (public key, private key), both as text for a setting and for a file."""
    private = X25519PrivateKey.generate()
    return _text(private.public_key().public_bytes_raw()), _text(private.private_bytes_raw())


def public_key(text: str) -> X25519PublicKey:
    """Read a public key. Raises ValueError."""
    return X25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))


def private_key(text: str) -> X25519PrivateKey:
    """Read a private key. Raises ValueError."""
    return X25519PrivateKey.from_private_bytes(base64.b64decode(text, validate=True))


class LockedWriter:
    """Writes one file; it is there under its name only once it is whole and on the disk."""

    def __init__(self, path: Path, to: X25519PublicKey) -> None:
        """Begin, under another name. Nobody but its owner may read it."""
        self._path, self._part = path, path.with_suffix(".part")
        self._file = os.fdopen(os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
        secret = Secret.random(KEY_BYTES)
        self._pieces = _Pieces(secret)
        self._packed, self._waiting = zlib.compressobj(6), b""
        opener = SUITE.encrypt(secret.reveal(), to, MAGIC)
        self._file.write(MAGIC + len(opener).to_bytes(2, "big") + opener)

    def write(self, plain: bytes) -> None:
        """Add something."""
        self._take(self._packed.compress(plain))

    def finish(self) -> None:
        """Write the rest and give the file its name. Waits for the disk."""
        self._take(self._packed.flush())
        self._file.write(self._pieces.lock(self._waiting, last=True))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.rename(self._path)

    def _take(self, packed: bytes) -> None:
        self._waiting += packed
        while len(self._waiting) > PIECE:
            piece, self._waiting = self._waiting[:PIECE], self._waiting[PIECE:]
            self._file.write(self._pieces.lock(piece, last=False))

    def abandon(self) -> None:
        """Leave nothing behind after an error."""
        self._file.close()
        self._part.unlink(missing_ok=True)


def read_locked(path: Path, key: X25519PrivateKey) -> Iterator[bytes]:
    """Yield the lines of a file. Raises Unreadable for another key, a changed or a cut file."""
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise Unreadable
        opener = file.read(int.from_bytes(file.read(2), "big"))
        try:
            secret = Secret(SUITE.decrypt(opener, key, MAGIC))
        except (InvalidTag, ValueError) as error:
            raise Unreadable from error
        yield from _lines(_unpacked(file, _Pieces(secret)))


class _Pieces:
    """The pieces of one file, in order."""

    def __init__(self, secret: Secret) -> None:
        self._cipher, self._number = AESGCM(secret.reveal()), 0

    def lock(self, piece: bytes, *, last: bool) -> bytes:
        locked = self._cipher.encrypt(self._nonce(last=last), piece, None)
        return last.to_bytes() + len(locked).to_bytes(4, "big") + locked

    def unlock(self, locked: bytes, *, last: bool) -> bytes:
        try:
            return self._cipher.decrypt(self._nonce(last=last), locked, None)
        except InvalidTag as error:
            raise Unreadable from error

    def _nonce(self, *, last: bool) -> bytes:
        self._number += 1
        return self._number.to_bytes(11, "big") + last.to_bytes()


def _unpacked(file: IO[bytes], pieces: _Pieces) -> Iterator[bytes]:
    unpacked = zlib.decompressobj()
    while True:
        head = file.read(5)
        if len(head) < 5:
            raise Unreadable
        last = head[0] == 1
        yield unpacked.decompress(pieces.unlock(file.read(int.from_bytes(head[1:], "big")), last=last))
        if last:
            yield unpacked.flush()
            return


def _lines(parts: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for part in parts:
        *whole, rest = (rest + part).split(b"\n")
        yield from whole
    if rest:
        yield rest


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()
