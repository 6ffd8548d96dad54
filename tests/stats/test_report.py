"""The report and the table file say what published numbers say, and no more."""

import csv
import io
from collections.abc import Mapping
from datetime import date

import pytest

from server.stats import goals
from server.stats.charts import chart_of, sections
from server.stats.export import as_csv, safe
from server.stats.kpis import kpis
from server.stats.models import ReleaseNote
from server.stats.periods import parse
from server.stats.queries import Published
from server.stats.release import Figure, Group, Shown
from server.stats.report import Report, Share, Span, median, percentage, report, share, span
from server.stats.tables import GEMEENTEN, ORGANISATIONS, TABLES, released

TOO_LITTLE = Figure(Shown.NOTHING)


def cells(*groups: tuple[str, int]) -> Figure:
    """Return a figure; a group's cells are joined by a plus."""
    made = tuple(Group(tuple(names.split("+")), value) for names, value in groups)
    return Figure(Shown.CELLS, made, sum(group.value for group in made))


def total(value: int) -> Figure:
    """Return a figure of which only the total is shown."""
    return Figure(Shown.TOTAL, (), value)


QUARTER: Mapping[str, Figure] = {
    "T8": cells(("ja", 400), ("nee", 600), ("overgeslagen", 1000)),
    "T10": total(40),
    "T11": cells(("GM0014", 60), ("GM0037", 40), ("+".join(set(GEMEENTEN) - {"GM0014", "GM0037"}), 20)),
    "T12": cells(("eerste", 100), ("vervolg", 20)),
    "T13": cells(("tot_7", 50), ("tot_14", 30), ("tot_28+tot_56+langer", 40)),
    "T17": cells(("tot_15_minuten", 60), ("tot_1_uur", 20), ("tot_24_uur+later", 20)),
    "L1": cells(*((code, 1) for code in GEMEENTEN)),
}
MONTH: Mapping[str, Figure] = {
    "T4": cells(("afgerond", 60), ("naar_hulpbron", 20), ("vg_voorgesteld", 20), ("afgebroken", 15)),
    "T6": cells(("tot_1", 20), ("tot_5", 40), ("tot_15", 20), ("tot_30+langer", 20), ("weggegaan", 20)),
}


def published(code: str, **changes: Figure) -> Published:
    """Return a release of a period; tables that are not given have too little to show."""
    period = parse(code)
    given = QUARTER if "K" in code else MONTH
    figures = {table.code: TOO_LITTLE for table in released(period.calendar)} | dict(given) | changes
    return Published(1, period, date(2026, 10, 7), "", noise=True, figures=figures, on_time=True)


def third_quarter(**changes: Figure) -> list[Published]:
    """Return the releases of one quarter and its months."""
    months = [published(f"2026-0{month}") for month in (7, 8, 9)]
    return [*months, published("2026-K3", **changes)]


def report_of(releases: list[Published]) -> Report:
    """Return a report that must be there."""
    found = report(releases)
    assert found is not None
    return found


def test_no_report_before_the_first_quarter() -> None:
    assert report([]) is None
    assert report([published("2026-07")]) is None


def test_report_of_a_quarter() -> None:
    found = report_of(third_quarter())
    assert (found.held, found.held_in_year, found.locations, found.per_location) == (120, 120, 10, 12)
    assert found.residents == Span(100, 100)
    assert found.within_14 == Share(67, 67)
    assert found.median == ("tot_14",)
    assert found.answered == Share(83, 83)
    assert found.within_5 == Share(50, 50)
    assert found.booked_of_proposed == 67
    assert found.first_look == Share(80, 80)
    assert found.digital_reach == 800  # 400 said yes; half of all answered


def test_pooled_cells_leave_it_open() -> None:
    assert report_of(third_quarter()).within_28 == Share(67, 100)


def test_a_quarter_with_only_a_total_counts_as_at_most() -> None:
    before = published("2026-K2", T12=total(80))
    assert report_of([before, *third_quarter()]).residents == Span(100, 180)


def test_a_year_with_too_little_in_it_has_no_sum() -> None:
    before = published("2026-K2", T11=TOO_LITTLE)
    assert report_of([before, *third_quarter()]).held_in_year is None


def test_other_years_do_not_count() -> None:
    assert report_of([published("2025-K4"), *third_quarter()]).held_in_year == 120


def test_no_percentage_of_fewer_than_thirty() -> None:
    assert share([cells(("eerste", 15), ("vervolg", 10))], {"eerste"}) is None
    assert share([cells(("eerste", 20), ("vervolg", 10))], {"eerste"}) == Share(67, 67)


def test_nothing_is_said_of_totals_only() -> None:
    assert share([total(200)], {"eerste"}) is None
    assert span([TOO_LITTLE], {"eerste"}) is None
    assert median(total(200)) is None


