"""The directory of a running server: what is shown today, and the words of a search sealed for an address."""

import base64
import binascii
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Final

import orjson

from server.directory.catalogue import Catalogue, Role, read_catalogue
from server.directory.hours import is_holiday
from server.directory.map import Drawing, draw
from server.directory.publication import Rules, is_shown
from server.directory.search import Search
from server.directory.services import Service
from server.directory.words import MAX_CHARS
from server.kit.clock import AMSTERDAM, local_day
from server.kit.crypto import Secret, Unreadable, derive, seal, unseal
from server.kit.keys import KeyGone
from server.kit.runtime import Runtime

WORDS_FOR: Final = timedelta(hours=24)
"""How long an address with sealed words can be opened (5.6)."""
MAX_SEALED: Final = 2000
MAKING: Final = threading.RLock()
_PURPOSE: Final = b"sociale kaart: zoekwoorden"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed: words and a postcode of four digits. Both stay out of every address, log and count."""

    words: str = ""
    postcode: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """The services that may be seen on one day, with their search."""

    services: tuple[Service, ...]
    search: Search
    rules: Rules
    by_id: dict[str, Service]
    """Number (`HB-012`), 8 hexadecimal characters and full id → service."""


@cache
def directory() -> Catalogue:
    """Return the whole catalogue, read once. Raises CatalogueError or RowError: the server then does not start."""
    return read_catalogue()


@cache
def drawing() -> Drawing:
    """Return the map, drawn once."""
    return draw(directory().gazetteer.municipalities.values())


def shown_by(rt: Runtime) -> Shown:
    """Return what this server shows now. Made by one thread at a time: after a start two want it at once."""
    with MAKING:
        return shown(show_unconfirmed=rt.settings.show_unconfirmed, today=local_day(rt.clock.now()))


@lru_cache(maxsize=4)
def shown(*, show_unconfirmed: bool, today: date) -> Shown:
    """Return what may be seen on a day; the search is made anew only when a service came or went."""
    is_holiday(today)  # reads the calendar of the year now, not during somebody's search
    rules = Rules(show_unconfirmed, directory().roles[Role.LINE])
    services = tuple(service for service in directory().services if is_shown(service, rules, today))
    by_id = {key: service for service in services for key in (service.number, service.short_id, str(service.id))}
    return Shown(services, _search(services), rules, by_id)


@lru_cache(maxsize=2)
def _search(services: Sequence[Service]) -> Search:
    return Search(directory(), services)


def local_now(rt: Runtime) -> datetime:
    """Return the present moment on the clock of the province."""
    return rt.clock.now().astimezone(AMSTERDAM)


def seal_asked(rt: Runtime, asked: Asked) -> str:
    """Return the words as a text for an address that only this server can read, for 24 hours (5.6)."""
    if not (asked.words or asked.postcode):
        return ""
    version, secret = rt.keyring.current("site")
    plain = orjson.dumps([int(rt.clock.now().timestamp()), asked.words[:MAX_CHARS], asked.postcode[:4]])
    blob = version.to_bytes(2, "big") + seal(_key(secret), plain, _PURPOSE)
    return base64.urlsafe_b64encode(blob).decode().rstrip("=")


def open_asked(rt: Runtime, sealed: str) -> Asked:
    """Return the words of an address; too old, damaged or made by another server gives none."""
    if not sealed or len(sealed) > MAX_SEALED:
        return Asked()
    try:
        blob = base64.b64decode(sealed + "=" * (-len(sealed) % 4), altchars=b"-_", validate=True)
        secret = rt.keyring.version("site", int.from_bytes(blob[:2], "big"))
        when, words, postcode = orjson.loads(unseal(_key(secret), blob[2:], _PURPOSE))
    except (binascii.Error, ValueError, KeyGone, Unreadable):
        return Asked()
    fresh = rt.clock.now().timestamp() - when <= WORDS_FOR.total_seconds()
    return Asked(words, postcode) if fresh else Asked()


def _key(secret: Secret) -> Secret:
    return derive(secret, _PURPOSE)
