"""The return phrase: six words, the only way back. One computation finds the row and opens it (privacy 2.6-2.8).

`out = argon2id(phrase, salt)`; the first half, under HMAC with the pepper, is the row's unique lookup; the second half,
kept nowhere, opens the vault with the root secret and the name. So a stolen database holds nothing to guess against.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import orjson
from argon2.low_level import ARGON2_VERSION, Type, hash_secret_raw

from server.kit.crypto import Secret, keyed_hash, seal, unseal
from server.kit.keys import Keyring
from server.kit.words import WordList

WORDS: Final = 6
HASH_BYTES: Final = 64
UNUSED_QUARTERS: Final = 4
SEPARATORS: Final = re.compile(r"[^a-z]+")


@dataclass(frozen=True)
class Version:
    """Which salt, pepper and costs a row was made with. name: as kept in the row, "s1.m65536.t3"."""

    name: str
    salt: Secret
    pepper: Secret
    memory_kib: int
    passes: int


@dataclass(frozen=True)
class Opener:
    """What one phrase gives under one version: the row's lookup and the key of its vault."""

    version: Version
    lookup: bytes
    key: Secret = field(repr=False)


@dataclass(frozen=True)
class Kept:
    """What is in the vault: the root secret, the name, and since which day it is known."""

    root: Secret = field(repr=False)
    nickname: str
    known_since: date
    messages_sent: int


@dataclass(frozen=True)
class Typed:
    """Words as somebody typed them. corrected: {place: (typed, meant)}; unknown: what is in no list."""

    words: tuple[str, ...]
    corrected: dict[int, tuple[str, str]]
    unknown: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Say whether these are six words of the list."""
        return len(self.words) == WORDS and not self.unknown

    @property
    def phrase(self) -> str:
        """Return the words as they are hashed."""
        return " ".join(self.words)


def read(text: str, known: WordList) -> Typed:
    """Return what was typed, with one slip per word put right.

    Takes any case, accents and separators: people copy from paper, and phones add capitals. Source: privacy 2.7.
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    letters = "".join(character for character in plain if not unicodedata.combining(character))
    typed = [word for word in SEPARATORS.split(letters) if word][: WORDS + 1]
    meant = [known.closest(word) for word in typed]
    pairs = list(zip(typed, meant, strict=True))
    return Typed(
        tuple(right or word for word, right in pairs),
        {place: (word, right) for place, (word, right) in enumerate(pairs, 1) if right and right != word},
        tuple(word for word, right in pairs if right is None),
    )


def versions(keyring: Keyring, memory_kib: int, passes: int) -> list[Version]:
    """Return the present version and the one before it, newest first. Salt and pepper are renewed together."""
    keyring.current("site"), keyring.current("pepper")
    peppers = {key.number: key.secret for key in keyring.versions("pepper")}
    return [
        Version(f"s{salt.number}.m{memory_kib}.t{passes}", salt.secret, peppers[salt.number], memory_kib, passes)
        for salt in keyring.versions("site")[:2]
        if salt.number in peppers
    ]


def opener(phrase: str, version: Version) -> Opener:
    """Do the one slow computation; 100 to 600 ms at full cost, so only ever in a thread.

    argon2id with 64 bytes out, one lane: RFC 9106's second profile in memory and passes.
    """
    out = hash_secret_raw(
        phrase.encode(),
        version.salt.reveal(),
        version.passes,
        version.memory_kib,
        1,
        HASH_BYTES,
        Type.ID,
        ARGON2_VERSION,
    )
    return Opener(version, keyed_hash(version.pepper, b"return phrase", out[:32]), Secret(out[32:]))


def close_vault(opened_by: Opener, row_id: str, kept: Kept) -> bytes:
    """Return the sealed vault of a row."""
    record = {
        "root": kept.root.reveal().hex(),
        "nickname": kept.nickname,
        "known_since": kept.known_since,
        "messages_sent": kept.messages_sent,
    }
    return seal(opened_by.key, orjson.dumps(record), _place(row_id))


def open_vault(opened_by: Opener, row_id: str, vault: bytes) -> Kept:
    """Return what a vault holds. Raises Unreadable."""
    record = orjson.loads(unseal(opened_by.key, vault, _place(row_id)))
    return Kept(
        Secret(bytes.fromhex(record["root"])), record["nickname"], date.fromisoformat(record["known_since"]),
        record["messages_sent"],
    )  # fmt: skip


def quarter(day: date) -> int:
    """Return the quarter of a day as a number that rises by one, so that dates need not be kept."""
    return day.year * 4 + (day.month - 1) // 3


def is_unused(last_quarter: int, today: date) -> bool:
    """Say whether a phrase lay unused for four quarters and has ended (privacy 5)."""
    return quarter(today) - last_quarter > UNUSED_QUARTERS


def end_of(day: date) -> datetime:
    """Return the latest moment of a day: who was made on it counts as made then, never as older than true."""
    return datetime.combine(day, time(), UTC) + timedelta(days=1)


def _place(row_id: str) -> bytes:
    return f"return_phrase/{row_id}".encode()
