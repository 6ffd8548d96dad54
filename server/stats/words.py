"""Figures in words: periods, cells, pooled cells, numbers and margins, in the language of the page."""

from typing import Final

from babel.dates import format_date
from babel.numbers import format_decimal

from server.stats import release
from server.stats.noise import margin
from server.stats.periods import Period
from server.stats.release import Group
from server.stats.report import Share, Span
from server.stats.tables import ORGANISATIONS, TABLES, Calendar, Source, Table
from web import text

BY_GEMEENTE: Final = ("T2", "T11", "L1", "L2")


def table_of(code: str) -> Table:
    """Return a counted or open table."""
    return TABLES[code] if code in TABLES else ORGANISATIONS[code]


def period_words(period: Period, lang: str) -> str:
    """Return "oktober 2026" or "3e kwartaal 2026"."""
    if period.calendar is Calendar.MONTH:
        return format_date(period.first, "MMMM y", locale=lang)
    return text("cijfers.woord.kwartaal", lang, n=period.number, jaar=period.year)


def cell_words(code: str, cell: str, lang: str) -> str:
    """Return the words of one cell."""
    return text(f"cijfers.gemeente.{cell}" if code in BY_GEMEENTE else f"cijfers.cel.{code}.{cell}", lang)


def group_words(code: str, group: Group, lang: str) -> str:
    """Return the words of a published number; pooled cells are all named."""
    names = [cell_words(code, cell, lang) for cell in group.cells]
    if len(names) == 1:
        return names[0]
    together = text("cijfers.woord.en", lang, a=", ".join(names[:-1]), b=names[-1])
    return together if table_of(code).ordered else text("cijfers.woord.overig", lang, namen=together)


def number(value: int, lang: str) -> str:
    """Return a number with the thousands apart."""
    return format_decimal(value, locale=lang)


def span_words(found: Span | None, lang: str) -> str:
    """Return "120", or "hooguit 150" when pooling leaves it open."""
    if found is None:
        return text("cijfers.woord.weinig", lang)
    if found.low == found.high:
        return number(found.low, lang)
    return text("cijfers.woord.hooguit", lang, n=number(found.high, lang))


def share_words(found: Share | None, lang: str) -> str:
    """Return "64 %", or "64 tot 71 %" when pooling leaves it open."""
    if found is None:
        return text("cijfers.woord.onbekend", lang)
    if found.low == found.high:
        return f"{found.low} %"
    return text("cijfers.woord.van_tot", lang, a=found.low, b=f"{found.high} %")


def margin_of(table: Table, cells: int, *, noise: bool) -> int | None:
    """Return how far a published number may lie from the true one, for tables that visitors cause; else None.

    cells: how many it is the sum of. Without noise only the rounding is left.
    """
    if table.source is not Source.VISITORS:
        return None
    if not noise:
        return release.STEP - 1
    return margin(release.EPSILON, table.a_day, cells, release.STEP)
