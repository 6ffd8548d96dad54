"""What the internal port tells a monitor: exactly the series of privacy-spec 9.5, visitors' series in batches only.

A counter that is scraped every few seconds is a log of events. So what visitors cause waits per series and is added at
a tick of fifteen minutes, and only when at least b wait; b is drawn anew for every batch, because with a fixed number
somebody with nine visits of his own would see the tenth.
"""

import secrets
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from server.kit.clock import Clock
from server.kit.run.exact import Exact
from server.kit.run.series import COMPONENTS, COUNTERS, GAUGES, HISTOGRAMS, Spec

TICK_SECONDS: Final = 15 * 60
SMALLEST_BATCH: Final = 10
LARGEST_BATCH: Final = 20
BANDS: Final = (25, 50, 100, 200, 400)
SHIFT: Final = 10
TICKS_PER_SHIFT: Final = 4

Labels = tuple[str, ...]


class UnknownLabel(Exception):
    """A value that is not on the list of 9.5; a new one has to be decided, not slipped in."""


class Draw:
    """How large a batch must be, and how far the edges of the bands move: whole numbers from a range."""

    def between(self, low: int, high: int) -> int:
        """Return a number from low to high, both included."""
        return low + secrets.randbelow(high - low + 1)


class _Batch:
    """One series: what waits, and what may be seen. amounts are bucket counts, or one number for a counter."""

    def __init__(self, size: int, needed: int) -> None:
        self.seen = [0] * size
        self.seen_sum = 0.0
        self.needed = needed
        self._waiting = [0] * size
        self._waiting_sum = 0.0

    def add(self, place: int, amount: float) -> None:
        self._waiting[place] += 1
        self._waiting_sum += amount

    def release(self, draw: Draw) -> None:
        if sum(self._waiting) < self.needed:
            return
        self.seen = [seen + waiting for seen, waiting in zip(self.seen, self._waiting, strict=True)]
        self.seen_sum += self._waiting_sum
        self._waiting, self._waiting_sum = [0] * len(self.seen), 0.0
        self.needed = draw.between(SMALLEST_BATCH, LARGEST_BATCH)


