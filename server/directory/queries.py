"""What other slices may ask: the card of a hulpbron, a search for the team's picker (directory-booking-spec 6.2)."""

import re
from datetime import datetime
from functools import cache

from server.directory.cards import PATH, Card, make_card
from server.directory.hours import openness_at
from server.directory.search import Question
from server.directory.service import Shown, directory, shown
from server.kit import settings
from server.kit.clock import AMSTERDAM, SystemClock, local_day
from server.kit.runtime import Runtime

MAX_PICKS = 10
MAX_OPEN = 4
SHORT = 3
"""Numbers of this length are for emergencies: 112, 113."""
EVERYBODY = "Iedereen"


def card(service_id: str, rt: Runtime | None = None) -> Card | None:
    """Return the present card of a hulpbron, or None when it is not (or no longer) shown.

    service_id: `HB-012`, the 8 characters of its path, or the full id. Without rt the clock of the machine and the
    settings of the environment hold.
    """
    now_shown = _shown(rt)
    service = now_shown.by_id.get(service_id)
    return make_card(service, directory().terms, now_shown.rules, _local(rt)) if service else None


def spot(text: str, origin: str, rt: Runtime | None = None) -> tuple[str, str] | None:
    """Return the number of the first hulpbron whose page a text names, and the text without that address.

    origin: our own, which may stand before the path. A text that is nothing but the address gets the name instead.
    """
    if f"{PATH}/" not in text:
        return None
    found = re.search(rf"(?:{re.escape(origin)})?(?:/[a-z]{{2}})?{PATH}/([0-9a-z]{{8}})(?![0-9a-z])/?", text)
    named = card(found[1], rt) if found else None
    if found is None or named is None:
        return None
    rest = " ".join(part for part in (text[: found.start()].strip(), text[found.end() :].strip()) if part)
    return named.number, rest or named.name


def find(words: str, limit: int = MAX_PICKS, rt: Runtime | None = None) -> list[Card]:
    """Return the cards that answer the words, best first, with the same ranking as the page."""
    now_shown, local = _shown(rt), _local(rt)
    found = now_shown.search.ask(Question(words), local).in_order[:limit]
    return [make_card(service, directory().terms, now_shown.rules, local) for service in found]


def open_now(limit: int = MAX_OPEN, rt: Runtime | None = None) -> list[Card]:
    """Return whom one can call now without a referral: for everybody first, then what is certain and always open.

    Without the emergency numbers, which stand on every page.
    """
    now_shown, local = _shown(rt), _local(rt)
    open_ = [
        service for service in now_shown.services if openness_at(service.hours, local, service.assured).may_be_open
    ]
    cards = [make_card(service, directory().terms, now_shown.rules, local) for service in open_]
    callable_ = [card for card in cards if card.referral is not True and card.phones and len(card.phones[0]) > SHORT]
    return sorted(callable_, key=_for_everybody_first)[:limit]


def _for_everybody_first(card: Card) -> tuple[bool, bool, bool, str]:
    return EVERYBODY not in card.for_whom, not card.times.certain, not card.times.always, card.number


def _shown(rt: Runtime | None) -> Shown:
    show = rt.settings.show_unconfirmed if rt else _environment_shows_unconfirmed()
    return shown(show_unconfirmed=show, today=local_day(_now(rt)))


@cache
def _environment_shows_unconfirmed() -> bool:
    return settings.load().show_unconfirmed


def _now(rt: Runtime | None) -> datetime:
    return rt.clock.now() if rt else SystemClock().now()


def _local(rt: Runtime | None) -> datetime:
    return _now(rt).astimezone(AMSTERDAM)
