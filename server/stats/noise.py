"""Discrete Laplace noise with whole numbers only, from the random source of the operating system (privacy-spec 9.2)."""

import math
import secrets
from bisect import bisect_right
from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache
from typing import Final

Bits = Callable[[int], int]
"""Give this many random bits as one whole number; `secrets.randbits` except in tests and generated pasts."""

DRAW_BITS: Final = 128
CERTAIN: Final = 0.95
NEGLIGIBLE: Final = 1e-7


def discrete_laplace(epsilon: Fraction, sensitivity: int, bits: Bits = secrets.randbits) -> int:
    """Return x with a chance proportional to exp(-|x| · epsilon / sensitivity).

    Floats would leak: their gaps tell which sums were possible. So one draw of 128 bits is looked up in a table of
    whole-number thresholds; the result differs from the true distribution by less than 2^-120.
    """
    thresholds = _thresholds(epsilon, sensitivity)
    return bisect_right(thresholds, bits(DRAW_BITS)) - len(thresholds) // 2


def randomly_rounded(value: int, step: int, bits: Bits = secrets.randbits) -> int:
    """Return a multiple of step next to value, up with a chance that keeps the mean. Drawn once, at the release."""
    rest = value % step
    return value - rest + (step if rest and _below(step, bits) < rest else 0)


@cache
def margin(epsilon: Fraction, sensitivity: int, numbers: int, step: int) -> int:
    """Return within how much a published number lies of the true one, 19 times out of 20.

    numbers: how many noised cells it is a sum of; step: what it was rounded to.
    """
    decay = math.exp(-float(epsilon) / sensitivity)
    reach = math.ceil(math.log(NEGLIGIBLE) / math.log(decay))
    one = {x: (1 - decay) / (1 + decay) * decay ** abs(x) for x in range(-reach, reach + 1)}
    spread = {0: 1.0}
    for _ in range(numbers):
        spread = _added(spread, one)
    within, reached = spread[0], 0
    while within < CERTAIN:
        reached += 1
        within += 2 * spread[reached]
    return math.ceil(reached + step / 2)


def _added(left: dict[int, float], right: dict[int, float]) -> dict[int, float]:
    total: dict[int, float] = {}
    for x, chance in left.items():
        for y, other in right.items():
            total[x + y] = total.get(x + y, 0.0) + chance * other
    return {x: chance for x, chance in total.items() if chance > NEGLIGIBLE}


@cache
def _thresholds(epsilon: Fraction, sensitivity: int) -> tuple[int, ...]:
    """Return floor(2^128 · P(X ≤ x)) for x from -n up to n - 1; beyond n the chance is under 2^-128."""
    with localcontext() as context:
        context.prec = 80
        step = Decimal(epsilon.numerator) / Decimal(epsilon.denominator * sensitivity)
        decay = (-step).exp()
        n = int(Decimal(DRAW_BITS + 2) * Decimal(2).ln() / step) + 1
        whole, left = Decimal(1 << DRAW_BITS), [decay ** (n - i) / (1 + decay) for i in range(n)]  # P(X ≤ -n + i)
        upper = [1 - decay ** (x + 1) / (1 + decay) for x in range(n)]
        return tuple(int(whole * chance) for chance in left + upper)


def _below(limit: int, bits: Bits) -> int:
    """Return a whole number under limit, each with the same chance."""
    while (drawn := bits(limit.bit_length())) >= limit:
        pass
    return drawn
