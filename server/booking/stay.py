"""One cookie of half an hour that carries what somebody filled in so far, sealed; the server keeps nothing of it.

Name: `moi_afspraak`. It holds no visit, no nickname of the chat and nothing that leads there (privacy 6.1).
"""

import base64
import binascii
import json
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from starlette.responses import Response

from server.booking import codes
from server.booking.rules import epoch
from server.kit.crypto import Secret, Unreadable, derive, seal, unseal
from server.kit.ids import new_id
from server.kit.keys import KeyGone, Keyring
from server.kit.words import word_list

NAME: Final = "moi_afspraak"
LIFE: Final = timedelta(minutes=30)
PLACE: Final = b"afspraak-cookie"


@dataclass
class Stay:
    """Answers of the form so far. Ids and code are drawn at the start, so pressing twice gives the same booking.

    opened: the appointment that a code opened. held_until and expires: whole seconds.
    """

    csrf: str = field(default_factory=new_id)
    who: str = field(default_factory=new_id)
    appointment_id: str = field(default_factory=new_id)
    code: str = field(default_factory=lambda: codes.draw(word_list()))
    ticket: str = ""
    asked_on: str = ""
    location_id: str = ""
    slot_id: str = ""
    held_until: int = 0
    extended: int = 0
    nickname: str = ""
    helps: list[str] = field(default_factory=list)
    contact: str = ""
    note: str = ""
    told: bool = False
    confirmed: bool = False
    opened: str = ""

    @property
    def asked_day(self) -> date:
        """The day the ticket was opened."""
        return date.fromisoformat(self.asked_on)

    @property
    def busy(self) -> bool:
        """Say whether somebody is on the way to an appointment."""
        return bool(self.ticket) and not self.confirmed


def cookie_name(*, secure: bool) -> str:
    """Return the name: with the __Host- prefix where browsers reach us over TLS (D19)."""
    return f"__Host-{NAME}" if secure else NAME


def to_cookie(keyring: Keyring, stay: Stay, now: datetime) -> str:
    """Return the sealed value, good for half an hour from now."""
    number, key = keyring.current("ticket")
    plain = json.dumps([epoch(now + LIFE), asdict(stay)], ensure_ascii=False, separators=(",", ":"))
    return f"{number}.{base64.urlsafe_b64encode(seal(_for_cookies(key), plain.encode(), PLACE)).decode()}"


def from_cookie(keyring: Keyring, value: str, now: datetime) -> Stay | None:
    """Return what a cookie carries; None when it is old, damaged or not ours."""
    number, _, sealed = value.partition(".")
    try:
        key = keyring.version("ticket", int(number))
        expires, fields = json.loads(unseal(_for_cookies(key), base64.urlsafe_b64decode(sealed), PLACE))
        return Stay(**fields) if epoch(now) < expires else None
    except (ValueError, TypeError, binascii.Error, KeyGone, Unreadable):  # TypeError: made by another release
        return None


def remember(response: Response, keyring: Keyring, stay: Stay, now: datetime, *, secure: bool) -> Response:
    """Put the stay in the answer's cookie.

    Lax and not Strict: a ticket may come from the host of the chat, and a Strict cookie would not travel along with the
    redirect that follows. Forms are guarded by origin and by the csrf word.
    """
    response.set_cookie(
        cookie_name(secure=secure),
        to_cookie(keyring, stay, now),
        max_age=int(LIFE.total_seconds()),
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )
    return response


def forget(response: Response, *, secure: bool) -> Response:
    """Take the cookie back."""
    response.delete_cookie(cookie_name(secure=secure), path="/", secure=secure, httponly=True, samesite="lax")
    return response


def _for_cookies(key: Secret) -> Secret:
    return derive(key, PLACE)
