"""/team/cijfers as the team meets it: released numbers, for each role what it may see."""

import re

import pytest

from server.kit.runtime import Runtime
from server.stats import demo, service
from server.team.permissions import Role
from tests import pages
from tests.team.cast import signed_in


@pytest.fixture
async def past_year(rt: Runtime) -> None:
    """A year of published figures."""
    await demo.seed_past_year(rt, rt.clock.now())


@pytest.mark.usefixtures("past_year")
async def test_coordinator_sees_report_charts_and_method(rt: Runtime) -> None:
    answer = await (await signed_in(rt, Role.COORDINATOR)).get("/team/cijfers")
    assert answer.status_code == 200
    pages.check(answer.text, team=True)
    for words in ("Verslag over het 3e kwartaal 2026", "Doel 2026: 500", "Toon als tabel", "± 9", "Getrokken op"):
        assert words in answer.text
    assert "De volgende gaat over november 2026" in answer.text
    assert answer.text.count("<figure") == 19


@pytest.mark.usefixtures("past_year")
@pytest.mark.parametrize("role", [Role.MODERATOR, Role.PEER_WORKER])
async def test_others_of_the_team_see_the_summary_only(rt: Runtime, role: Role) -> None:
    screen = await signed_in(rt, role)
    answer = await screen.get("/team/cijfers")
    pages.check(answer.text, team=True)
    assert "Verslag over het 3e kwartaal 2026" in answer.text
    assert "<figure" not in answer.text
    assert "cijfers.csv" not in answer.text
    assert (await screen.get("/team/cijfers/cijfers.csv")).status_code == 403
    assert (await screen.get("/team/cijfers/2026-10.json")).status_code == 403


async def test_second_host_sees_no_figures(rt: Runtime) -> None:
    assert (await (await signed_in(rt, Role.PROFESSIONAL)).get("/team/cijfers")).status_code == 403


async def test_before_the_first_release_the_page_says_so(rt: Runtime) -> None:
    answer = await (await signed_in(rt, Role.COORDINATOR)).get("/team/cijfers")
    pages.check(answer.text, team=True)
    assert "Er is nog geen verslag" in answer.text


@pytest.mark.usefixtures("past_year")
async def test_nothing_live_reaches_the_page(rt: Runtime) -> None:
    screen = await signed_in(rt, Role.COORDINATOR)
    before = (await screen.get("/team/cijfers")).text
    for _ in range(60):
        rt.tally.count("T10", "totaal")
        rt.tally.count("T1", "forum")
    await service.merge(rt, rt.clock.now())
    assert _without_csrf((await screen.get("/team/cijfers")).text) == _without_csrf(before)
    rt.tally.clear()


@pytest.mark.usefixtures("past_year")
async def test_table_file_is_a_download_that_never_differs(rt: Runtime) -> None:
    screen = await signed_in(rt, Role.COORDINATOR)
    first = await screen.get("/team/cijfers/cijfers.csv")
    assert first.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in first.headers["content-disposition"]
    assert (await screen.get("/en/team/cijfers/cijfers.csv")).content == first.content


@pytest.mark.usefixtures("past_year")
async def test_one_release_is_given_as_it_was_published(rt: Runtime) -> None:
    screen = await signed_in(rt, Role.ADMINISTRATOR)
    answer = await screen.get("/team/cijfers/2026-10.json")
    assert answer.text.startswith('{"getrokken":"2026-11-07"')
    assert (await screen.get("/team/cijfers/2020-10.json")).status_code == 404


@pytest.mark.usefixtures("past_year")
async def test_a_correction_stands_above_the_report(rt: Runtime) -> None:
    await service.note(rt, "2026-10", "Op 3 oktober telde het forum niet mee.", rt.clock.now())
    answer = await (await signed_in(rt, Role.COORDINATOR)).get("/team/cijfers")
    assert "Op 3 oktober telde het forum niet mee." in answer.text


def _without_csrf(html: str) -> str:
    return re.sub(r'(name="csrf" value|data-csrf)="[^"]*"', "", html)