def test_percentages_have_no_decimals() -> None:
    assert [percentage(part, 40) for part in (1, 5, 20)] == [3, 13, 50]


def test_goals_stand_beside_the_values_of_their_year() -> None:
    lines = {kpi.title: kpi for kpi in kpis(report_of(third_quarter()), "nl")}
    residents = lines["Inwoners met een verkennend gesprek in 2026"]
    assert (residents.value, residents.goal) == ("100", "Doel 2026: 500")
    assert lines["Locaties"].goal == "Doel 2026: 10"
    assert lines["Wachttijd: binnen 28 dagen"].value == "67 tot 100 %"


def test_inhabitants_come_with_year_and_source() -> None:
    lines = {kpi.title: kpi for kpi in kpis(report_of(third_quarter()), "nl")}
    reach = lines["Digitaal bereik, schatting, per 10.000 inwoners"]
    assert "1 januari 2026" in reach.remark
    assert reach.value == "13"
    assert goals.inhabitants(2020) is None


def test_every_table_and_cell_has_words() -> None:
    for code, table in {**TABLES, **ORGANISATIONS}.items():
        if code == "T16_tijd":
            continue
        figure = cells(*((cell, 50) for cell in table.cells))
        chart = chart_of(code, [published("2026-K3", **{code: figure})], "nl")
        assert chart is not None
        assert len(chart.bars) == len(table.cells)


def test_bars_say_number_and_share() -> None:
    chart = chart_of("T12", third_quarter(), "nl")
    assert chart is not None
    assert [bar.words for bar in chart.bars] == ["100 · 83 %", "20 · 17 %"]
    assert chart.margin is None


def test_bars_of_gemeenten_say_how_many_of_their_inhabitants() -> None:
    figure = cells(("GM0014", 490), ("niet_gezegd", 500))
    chart = chart_of("T2", [published("2026-K3", T2=figure)], "nl")
    assert chart is not None
    assert [bar.words for bar in chart.bars] == ["490 · 20 per 10.000", "500"]


def test_bars_of_places_say_how_many_are_wanted() -> None:
    chart = chart_of("L1", third_quarter(), "nl")
    assert chart is not None
    assert chart.bars[0].words == "1 van 2"


def test_visitors_numbers_carry_their_margin() -> None:
    chart = chart_of("T6", third_quarter(), "nl")
    assert chart is not None
    assert chart.margin == 9
    margins = {row[0]: row[4] for row in chart.rows}
    assert margins["Weggegaan"] == "± 9"
    assert margins["15 tot 30 minuten en Langer dan 30 minuten"] == "± 11"


def test_a_gap_is_not_drawn_as_a_zero() -> None:
    whole = [published(f"2026-0{month}") for month in range(1, 6)]
    chart = chart_of("T6", whole, "nl")
    assert chart is not None
    assert chart.course is not None
    assert (chart.course.first, chart.course.last_words) == ("januari 2026", "120")
    gap = chart_of("T6", [*whole, published("2026-06", T6=TOO_LITTLE)], "nl")
    assert gap is not None
    assert gap.course is None


def test_sections_follow_the_order_of_the_page() -> None:
    assert [section.code for section in sections(third_quarter(), "nl")] == [
        "meedoen", "een_op_een", "gesprekken", "netwerk", "moderatie",
    ]  # fmt: skip
    assert sections([], "nl") == []


def rows(body: bytes) -> list[dict[str, str]]:
    """Return the lines of a table file."""
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig")), delimiter=";"))


def test_table_file_holds_every_published_number() -> None:
    found = rows(as_csv(third_quarter(), []))
    first = next(row for row in found if row["tabel"] == "T12")
    assert (first["periode"], first["cellen"], first["omschrijving"], first["waarde"], first["marge"]) == (
        "2026-K3", "eerste", "Eerste gesprek", "100", "",
    )  # fmt: skip
    assert next(row for row in found if row["tabel"] == "T16")["waarde"] == ""
    assert {row["tabel"] for row in found} >= {"T6", "T11", "L1"}


def test_table_file_is_the_same_every_time() -> None:
    notes = [ReleaseNote(period="2026-K3", noted_on=date(2026, 11, 1), text="=SOM(A1)")]
    assert as_csv(third_quarter(), notes) == as_csv(third_quarter(), list(notes))
    assert {row["notitie"] for row in rows(as_csv(third_quarter(), notes))} == {"", "'=SOM(A1)"}


@pytest.mark.parametrize("cell", ["=1+1", "+31", "-1", "@x", "\tx"])
def test_no_cell_is_taken_for_a_formula(cell: str) -> None:
    assert safe(cell) == f"'{cell}"
    assert safe("12") == "12"