class Metrics(Collector):
    """All series of this process. Calls are cheap and never fail on a number; an unknown label raises UnknownLabel."""

    def __init__(self, clock: Clock, version: str, draw: Draw | None = None, exact: Exact | None = None) -> None:
        """clock counts the ticks; draw only differs in tests, and only there exact notes every wait."""
        self.exact = exact
        self._clock = clock
        self._draw = draw or Draw()
        self._tick = self._tick_now()
        self._batches = {
            name: {labels: self._new(spec) for labels in _all_labels(spec)}
            for name, spec in (COUNTERS | HISTOGRAMS).items()
        }
        self._gauges: defaultdict[str, dict[Labels, float]] = defaultdict(dict)
        self._failed: set[str] = set()
        self._connections = 0
        self._shift = self._draw.between(0, SHIFT)
        self._set("moi_build_info", (version,), 1)
        for name in ("moi_overload_level", "moi_bus_degraded", "moi_ws_connections_band"):
            self._set(name, (), 0)
        for component in COMPONENTS:
            self._set("moi_error_present", (component,), 0)
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def response(self, group: str, status: int, seconds: float | None = None) -> None:
        """Count an answer of a group (visitor, team, canary) and, when given, how long it took."""
        self._count("moi_http_responses", group, f"{status // 100}xx")
        if seconds is not None:
            self._observe("moi_http_request_duration_seconds", (group,), seconds)

    def frame(self, kind: str) -> None:
        """Count a frame: send, ack, repeat, refused."""
        self._count("moi_frames", kind)

    def repair(self, kind: str) -> None:
        """Count a repair after a gap: resume, resync, gap, lease."""
        self._count("moi_repairs", kind)

    def rate_limited(self, scope: str) -> None:
        """Count a refusal: message, zin, report, booking."""
        self._count("moi_rate_limited", scope)

    def error(self, component: str) -> None:
        """Count an error of ours: web, ws, db, bus, worker."""
        self._count("moi_errors", component)
        self._failed.add(component)

    def latency(self, step: str, seconds: float) -> None:
        """Note how long a step of a chat message took: ack, delivery, commit, pool."""
        self._observe("moi_chat_latency_seconds", (step,), seconds)
        if self.exact is not None:
            self.exact.note(step, seconds)

    def waited(self, seconds: float) -> None:
        """Note how long somebody waited for a talk."""
        self._observe("moi_one_to_one_wait_seconds", (), seconds)

    def connections(self, number: int) -> None:
        """Tell how many connections are open; only a band leaves, and only at a tick."""
        self._advance()
        self._connections = number

    def overload(self, level: int) -> None:
        """Tell the level of giving things up, 0 to 4."""
        self._set("moi_overload_level", (), level)

    def bus_degraded(self, degraded: bool) -> None:
        """Tell whether the bus is out of order."""
        self._set("moi_bus_degraded", (), degraded)

    def up(self, component: str, answers: bool) -> None:
        """Tell whether db or bus answers."""
        self._set("moi_up", (component,), answers)

    def job_age(self, job: str, seconds: float) -> None:
        """Tell how long ago a job ended: backup, retention, flush, release."""
        self._set("moi_job_age_seconds", (job,), seconds)

    def canary(self, flow: str, success: bool, seconds: float) -> None:
        """Tell how the synthetic visitor fared."""
        self._set("moi_canary_success", (flow,), success)
        self._set("moi_canary_duration_seconds", (flow,), seconds)

    def disk_free(self, ratio: float) -> None:
        """Tell which part of the disk is free; shown in steps of a tenth, downwards."""
        self._set("moi_disk_free_ratio", (), int(ratio * 10) / 10)

    def tls_expiry(self, seconds: float) -> None:
        """Tell how long the certificate lasts."""
        self._set("moi_tls_expiry_seconds", (), seconds)

    def released(self, values: Mapping[tuple[str, str], int]) -> None:
        """Replace the published figures, by (table, cell)."""
        self._gauges["moi_released_value"] = {key: float(value) for key, value in values.items()}

    def render(self) -> bytes:
        """Return the exposition text."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Give every series, for the registry."""
        self._advance()
        for name, spec in COUNTERS.items():
            family = CounterMetricFamily(name, spec.meaning, labels=tuple(spec.labels))
            for labels, batch in self._batches[name].items():
                family.add_metric(labels, batch.seen[0])
            yield family
        for name, spec in HISTOGRAMS.items():
            yield self._histogram(name, spec)
        for name, spec in GAUGES.items():
            gauge = GaugeMetricFamily(name, spec.meaning, labels=tuple(spec.labels))
            for labels, value in self._gauges[name].items():
                gauge.add_metric(labels, value)
            yield gauge

    def _histogram(self, name: str, spec: Spec) -> Metric:
        family = HistogramMetricFamily(name, spec.meaning, labels=tuple(spec.labels))
        edges = [*(str(float(edge)) for edge in spec.buckets), "+Inf"]
        for labels, batch in self._batches[name].items():
            buckets = list(zip(edges, map(float, accumulate(batch.seen)), strict=True))
            family.add_metric(labels, buckets, batch.seen_sum)
        return family

    def _count(self, name: str, *labels: str) -> None:
        self._advance()
        self._batch(name, labels).add(0, 1)

    def _observe(self, name: str, labels: Labels, seconds: float) -> None:
        self._advance()
        self._batch(name, labels).add(bisect_left(HISTOGRAMS[name].buckets, seconds), seconds)

    def _batch(self, name: str, labels: Labels) -> _Batch:
        try:
            return self._batches[name][labels]
        except KeyError:
            raise UnknownLabel(name) from None

    def _set(self, name: str, labels: Labels, value: float) -> None:
        allowed = GAUGES[name].labels.values()
        if len(allowed) != len(labels) or any(
            known and label not in known for known, label in zip(allowed, labels, strict=True)
        ):
            raise UnknownLabel(name)
        self._gauges[name][labels] = float(value)

    def _new(self, spec: Spec) -> _Batch:
        return _Batch(len(spec.buckets) + 1, self._draw.between(SMALLEST_BATCH, LARGEST_BATCH))

    def _tick_now(self) -> int:
        return int(self._clock.monotonic() // TICK_SECONDS)

    def _advance(self) -> None:
        """Do what belongs to the ticks that passed. Whoever counts or looks first after one does it: no timer."""
        tick = self._tick_now()
        if tick == self._tick:
            return
        if tick // TICKS_PER_SHIFT != self._tick // TICKS_PER_SHIFT:
            self._shift = self._draw.between(0, SHIFT)
        self._tick = tick
        for series in self._batches.values():
            for batch in series.values():
                batch.release(self._draw)
        for component in COMPONENTS:
            self._set("moi_error_present", (component,), component in self._failed)
        self._failed.clear()
        self._set("moi_ws_connections_band", (), _band(self._connections, self._shift))


def _band(number: int, shift: int) -> int:
    """Return the band of a number of connections; its edges lie shift higher this hour."""
    return (0, *BANDS)[bisect_right([edge + shift for edge in BANDS], number)]


def _all_labels(spec: Spec) -> Sequence[Labels]:
    combinations: list[Labels] = [()]
    for values in spec.labels.values():
        combinations = [(*before, value) for before in combinations for value in values]
    return combinations
