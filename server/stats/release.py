"""From counts to what may be shown: noise, minimum, pooling, rounding. Pure: values in, published figure out.

Source of every rule: privacy-spec 9.2.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

from server.stats.noise import Bits, discrete_laplace, randomly_rounded
from server.stats.tables import Source, Table

EPSILON: Final = Fraction(1, 2)
"""Spent per table and period on the noise over what visitors cause."""

CAP: Final = Fraction(4)
"""Most that one visit on one day may cost over all tables together (rule 8)."""

MINIMUM: Final = 10
NOISED_MINIMUM: Final = 15
STEP: Final = 5
DOMINANT: Final = 90
"""Per cent of a table above which one category shows too much of each of its people."""
WIDTH: Final = 5
ENOUGH_ON_TIME: Final = Fraction(95, 100)

Rounding = Callable[[int], int]


class Shown(StrEnum):
    """How much of a table is published."""

    CELLS = "cellen"
    TOTAL = "totaal"
    NOTHING = "te_weinig"


@dataclass(frozen=True)
class Group:
    """A published number: of one cell, or of cells that were pooled."""

    cells: tuple[str, ...]
    value: int


@dataclass(frozen=True)
class Figure:
    """One published table. groups are empty unless cells are shown; total is None when there is too little."""

    shown: Shown
    groups: tuple[Group, ...] = ()
    total: int | None = None


def publish(table: Table, counts: Mapping[str, int], *, noise: bool, bits: Bits = secrets.randbits) -> Figure:
    """Make the one published figure of a table and period.

    counts: people per cell, a missing cell is zero. noise: False only by the signed decision MOI_RUIS=uit.
    Raises ValueError on a negative count or a cell that the table does not have.
    """
    values = _complete(table, counts)
    if table.source is Source.ORGANISATIONS:
        return Figure(Shown.CELLS, _alone(values), sum(values.values()))
    if table.source is Source.TEAM:
        return _figure(table, values, MINIMUM, nearest)
    if not noise:
        return _figure(table, values, MINIMUM, lambda value: randomly_rounded(value, STEP, bits))
    noised = {cell: value + discrete_laplace(EPSILON, table.a_day, bits) for cell, value in values.items()}
    return _figure(table, noised, NOISED_MINIMUM, nearest, noised=True)


def minimum_of(table: Table, *, noise: bool) -> int:
    """Return the smallest number that may be shown of a table."""
    return NOISED_MINIMUM if noise and table.source is Source.VISITORS else MINIMUM


def smallest_pool(table: Table) -> int:
    """Return how many cells a pooled number holds at least: of two or three one could often work out the parts."""
    return 2 if len(table.cells) <= 4 else 3


def pool(cells: Mapping[str, int], minimum: int, *, members: int, ordered: bool = False) -> tuple[Group, ...]:
    """Merge small cells until none can be traced.

    cells: value per cell of one table and period, in reading order; noise may have made one negative. minimum in
    people; members: cells in a pooled number at least. ordered: a cell may only join its neighbours. Zero is treated
    like any small number. Returns the groups in reading order, every value at least minimum; one group of everything
    when it cannot be done, and then that value may be too small. Source: privacy-spec 9.2, rule 4.
    """
    return _with_neighbours(cells, minimum, members) if ordered else _with_the_rest(cells, minimum, members)


def nearest(value: int) -> int:
    """Return the nearest multiple of five."""
    return (value + STEP // 2) // STEP * STEP


def on_time(counts: Mapping[str, int]) -> bool | None:
    """Say whether at least 95 % of the cases was decided within 24 hours; None when there were too few to say."""
    total = sum(counts.values())
    if total < MINIMUM:
        return None
    return Fraction(counts.get("binnen_24_uur", 0), total) >= ENOUGH_ON_TIME


def _figure(
    table: Table, values: Mapping[str, int], minimum: int, rounding: Rounding, *, noised: bool = False
) -> Figure:
    groups = pool(values, minimum, members=smallest_pool(table), ordered=table.ordered)
    shown = tuple(Group(group.cells, rounding(group.value)) for group in groups)
    safe = len(groups) > 1 and not _dominated(groups) and not _dominated(shown)
    if safe and (noised or not _cornered(table, shown, minimum)):
        return Figure(Shown.CELLS, shown, sum(group.value for group in shown))
    total = sum(values.values())
    return Figure(Shown.TOTAL, (), rounding(total)) if total >= minimum else Figure(Shown.NOTHING)


def _with_the_rest(cells: Mapping[str, int], minimum: int, members: int) -> tuple[Group, ...]:
    pooled = [cell for cell, value in cells.items() if value < minimum]
    if not pooled:
        return _alone(cells)
    others = sorted((cell for cell in cells if cell not in pooled), key=lambda cell: cells[cell])
    while others and (len(pooled) < members or sum(cells[cell] for cell in pooled) < minimum):
        pooled.append(others.pop(0))
    together = tuple(cell for cell in cells if cell in pooled)
    alone = {cell: value for cell, value in cells.items() if cell not in pooled}
    return (*_alone(alone), Group(together, sum(cells[cell] for cell in together)))


def _with_neighbours(cells: Mapping[str, int], minimum: int, members: int) -> tuple[Group, ...]:
    """Merge each short group with the one before it, the first with the one after it.

    The side is fixed: if the smaller neighbour were taken, the pooled number would tell how small it can be at most.
    """
    groups = list(_alone(cells))
    for place in range(len(groups) - 1, 0, -1):
        if _short(groups[place], minimum, members):
            groups[place - 1 : place + 1] = [_joined(groups[place - 1], groups[place])]
    while len(groups) > 1 and _short(groups[0], minimum, members):
        groups[:2] = [_joined(groups[0], groups[1])]
    return tuple(groups)


def _joined(first: Group, second: Group) -> Group:
    return Group(first.cells + second.cells, first.value + second.value)


def _short(group: Group, minimum: int, members: int) -> bool:
    return group.value < minimum or 1 < len(group.cells) < members


def _alone(cells: Mapping[str, int]) -> tuple[Group, ...]:
    return tuple(Group((cell,), value) for cell, value in cells.items())


def _dominated(groups: Sequence[Group]) -> bool:
    """Say whether one category is nearly everybody (rule 5)."""
    total = sum(group.value for group in groups)
    return 100 * max(group.value for group in groups) > DOMINANT * total


def _cornered(table: Table, shown: Sequence[Group], minimum: int) -> bool:
    """Say whether the rest is so near its highest that its parts can be worked out by who knows the rules.

    Four cells of 35 together that are all under ten are nine, nine, nine and eight. Then only the total is shown, so
    that each cell keeps at least five possible values (privacy-spec 10, test 2). Looks at nothing but what would be
    shown: otherwise the choice itself would tell something.
    """
    rest = shown[-1]
    if table.ordered or len(rest.cells) == 1:
        return False
    highest = min(group.value for group in shown[:-1]) + STEP // 2 - 1  # what joined was smaller than what is shown
    low, high = _possible(rest.value, len(rest.cells), smallest_pool(table), minimum, highest)
    return high - low + 1 < WIDTH


def _possible(value: int, size: int, members: int, minimum: int, highest: int) -> tuple[int, int]:
    """Return between which values one cell of the rest can lie, over all ways in which the rest can have come about.

    small cells: under minimum; joined ones: from minimum up to highest. Cells join until there are `members`, and one
    more when all small ones together stay under minimum.
    """
    least, most = value - STEP // 2, value + STEP // 2
    ranges = [(least - (size - 1) * (minimum - 1), min(minimum - 1, most))]  # all are small
    for joined in range(1, size if size == members else 1):
        small = size - joined
        others = (small - 1) * (minimum - 1)
        ranges.append((least - others - joined * highest, min(minimum - 1, most - joined * minimum)))
        below = least - small * (minimum - 1) - (joined - 1) * highest
        ranges.append((max(minimum, below), min(highest, most - (joined - 1) * minimum)))
    if size > members and least <= minimum - 1 + highest:  # one joined because the small ones were too few
        ranges.append((0, min(minimum - 1, most - minimum)))
    fitting = [(max(0, low), high) for low, high in ranges if max(0, low) <= high]
    return (min(low for low, _ in fitting), max(high for _, high in fitting)) if fitting else (0, 0)


def _complete(table: Table, counts: Mapping[str, int]) -> dict[str, int]:
    if unknown := set(counts) - set(table.cells):
        raise ValueError(f"{table.code} has no cell {sorted(unknown)}")
    if any(value < 0 for value in counts.values()):
        raise ValueError(f"{table.code} has a negative count")
    return {cell: counts.get(cell, 0) for cell in table.cells}
