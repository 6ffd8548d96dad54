"""What must be reached (performance.md 3), and the table that says what was."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Better = Literal["more", "less"]
LEVELS: Final = ("must", "good", "moonshot")
TOO_BUSY: Final = 0.8


@dataclass(frozen=True)
class Measure:
    """One line of the table. beside: the reference that the thresholds are a ratio to; empty: ours alone counts."""

    name: str
    meaning: str
    unit: str
    better: Better
    must: float | None
    good: float | None
    moonshot: float | None
    beside: str = ""

    def reached(self, value: float) -> str:
        """Return the highest level that a value reaches: moonshot, good, must or `below`."""
        best = "below" if self.must is not None else "-"
        for level in LEVELS:
            limit = getattr(self, level)
            if limit is not None and (value >= limit if self.better == "more" else value <= limit):
                best = level
        return best


BROADCAST: Final = "websockets.broadcast"
NODE: Final = "Node ws"
EPOLL: Final = "epoll"
EMPTY: Final = "empty page"
ONE: Final = "one process"

MEASURES: Final = (
    Measure("F1", "fan-out 1 × 1,000, 48 messages under way", "deliveries/s", "more", 2, 6, 15, BROADCAST),
    Measure("F1n", "the same", "deliveries/s", "more", 1.5, 5, 12, NODE),
    Measure("R1", "200 rooms × 25", "deliveries/s", "more", 1, 2.5, 5, BROADCAST),
    Measure("L1", "p99, 1,000 members, 20 messages/s", "ms", "less", 2, 1.2, 0.7, BROADCAST),
    Measure("L2", "p99, 200 × 25, 1 message/s per room", "ms", "less", 50, 20, None),
    Measure("L2e", "the same beside a bare loop", "ms", "less", None, None, 1.5, EPOLL),
    Measure("C1", "server CPU per delivery at L1", "µs", "less", 1.5, 0.8, 0.6, BROADCAST),
    Measure("M1", "memory per idle joined connection", "KiB", "less", 64, 40, 20),
    Measure("S1", "all return at once and hear what they missed", "s", "less", 40, 20, 8),
    Measure("S1e", "the same: refused, or not everything heard once", "", "less", 0, 0, 0),
    Measure("B1", "10 of 100 stop reading: heard by the others", "%", "more", 100, 100, 100),
    Measure("B1p", "the same: p99 of the others", "ms", "less", 250, 50, None),
    Measure("B1m", "the same: memory per one that stopped", "MiB", "less", 1, 1, 1),
    Measure("D1", "durable write, CPU per message, SQLite", "µs", "less", 500, 100, 20),
    Measure("D1p", "the same, PostgreSQL", "µs", "less", 500, 100, 20),
    Measure("D1s", "the whole of `send`, SQLite", "µs", "less", None, None, None),
    Measure("D1t", "the whole of `send`, PostgreSQL", "µs", "less", None, None, None),
    Measure("D2", "acknowledged, p99 at 500 messages/s, SQLite", "ms", "less", 250, 50, 15),
    Measure("D2p", "the same, PostgreSQL", "ms", "less", 250, 50, 15),
    Measure("X1", "two processes over Redis", "deliveries/s", "more", 1.5, 1.8, None, ONE),
    Measure("K1", "checker, 280 characters, p50", "µs", "less", 300, 100, 30),
    Measure("K1p", "the same, p99", "µs", "less", 1500, 400, None),
    Measure("Z1", "search of 2,000 services, p95", "ms", "less", 150, 30, 5),
    Measure("P1h", "home page", "requests/s", "more", 0.25, 0.5, 0.8, EMPTY),
    Measure("P1r", "page of a room", "requests/s", "more", 0.25, 0.5, 0.8, EMPTY),
    Measure("P1t", "topic of 20 posts", "requests/s", "more", 0.25, 0.5, 0.8, EMPTY),
    Measure("P1l", "list of the directory", "requests/s", "more", 0.25, 0.5, 0.8, EMPTY),
    Measure("lost", "accepted messages lost in any of these", "", "less", 0, None, None),
)
BY_NAME: Final = {measure.name: measure for measure in MEASURES}


@dataclass
class Findings:
    """Every value of every round. ours and beside: measure → one value per round."""

    ours: dict[str, list[float]] = field(default_factory=dict)
    beside: dict[str, list[float]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    busiest: dict[str, float] = field(default_factory=dict)

    def found(self, name: str, value: float, beside: float | None = None) -> None:
        """Add what one round showed."""
        self.ours.setdefault(name, []).append(value)
        if beside is not None:
            self.beside.setdefault(name, []).append(beside)

    def lost(self, count: int) -> None:
        """Add accepted messages that somebody did not hear or that the store does not hold."""
        self.found("lost", count)

    def client(self, what: str, share: float) -> None:
        """Remember how much of its core the load client used, and say so where that was too much."""
        self.busiest[what] = max(share, self.busiest.get(what, 0.0))
        if share > TOO_BUSY:
            self.notes.append(f"{what}: the load client used {share:.0%} of its core, so the server may do better")


@dataclass(frozen=True)
class Row:
    """One line as it is shown. ratio is None where there is no reference."""

    measure: Measure
    ours: float
    beside: float | None
    ratio: float | None
    verdict: str


def rows(findings: Findings) -> list[Row]:
    """Return the lines for what was measured, in the order of the list."""
    return [_row(measure, findings) for measure in MEASURES if findings.ours.get(measure.name)]


def _row(measure: Measure, findings: Findings) -> Row:
    """Middle values; a ratio is taken within each round, because only there the machine was the same."""
    ours, beside = findings.ours[measure.name], findings.beside.get(measure.name, [])
    if measure.name == "lost":
        return Row(measure, sum(ours), None, None, measure.reached(sum(ours)))
    middle = statistics.median(ours)
    if not measure.beside:
        return Row(measure, middle, None, None, measure.reached(middle))
    ratios = [one / other for one, other in zip(ours, beside, strict=False) if other]
    if not ratios:
        return Row(measure, middle, None, None, "no reference")
    ratio = statistics.median(ratios)
    return Row(measure, middle, statistics.median(beside), ratio, measure.reached(ratio))


def drawn(lines: Sequence[Row]) -> str:
    """Return the table for a terminal."""
    head = ("measure", "", "ours", "reference", "ratio", "must", "good", "moonshot", "verdict")
    cells = [head] + [_cells(row) for row in lines]
    widths = [max(len(line[place]) for line in cells) for place in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells)


def _cells(row: Row) -> tuple[str, ...]:
    measure = row.measure
    sign = "≥" if measure.better == "more" else "≤"
    limits = (measure.must, measure.good, measure.moonshot)
    beside = "-" if row.beside is None else f"{short(row.beside)} {measure.beside}"
    return (
        measure.name,
        measure.meaning,
        f"{short(row.ours)} {measure.unit}".strip(),
        beside,
        "-" if row.ratio is None else f"{row.ratio:.2f}",
        *("-" if limit is None else f"{sign} {short(limit)}" for limit in limits),
        row.verdict,
    )


def short(value: float) -> str:
    """Return a number with about three figures."""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def as_json(findings: Findings, lines: Sequence[Row]) -> dict[str, Any]:
    """Return everything for var/bench.json."""
    return {
        "measures": [
            {
                "name": row.measure.name, "meaning": row.measure.meaning, "unit": row.measure.unit,
                "ours": row.ours, "beside": row.beside, "reference": row.measure.beside, "ratio": row.ratio,
                "must": row.measure.must, "good": row.measure.good, "moonshot": row.measure.moonshot,
                "verdict": row.verdict, "rounds": findings.ours[row.measure.name],
                "rounds_beside": findings.beside.get(row.measure.name, []),
            }
            for row in lines
        ],
        "client_share": findings.busiest,
        "notes": findings.notes,
    }  # fmt: skip
