"""Structured detectors (moderation-spec 10.2, layer 1): personal data, links and floods. No network, no disk."""

from collections.abc import Sequence

from moderation.checker.detectors import accounts, address, flood, identity, link, name, numbers, phone
from moderation.checker.detectors.sight import Sight
from moderation.checker.rules import Hit

__all__ = ["Sight", "detect"]


def detect(sight: Sight) -> Sequence[Hit]:
    """Return everything the detectors find. A part that is one kind of data is not looked at as another."""
    rows = numbers.rows(sight.text, sight.words)
    hits = [*accounts.find_mail(sight), *identity.find_iban(sight)] if len(sight.text) > SHORTEST else []
    hits += [hit for hit in phone.find(sight, rows) if not _overlaps(hit, hits)]
    hits += [hit for hit in identity.find_bsn(sight, rows) if not _overlaps(hit, hits)]
    hits += [hit for hit in address.find(sight) if not _overlaps(hit, hits)]
    hits += link.find(sight, [hit.span for hit in hits if hit.span])
    hits += [hit for hit in accounts.find_handle(sight) if not _overlaps(hit, hits)]
    return [*hits, *name.find(sight), *flood.find(sight)]


SHORTEST = 5


def _overlaps(hit: Hit, others: Sequence[Hit]) -> bool:
    return any(
        hit.span and other.span and hit.span[0] < other.span[1] and other.span[0] < hit.span[1] for other in others
    )
