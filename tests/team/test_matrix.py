"""Every team route against every role, generated from the routes and the matrix (privacy-spec 8.4 and 10.9)."""

from datetime import timedelta

import pytest

from server.kit.runtime import Runtime
from server.team.navigation import PAGES as MENU
from server.team.permissions import MAY_HOLD, Grant, Permission, Role, grant
from tests.team.cast import Screen, clock_of, signed_in
from tests.team.ways_in import SOCKET, WayIn, ways_in
from web import texts

WAYS = ways_in()
PAGES = [way for way in WAYS if way.method != SOCKET]
GUARDED = [way for way in PAGES if way.needs_login]
WITH_PERMISSION = [way for way in PAGES if way.permission]
UNSAFE = [way for way in GUARDED if way.method not in ("GET", "HEAD")]


async def knock(screen: Screen, way: WayIn) -> tuple[int, str]:
    """Try a way in; return the status and where it sends."""
    answer = await (screen.get(way.address) if way.method == "GET" else screen.post(way.address))
    return answer.status_code, answer.headers.get("location", "")


def test_walk_finds_the_pages_there_are() -> None:
    paths = {way.path for way in WAYS}
    assert {"/team", "/team/inloggen", "/team/beheer", "/team/beheer/account/{account_id}/afsluiten"} <= paths


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_route_names_one_guard(way: WayIn) -> None:
    assert way.guards == 1


@pytest.mark.parametrize("way", GUARDED, ids=str)
async def test_stranger_is_sent_to_the_entrance(rt: Runtime, way: WayIn) -> None:
    assert await knock(Screen(rt), way) == (303, "/team")


@pytest.mark.parametrize("way", UNSAFE, ids=str)
async def test_form_without_the_csrf_word_is_refused(rt: Runtime, way: WayIn) -> None:
    screen = await signed_in(rt, Role.ADMINISTRATOR)
    screen.csrf = "0" * 32
    assert (await knock(screen, way))[0] == 403


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("way", WITH_PERMISSION, ids=str)
async def test_role_gets_what_the_matrix_gives(rt: Runtime, way: WayIn, role: Role) -> None:
    screen = await signed_in(rt, role)
    status, location = await knock(screen, way)
    if _grant(way, role) is Grant.NEVER:
        assert status == 403
    else:
        assert status not in (401, 403, 500)
        assert location not in ("/team", "/team/bevestig")


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("way", WITH_PERMISSION, ids=str)
async def test_old_second_factor_is_asked_again(rt: Runtime, way: WayIn, role: Role) -> None:
    if _grant(way, role) is not Grant.STEP_UP:
        return
    screen = await signed_in(rt, role)
    clock_of(rt).advance(timedelta(minutes=5))
    status, location = await knock(screen, way)
    assert status == 303
    assert location.startswith("/team/bevestig?naar=/team")


async def test_unknown_page_is_not_found(rt: Runtime) -> None:
    screen = await signed_in(rt, Role.ADMINISTRATOR)
    assert (await screen.get("/team/sleutels")).status_code == 404


def test_no_route_asks_for_what_nobody_may() -> None:
    never = {P for P in Permission if all(_of_role(role, P) is Grant.NEVER for role in Role)}
    assert not [way for way in WAYS if way.permission in never]


@pytest.mark.parametrize(("path", "permission"), [(path, permission) for path, _, _, permission in MENU])
def test_menu_leads_to_pages_with_their_permission(path: str, permission: Permission) -> None:
    (way,) = [way for way in PAGES if (way.method, way.path) == ("GET", path)]
    assert way.permission is permission
    assert texts.has(f"team.pagina.{path.rpartition('/')[2]}")


@pytest.mark.parametrize("role", Role)
async def test_home_shows_its_pages_to_every_role(rt: Runtime, role: Role) -> None:
    assert (await (await signed_in(rt, role)).get("/team")).status_code == 200


def _grant(way: WayIn, role: Role) -> Grant:
    assert way.permission is not None
    return _of_role(role, way.permission)


def _of_role(role: Role, permission: Permission) -> Grant:
    """The accounts of `signed_in` hold every right that their role may hold."""
    return grant(role, [right for right, roles in MAY_HOLD.items() if role in roles], permission)
