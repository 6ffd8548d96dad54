"""From what happened to the figures of reliability-spec 8: what was promised and is gone, and what was seen wrongly."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

from tests.faults.history import Entry, History, What
from tests.faults.stored import Stored

WRONG = ("lost", "unseen", "duplicate", "reordered", "phantom", "gap", "leak", "holes")
"""Figures that have to be zero in every run."""


def judge(
    history: History, stored: Mapping[str, Stored], where: Mapping[int, str], here: Container[int]
) -> dict[str, Any]:
    """Return all figures of one run. stored: what each room holds now; where: each client's room; here: who stayed.

    lost: promised and not stored. unseen: stored and not shown by somebody who was there. duplicate: shown twice, or
    stored under two numbers. reordered: shown in another order than that of `seq`, or two clients under one number saw
    different things. phantom: shown and never said. gap: a number that a client skipped. leak: a text that came after
    its hiding had committed. wire_gaps: an event that came before the one it follows (the client mended it).
    """
    shown = _shown(history)
    report = {
        "said": history.counts[What.INVOKE],
        "stored": sum(len(one.messages) for one in stored.values()),
        "acked": len({entry.client_id for entry in history.of(What.OK)}),
        "unknown": history.counts[What.UNKNOWN],
        "lost": _lost(history, stored),
        "unseen": sum(_unseen(views, stored[where[who]]) for who, views in shown.items() if who in here),
        "duplicate": _twice(shown.values()) + sum(_stored_twice(one) for one in stored.values()),
        "reordered": _reordered(shown.values()) + _disagreed(history, where),
        "phantom": _phantom(history),
        "gap": sum(_gaps(view) for views in shown.values() for view in views),
        "leak": _leaks(history),
        "holes": sum(one.holes for one in stored.values()),
        "wire_gaps": history.counts[What.WIRE_GAP],
        "repeats": sum(entry.dup for entry in history.of(What.OK)),
        "failed": dict(Counter(entry.code for entry in history.of(What.FAIL))),
        "reconnects": history.counts[What.LOST],
        "resumes": history.counts[What.RESUMED],
        "resyncs": history.counts[What.RESYNC],
        "closed": dict(Counter(entry.code for entry in history.of(What.CLOSED))),
    }
    return report | {"ack_ms": waits(_acks(history)), "seen_ms": waits(_deliveries(history))} | _returns(history)


def clean(report: Mapping[str, Any]) -> bool:
    """Say whether nothing was lost, doubled, reordered, made up, skipped or leaked."""
    return not any(report[name] for name in WRONG)


def waits(seconds: Iterable[float]) -> dict[str, float]:
    """Return p50, p99 and the longest of some waits, in milliseconds; zeros when nobody waited."""
    ordered = sorted(seconds) or [0.0]
    places = {"p50": len(ordered) // 2, "p99": min(len(ordered) - 1, len(ordered) * 99 // 100), "max": -1}
    return {name: round(ordered[place] * 1000, 1) for name, place in places.items()}


def _shown(history: History) -> dict[int, list[list[Entry]]]:
    """Return what each client showed, in stretches: every START begins one, and stands first in it."""
    views: defaultdict[int, list[list[Entry]]] = defaultdict(list)
    for entry in history.of(What.START, What.SHOWN):
        if entry.what is What.START:
            views[entry.who].append([entry])
        else:
            views[entry.who][-1].append(entry)
    return views


def _lost(history: History, stored: Mapping[str, Stored]) -> int:
    """Promised under this number and not stored under it. A held message has no number yet."""
    there = {(client_id, seq) for room in stored.values() for seq, client_id, _ in room.messages}
    promised = {(entry.client_id, entry.seq) for entry in history.of(What.OK) if entry.seq}
    return len(promised - there)


def _unseen(views: Sequence[Sequence[Entry]], room: Stored) -> int:
    """Events that a client should have shown: all after the beginning of its last stretch."""
    start, *seen = views[-1]
    numbers = {entry.seq for entry in seen}
    return sum(seq > start.seq and seq not in numbers for seq in room.events)


def _twice(clients: Iterable[list[list[Entry]]]) -> int:
    total = 0
    for views in clients:
        counted = Counter(entry.id for view in views for entry in view[1:] if entry.code == "message")
        total += sum(count - 1 for count in counted.values())
    return total


def _stored_twice(room: Stored) -> int:
    return sum(count - 1 for count in Counter(client_id for _, client_id, _ in room.messages).values())


def _reordered(clients: Iterable[list[list[Entry]]]) -> int:
    pairs = (pair for views in clients for view in views for pair in itertools.pairwise(view))
    return sum(later.seq <= earlier.seq for earlier, later in pairs)


def _gaps(view: Sequence[Entry]) -> int:
    return sum(later.seq > earlier.seq + 1 for earlier, later in itertools.pairwise(view))


def _disagreed(history: History, where: Mapping[int, str]) -> int:
    """Numbers under which two clients of one room showed different messages (P4)."""
    seen: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    for entry in history.of(What.SHOWN):
        seen[where[entry.who], entry.seq].add(entry.id)
    return sum(len(ids) - 1 for ids in seen.values())


def _phantom(history: History) -> int:
    said = {entry.text for entry in history.of(What.INVOKE)}
    return sum(entry.text is not None and entry.text not in said for entry in history.of(What.SHOWN))


def _leaks(history: History) -> int:
    """Texts that came over a connection that was made after their hiding had committed.

    What an older connection still brings may have left the server before; `text` of a HIDDEN entry may come no more.
    """
    gone: dict[str | None, float] = {}
    opened: dict[int, float] = {}
    leaks = 0
    for entry in history.of(What.HIDDEN, What.OPENED, What.SHOWN):
        if entry.what is What.HIDDEN:
            gone[entry.text] = entry.at
        elif entry.what is What.OPENED:
            opened[entry.who] = entry.at
        elif entry.text is not None and entry.text in gone:
            leaks += opened[entry.who] > gone[entry.text]
    return leaks


def _acks(history: History) -> list[float]:
    asked = {entry.client_id: entry.at for entry in history.of(What.INVOKE)}
    heard: dict[str, float] = {}
    for entry in history.of(What.OK):
        heard.setdefault(entry.client_id, entry.at)
    return [at - asked[client_id] for client_id, at in heard.items() if client_id in asked]


def _deliveries(history: History) -> list[float]:
    """From pressing send until it stood on every other screen."""
    asked = {entry.text: entry.at for entry in history.of(What.INVOKE)}
    seen = [entry for entry in history.of(What.SHOWN) if not entry.client_id and entry.text in asked]
    return [entry.at - asked[entry.text] for entry in seen]


def _returns(history: History) -> dict[str, Any]:
    """How long people were away: from losing the connection until the room was up to date again."""
    gone: dict[int, float] = {}
    away: list[float] = []
    for entry in history.of(What.LOST, What.RESUMED, What.RESYNC):
        if entry.what is What.LOST:
            gone.setdefault(entry.who, entry.at)
        elif entry.who in gone:
            away.append(entry.at - gone.pop(entry.who))
    return {"return_ms": waits(away), "still_away": len(gone)}
