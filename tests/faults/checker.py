"""From what clients were promised and saw to the figures of reliability-spec 8."""

import itertools
from collections import Counter
from collections.abc import Sequence
from typing import Any

from tests.faults.client import Client


def judge(clients: Sequence[Client]) -> dict[str, Any]:
    """Return acked, lost, duplicate, reordered and gaps over all clients of one room that saw everything."""
    acked = {client_id: seq for client in clients for client_id, seq in client.told.acked.items()}
    lost = duplicate = reordered = gaps = 0
    for client in clients:
        seqs = [seq for seq, _ in client.told.shown]
        ids = Counter(id_ for _, id_ in client.told.shown)
        lost += len(set(acked.values()) - set(seqs))
        duplicate += sum(count - 1 for count in ids.values())
        reordered += sum(later < earlier for earlier, later in itertools.pairwise(seqs))
        events = client.events
        gaps += sum(later != earlier + 1 for earlier, later in itertools.pairwise(events))
    twice = len(acked) - len(set(acked.values()))
    return {
        "acked": len(acked),
        "lost": lost,
        "duplicate": duplicate + twice,
        "reordered": reordered,
        "gaps": gaps,
        "repeats": sum(client.told.repeats for client in clients),
        "reconnects": sum(client.told.reconnects for client in clients),
        "resyncs": sum(client.told.resyncs for client in clients),
    }
