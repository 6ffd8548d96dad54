"""The crisis page and its numbers: complete, self-contained, small, and honest about their age."""

import base64
import hashlib
import re
from datetime import date, timedelta

import httpx
import pytest

import server.crisis
from server.crisis.asgi import CrisisPage, nood
from tests import pages
from web.help_lines import help_lines

NUMBERS = ("112", "113", "0800-0113", "088 330 1 330", "088 0767 000", "0800-2000", "0800-0432")
FORBIDDEN = ("plegen", "geslaagd", "mislukt", "poging", "alles komt goed", "!")


@pytest.fixture(params=["nl", "en"])
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_page_is_small_and_complete(lang: str) -> None:
    html = server.crisis.page(lang)
    assert len(html) <= 30 * 1024
    for number in NUMBERS:
        assert number in html.decode()


def test_the_page_fetches_nothing(lang: str) -> None:
    html = server.crisis.page(lang).decode()
    assert not re.search(r"<(?:link|img|iframe|object|use)\b", html)
    assert not re.search(r"\ssrc=|url\(|@import", html)


def test_numbers_can_be_pressed_in_the_order_of_the_specification() -> None:
    calls = re.findall(r'href="tel:(\d+)"', server.crisis.page().decode())
    assert calls[:4] == ["112", "113", "08000113", "0883301330"]


def test_the_page_is_valid_and_calm() -> None:
    html = server.crisis.page().decode()
    tree = pages.parse(html)
    assert tree.get("lang") == "nl"
    said = pages.words(next(tree.iter("main"))).lower()
    assert not [word for word in FORBIDDEN if word in said]
    assert next(tree.iter("a")).get("href") == "/weg"


async def test_it_answers_by_itself_and_allows_only_its_own_style_and_script() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(nood), base_url="http://localhost") as client:
        found = await client.get("/nood")
        english = await client.get("/en/nood")
        head = await client.head("/nood")
    style = re.findall(r"<style>(.*?)</style>", found.text, re.DOTALL)[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in found.headers["content-security-policy"]
    assert 'lang="en"' in english.text
    assert head.content == b""


def test_every_language_is_made_when_the_server_starts() -> None:
    assert set(CrisisPage()._answers) == {"nl", "en"}


def test_old_numbers_warn_and_stay() -> None:
    checked = min(line.checked_on for line in help_lines().values())
    assert server.crisis.stale(checked + timedelta(days=90)) == []
    assert server.crisis.stale(checked + timedelta(days=91))
    assert "112" in help_lines()


def test_free_is_said_only_of_numbers_that_are() -> None:
    for line in help_lines().values():
        if "gratis" in line.cost:
            assert any(phone in ("112", "0800-0113", "0800-2000", "0800-0432") for phone in line.phones), line.code


def test_action_lines_are_short() -> None:
    for line in help_lines().values():
        for action in re.split(r"(?<=[.?])\s+", line.action):
            assert len(action.split()) <= 9, line.action


def test_no_number_was_checked_in_the_future() -> None:
    assert max(line.checked_on for line in help_lines().values()) <= date.today()
