"""Structured detectors (moderation-spec 10.2, layer 1): personal data, links and floods. No network, no disk."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

from moderation.checker.detectors import accounts, address, flood, identity, link, name, numbers, phone
from moderation.checker.detectors.sight import Sight
from moderation.checker.rules import Hit

__all__ = ["Sight", "detect"]

MOST_OF_A_KIND: Final = 25
"""Nobody needs the twenty-sixth number of one message; it keeps the time linear."""


def detect(sight: Sight) -> Sequence[Hit]:
    """Return everything the detectors find. A part that is one kind of data is not looked at as another."""
    hits: list[Hit] = []
    rows = numbers.rows(sight)
    if accounts.may_be_mail(sight.text):
        _add(hits, accounts.find_mail(sight))
    if sight.digits or rows or sight.recent:
        _add(hits, identity.find_iban(sight))
        _add(hits, phone.find(sight, rows))
        _add(hits, identity.find_bsn(sight, rows))
        _add(hits, address.find(sight))
    if link.may_be(sight.text):
        _add(hits, link.find(sight, [hit.span for hit in hits if hit.span]))
    if accounts.may_be_handle(sight):
        _add(hits, accounts.find_handle(sight))
    if name.may_be(sight):
        _add(hits, name.find(sight))
    _add(hits, flood.find(sight))
    return hits


def _add(hits: list[Hit], found: Iterable[Hit]) -> None:
    hits.extend([hit for hit in islice(found, MOST_OF_A_KIND) if not _overlaps(hit, hits)])


def _overlaps(hit: Hit, others: Sequence[Hit]) -> bool:
    if hit.span is None:
        return False
    start, end = hit.span
    return any(other.span is not None and start < other.span[1] and other.span[0] < end for other in others)
