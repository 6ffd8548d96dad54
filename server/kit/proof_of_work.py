"""Work asked of a browser before a step that machines would like to repeat; never a puzzle, never before help.

A challenge is one line of text: `<nonce>.<bits>.<opens>.<expires>.<mac>`. The mac covers the purpose and every field,
so none can be taken to another challenge. Solved means: SHA-256 over `<mac>:<n>` begins with that many zero bits, for
an n the browser looked for. A challenge of 0 bits asks for time instead: it counts from the moment `opens`, for
browsers without script. Each is taken once. Source: privacy-spec 2.10.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final, TypeAlias

from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, col, delete, func, select

from server.kit.crypto import Secret, derive, keyed_hash, same
from server.kit.db.columns import UtcDateTime
from server.kit.db.database import Tx
from server.kit.db.tables import Afspraken, Vluchtig
from server.kit.errors import Invalid
from server.kit.keys import Keyring

BASE_BITS: Final = 17
MAX_BITS: Final = 22
VALID: Final = timedelta(minutes=5)
WAIT: Final = timedelta(seconds=30)
KEPT: Final = timedelta(minutes=10)
ATTEMPTS_PER_BIT: Final = 20
"""So many solved challenges of one purpose within ten minutes make the next ones one bit harder."""
KEY: Final = "sess"
MAC_BYTES: Final = 16
FORM: Final = re.compile(r"([0-9a-f]{32})\.(\d{1,2})\.(\d{1,12})\.(\d{1,12})\.([0-9a-f]{32})")


class ProofMissing(Invalid):
    """No work was sent, or not enough time has passed. seconds says how long to wait yet (0: work is asked)."""

    code = "bewijs_mist"
    key = "fout.bewijs"

    def __init__(self, seconds: int = 0) -> None:
        """Keep how long to wait."""
        self.seconds = seconds
        super().__init__(field="bewijs", retry_ms=1000 * seconds or None)


class ProofWrong(Invalid):
    """The challenge is not ours, too old, for something else, or the answer does not solve it."""

    code = "bewijs_fout"
    key = "fout.bewijs"


class ProofUsed(Invalid):
    """This challenge was taken before."""

    code = "bewijs_gebruikt"
    key = "fout.bewijs"


class VluchtigProof(Vluchtig, table=True):
    """A challenge that was taken in the visitors' zone: a keyed hash, nothing of who."""

    __tablename__ = "used_proof"
    __table_args__ = {"sqlite_with_rowid": False}

    mark: str = Field(primary_key=True, max_length=64)
    purpose: str = Field(max_length=20)
    ends_at: datetime = Field(sa_type=UtcDateTime, index=True)


class AfsprakenProof(Afspraken, table=True):
    """The same in the booking zone."""

    __tablename__ = "used_proof"
    __table_args__ = {"sqlite_with_rowid": False, "info": {"dump": "never"}}

    mark: str = Field(primary_key=True, max_length=64)
    purpose: str = Field(max_length=20)
    ends_at: datetime = Field(sa_type=UtcDateTime, index=True)


ProofTable: TypeAlias = type[VluchtigProof] | type[AfsprakenProof]


@dataclass(frozen=True)
class Challenge:
    """What is asked. bits: leading zero bits (0: only time); opens, expires: seconds since 1970."""

    nonce: str
    bits: int
    opens: int
    expires: int
    mac: str

    def __str__(self) -> str:
        """Return the line of text that travels in a form."""
        return f"{self.nonce}.{self.bits}.{self.opens}.{self.expires}.{self.mac}"


