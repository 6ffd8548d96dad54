"""What the desk decides from values alone."""

from datetime import UTC, datetime, timedelta

import pytest

from moderation import ActKind
from server.desk import rules
from server.team.audit import Action

NOW = datetime(2026, 11, 24, 19, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "cell"),
    [
        (0, "tot_15_minuten"),
        (15, "tot_15_minuten"),
        (16, "tot_1_uur"),
        (60, "tot_1_uur"),
        (61, "tot_24_uur"),
        (1440, "tot_24_uur"),
        (1441, "later"),
    ],
)
def test_first_look_counts_in_its_class(minutes: int, cell: str) -> None:
    assert rules.first_look_cell(timedelta(minutes=minutes)) == cell


@pytest.mark.parametrize(("hours", "cell"), [(0, "binnen_24_uur"), (24, "binnen_24_uur"), (24.1, "later")])
def test_decision_within_a_day_counts_as_on_time(hours: float, cell: str) -> None:
    assert rules.on_time_cell(timedelta(hours=hours)) == cell


@pytest.mark.parametrize(("seconds", "yes"), [(0, True), (59, True), (60, False), (-1, False)])
def test_undo_is_offered_for_a_minute(seconds: int, yes: bool) -> None:
    assert rules.may_undo(NOW - timedelta(seconds=seconds), NOW) is yes


def test_every_act_counts_and_leaves_a_line() -> None:
    assert {rules.outcome_cell(kind) for kind in ActKind} == {"geen_actie", "verborgen", "maatregel"}
    assert set(rules.ACTIONS) == set(ActKind)
    assert all(isinstance(action, Action) for action in rules.ACTIONS.values())


def test_offered_acts_have_the_keys_of_the_map() -> None:
    assert [rules.KEYS.get(kind) for kind in rules.OFFERED] == ["l", "v", "w", None, "t"]


@pytest.mark.parametrize("label", ["crisis_now", "suicidal_passive", "self_harm", "concern_other"])
def test_nobody_in_need_is_answered_with_a_rule(label: str) -> None:
    reason = rules.fitting(label)
    assert "huisregel" not in reason.text
    assert "113 of gratis 0800-0113" in reason.text


def test_other_labels_start_with_their_own_reason() -> None:
    assert rules.fitting("harassment").category == "harassment"
