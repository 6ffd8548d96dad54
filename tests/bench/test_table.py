"""The table says what was reached, and never more."""

import json
from pathlib import Path

import pytest

from tests.bench import table
from tests.bench.__main__ import SCENARIOS
from tests.bench.table import BY_NAME, MEASURES, Findings


@pytest.mark.parametrize(
    ("name", "value", "level"),
    [
        ("F1", 1.99, "below"),
        ("F1", 2, "must"),
        ("F1", 6, "good"),
        ("F1", 15.1, "moonshot"),
        ("L1", 2.01, "below"),
        ("L1", 1.2, "good"),
        ("L1", 0.69, "moonshot"),
        ("L2", 19, "good"),
        ("S1e", 1, "below"),
        ("D1s", 5000, "-"),
    ],
)
def test_levels(name: str, value: float, level: str) -> None:
    """Higher is better, or lower, as the measure says; a measure without levels has no verdict."""
    assert BY_NAME[name].reached(value) == level


def test_a_ratio_is_taken_within_each_round() -> None:
    """The machine was twice as slow in one round for both: the ratio is not."""
    findings = Findings()
    for ours, beside in ((600.0, 100.0), (300.0, 50.0), (650.0, 100.0)):
        findings.found("F1", ours, beside)
    (row,) = table.rows(findings)
    assert (row.ours, row.beside, row.ratio, row.verdict) == (600.0, 100.0, 6.0, "good")


def test_lost_messages_add_up() -> None:
    """One lost in one of many runs is one lost."""
    findings = Findings()
    for count in (0, 0, 1, 0, 0):
        findings.lost(count)
    (row,) = table.rows(findings)
    assert (row.ours, row.verdict) == (1, "below")


def test_a_missing_reference_is_no_verdict() -> None:
    """Without the other server there is no ratio to be proud of."""
    findings = Findings()
    findings.found("F1n", 1e6)
    (row,) = table.rows(findings)
    assert (row.ratio, row.verdict) == (None, "no reference")


def test_a_busy_client_is_told() -> None:
    """Above 80 % of its core the client may be what was measured."""
    findings = Findings()
    findings.client("Moi", 0.79)
    assert not findings.notes
    findings.client("Moi", 0.81)
    assert "81%" in findings.notes[0]


def test_the_table_and_its_file_show_every_figure() -> None:
    """A line per measure, and JSON with every round."""
    findings = Findings()
    findings.found("F1", 1234.0, 100.0)
    findings.found("M1", 33.3)
    lines = table.rows(findings)
    drawn = table.drawn(lines)
    assert "1,234 deliveries/s" in drawn
    assert "12.34" in drawn
    assert "33.3 KiB" in drawn
    kept = json.loads(json.dumps(table.as_json(findings, lines)))
    assert kept["measures"][0]["rounds"] == [1234.0]


def test_every_measure_comes_out_of_one_run() -> None:
    """No line without a scenario, no scenario without a line."""
    named = [name for _, names in SCENARIOS for name in names]
    assert sorted(named) == sorted(set(BY_NAME) - {"lost"})
    assert len(MEASURES) == len(BY_NAME)


def test_the_lock_of_the_reference_has_hashes_and_no_addresses() -> None:
    """D23, for the one package that is only needed here."""
    lock = json.loads((Path(__file__).parent / "references" / "package-lock.json").read_text())
    assert '"resolved"' not in json.dumps(lock)
    assert all(one["integrity"] for name, one in lock["packages"].items() if name)
