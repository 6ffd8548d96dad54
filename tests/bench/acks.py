"""How soon a message is safe: the time from saying to `ack`, at 500 messages a second, on both databases (D2)."""

from tests import services
from tests.bench import machine, servers
from tests.bench.bench import OURS, Bench, crowd
from tests.bench.client import percentile

ROOMS = 50
PEOPLE = 500
RATE = 500


def acknowledged(bench: Bench) -> None:
    """Fifty rooms of ten, ten messages a second in each."""
    if bench.wants("D2"):
        _on(bench, "D2", "")
    if bench.wants("D2p"):
        _, core = machine.cores()
        with machine.on_core(core), services.postgres(fsync=True) as database:
            _on(bench, "D2p", database)


def _on(bench: Bench, name: str, database: str) -> None:
    with servers.installation(PEOPLE, ROOMS, database) as made:
        for _ in bench.each_round("acknowledged on " + ("PostgreSQL" if database else "SQLite")):
            with bench.moi(made) as running, crowd(running) as there:
                there.open(RATE, bench.size(2.0, 1.0))
                told = bench.told(f"{OURS} acknowledging", there.open(RATE, bench.size(8.0, 3.0)))
                bench.findings.found(name, percentile(told.acks, 0.99) * 1000)
                bench.findings.lost(max(0, told.sent - told.acked - told.refused))
                if not database:
                    bench.findings.lost(max(0, told.acked - servers.stored(running)))
