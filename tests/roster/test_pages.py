"""The roster's pages by forms alone, and what visitors read on a shut door."""

from server.kit.runtime import Runtime
from server.roster.models import TALKS
from server.team.permissions import Role
from tests import pages
from tests.cast import a_group, colleague
from tests.team.cast import Screen, signed_in
from tests.visitors.browser import Browser

WEEK = "2026-W48"


async def put_on(screen: Screen, account_id: str, **changes: str) -> int:
    """Send the form of the week page."""
    form = {"week": WEEK, "plek": TALKS, "dag": "2026-11-25", "van": "19:00", "tot": "22:00", "wie": account_id}
    return (await screen.post("/team/rooster/dienst", **form | changes)).status_code


async def test_a_coordinator_plans_and_the_peer_worker_sees_the_own_shifts(rt: Runtime) -> None:
    """Not those of others, and nothing that adds up how much somebody works."""
    hilde, other = await signed_in(rt, Role.COORDINATOR), await colleague(rt)
    screen = await signed_in(rt, Role.PEER_WORKER)
    assert await put_on(hilde, other.account_id) == 303
    assert await put_on(hilde, other.account_id, dag="2026-11-26") == 303
    seen = await hilde.get(f"/team/rooster?week={WEEK}")
    pages.check(seen.text, team=True)
    assert seen.text.count("19:00–22:00") == 2
    own = await screen.get(f"/team/rooster?week={WEEK}")
    pages.check(own.text, team=True)
    assert "19:00–22:00" not in own.text
    assert "Je bent vrij." in own.text


async def test_what_was_typed_stays_when_it_cannot_be(rt: Runtime) -> None:
    hilde, sam = await signed_in(rt, Role.COORDINATOR), await colleague(rt)
    form = {"week": WEEK, "plek": TALKS, "dag": "2026-11-25", "van": "08:00", "tot": "23:00", "wie": sam.account_id}
    answer = await hilde.post("/team/rooster/dienst", **form)
    assert answer.status_code == 422
    assert 'value="08:00"' in answer.text
    assert "hoogstens 12 uur" in answer.text
    assert await put_on(hilde, sam.account_id, dag="2027-01-01") == 422
    assert await put_on(hilde, sam.account_id, dag="morgen") == 422
    assert await put_on(hilde, sam.account_id, plek="f" * 32) == 422


async def test_visitors_read_why_a_door_is_shut_before_they_type(rt: Runtime) -> None:
    """On the list, in the group instead of the place to write, and before a talk."""
    room_id, noor, merel = await a_group(rt), await signed_in(rt, Role.MODERATOR), Browser(rt)
    await merel.arrive("groepen")
    for place in (room_id, TALKS):
        answer = await noor.post("/team/rooster/deuren/dicht", plek=place, reden="ziek")
        assert answer.status_code == 303
    pages.check((await noor.get("/team/rooster/deuren")).text, team=True)
    for path in ("/groepen", f"/groepen/{room_id}", "/gesprek"):
        page = (await merel.get(path)).response.text
        assert "Iemand van het team is ziek." in page, path
    assert 'name="text"' not in (await merel.get(f"/groepen/{room_id}")).response.text
    await noor.post("/team/rooster/deuren/open", plek=room_id)
    assert 'name="text"' in (await merel.get(f"/groepen/{room_id}")).response.text


async def test_a_planned_day_off_shuts_every_door_on_that_day_only(rt: Runtime) -> None:
    hilde = await signed_in(rt, Role.COORDINATOR)
    for day, code in (("2026-11-24", 303), ("2027-11-24", 422)):
        answer = await hilde.post("/team/rooster/vrij", week=WEEK, plek="alle", dag=day, reden="feestdag")
        assert answer.status_code == code
    await a_group(rt)
    page = await hilde.get("/team/rooster/deuren")
    assert "Het is een vrije dag voor het team. Weer open: morgen om 00:00." in pages.words(pages.parse(page.text))
