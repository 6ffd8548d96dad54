"""One message to many: a full room (F1, L1, C1) and many small ones (R1, L2), beside the references."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.bench import servers
from tests.bench.bench import OURS, Bench, crowd, turned
from tests.bench.client import Told, percentile
from tests.bench.servers import Installation, Running
from tests.bench.table import BROADCAST, EPOLL, NODE

Pair = tuple[Told, Told]
IN_FLIGHT = 48
SMALL_IN_FLIGHT = 640


def hall(bench: Bench) -> None:
    """1,000 members in one room: by the clock, then as fast as it goes."""
    people = bench.size(1000, 300)
    names = [OURS, BROADCAST, *_node(bench)]
    with servers.installation(people, 1) as made:
        for nth in bench.each_round("one room"):
            found = {
                name: _both(bench, name, made, 1, people, 20, IN_FLIGHT)
                for name in turned(nth, names)
            }  # fmt: skip
            _hall_found(bench, found)


def small_rooms(bench: Bench) -> None:
    """200 rooms of 25: one message a second in each, then as fast as it goes."""
    rooms = bench.size(200, 20)
    names = [OURS, BROADCAST, EPOLL]
    with servers.installation(rooms * 25, rooms) as made:
        for nth in bench.each_round("small rooms"):
            found = {
                name: _both(bench, name, made, rooms, rooms * 25, rooms, bench.size(SMALL_IN_FLIGHT, 64))
                for name in turned(nth, names)
            }
            _rooms_found(bench, found)


def _both(
    bench: Bench, name: str, made: Installation, rooms: int, people: int, rate: float, in_flight: int
) -> Pair:  # fmt: skip
    """Return what was told by the clock and at full speed, by one server in one round."""
    with _serving(bench, name, made, rooms, people) as running, crowd(running) as there:
        there.open(rate, bench.size(2.0, 1.0))  # the first messages meet cold caches
        calm = bench.told(f"{name} by the clock", there.open(rate, bench.size(6.0, 2.0)))
        full = bench.told(f"{name} at full speed", there.closed(in_flight, bench.size(4.0, 2.0)))
        if name == OURS:
            bench.findings.lost(max(0, calm.acked + full.acked - servers.stored(running)))
        return calm, full


@contextmanager
def _serving(bench: Bench, name: str, made: Installation, rooms: int, people: int) -> Iterator[Running]:
    with bench.moi(made) if name == OURS else servers.reference(name, rooms, people) as running:
        yield running


def _hall_found(bench: Bench, found: dict[str, Pair]) -> None:
    calm, full = found[OURS]
    other_calm, other_full = found[BROADCAST]
    bench.findings.found("F1", full.rate, other_full.rate)
    if NODE in found:
        bench.findings.found("F1n", full.rate, found[NODE][1].rate)
    bench.findings.found("L1", _p99(calm), _p99(other_calm))
    bench.findings.found("C1", calm.per_delivery * 1e6, other_calm.per_delivery * 1e6)


def _rooms_found(bench: Bench, found: dict[str, Pair]) -> None:
    calm, full = found[OURS]
    bench.findings.found("R1", full.rate, found[BROADCAST][1].rate)
    bench.findings.found("L2", _p99(calm))
    bench.findings.found("L2e", _p99(calm), _p99(found[EPOLL][0]))


def _p99(told: Told) -> float:
    return percentile(told.late, 0.99) * 1000


def _node(bench: Bench) -> Sequence[str]:
    missing = servers.node_ready()
    if missing:
        bench.findings.notes.append(missing)
    return [] if missing else [NODE]
