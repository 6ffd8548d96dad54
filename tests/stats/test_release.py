"""Whatever was counted, what is shown keeps the rules of privacy-spec 9.2."""

import itertools
import random
from collections import defaultdict
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.stats.release import (
    MINIMUM,
    Figure,
    Group,
    Shown,
    nearest,
    on_time,
    pool,
    publish,
    smallest_pool,
)
from server.stats.tables import ON_TIME, ORGANISATIONS, TABLES, Source, Table
from server.stats.verify import faults_of

PUBLISHED: Final = [table for table in TABLES.values() if table.code != ON_TIME]
COUNTS: Final = st.one_of(st.integers(0, 12), st.integers(0, 60), st.integers(0, 3000))


@st.composite
def counted(draw: st.DrawFn, tables: list[Table]) -> tuple[Table, dict[str, int]]:
    """A table with made-up counts, some cells missing."""
    table = draw(st.sampled_from(tables))
    return table, draw(st.dictionaries(st.sampled_from(table.cells), COUNTS))


@settings(max_examples=400, deadline=None)
@given(counted(PUBLISHED), st.booleans(), st.integers())
def test_every_figure_keeps_the_rules(found: tuple[Table, dict[str, int]], noise: bool, seed: int) -> None:
    table, counts = found
    figure = publish(table, counts, noise=noise, bits=random.Random(seed).getrandbits)
    assert list(faults_of(table, figure, noise=noise)) == []


@settings(max_examples=200, deadline=None)
@given(counted([table for table in PUBLISHED if table.source is Source.TEAM]))
def test_shown_numbers_are_close_to_what_was_counted(found: tuple[Table, dict[str, int]]) -> None:
    table, counts = found
    figure = publish(table, counts, noise=True)
    for group in figure.groups:
        assert abs(group.value - sum(counts.get(cell, 0) for cell in group.cells)) <= 2


@settings(max_examples=300, deadline=None)
@given(st.lists(COUNTS, min_size=2, max_size=12), st.booleans())
def test_pooling_loses_nobody(values: list[int], ordered: bool) -> None:
    cells = {f"cel{at}": value for at, value in enumerate(values)}
    groups = pool(cells, MINIMUM, members=3, ordered=ordered)
    assert sum(group.value for group in groups) == sum(values)
    assert sorted(cell for group in groups for cell in group.cells) == sorted(cells)
    if len(groups) > 1:
        assert all(group.value >= MINIMUM for group in groups)
    if ordered:
        assert [cell for group in groups for cell in group.cells] == list(cells)


def test_ordered_cells_join_neighbours_only() -> None:
    figure = publish(TABLES["T13"], {"tot_7": 40, "tot_14": 30, "tot_28": 20, "tot_56": 12, "langer": 3}, noise=True)
    assert figure.groups[-1] == Group(("tot_28", "tot_56", "langer"), 35)


def test_small_cells_become_the_rest_with_the_smallest_of_the_others() -> None:
    counts = {"zelf_naasten": 50, "sociale_basis": 40, "sociaal_domein": 22, "ggz": 12, "poh_ggz": 0}
    figure = publish(TABLES["T14"], counts, noise=True)
    assert figure.groups[-1] == Group(("sociaal_domein", "ggz", "poh_ggz"), 35)
    assert figure.total == 125


def test_zero_is_treated_like_any_small_number() -> None:
    assert publish(TABLES["T12"], {"eerste": 60, "vervolg": 0}, noise=True) == Figure(Shown.TOTAL, (), 60)


def test_one_category_over_ninety_percent_shows_the_total_only() -> None:
    assert publish(TABLES["T12"], {"eerste": 190, "vervolg": 11}, noise=True).shown is Shown.TOTAL
    assert publish(TABLES["T12"], {"eerste": 170, "vervolg": 30}, noise=True).shown is Shown.CELLS


def test_too_little_is_said_so() -> None:
    assert publish(TABLES["T10"], {"totaal": 9}, noise=True) == Figure(Shown.NOTHING)
    assert publish(TABLES["T10"], {"totaal": 12}, noise=True) == Figure(Shown.TOTAL, (), 10)


def test_four_nines_are_not_given_away() -> None:
    counts = {"GM0014": 60, "GM0037": 50, "GM0047": 40, "GM1950": 9, "GM1952": 9, "GM1966": 9, "GM1969": 9}
    counts |= {"GM1979": 9, "GM1895": 9, "GM0765": 9}
    assert publish(TABLES["T11"], counts, noise=True).shown is Shown.TOTAL


def test_places_are_shown_as_they_are() -> None:
    figure = publish(ORGANISATIONS["L1"], {"GM0014": 2, "GM0037": 1}, noise=True)
    assert (figure.total, len(figure.groups)) == (3, 10)


def test_negative_counts_and_unknown_cells_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        publish(TABLES["T10"], {"totaal": -1}, noise=True)
    with pytest.raises(ValueError, match="no cell"):
        publish(TABLES["T10"], {"iets": 1}, noise=True)


@pytest.mark.parametrize(("code", "top"), [("T15", 60), ("T16", 30), ("T17", 14), ("T18", 30)])
def test_no_hidden_cell_can_be_worked_out(code: str, top: int) -> None:
    """Whoever knows every rule and tries all inputs keeps at least five possible values for each hidden cell."""
    table = TABLES[code]
    possible: dict[Figure, list[tuple[int, ...]]] = defaultdict(list)
    for input_ in itertools.product(range(top + 1), repeat=len(table.cells)):
        possible[publish(table, dict(zip(table.cells, input_, strict=True)), noise=True)].append(input_)
    for figure, inputs in possible.items():
        if any(max(input_) == top for input_ in inputs):
            continue  # larger inputs, which are not tried, could give the same figure
        alone = {group.cells[0] for group in figure.groups if len(group.cells) == 1}
        for at, cell in enumerate(table.cells):
            found = {input_[at] for input_ in inputs}
            assert cell in alone or len(found) >= 5, (figure, cell, found)


def test_flag_of_moderation_needs_enough_cases() -> None:
    assert on_time({"binnen_24_uur": 9}) is None
    assert on_time({"binnen_24_uur": 95, "later": 5}) is True
    assert on_time({"binnen_24_uur": 94, "later": 6}) is False


def test_rounding_never_goes_under_the_minimum() -> None:
    assert [nearest(value) for value in (10, 12, 13, 17, 18)] == [10, 10, 15, 15, 20]


def test_two_of_three_are_a_pool_but_two_of_five_are_not() -> None:
    assert (smallest_pool(TABLES["T16"]), smallest_pool(TABLES["T14"])) == (2, 3)
