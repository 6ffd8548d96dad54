"""The team's door to published figures: the page, the table file, one release as it was published. Nothing live."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from server.kit.clock import local_day
from server.kit.errors import NotFound
from server.kit.run.overload import Part
from server.kit.runtime import Runtime, runtime
from server.stats import queries, words
from server.stats.charts import sections
from server.stats.export import as_csv
from server.stats.kpis import kpis
from server.stats.periods import parse, upcoming
from server.stats.queries import Published
from server.stats.release import EPSILON, MINIMUM, NOISED_MINIMUM, STEP
from server.stats.report import report
from server.stats.tables import Calendar
from server.team import upkeep
from server.team.guards import may
from server.team.logins import Login
from server.team.permissions import Permission
from web import page
from web.frame import Frame
from web.help_lines import help_lines

TEAM_ROUTER = APIRouter(include_in_schema=False)

Rt = Annotated[Runtime, Depends(runtime)]
Reader = Annotated[Login, Depends(may(Permission.FIGURES_SUMMARY))]
Analyst = Annotated[Login, Depends(may(Permission.FIGURES))]


@dataclass(frozen=True)
class Method:
    """What the method box says. pooled: pooled numbers in the newest month and quarter together."""

    minimum: int
    noised_minimum: int
    step: int
    noise: bool
    epsilon: str
    pooled: int


@TEAM_ROUTER.get("/team/cijfers")
async def overview(request: Request, rt: Rt, who: Reader) -> Response:
    """Show the quarterly report; to coordinators also every published table."""
    rt.overload.require(Part.FIGURES)
    frame: Frame = request.state.frame
    now = rt.clock.now()
    async with rt.stores.hoofd.reading() as tx:
        releases, notes = await queries.releases(tx), await queries.notes(tx)
    found = report(releases)
    whole = who.may(Permission.FIGURES)
    following = upcoming([release.period for release in releases], local_day(now))
    context = {
        "report": found,
        "quarter": words.period_words(found.quarter, frame.lang) if found else "",
        "kpis": kpis(found, frame.lang) if found else [],
        "sections": sections(releases, frame.lang) if whole else [],
        "whole": whole,
        "notes": [(words.period_words(parse(note.period), frame.lang), note.noted_on, note.text) for note in notes],
        "newest": releases[-1] if releases else None,
        "next_words": words.period_words(following, frame.lang),
        "next_due": following.due,
        "due": upkeep.due(help_lines().values(), local_day(now)),
        "method": _method(releases, noise=rt.settings.ruis),
    }
    return page(request, "stats/overview.html", context)


@TEAM_ROUTER.get("/team/cijfers/cijfers.csv")
async def as_table(rt: Rt, who: Analyst) -> Response:
    """Give everything published as one file; the same releases are the same bytes."""
    rt.overload.require(Part.EXPORT)
    async with rt.stores.hoofd.reading() as tx:
        body = as_csv(await queries.releases(tx), await queries.notes(tx))
    return Response(
        body,
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="cijfers.csv"'},
    )


@TEAM_ROUTER.get("/team/cijfers/{period}.json")
async def one_release(rt: Rt, who: Analyst, period: str) -> Response:
    """Give one release exactly as it was published, to check the chain. Raises NotFound."""
    rt.overload.require(Part.EXPORT)
    async with rt.stores.hoofd.reading() as tx:
        body = await queries.body(tx, period)
    if body is None:
        raise NotFound
    return Response(body, media_type="application/json")


def _method(releases: Sequence[Published], *, noise: bool) -> Method:
    newest = {found.period.calendar: found for found in releases}
    groups = [group for found in newest.values() for figure in found.figures.values() for group in figure.groups]
    return Method(
        minimum=MINIMUM,
        noised_minimum=NOISED_MINIMUM,
        step=STEP,
        noise=newest[Calendar.MONTH].noise if Calendar.MONTH in newest else noise,
        epsilon=format(float(EPSILON), "g").replace(".", ","),
        pooled=sum(len(group.cells) > 1 for group in groups),
    )
