"""The course of a kring, from values alone: by the clock and by its host."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from server.kring import rules
from server.kring.models import Plan, State
from server.kring.rules import BadPlan, DoorShut, KringFull, NotNow, Pace, due

EIGHT = datetime(2026, 11, 24, 19, 0, tzinfo=UTC)
NINE = EIGHT + timedelta(hours=1)
PACE = Pace(door=timedelta(minutes=15), closing=timedelta(minutes=5), wipe=timedelta(minutes=10))
ORDER = [State.PLANNED, State.DOOR, State.OPEN, State.CLOSING, State.ENDED, State.WIPED]


@pytest.mark.parametrize(
    ("state", "minutes", "becomes"),
    [
        (State.PLANNED, -16, State.PLANNED),
        (State.PLANNED, -15, State.DOOR),
        (State.DOOR, 0, State.DOOR),  # nobody but the host opens
        (State.DOOR, 14, State.DOOR),
        (State.DOOR, 15, State.ENDED),
        (State.PLANNED, 300, State.ENDED),  # the server was away all evening
        (State.OPEN, -10, State.OPEN),
        (State.OPEN, 54, State.OPEN),
        (State.OPEN, 55, State.CLOSING),
        (State.CLOSING, 59, State.CLOSING),
        (State.CLOSING, 60, State.ENDED),
        (State.OPEN, 90, State.ENDED),
        (State.ENDED, 69, State.ENDED),
        (State.ENDED, 70, State.WIPED),
        (State.WIPED, 900, State.WIPED),
        (State.CANCELLED, 30, State.CANCELLED),
    ],
)
def test_the_clock_moves_it(state: State, minutes: int, becomes: State) -> None:
    assert due(state, EIGHT, NINE, NINE + PACE.wipe, PACE, EIGHT + timedelta(minutes=minutes)) is becomes


def test_whatever_happens_it_is_wiped_and_never_opens_by_itself() -> None:
    """Random presses of the host and random gaps of the clock; fixed seed."""
    chance = random.Random(20261124)
    for _ in range(300):
        state, ends, extended, wipe_at = State.PLANNED, NINE, 0, None
        now = EIGHT - timedelta(minutes=20)
        while state is not State.WIPED:
            before = state
            state = due(state, EIGHT, ends, wipe_at, PACE, now)
            assert state is before or ORDER.index(state) > ORDER.index(before) or before is State.CLOSING
            assert (before, state) != (State.DOOR, State.OPEN)
            if state is State.ENDED and wipe_at is None:
                wipe_at = now + PACE.wipe
            pressed = chance.choice(["open", "longer", "round", "", ""])
            if pressed == "open" and state is State.DOOR:
                state = State.OPEN
            elif pressed == "longer" and state in rules.LIVE and extended < rules.MOST_LONGER:
                ends, extended = rules.longer(state, ends, extended), extended + 1
            elif pressed == "round" and state is State.OPEN:
                ends = rules.rounded_off(state, ends, PACE, now)
            now += timedelta(seconds=chance.choice([2, 60, 400, 4000]))
        assert now < EIGHT + timedelta(hours=6)


def test_more_time_undoes_the_last_round() -> None:
    ends = rules.longer(State.CLOSING, NINE, 0)
    assert due(State.CLOSING, EIGHT, ends, None, PACE, NINE - timedelta(minutes=2)) is State.OPEN
    with pytest.raises(NotNow):
        rules.longer(State.OPEN, NINE, rules.MOST_LONGER)
    with pytest.raises(NotNow):
        rules.longer(State.ENDED, NINE, 0)


@pytest.mark.parametrize(
    ("state", "taken", "refusal"),
    [
        (State.PLANNED, 0, DoorShut),
        (State.DOOR, 7, None),
        (State.DOOR, 8, KringFull),
        (State.OPEN, 0, None),
        (State.CLOSING, 0, DoorShut),
        (State.WIPED, 0, DoorShut),
    ],
)
def test_who_comes_too_early_or_too_late_stays_outside(state: State, taken: int, refusal: type | None) -> None:
    found = rules.may_enter(state, taken, 8)
    assert (type(found) if found else None) is refusal


@pytest.mark.parametrize(("taken", "words"), [(0, "plek"), (5, "plek"), (6, "bijna_vol"), (7, "bijna_vol"), (8, "vol")])
def test_room_is_said_in_words(taken: int, words: str) -> None:
    assert rules.room_left(taken, 8) == words


def test_a_weekly_plan_keeps_its_time_on_the_clock() -> None:
    """Over the night in which summer time ends; and once is once."""
    starts = datetime(2026, 10, 20, 18, 0, tzinfo=UTC)
    plan = Plan(theme="wachten", host="sam", starts=starts, weekly=True, minutes=60, places=8)
    found = list(rules.occurrences(plan, starts - timedelta(days=1)))
    assert found == [starts, datetime(2026, 10, 27, 19, 0, tzinfo=UTC)]
    plan.weekly = False
    assert list(rules.occurrences(plan, starts - timedelta(days=1))) == [starts]
    assert list(rules.occurrences(plan, starts + timedelta(days=1))) == []


@pytest.mark.parametrize(
    ("minutes", "places", "hours"), [(50, 8, 1), (60, 2, 1), (60, 99, 1), (60, 8, -1), (60, 8, 9000)]
)
def test_what_cannot_be_planned_is_refused(minutes: int, places: int, hours: int) -> None:
    with pytest.raises(BadPlan):
        rules.check_plan(EIGHT + timedelta(hours=hours), minutes, places, EIGHT)
