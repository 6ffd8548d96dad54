"""The internal port tells nothing that is not on the list, and no single event."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from server.kit.clock import FixedClock
from server.kit.run.metrics import Draw, Metrics, UnknownLabel

ROOT = Path(__file__).parents[2]
ALLOWED: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "metrics-allowlist.yml").read_text(encoding="utf-8"))
QUARTER = timedelta(minutes=15)


class Fixed(Draw):
    """Always the same number: the lowest plus this."""

    def __init__(self, above: int = 0) -> None:
        self.above = above

    def between(self, low: int, high: int) -> int:
        return min(low + self.above, high)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 11, 24, 19, 30, tzinfo=UTC))


@pytest.fixture
def metrics(clock: FixedClock) -> Metrics:
    return Metrics(clock, "0.1.0", Fixed())


def value(metrics: Metrics, name: str, **labels: str) -> float:
    """Return one sample. Raises StopIteration when it is not there."""
    families = text_string_to_metric_families(metrics.render().decode())
    return next(s.value for f in families for s in f.samples if s.name == name and s.labels == labels)


def everything(metrics: Metrics) -> None:
    """Use every series once."""
    for group in ("visitor", "team", "canary"):
        metrics.response(group, 200, 0.1)
    for kind in ("send", "ack", "repeat", "refused"):
        metrics.frame(kind)
    for kind in ("resume", "resync", "gap", "lease"):
        metrics.repair(kind)
    for scope in ("message", "zin", "report", "booking"):
        metrics.rate_limited(scope)
    for step in ("ack", "delivery", "commit", "pool"):
        metrics.latency(step, 0.02)
    for component in ("web", "ws", "db", "bus", "worker"):
        metrics.error(component)
    metrics.waited(90)
    metrics.connections(1)


def test_exactly_the_series_of_the_list(metrics: Metrics) -> None:
    everything(metrics)
    metrics.released({("T11", "totaal"): 125})
    metrics.up("db", True)
    metrics.job_age("release", 3600)
    metrics.canary("kamer", True, 0.4)
    metrics.disk_free(0.47)
    metrics.tls_expiry(86_400)
    found = {family.name: family for family in text_string_to_metric_families(metrics.render().decode())}
    assert {name.removesuffix("_total") for name in ALLOWED} == set(found)
    for name, allowed in ALLOWED.items():
        family = found[name.removesuffix("_total")]
        assert family.type == allowed["type"]
        for sample in family.samples:
            labels = {label: word for label, word in sample.labels.items() if label != "le"}
            assert set(labels) == set(allowed.get("labels", {})), sample
            assert all(
                word in allowed["labels"][label] or not allowed["labels"][label] for label, word in labels.items()
            )
            assert not sample.name.endswith("_created")
        edges = {sample.labels["le"] for sample in family.samples if "le" in sample.labels}
        assert edges - {"+Inf"} == {str(float(edge)) for edge in allowed.get("buckets", [])}


def test_no_series_of_the_process_itself(metrics: Metrics) -> None:
    assert not re.search("process_|python_|_created|# EXEMPLAR", metrics.render().decode())


def test_there_are_at_most_four_hundred_series(metrics: Metrics) -> None:
    everything(metrics)
    metrics.released({(f"T{table}", f"cel{cell}"): 15 for table in range(17) for cell in range(9)})
    samples = [s for f in text_string_to_metric_families(metrics.render().decode()) for s in f.samples]
    assert len(samples) <= 400


def test_one_visitor_changes_no_series(metrics: Metrics, clock: FixedClock) -> None:
    """At an idle server, scraped each second through two ticks (privacy-spec 10, test 6). No error is part of it."""
    before = metrics.render()
    for _ in range(5):
        metrics.response("visitor", 200, 0.2)
        metrics.frame("send")
        metrics.latency("ack", 0.01)
        metrics.connections(1)
        clock.advance(timedelta(seconds=1))
        assert metrics.render() == before
    metrics.connections(0)
    for _ in range(2):
        clock.advance(QUARTER)
        assert metrics.render() == before


def test_a_batch_appears_whole_and_only_at_a_tick(metrics: Metrics, clock: FixedClock) -> None:
    for _ in range(13):
        metrics.frame("send")
    assert value(metrics, "moi_frames_total", kind="send") == 0
    clock.advance(QUARTER)
    assert value(metrics, "moi_frames_total", kind="send") == 13


def test_too_few_wait_for_the_next_tick(clock: FixedClock) -> None:
    metrics = Metrics(clock, "0.1.0", Fixed(above=4))
    for _ in range(13):
        metrics.frame("send")
    clock.advance(QUARTER)
    assert value(metrics, "moi_frames_total", kind="send") == 0
    metrics.frame("send")
    clock.advance(QUARTER)
    assert value(metrics, "moi_frames_total", kind="send") == 14


def test_size_of_a_batch_is_drawn_anew(clock: FixedClock) -> None:
    draw = Fixed()
    metrics = Metrics(clock, "0.1.0", draw)
    draw.above = 9
    for _ in range(10):
        metrics.frame("send")
    clock.advance(QUARTER)
    assert value(metrics, "moi_frames_total", kind="send") == 10
    for _ in range(18):
        metrics.frame("send")
    clock.advance(QUARTER)
    assert value(metrics, "moi_frames_total", kind="send") == 10


def test_batches_are_from_ten_to_twenty() -> None:
    drawn = {Draw().between(10, 20) for _ in range(2_000)}
    assert (min(drawn), max(drawn)) == (10, 20)


def test_histogram_counts_and_sums_the_same_batch(metrics: Metrics, clock: FixedClock) -> None:
    for seconds in (0.01, 0.02, 9.0) * 4:
        metrics.latency("ack", seconds)
    clock.advance(QUARTER)
    assert value(metrics, "moi_chat_latency_seconds_bucket", step="ack", le="0.01") == 4
    assert value(metrics, "moi_chat_latency_seconds_bucket", step="ack", le="5.0") == 8
    assert value(metrics, "moi_chat_latency_seconds_count", step="ack") == 12
    assert value(metrics, "moi_chat_latency_seconds_sum", step="ack") == pytest.approx(36.12)


def test_an_error_is_known_at_the_tick_and_forgotten_at_the_next(metrics: Metrics, clock: FixedClock) -> None:
    metrics.error("db")
    assert value(metrics, "moi_error_present", component="db") == 0
    clock.advance(QUARTER)
    assert value(metrics, "moi_error_present", component="db") == 1
    clock.advance(QUARTER)
    assert value(metrics, "moi_error_present", component="db") == 0


@pytest.mark.parametrize(("number", "band"), [(0, 0), (29, 0), (30, 25), (54, 25), (55, 50), (404, 200), (900, 400)])
def test_connections_are_a_band_with_moved_edges(clock: FixedClock, number: int, band: int) -> None:
    metrics = Metrics(clock, "0.1.0", Fixed(above=5))
    metrics.connections(number)
    assert value(metrics, "moi_ws_connections_band") == 0
    clock.advance(QUARTER)
    assert value(metrics, "moi_ws_connections_band") == band


def test_disk_is_told_in_steps_of_a_tenth(metrics: Metrics) -> None:
    metrics.disk_free(0.479)
    assert value(metrics, "moi_disk_free_ratio") == 0.4


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("frame", ("typing",)),
        ("response", ("room-3", 200)),
        ("error", ("Emma",)),
        ("canary", ("profiel", True, 1)),
        ("latency", ("read", 1)),
    ],
)
def test_a_label_outside_the_list_is_refused(metrics: Metrics, method: str, arguments: tuple[object, ...]) -> None:
    with pytest.raises(UnknownLabel):
        getattr(metrics, method)(*arguments)
