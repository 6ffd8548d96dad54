"""The ticket: a note that somebody may book, which says nothing about who (privacy 6.1, directory-booking-spec 14.1).

Form: `<nonce, 32 hex>.<iso year>-W<week>.<mac, 32 hex>`. Nothing is stored when one is made; a used one leaves only a
keyed hash, apart from the booking.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from server.kit.crypto import Secret, keyed_hash, same
from server.kit.errors import Invalid

FORM: Final = re.compile(r"([0-9a-f]{32})\.(\d{4}-W\d{2})\.([0-9a-f]{32})")
MAC_BYTES: Final = 16


class TicketRefused(Invalid):
    """This ticket was not made by us, or its two weeks are over; one answer for both."""

    code = "kaartje_ongeldig"
    key = "afspraak.fout.kaartje"


@dataclass(frozen=True)
class Ticket:
    """A ticket that was checked. used_hash marks it as used and cannot be turned back into the ticket."""

    text: str
    week: str
    used_hash: bytes


def week_of(day: date) -> str:
    """Return the calendar week of a day, "2026-W48"."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def valid_weeks(today: date) -> tuple[str, str]:
    """Return the weeks whose tickets are taken today: this one and the one before."""
    return week_of(today), week_of(today - timedelta(days=7))


def make(key: Secret, today: date) -> str:
    """Return a new ticket of this week."""
    nonce, week = secrets.token_bytes(16), week_of(today)
    return f"{nonce.hex()}.{week}.{_mac(key, nonce, week).hex()}"


def read(text: str, keys: Sequence[Secret], today: date) -> Ticket:
    """Check a ticket against the keys that may have made it. Raises TicketRefused."""
    found = FORM.fullmatch(text.strip())
    if not found or found[2] not in valid_weeks(today):
        raise TicketRefused(field="ticket")
    nonce, week, mac = bytes.fromhex(found[1]), found[2], bytes.fromhex(found[3])
    for key in keys:
        if same(_mac(key, nonce, week), mac):
            return Ticket(text.strip(), week, keyed_hash(key, b"used", nonce))
    raise TicketRefused(field="ticket")


def _mac(key: Secret, nonce: bytes, week: str) -> bytes:
    return keyed_hash(key, b"ticket", nonce, week.encode())[:MAC_BYTES]
