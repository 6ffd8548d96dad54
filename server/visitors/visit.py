"""One visit: what is kept about somebody while they are here, and how it is packed, sealed and ended.

Nothing here can be read without the cookie: the row's name is a keyed hash of the token, its record is sealed under a
key derived from it (privacy 2.2).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import orjson

from server.kit.crypto import Secret, derive, keyed_hash, seal, unseal
from server.visitors.author_keys import author_key

IDLE: Final = timedelta(hours=2)
ABSOLUTE: Final = timedelta(hours=24)
STEP: Final = timedelta(minutes=10)
WARN_BEFORE: Final = timedelta(minutes=5)
NEWCOMER_AGE: Final = timedelta(hours=24)
NEWCOMER_MESSAGES: Final = 5


@dataclass(frozen=True)
class Visit:
    """A visitor who is here. ref: keyed hash of the token; opaque. root: the secret that author keys come from.

    known_since: when this name was made, to the day after a return. messages_sent counts to five, published ones only.
    phrase_id: row of the return phrase. weeks: calendar weeks a ticket was given in. counted: cells of figures that
    this visit has added to today. muted: "room/public id" of who is not read there. wishes: see visitors.wishes.
    """

    ref: bytes
    token: str = field(repr=False)
    nickname: str = field(repr=False)
    csrf: str = field(repr=False)
    started: datetime
    known_since: datetime
    ends_at: datetime
    root: Secret = field(repr=False)
    messages_sent: int = 0
    phrase_id: str = ""
    weeks: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()
    muted: tuple[str, ...] = ()
    wishes: Mapping[str, str] = field(default_factory=dict)
    record_key: Secret | None = field(default=None, repr=False, compare=False)
    """What the record was opened with, so that writing it again need not derive it anew."""

    def author_key(self, context: str) -> str:
        """Return who this visitor is in one place (see author_keys)."""
        return author_key(self.root, context)

    def newcomer(self, now: datetime, more: int = 0) -> bool:
        """Say whether the careful rules for new names hold: a name of under a day, or under five published messages.

        more: messages that are not written down yet. Source: moderation-spec 2. A visit lasts a day at most, so only
        who comes back with a phrase grows out of it.
        """
        return now - self.known_since < NEWCOMER_AGE or self.messages_sent + more < NEWCOMER_MESSAGES


def ref_of(key: Secret, token: str) -> bytes:
    """Return the name of a visit's row: HMAC under K_sess, so that the row does not give the token away."""
    return keyed_hash(key, b"visit", token.encode())


def ends_at(now: datetime, started: datetime) -> datetime:
    """Return the end: two hours after now, a day after the start at most, rounded up to ten minutes (privacy 3.2)."""
    end = min(now + IDLE, started + ABSOLUTE).astimezone(UTC)
    step = STEP.total_seconds()
    return datetime.fromtimestamp(-(-end.timestamp() // step) * step, UTC)


def is_over(visit: Visit, now: datetime) -> bool:
    """Say whether a visit has ended: left alone for two hours, or older than a day."""
    return now >= visit.ends_at or now >= visit.started + ABSOLUTE


def pack(visit: Visit) -> bytes:
    """Return the sealed record of a visit."""
    record = {
        "root": visit.root.reveal().hex(),
        "nickname": visit.nickname,
        "csrf": visit.csrf,
        "started": visit.started,
        "known_since": visit.known_since,
        "messages_sent": visit.messages_sent,
        "phrase_id": visit.phrase_id,
        "weeks": visit.weeks,
        "counted": visit.counted,
        "muted": visit.muted,
        "wishes": dict(visit.wishes),
    }
    return seal(visit.record_key or _key(visit.token), orjson.dumps(record), _place(visit.ref))


def unpack(ref: bytes, token: str, record: bytes, ends: datetime, key: Secret | None = None) -> Visit:
    """Return the visit of a row. key: its record's, where it is known. Raises Unreadable for another token's."""
    key = key or _key(token)
    known = orjson.loads(unseal(key, record, _place(ref)))
    return Visit(
        ref=ref,
        token=token,
        nickname=known["nickname"],
        csrf=known["csrf"],
        started=datetime.fromisoformat(known["started"]),
        known_since=datetime.fromisoformat(known["known_since"]),
        ends_at=ends,
        root=Secret(bytes.fromhex(known["root"])),
        messages_sent=known["messages_sent"],
        phrase_id=known["phrase_id"],
        weeks=tuple(known["weeks"]),
        counted=tuple(known["counted"]),
        muted=tuple(known["muted"]),
        wishes=known["wishes"],
        record_key=key,
    )


def counts(visit: Visit, cell: str, day: str, most: int) -> bool:
    """Say whether a visit has not added to a cell today yet, nor to `most` cells of its table. cell: "T1/forum".

    A visit adds at most one to a cell per day (privacy 9.1).
    """
    if f"{day}/{cell}" in visit.counted:
        return False
    table = f"{day}/{cell.split('/', 1)[0]}/"
    return sum(known.startswith(table) for known in visit.counted) < most


def with_cell(visit: Visit, cell: str, day: str, most: int, more: int = 0) -> Visit:
    """Return the visit with one more cell counted today, if it counts, and more messages; the same if that is nothing.

    Messages are counted to five: then the careful start is over.
    """
    sent = max(visit.messages_sent, min(NEWCOMER_MESSAGES, visit.messages_sent + more))
    if not counts(visit, cell, day, most):
        return visit if sent == visit.messages_sent else replace(visit, messages_sent=sent)
    today = [known for known in visit.counted if known.startswith(f"{day}/")]
    return replace(visit, counted=(*today, f"{day}/{cell}"), messages_sent=sent)


def _key(token: str) -> Secret:
    return derive(Secret(token.encode()), b"visit record")


def _place(ref: bytes) -> bytes:
    return b"visit/" + ref