def issue(keyring: Keyring, purpose: str, now: datetime, *, bits: int = BASE_BITS, attempts: int = 0) -> str:
    """Return a challenge. attempts: how many were solved lately (`attempts`), which makes it harder, up to 22 bits."""
    harder = min(bits + attempts // ATTEMPTS_PER_BIT, max(bits, MAX_BITS))
    return _make(keyring, purpose, harder, now, now + VALID)


def issue_wait(keyring: Keyring, purpose: str, now: datetime) -> str:
    """Return a challenge that asks for 30 seconds instead of work, for browsers without script."""
    return _make(keyring, purpose, 0, now + WAIT, now + WAIT + KEPT)


async def redeem(
    tx: Tx,
    keyring: Keyring,
    purpose: str,
    challenge: str,
    solution: str,
    now: datetime,
    *,
    table: ProofTable = VluchtigProof,
) -> None:
    """Take a solved challenge, once. table: VluchtigProof or AfsprakenProof, whichever tx belongs to.

    Raises ProofMissing, ProofWrong or ProofUsed; all three end the transaction.
    """
    asked, mark = check(keyring, purpose, challenge, solution, now)
    if await tx.get(table, mark):
        raise ProofUsed(field="bewijs")
    tx.add(table(mark=mark, purpose=purpose, ends_at=datetime.fromtimestamp(asked.expires, UTC) + KEPT))
    try:
        await tx.flush()
    except IntegrityError:  # another process was as fast
        raise ProofUsed(field="bewijs") from None


def check(keyring: Keyring, purpose: str, challenge: str, solution: str, now: datetime) -> tuple[Challenge, str]:
    """Return the challenge and the mark under which it counts as used. Raises ProofMissing or ProofWrong."""
    asked, key = _read(keyring, purpose, challenge)
    if now.timestamp() >= asked.expires:
        raise ProofWrong(field="bewijs")
    if now.timestamp() < asked.opens:
        raise ProofMissing(int(asked.opens - now.timestamp()) + 1)
    if asked.bits and not solution:
        raise ProofMissing
    if asked.bits and not is_solved(asked.mac, asked.bits, solution):
        raise ProofWrong(field="bewijs")
    return asked, keyed_hash(key, b"used", asked.mac.encode()).hex()


def is_solved(mac: str, bits: int, solution: str) -> bool:
    """Say whether SHA-256 over `<mac>:<solution>` begins with this many zero bits."""
    if not re.fullmatch(r"\d{1,12}", solution):
        return False
    digest = hashlib.sha256(f"{mac}:{solution}".encode()).digest()
    return int.from_bytes(digest) >> (256 - bits) == 0


def solve(challenge: str) -> str:
    """Do the work of a browser; for tests and synthetic visitors."""
    bits, mac = int(challenge.split(".")[1]), challenge.split(".")[-1]
    return next(str(n) for n in count() if is_solved(mac, bits, str(n)))


async def attempts(tx: Tx, purpose: str, now: datetime, *, table: ProofTable = VluchtigProof) -> int:
    """Count what was taken for a purpose in the last quarter of an hour, over all visitors and processes."""
    query = select(func.count()).select_from(table).where(col(table.purpose) == purpose, col(table.ends_at) > now)
    return (await tx.exec(query)).one()


async def forget(tx: Tx, now: datetime, *, table: ProofTable = VluchtigProof) -> None:
    """Delete the marks of challenges that have expired anyway."""
    await tx.exec(delete(table).where(col(table.ends_at) <= now))


def _make(keyring: Keyring, purpose: str, bits: int, opens: datetime, expires: datetime) -> str:
    nonce = secrets.token_hex(16)
    from_second, to_second = int(opens.timestamp()), int(expires.timestamp())
    key = _key(keyring.current(KEY)[1])
    mac = _mac(key, purpose, nonce, bits, from_second, to_second)
    return str(Challenge(nonce, bits, from_second, to_second, mac))


def _read(keyring: Keyring, purpose: str, text: str) -> tuple[Challenge, Secret]:
    found = FORM.fullmatch(text)
    if not found:
        raise ProofMissing if not text else ProofWrong(field="bewijs")
    asked = Challenge(found[1], int(found[2]), int(found[3]), int(found[4]), found[5])
    for version in keyring.versions(KEY):
        key = _key(version.secret)
        made = _mac(key, purpose, asked.nonce, asked.bits, asked.opens, asked.expires)
        if same(made.encode(), asked.mac.encode()):
            return asked, key
    raise ProofWrong(field="bewijs")


def _key(secret: Secret) -> Secret:
    return derive(secret, b"proof of work")


def _mac(key: Secret, purpose: str, nonce: str, *numbers: int) -> str:
    parts = [purpose.encode(), nonce.encode(), *(str(number).encode() for number in numbers)]
    return keyed_hash(key, *parts)[:MAC_BYTES].hex()
