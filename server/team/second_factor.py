"""The second factor: a code of six digits from an app, or one of ten recovery codes."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import pyotp
import segno

STEP: Final = timedelta(seconds=30)
DRIFT: Final = 1  # steps before and after: clocks of phones differ
RECOVERY_CODES: Final = 10
ALPHABET: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # 32 signs without I, O, 0 and 1
GROUPS: Final = 4
GROUP: Final = 4  # 16 signs of 5 bits: 80 bits, so that a plain hash cannot be searched


def new_secret() -> str:
    """Return a fresh shared secret in base32 (160 bits)."""
    return pyotp.random_base32()


def matching_step(secret: str, code: str, now: datetime, after: int) -> int | None:
    """Return the number of the half minute this code belongs to, or None when it is wrong.

    Steps up to and including `after` were used before and count as wrong: each code works once.
    Source: privacy-spec 8.1.
    """
    digits = "".join(code.split())
    if len(digits) != 6 or not digits.isascii() or not digits.isdigit():
        return None
    totp = pyotp.TOTP(secret)
    present = int(now.timestamp() // STEP.total_seconds())
    steps = [step for step in range(present - DRIFT, present + DRIFT + 1) if step > after]
    found = [step for step in steps if pyotp.utils.strings_equal(totp.generate_otp(step), digits)]
    return found[0] if found else None


def address(secret: str, name: str, site: str) -> str:
    """Return the otpauth:// address that an app reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=f"{site} team")


def drawing(address: str) -> str:
    """Return the path data (SVG `d`) of the QR code of an address, one unit per module, quiet zone of four included."""
    matrix = segno.make(address, error="m", micro=False).matrix_iter(border=4)
    rows = enumerate(matrix)
    return "".join(f"M{x} {y}h1v1h-1z" for y, row in rows for x, dark in enumerate(row) if dark)


def drawing_size(address: str) -> int:
    """Return how many modules the drawing is wide and high."""
    return int(segno.make(address, error="m", micro=False).symbol_size(border=4)[0])


def new_recovery_codes() -> list[str]:
    """Return ten codes such as "K7QM-3XPA-9DTE-WH2C"."""
    return ["-".join(_group() for _ in range(GROUPS)) for _ in range(RECOVERY_CODES)]


def recovery_hash(account_id: str, code: str) -> bytes:
    """Return what is kept of a code; spaces, dashes and capitals do not matter."""
    signs = "".join(character for character in code.upper() if character in ALPHABET)
    return hashlib.sha256(f"{account_id}:{signs}".encode()).digest()


def looks_like_recovery(code: str) -> bool:
    """Say whether somebody typed a recovery code and not six digits."""
    return len([character for character in code.upper() if character in ALPHABET]) == GROUPS * GROUP


def recovery_hashes(account_id: str, codes: Sequence[str]) -> list[bytes]:
    """Return what is kept of each code."""
    return [recovery_hash(account_id, code) for code in codes]


def _group() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(GROUP))
