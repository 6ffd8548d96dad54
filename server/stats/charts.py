"""What the page shows of one table: bars of the newest period, the course of its totals, and all of it as rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from server.stats import goals, words
from server.stats.queries import Published
from server.stats.release import Figure, Group, Shown
from server.stats.report import SMALLEST_BASE, per_10_000, percentage
from web import text

GROUPS: Final = {
    "meedoen": ("T1", "T2", "T3", "T8", "T18"),
    "een_op_een": ("T6", "T4", "T5", "T7"),
    "gesprekken": ("T10", "T11", "T12", "T13", "T14", "T15"),
    "netwerk": ("L1", "L2"),
    "moderatie": ("T16", "T17"),
}
"""The tables under each heading, in the order of the page."""

PLANNED: Final = {"L1": "locaties", "L2": "hulpbronnen_in_groepen"}
"""Tables of places with the goal that says how many each gemeente should have."""

COURSE: Final = 12
FEWEST: Final = 3
"""How many periods a line shows at most and at least."""

WIDTH, EDGE, BOTTOM, HEIGHT = 320, 8, 92, 64
"""The box of a line: its own width, room beside it, where zero lies, how high the highest point is above that."""


class Bar(NamedTuple):
    """One published number with its label. words: number, and share where it may be given."""

    label: str
    value: int
    words: str


@dataclass(frozen=True)
class Course:
    """Totals over time as a line in a box of 320 by 120. path: SVG points; x and y: where the last point lies."""

    path: str
    x: int
    y: int
    first: str
    last: str
    first_words: str
    last_words: str


@dataclass(frozen=True)
class Chart:
    """One table of the page. rows: everything published, newest first."""

    code: str
    title: str
    remark: str
    period: str
    drawn_on: date
    bars: tuple[Bar, ...]
    total: int | None
    total_words: str
    margin: int | None
    course: Course | None
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    """Charts under one heading."""

    code: str
    title: str
    charts: tuple[Chart, ...]


def sections(releases: Sequence[Published], lang: str) -> list[Section]:
    """Return the charts of everything published. releases: all, oldest first. Headings without a table are left out."""
    found = []
    for name, codes in GROUPS.items():
        charts = tuple(chart for code in codes if (chart := chart_of(code, releases, lang)) is not None)
        if charts:
            found.append(Section(name, text(f"cijfers.groep.{name}", lang), charts))
    return found


def chart_of(code: str, releases: Sequence[Published], lang: str) -> Chart | None:
    """Return the chart of one table; None when it was never published."""
    history = [found for found in releases if code in found.figures]
    if not history:
        return None
    newest, figure = history[-1], history[-1].figures[code]
    return Chart(
        code=code,
        title=text(f"cijfers.tabel.{code}", lang),
        remark=text(f"cijfers.uitleg.{code}", lang),
        period=words.period_words(newest.period, lang),
        drawn_on=newest.drawn_on,
        bars=_bars(code, newest, lang),
        total=figure.total,
        total_words=_total_words(figure, lang),
        margin=words.margin_of(words.table_of(code), 1, noise=newest.noise),
        course=_course(code, history, lang),
        rows=tuple(row for found in reversed(history) for row in rows_of(code, found, lang)),
    )


def rows_of(code: str, release: Published, lang: str) -> list[tuple[str, ...]]:
    """Return the published numbers of one table and period: label, period, number, share, margin; the total last."""
    figure, table = release.figures[code], words.table_of(code)
    period = words.period_words(release.period, lang)

    def row(label: str, value: int, cells: int) -> tuple[str, ...]:
        margin = words.margin_of(table, cells, noise=release.noise)
        return (label, period, words.number(value, lang), share_of(value, figure), f"± {margin}" if margin else "")

    rows = [row(words.group_words(code, group, lang), group.value, len(group.cells)) for group in figure.groups]
    total = text("cijfers.woord.totaal", lang)
    if figure.total is None:
        return [(total, period, text("cijfers.woord.weinig", lang), "", "")]
    return [*rows, row(total, figure.total, len(table.cells))]


def share_of(value: int, figure: Figure) -> str:
    """Return a whole percentage of a table's total, or nothing when the total is under 30."""
    if figure.shown is not Shown.CELLS or figure.total is None or figure.total < SMALLEST_BASE:
        return ""
    return f"{percentage(value, figure.total)} %"


def _bars(code: str, release: Published, lang: str) -> tuple[Bar, ...]:
    return tuple(
        Bar(words.group_words(code, group, lang), group.value, _value_words(code, group, release, lang))
        for group in release.figures[code].groups
    )


def _value_words(code: str, group: Group, release: Published, lang: str) -> str:
    """Return "395 · 34 %"; for places "2 van 2"; for gemeenten people per 10,000 inhabitants instead of the share."""
    value = words.number(group.value, lang)
    if code in PLANNED:
        return text("cijfers.woord.van", lang, a=value, b=goals.goals()[PLANNED[code]].per_gemeente)
    people = goals.inhabitants(release.period.year) if code == "T2" else None
    if people is not None and (there := sum(people.by_gemeente.get(cell, 0) for cell in group.cells)):
        rate = text("cijfers.woord.per_10_000", lang, n=words.number(per_10_000(group.value, there), lang))
        return f"{value} · {rate}" if set(group.cells) <= set(people.by_gemeente) else value
    return " · ".join(filter(None, (value, "" if code == "T2" else share_of(group.value, release.figures[code]))))


def _total_words(figure: Figure, lang: str) -> str:
    return text("cijfers.woord.weinig", lang) if figure.total is None else words.number(figure.total, lang)


def _course(code: str, history: Sequence[Published], lang: str) -> Course | None:
    """Return the line of the totals; None when one is missing, because a gap is not a zero, or with too few to draw."""
    shown = history[-COURSE:]
    totals = [total for found in shown if (total := found.figures[code].total) is not None]
    if len(totals) < len(shown) or len(totals) < FEWEST:
        return None
    step, top = (WIDTH - 2 * EDGE) / (len(totals) - 1), max(totals) or 1
    points = [(round(EDGE + at * step), round(BOTTOM - value / top * HEIGHT)) for at, value in enumerate(totals)]
    return Course(
        path=" ".join(f"{x},{y}" for x, y in points),
        x=points[-1][0],
        y=points[-1][1],
        first=words.period_words(shown[0].period, lang),
        last=words.period_words(shown[-1].period, lang),
        first_words=words.number(totals[0], lang),
        last_words=words.number(totals[-1], lang),
    )
