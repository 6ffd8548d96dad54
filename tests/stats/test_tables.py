"""The allow-list, and that whoever counts uses it as it is written."""

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from server.booking.outcomes import Turn
from server.booking.rules import FollowUp, waiting_class
from server.chat.speakers import TOOK_PART
from server.desk import rules as desk
from server.kit.clock import local_day
from server.kring.models import Debrief
from server.stats.release import CAP, EPSILON
from server.stats.tables import GEMEENTEN, TABLES, Source
from server.talks import rules as talks
from tests.conftest import TUESDAY_EVENING

SERVER: Final = Path(__file__).parents[2] / "server"


def counted() -> Iterator[tuple[str, str]]:
    """Give every (table, cell) that stands as words in a call of count or count_once."""
    for path in SERVER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            words = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
            if node.func.attr == "count" and len(words) == 2:
                yield words[0], words[1]
            if node.func.attr == "count_once" and len(words) == 1:
                table, _, cell = words[0].partition("/")
                yield table, cell


def test_every_count_in_the_code_is_on_the_list() -> None:
    found = sorted(set(counted()))
    assert found
    assert [pair for pair in found if pair[0] not in TABLES or pair[1] not in TABLES[pair[0]].cells] == []


@pytest.mark.parametrize(
    ("table", "cells"),
    [
        ("T1", {cell.partition("/")[2] for cell in TOOK_PART.values()}),
        ("T5", set(talks.TOPICS)),
        ("T6", {talks.wait_cell(timedelta(minutes=minutes)) for minutes in (1, 5, 15, 30, 31)}),
        ("T12", {turn.value for turn in Turn}),
        (
            "T13",
            {waiting_class(local_day(TUESDAY_EVENING), local_day(TUESDAY_EVENING) + timedelta(d)) for d in range(90)},
        ),
        ("T14", {advice.value for advice in FollowUp}),
        ("T16_tijd", {desk.on_time_cell(timedelta(hours=hours)) for hours in (1, 30)}),
        ("T18", {answer.value for answer in Debrief}),
        ("T17", {desk.first_look_cell(timedelta(minutes=minutes)) for minutes in (1, 50, 300, 3000)}),
    ],
)
def test_cells_that_are_worked_out_are_on_the_list(table: str, cells: set[str]) -> None:
    assert cells <= set(TABLES[table].cells)


def test_ten_gemeenten() -> None:
    assert len(set(GEMEENTEN)) == 10


def test_all_noised_tables_together_cost_the_cap() -> None:
    noised = [table for table in TABLES.values() if table.source is Source.VISITORS]
    assert EPSILON * len(noised) == CAP
