"""The noise is what the specification says it is, and costs nobody more than ε."""

import math
import random
from collections import Counter
from fractions import Fraction

import pytest

from server.stats.noise import _thresholds, discrete_laplace, margin, randomly_rounded
from server.stats.release import EPSILON, Figure, publish
from server.stats.tables import TABLES

SEEN_ENOUGH = 1_000


@pytest.mark.parametrize("sensitivity", [1, 2])
def test_thresholds_are_those_of_a_discrete_laplace(sensitivity: int) -> None:
    decay = math.exp(-float(EPSILON) / sensitivity)
    thresholds = _thresholds(EPSILON, sensitivity)
    middle = len(thresholds) // 2
    assert list(thresholds) == sorted(thresholds)
    for x in range(-12, 13):
        chance = (thresholds[middle + x] - thresholds[middle + x - 1]) / 2**128
        assert chance == pytest.approx((1 - decay) / (1 + decay) * decay ** abs(x), rel=1e-12)


def test_extreme_bits_stay_in_reach() -> None:
    assert -200 < discrete_laplace(EPSILON, 1, lambda bits: 0) < -170
    assert 170 < discrete_laplace(EPSILON, 1, lambda bits: 2**bits - 1) < 200


def test_small_numbers_rarely_show_alone() -> None:
    """A true nine in 3 %, a true one in 0.06 % (9.2 rule 3)."""
    thresholds = _thresholds(EPSILON, 1)
    middle = len(thresholds) // 2

    def alone(true: int) -> float:
        return 1 - thresholds[middle + 14 - true] / 2**128

    assert alone(9) == pytest.approx(0.031, abs=0.001)
    assert alone(1) == pytest.approx(0.0006, abs=0.0001)


def test_margin_holds_nineteen_times_out_of_twenty() -> None:
    assert margin(EPSILON, 1, 1, 5) == 9
    assert margin(EPSILON, 2, 1, 5) == 15
    draw = random.Random(9).getrandbits
    for numbers in (3, 9):
        within = margin(EPSILON, 1, numbers, 5) - 2.5
        sums = [abs(sum(discrete_laplace(EPSILON, 1, draw) for _ in range(numbers))) for _ in range(4_000)]
        assert 0.935 < sum(value <= within for value in sums) / len(sums) < 0.985


def test_random_rounding_keeps_the_mean() -> None:
    draw = random.Random(5).getrandbits
    rounded = [randomly_rounded(12, 5, draw) for _ in range(20_000)]
    assert set(rounded) == {10, 15}
    assert sum(rounded) / len(rounded) == pytest.approx(12, abs=0.1)
    assert randomly_rounded(20, 5, draw) == 20


@pytest.mark.parametrize(
    ("code", "counts", "one_more", "times"),
    [
        ("T8", {"ja": 15, "nee": 40, "overgeslagen": 9}, {"ja": 16}, 50_000),
        (
            "T1",
            {"open_groep": 13, "themagroep": 2, "een_op_een": 2, "forum": 16},
            {"open_groep": 14, "forum": 17},
            20_000,
        ),
    ],
)
def test_one_visit_more_changes_no_outcome_much(
    code: str, counts: dict[str, int], one_more: dict[str, int], times: int
) -> None:
    """50,000 draws on two inputs that differ by one visit on one day: odds of every outcome at most e^0.5 · 1.1."""
    draw = random.Random(20_26).getrandbits
    without = _outcomes(code, counts, draw, times)
    with_ = _outcomes(code, counts | one_more, draw, times)
    most = math.exp(float(EPSILON)) * 1.1
    common = [outcome for outcome in without | with_ if max(without[outcome], with_[outcome]) >= SEEN_ENOUGH]
    assert common
    for outcome in common:
        assert 1 / most <= without[outcome] / with_[outcome] <= most, (outcome, without[outcome], with_[outcome])


def test_fakes_do_not_unmask_one_visitor() -> None:
    """Whoever adds fake visits guesses "0 or 1 real visitor" hardly better than by chance (10, test 3)."""
    draw = random.Random(3).getrandbits
    for fakes in (0, 9, 14, 30):
        nobody = _outcomes("T8", {"ja": fakes, "nee": 60, "overgeslagen": 60}, draw, 4_000)
        somebody = _outcomes("T8", {"ja": fakes + 1, "nee": 60, "overgeslagen": 60}, draw, 4_000)
        advantage = sum(abs(nobody[outcome] - somebody[outcome]) for outcome in nobody | somebody) / 2 / 4_000
        assert advantage <= 0.25 + 0.05, fakes  # 0.05: sampling error, which only adds to a sum of differences


def _outcomes(code: str, counts: dict[str, int], draw: object, times: int) -> Counter[Figure]:
    assert callable(draw)
    return Counter(publish(TABLES[code], counts, noise=True, bits=draw) for _ in range(times))


def test_epsilon_is_exact() -> None:
    assert Fraction(1, 2) == EPSILON
