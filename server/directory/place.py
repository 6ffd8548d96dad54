"""One hulpbron on its own page, and the page before leaving for its site."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from urllib.parse import urlsplit

from server.directory.cards import Card, make_card
from server.directory.search import Question
from server.directory.service import directory, local_now, shown_by
from server.directory.terms import COUNTRY, PROVINCE
from server.kit.runtime import Runtime


class Destination(StrEnum):
    """Where a link may lead to outside this site."""

    SITE = "site"
    MAP = "kaart"


@dataclass(frozen=True, slots=True)
class Place:
    """A hulpbron with the neighbours that help when it cannot be reached."""

    card: Card
    doors: tuple[Card, ...]
    today: date


@dataclass(frozen=True, slots=True)
class Leaving:
    """An address outside this site and the hulpbron it belongs to."""

    card: Card
    href: str
    shown: str
    destination: Destination


def place(rt: Runtime, service_id: str) -> Place | None:
    """Return one hulpbron for its page, or None when it is not shown."""
    shown, local = shown_by(rt), local_now(rt)
    service = shown.by_id.get(service_id)
    if service is None:
        return None
    area = next((code for code in service.areas if code not in (PROVINCE, COUNTRY)), "")
    spot = shown.search.ask(Question(area=area), local).spot
    doors = [door for door in shown.search.doors(spot) if door is not service]
    cards = [make_card(each, directory().terms, shown.rules, local) for each in (service, *doors)]
    return Place(cards[0], tuple(cards[1:]), local.date())


def leaving(rt: Runtime, service_id: str, destination: Destination) -> Leaving | None:
    """Return where a link of this hulpbron leads, or None when it has no such link."""
    found = place(rt, service_id)
    if found is None:
        return None
    card = found.card
    if destination is Destination.SITE and card.site:
        return Leaving(card, card.site, urlsplit(card.site).netloc, destination)
    if destination is Destination.MAP and card.point:
        return Leaving(card, "geo:{:.4f},{:.4f}".format(*card.point), card.address, destination)
    return None
