"""The quarterly report in words, each value with the goal of its year where the plan has one (privacy-spec 9.6)."""

from collections.abc import Iterator
from dataclasses import dataclass

from server.stats import goals, words
from server.stats.report import Report, Span, per_10_000
from web import text


@dataclass(frozen=True)
class Kpi:
    """One line of the report. goal and remark may be empty."""

    title: str
    value: str
    goal: str = ""
    remark: str = ""


def kpis(report: Report, lang: str) -> list[Kpi]:
    """Return the report's lines in the order of the page."""
    return [*_talks(report, lang), *_network(report, lang), *_reach(report, lang), *_service(report, lang)]


def _talks(report: Report, lang: str) -> Iterator[Kpi]:
    year = report.quarter.year
    yield _kpi("gehouden", _count(report.held, lang), lang)
    yield _kpi("gehouden_jaar", _count(report.held_in_year, lang), lang, jaar=year)
    open_ended = report.residents is not None and report.residents.low != report.residents.high
    yield _kpi(
        "inwoners",
        words.span_words(report.residents, lang),
        lang,
        goal=_goal("inwoners_met_gesprek", year, lang),
        remark=text("cijfers.woord.hooguit_jaar", lang) if open_ended else "",
        jaar=year,
    )
    yield _kpi("binnen_14", words.share_words(report.within_14, lang), lang)
    yield _kpi("binnen_28", words.share_words(report.within_28, lang), lang)
    yield _kpi("mediaan", _median(report, lang), lang)


def _network(report: Report, lang: str) -> Iterator[Kpi]:
    year = report.quarter.year
    if report.locations is not None:
        yield _kpi("locaties", _count(report.locations, lang), lang, goal=_goal("locaties", year, lang))
        yield _kpi("per_locatie", _count(report.per_location, lang), lang)
    if report.groups is not None:
        goal = _goal("hulpbronnen_in_groepen", year, lang)
        yield _kpi("hulpbronnen", _count(report.groups, lang), lang, goal=goal)


def _reach(report: Report, lang: str) -> Iterator[Kpi]:
    year = report.quarter.year
    people = goals.inhabitants(year)
    goal = _goal("bereik_hele_netwerk", year, lang, words_key="doel_netwerk")
    if people is None:
        yield _kpi("bereik_gesprek", text("cijfers.woord.zonder_inwoners", lang), lang)
        return
    source = text("cijfers.woord.inwoners_bron", lang, jaar=people.year, bron=people.source)
    remark = source if people.checked else f"{source} {text('cijfers.woord.niet_nagekeken', lang)}"
    digital = None if report.digital_reach is None else per_10_000(report.digital_reach, people.total)
    yield _kpi("bereik_digitaal", _count(digital, lang), lang, goal=goal, remark=remark)
    found = report.residents
    met = None if found is None else Span(*(per_10_000(value, people.total) for value in (found.low, found.high)))
    yield _kpi("bereik_gesprek", words.span_words(met, lang), lang, goal=goal)


def _service(report: Report, lang: str) -> Iterator[Kpi]:
    yield _kpi("beantwoord", words.share_words(report.answered, lang), lang)
    yield _kpi("binnen_5", words.share_words(report.within_5, lang), lang)
    yield _kpi("van_chat", _count(report.booked_of_proposed, lang), lang)
    on_time = {None: "onbekend", True: "ja", False: "nee"}[report.on_time]
    yield _kpi("op_tijd", text(f"cijfers.woord.{on_time}", lang), lang)
    yield _kpi("eerste_blik", words.share_words(report.first_look, lang), lang)


def _kpi(name: str, value: str, lang: str, *, goal: str = "", remark: str = "", **args: object) -> Kpi:
    return Kpi(text(f"cijfers.kpi.{name}", lang, **args), value, goal, remark)


def _count(value: int | None, lang: str) -> str:
    return text("cijfers.woord.onbekend", lang) if value is None else words.number(value, lang)


def _goal(name: str, year: int, lang: str, *, words_key: str = "doel") -> str:
    wanted = goals.goal(name, year)
    return "" if wanted is None else text(f"cijfers.woord.{words_key}", lang, jaar=year, n=words.number(wanted, lang))


def _median(report: Report, lang: str) -> str:
    if report.median is None:
        return text("cijfers.woord.onbekend", lang)
    names = [words.cell_words("T13", cell, lang) for cell in report.median]
    return names[0] if len(names) == 1 else text("cijfers.woord.en", lang, a=", ".join(names[:-1]), b=names[-1])
