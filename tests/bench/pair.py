"""Two processes over Redis and PostgreSQL beside one (X1).

Where there are cores for it, each process has its own. Where there are not, all share the server's core, and what the
pair reaches there counts twice: half a core each is what they had.
"""

from typing import Final

from tests import services
from tests.bench import machine, servers
from tests.bench.bench import OURS, Bench, crowd

ROOMS: Final = 20
PEOPLE: Final = 1000
IN_FLIGHT: Final = 96
ENOUGH: Final = 4


def two_processes(bench: Bench) -> None:
    """Twenty rooms of fifty, half of each at either process, as fast as it goes."""
    _, core = machine.cores()
    own_cores = len(machine.CORES) >= ENOUGH
    if not own_cores:
        bench.findings.notes.append("X1: the pair shared one core, so its rate counts twice")
    people = bench.size(PEOPLE, 200)
    with (
        machine.on_core(core),
        services.postgres(fsync=True) as database,
        services.redis() as redis,
        servers.installation(people, ROOMS, database, redis) as made,
    ):
        for nth in bench.each_round("two processes"):
            order = (1, 2) if nth % 2 == 0 else (2, 1)
            rates = {processes: _rate(bench, made, processes) for processes in order}
            bench.findings.found("X1", rates[2] * (1 if own_cores else 2), rates[1])


def _rate(bench: Bench, made: servers.Installation, processes: int) -> float:
    with bench.moi(made, processes) as running, crowd(running) as there:
        there.open(20, bench.size(2.0, 1.0))
        told = bench.told(f"{OURS} in {processes} process(es)", there.closed(IN_FLIGHT, bench.size(5.0, 2.0)))
        return told.rate
