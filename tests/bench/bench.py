"""What every measure shares: sizes, rounds, and where the findings go."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from tests.bench import machine, servers
from tests.bench.client import Crowd, Told
from tests.bench.servers import Installation, Running
from tests.bench.table import Findings

T = TypeVar("T")
OURS = "Moi"


@dataclass
class Bench:
    """One call of the load test. quick: smaller and shorter, to see that everything works; no figures to keep."""

    quick: bool
    rounds: int
    wanted: frozenset[str]
    findings: Findings = field(default_factory=Findings)
    failed: list[str] = field(default_factory=list)
    run: int = 0

    def wants(self, *names: str) -> bool:
        """Say whether one of these measures was asked for."""
        return not self.wanted or bool(self.wanted & set(names))

    def size(self, full: T, quick: T) -> T:
        """Return the one or the other."""
        return quick if self.quick else full

    def each_round(self, what: str, most: int = 99) -> Iterator[int]:
        """Yield the rounds, saying before each how quiet the machine is."""
        for nth in range(min(self.rounds, most)):
            self.say(f"{what}, round {nth + 1} of {min(self.rounds, most)}; {machine.loaded()}")
            yield nth

    def say(self, line: str) -> None:
        """Tell who waits how far it is."""
        print(line, file=sys.stderr, flush=True)

    def told(self, what: str, told: Told) -> Told:
        """Take what every run of ours has to answer for: nothing lost, and a client that was not the bottleneck."""
        self.findings.client(what, told.client_share)
        if what.startswith(OURS):
            self.findings.lost(told.lost)
            if told.errors or told.dropped or told.refused:
                self.findings.notes.append(f"{what}: {told.dropped} dropped, refused or failed: {told.errors}")
        self.say(
            f"   {what}: {told.rate:,.0f} deliveries/s, {told.per_delivery * 1e6:.2f} µs each, "
            f"client {told.client_share:.0%}, lost {told.lost}"
        )
        return told

    @contextmanager
    def moi(self, made: Installation, processes: int = 1) -> Iterator[Running]:
        """Serve Moi, each time with message keys of its own."""
        self.run += 1
        with servers.moi(made, processes=processes, run=self.run) as running:
            yield running


@contextmanager
def crowd(running: Running, *, at_once: int = 100, most: int = 0) -> Iterator[Crowd]:
    """Let everybody with a seat (or the first `most`) come in."""
    made = Crowd(running.ports, running.dialect, running.seats[: most or None], running.cpu)
    try:
        made.connect(at_once=at_once)
        yield made
    finally:
        made.close()


def turned(nth: int, names: Sequence[str]) -> Sequence[str]:
    """Return the names in this round's order: every other round backwards, so that none is always first."""
    return names if nth % 2 == 0 else names[::-1]
