"""The quarterly report: every value follows from published numbers only (privacy-spec 9.6). Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from server.stats.periods import Period
from server.stats.queries import Published
from server.stats.release import Figure, Shown
from server.stats.tables import Calendar

SMALLEST_BASE: Final = 30
"""A percentage of fewer people says nothing and shows too much (9.3)."""


@dataclass(frozen=True)
class Span:
    """Between how many people something lies: pooled cells leave it open. exact when low equals high."""

    low: int
    high: int


@dataclass(frozen=True)
class Share:
    """Whole percentages between which a share lies."""

    low: int
    high: int


@dataclass(frozen=True)
class Report:
    """The report of the newest published quarter. None: cannot be said from what is published."""

    quarter: Period
    held: int | None
    held_in_year: int | None
    residents: Span | None
    within_14: Share | None
    within_28: Share | None
    median: tuple[str, ...] | None
    per_location: int | None
    locations: int | None
    groups: int | None
    digital_reach: int | None
    answered: Share | None
    within_5: Share | None
    booked_of_proposed: int | None
    on_time: bool | None
    first_look: Share | None


def report(releases: Sequence[Published]) -> Report | None:
    """Make the report of the newest quarter. releases: all, oldest first. None before the first quarter is out."""
    quarters = [found for found in releases if found.period.calendar is Calendar.QUARTER]
    if not quarters:
        return None
    newest = quarters[-1]
    year = [found for found in quarters if found.period.year == newest.period.year]
    months = [found for found in releases if found.period.code in newest.period.months]
    held, locations = _total(newest, "T11"), _total(newest, "L1")
    waits, talks = _figures([newest], "T13"), _figures(months, "T6")
    return Report(
        quarter=newest.period,
        held=held,
        held_in_year=_sum_of_totals(year, "T11"),
        residents=span(_figures(year, "T12"), {"eerste"}),
        within_14=share(waits, {"tot_7", "tot_14"}),
        within_28=share(waits, {"tot_7", "tot_14", "tot_28"}),
        median=median(newest.figures["T13"]),
        per_location=round(held / locations) if held is not None and locations else None,
        locations=locations,
        groups=_total(newest, "L2"),
        digital_reach=_digital_reach(quarters),
        answered=_rest(share(talks, {"weggegaan"})),
        within_5=share(talks, {"tot_1", "tot_5"}),
        booked_of_proposed=_ratio(_total(newest, "T10"), span(_figures(months, "T4"), {"vg_voorgesteld"})),
        on_time=newest.on_time,
        first_look=share(_figures([newest], "T17"), {"tot_15_minuten", "tot_1_uur"}),
    )


def span(figures: Iterable[Figure], cells: Collection[str]) -> Span | None:
    """Return between which numbers the sum of some cells lies. None when nothing was published.

    A group that lies wholly inside counts for both, one that lies partly inside only for the highest; a table with
    only a total counts as "at most" that total.
    """
    low = high = 0
    known = False
    for figure in figures:
        known |= figure.shown is not Shown.NOTHING
        if figure.shown is Shown.TOTAL:
            high += figure.total or 0
        for group in figure.groups:
            inside = [cell in cells for cell in group.cells]
            low += group.value * all(inside)
            high += group.value * any(inside)
    return Span(low, high) if known else None


def share(figures: Sequence[Figure], cells: Collection[str]) -> Share | None:
    """Return which share some cells have of their tables; None under 30 people, or when only totals are known."""
    found, base = span(figures, cells), sum(figure.total or 0 for figure in figures)
    if found is None or base < SMALLEST_BASE or all(figure.shown is not Shown.CELLS for figure in figures):
        return None
    return Share(percentage(found.low, base), percentage(found.high, base))


def percentage(part: int, whole: int) -> int:
    """Return a whole percentage, halves upwards."""
    return int(Fraction(100 * part, whole) + Fraction(1, 2))


def median(figure: Figure) -> tuple[str, ...] | None:
    """Return the cells of the group in which the middle person falls, of an ordered table."""
    passed = 0
    for group in figure.groups:
        passed += group.value
        if 2 * passed >= (figure.total or 0):
            return group.cells
    return None


def per_10_000(number: int, inhabitants: int) -> int:
    """Return a number of people per 10,000 inhabitants."""
    return int(Fraction(10_000 * number, inhabitants) + Fraction(1, 2))


def _figures(releases: Iterable[Published], code: str) -> list[Figure]:
    return [found.figures[code] for found in releases if code in found.figures]


def _total(release: Published, code: str) -> int | None:
    return release.figures[code].total if code in release.figures else None


def _sum_of_totals(releases: Iterable[Published], code: str) -> int | None:
    """Add up published totals; None when one of them was too little to show."""
    totals = [figure.total for figure in _figures(releases, code)]
    return None if None in totals else sum(total for total in totals if total is not None)


def _digital_reach(quarters: Sequence[Published]) -> int | None:
    """Estimate the people who ever took part: everyone answers "first time: yes" at most once (9.4)."""
    figures = _figures(quarters, "T8")
    yes, no = span(figures, {"ja"}), span(figures, {"nee"})
    everyone = sum(figure.total or 0 for figure in figures)
    if yes is None or no is None or not yes.low or not everyone:
        return None
    response = Fraction(yes.low + no.low, everyone)
    return int(yes.low / response)


def _ratio(part: int | None, whole: Span | None) -> int | None:
    if part is None or whole is None or whole.low != whole.high or whole.low < SMALLEST_BASE:
        return None
    return percentage(part, whole.low)


def _rest(found: Share | None) -> Share | None:
    return Share(100 - found.high, 100 - found.low) if found else None
