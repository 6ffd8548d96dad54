"""A ticket for the booking pages: proof that somebody was here, and nothing about who (privacy 6.1, D7).

Form: `<nonce, 32 hex>.<iso year>-W<week>.<mac, 32 hex>`. What is given out is written down nowhere; the visit only
remembers that it got one this week.
"""

import secrets
from datetime import date
from typing import Final

from server.kit.clock import local_day
from server.kit.crypto import Secret, keyed_hash
from server.kit.errors import Conflict
from server.kit.runtime import Runtime
from server.visitors import service
from server.visitors.visit import Visit

NONCE_BYTES: Final = 16
MAC_BYTES: Final = 16


class TicketGiven(Conflict):
    """This visit has had its ticket of this week."""

    code = "kaartje_gegeven"
    key = "bezoek.kaartje"


async def issue(rt: Runtime, visit: Visit) -> str:
    """Return a ticket of this week, one per visit and week. Raises TicketGiven."""
    today = local_day(rt.clock.now())
    if not await service.mark_week(rt, visit, week_of(today)):
        raise TicketGiven
    return make(rt.keyring.current("ticket")[1], today)


def make(key: Secret, today: date) -> str:
    """Return a new ticket."""
    nonce, week = secrets.token_bytes(NONCE_BYTES), week_of(today)
    mac = keyed_hash(key, b"ticket", nonce, week.encode())[:MAC_BYTES]
    return f"{nonce.hex()}.{week}.{mac.hex()}"


def week_of(day: date) -> str:
    """Return the calendar week of a day, "2026-W48"."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"
