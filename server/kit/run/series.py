"""Every series that may leave the internal port, with all values of its labels (privacy-spec 9.5).

docs/metrics-allowlist.yml repeats this list for people and monitors; a test keeps the two the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True)
class Spec:
    """One metric: its name without `_total`, meaning, labels with all values they may have, and buckets in seconds."""

    name: str
    meaning: str
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    buckets: tuple[float, ...] = ()


GROUPS: Final = ("visitor", "team", "canary")
COMPONENTS: Final = ("web", "ws", "db", "bus", "worker")
FLOWS: Final = ("landing", "naam", "kamer", "queue", "forum", "booking", "team")

COUNTERS: Final = {
    spec.name: spec
    for spec in (
        Spec("moi_http_responses", "Answers", {"group": GROUPS, "class": ("2xx", "3xx", "4xx", "5xx")}),
        Spec("moi_rate_limited", "Refused as too many", {"scope": ("message", "zin", "report", "booking")}),
        Spec("moi_frames", "Frames of the chat", {"kind": ("send", "ack", "repeat", "refused")}),
        Spec("moi_repairs", "Repairs after a gap", {"kind": ("resume", "resync", "gap", "lease")}),
        Spec("moi_errors", "Errors", {"component": COMPONENTS}),
    )
}

HISTOGRAMS: Final = {
    spec.name: spec
    for spec in (
        Spec(
            "moi_http_request_duration_seconds",
            "Time to an answer",
            {"group": GROUPS},
            (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
        ),
        Spec(
            "moi_one_to_one_wait_seconds",
            "Wait for a talk",
            buckets=(30, 60, 120, 300, 600, 900, 1800, 3600),
        ),
        Spec(
            "moi_chat_latency_seconds",
            "Steps of a chat message",
            {"step": ("ack", "delivery", "commit", "pool")},
            (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5),
        ),
    )
}

GAUGES: Final = {
    spec.name: spec
    for spec in (
        Spec("moi_build_info", "Version", {"version": ()}),
        Spec("moi_overload_level", "What is given up, 0 to 4"),
        Spec("moi_bus_degraded", "Bus out of order"),
        Spec("moi_error_present", "An error in the last quarter of an hour", {"component": COMPONENTS}),
        Spec("moi_canary_success", "Synthetic visitor got through", {"flow": FLOWS}),
        Spec("moi_canary_duration_seconds", "Time of the synthetic visitor", {"flow": FLOWS}),
        Spec("moi_ws_connections_band", "Connections, in bands with moving edges"),
        Spec("moi_up", "Dependency answers", {"component": ("db", "bus")}),
        Spec("moi_job_age_seconds", "Since the job last ended", {"job": ("backup", "retention", "flush", "release")}),
        Spec("moi_disk_free_ratio", "Free disk, in steps of a tenth"),
        Spec("moi_tls_expiry_seconds", "Until the certificate ends"),
        Spec("moi_released_value", "Published figures, latest release", {"table": (), "cell": ()}),
    )
}
"""Labels without listed values: version is our own, table and cell come from published releases."""
