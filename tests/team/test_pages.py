"""The team's pages as a browser meets them."""

import re
from datetime import timedelta

import pyotp
import pytest

from server.kit.runtime import Runtime
from server.team import accounts, logins
from server.team.permissions import Role
from server.team.rules import STEP_UP
from tests.team.cast import PASSWORD, Screen, clock_of, join, signed_in


async def test_entrance_asks_for_name_and_password(rt: Runtime) -> None:
    answer = await Screen(rt).get("/team")
    assert answer.status_code == 200
    assert "Inloggen voor het team" in answer.text
    assert "Ga verder als" not in answer.text  # that is for demo mode


async def test_way_in_by_password_and_code(rt: Runtime) -> None:
    noor = await join(rt, "Noor")
    clock_of(rt).advance(STEP_UP)
    screen = Screen(rt)
    answer = await screen.post("/team/inloggen", naam="Noor", wachtwoord=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/team/code")
    halfway = screen.cookie
    assert "De 6 cijfers" in (await screen.get("/team/code")).text
    answer = await screen.post("/team/code", code=noor.code())
    assert (answer.status_code, answer.headers["location"]) == (303, "/team")
    assert screen.cookie != halfway
    assert "Moi Noor" in (await screen.get("/team")).text


async def test_cookie_is_closed_to_scripts_and_other_sites(rt: Runtime) -> None:
    await join(rt, "Noor")
    answer = await Screen(rt).post("/team/inloggen", naam="Noor", wachtwoord=PASSWORD)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/" in cookie
    assert "max-age" not in cookie
    assert "expires" not in cookie


async def test_wrong_password_keeps_the_name_and_not_the_password(rt: Runtime) -> None:
    answer = await Screen(rt).post("/team/inloggen", naam="Noor", wachtwoord="geheim geheim geheim")
    assert answer.status_code == 422
    assert 'value="Noor"' in answer.text
    assert "geheim geheim" not in answer.text


async def test_wait_is_said_in_seconds(rt: Runtime) -> None:
    screen = Screen(rt)
    for _ in range(5):
        await screen.post("/team/inloggen", naam="Noor", wachtwoord="nee")
    answer = await screen.post("/team/inloggen", naam="Noor", wachtwoord="nee")
    assert answer.status_code == 429
    assert re.search(r"Wacht \d seconden", answer.text)


async def test_token_of_somebody_else_is_not_taken_over(rt: Runtime) -> None:
    """A token that an attacker planted before signing in opens nothing afterwards (session fixation)."""
    noor = await join(rt, "Noor")
    clock_of(rt).advance(STEP_UP)
    planted = (await signed_in(rt, Role.PEER_WORKER)).cookie
    assert planted is not None
    screen = await Screen(rt).hold(planted)
    await screen.post("/team/inloggen", naam="Noor", wachtwoord=PASSWORD)
    await screen.post("/team/code", code=noor.code())
    assert screen.cookie != planted
    old = await logins.load(rt, planted)
    assert old is not None
    assert old.name != "Noor"


async def test_code_page_without_password_step_starts_again(rt: Runtime) -> None:
    assert (await Screen(rt).get("/team/code")).status_code == 403
    answer = await Screen(rt).post("/team/code", code="123456")
    assert answer.status_code == 403
    assert "Begin opnieuw" in answer.text


async def test_logging_out_forgets_the_cookie_and_the_cache(rt: Runtime) -> None:
    screen = await signed_in(rt, Role.MODERATOR)
    token = screen.cookie
    answer = await screen.post("/team/uit")
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert screen.cookie is None
    assert await logins.load(rt, token) is None


@pytest.mark.parametrize(
    "naar",
    ["https://evil.example", "//evil.example", "/team//evil", "/team/../x", "/groepen", "/team?x=1", "\\\\e", ""],
)
async def test_step_up_never_leads_elsewhere(rt: Runtime, naar: str) -> None:
    screen = await signed_in(rt, Role.MODERATOR)
    answer = await screen.post("/team/bevestig", naar=naar)
    assert (answer.status_code, answer.headers["location"]) == (303, "/team")


async def test_step_up_goes_back_to_the_page(rt: Runtime) -> None:
    screen = await signed_in(rt, Role.ADMINISTRATOR)
    old = screen.cookie
    answer = await screen.post("/team/bevestig", naar="/team/beheer/logboek")
    assert answer.headers["location"] == "/team/beheer/logboek"
    assert screen.cookie != old
    assert (await screen.get("/team/beheer/logboek")).status_code == 200


async def test_one_press_is_not_found_outside_demo_mode(rt: Runtime) -> None:
    assert (await Screen(rt).post("/team/demo", account="0" * 32)).status_code == 404


async def test_invitation_by_link_makes_somebody_who_can_come_in(rt: Runtime) -> None:
    joost = await signed_in(rt, Role.ADMINISTRATOR)
    answer = await joost.post("/team/beheer/uitnodigen", naam="Merel", rol="peer_worker", gespreksvoerder="1")
    found = re.search(r"/team/uitnodiging/([\w-]{43})", answer.text)
    assert found is not None
    guest = await accounts.guest(rt, found[1])
    merel = Screen(rt)
    page = await merel.get(f"/team/uitnodiging/{found[1]}")
    assert "Welkom Merel" in page.text
    assert page.text.count('<svg class="team-qr"') == 1
    member = await _app(rt, guest.secret)
    answer = await merel.post(f"/team/uitnodiging/{found[1]}", wachtwoord="kort", code=member)
    assert answer.status_code == 422
    answer = await merel.post(f"/team/uitnodiging/{found[1]}", wachtwoord=PASSWORD, code=member)
    assert answer.status_code == 200
    assert len(re.findall(r"<code>[A-Z2-9-]{19}</code>", answer.text)) == 10
    assert (await merel.get(f"/team/uitnodiging/{found[1]}")).status_code == 404


async def test_invitation_without_role_keeps_what_was_typed(rt: Runtime) -> None:
    joost = await signed_in(rt, Role.ADMINISTRATOR)
    answer = await joost.post("/team/beheer/uitnodigen", naam="Merel")
    assert answer.status_code == 422
    assert 'value="Merel"' in answer.text
    assert "Kies een rol" in answer.text


async def test_closing_an_account_from_its_page(rt: Runtime) -> None:
    joost, sam = await signed_in(rt, Role.ADMINISTRATOR), await signed_in(rt, Role.PEER_WORKER)
    login = await logins.load(rt, sam.cookie)
    assert login is not None
    assert "meteen overal uitgelogd" in (await joost.get(f"/team/beheer/account/{login.account_id}/afsluiten")).text
    answer = await joost.post(f"/team/beheer/account/{login.account_id}/afsluiten")
    assert answer.status_code == 303
    assert (await sam.get("/team/sessies")).headers["location"] == "/team"


async def test_trail_shows_that_it_was_read(rt: Runtime) -> None:
    joost = await signed_in(rt, Role.ADMINISTRATOR)
    answer = await joost.get("/team/beheer/logboek")
    assert "logboek lezen" in answer.text


async def test_menu_shows_only_what_the_role_may(rt: Runtime) -> None:
    sam = (await (await signed_in(rt, Role.PEER_WORKER)).get("/team")).text
    assert 'href="/team/balie"' in sam
    assert 'href="/team/moderatie"' not in sam
    assert 'href="/team/beheer"' not in sam


async def test_stale_crisis_numbers_warn_the_team(rt: Runtime) -> None:
    clock_of(rt).advance(timedelta(days=400))
    answer = await (await signed_in(rt, Role.PEER_WORKER)).get("/team")
    assert "Controleer deze hulplijnen opnieuw" in answer.text
    assert "te laat" in answer.text


async def _app(rt: Runtime, secret: str) -> str:
    return pyotp.TOTP(secret).at(rt.clock.now())
