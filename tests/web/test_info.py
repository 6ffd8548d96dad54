"""Pages anyone may read: valid, without cookie, complete."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.responses import Response

from server.info import articles, routes, team_routes
from server.info.home import HomeState
from server.kit.errors import AppError, Unavailable
from server.kit.runtime import Runtime
from tests import pages
from web import page, text
from web.frame import FrameMiddleware

READING = ["/", "/tips", "/huisregels", "/privacy", "/toegankelijkheid", "/veilig-online", "/contact"]
TIPS = [f"/tips/{code}" for code in articles.tips()]


class Asked:
    """The chat as the home page asks for it: a state, or a store that does not answer."""

    state: HomeState | None = HomeState("open")

    async def __call__(self) -> HomeState:
        if self.state is None:
            raise Unavailable
        return self.state


@pytest.fixture
def chat() -> Asked:
    return Asked()


@pytest.fixture
async def client(rt: Runtime, chat: Asked) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.state.runtime = rt
    app.state.home_state = chat
    app.include_router(routes.ROUTER)
    app.include_router(team_routes.TEAM_ROUTER)

    async def failed(request: Request, error: Exception) -> Response:
        assert isinstance(error, AppError)
        said = text(error.key, request.state.frame.lang)
        return page(request, "errors/error.html", {"code": error.code, "said": said, "written": ()}, error.status)

    app.add_exception_handler(AppError, failed)
    transport = httpx.ASGITransport(FrameMiddleware(app))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as made:
        yield made


@pytest.mark.parametrize("path", [*READING, *TIPS])
@pytest.mark.parametrize("prefix", ["", "/en"])
async def test_pages_are_sound_and_set_no_cookie(client: httpx.AsyncClient, path: str, prefix: str) -> None:
    answer = await client.get(prefix + path)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    tree = pages.check(answer.text)
    assert tree.get("lang") == ("en" if prefix else "nl")
    assert len(answer.content) <= 40 * 1024


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (HomeState("open"), "Nu open"),
        (HomeState("busy"), "Het is druk"),
        (HomeState("full"), "Het is nu heel druk"),
        (HomeState("closed", "morgen om 10:00"), "Dicht – open morgen om 10:00"),
        (HomeState("closed"), "Nu dicht"),
        (None, "We weten niet of de chat open is"),
    ],
)
async def test_home_says_how_the_chat_is(
    client: httpx.AsyncClient, chat: Asked, state: HomeState | None, words: str
) -> None:
    chat.state = state
    tree = pages.check((await client.get("/")).text)
    assert words in pages.words(tree)


async def test_unknown_tip_shows_a_page_with_a_way_on(client: httpx.AsyncClient) -> None:
    answer = await client.get("/tips/00000000")
    assert answer.status_code == 404
    tree = pages.check(answer.text)
    assert any(link.get("href") == "/" for link in tree.iter("a"))


async def test_tips_are_complete() -> None:
    assert len(articles.tips()) >= 8
    for tip in articles.tips().values():
        assert len(tip.in_short) == 3, tip.title
        assert 1 <= len(tip.do_now) <= 3, tip.title
        assert tip.theme


async def test_single_tips_stay_out_of_search_engines(client: httpx.AsyncClient) -> None:
    assert "noindex" in (await client.get(TIPS[0])).text
    assert "noindex" not in (await client.get("/tips")).text


def test_tags_in_content_are_shown_not_obeyed() -> None:
    made = articles._html("<script>alert(1)</script> [x](javascript:alert(1))", "")
    assert "<script" not in made
    assert 'href="javascript' not in made


async def test_leaving_shows_where_a_link_goes_first(client: httpx.AsyncClient) -> None:
    answer = await client.post("/naar", data={"adres": "https://voorbeeld.example/pad?x=1"})
    tree = pages.check(answer.text)
    assert "voorbeeld.example" in pages.words(tree)
    assert 'rel="noreferrer noopener nofollow"' in answer.text


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "//voorbeeld.example", "geen adres", "http://" + "a" * 3000]
)
async def test_leaving_refuses_what_is_no_web_address(client: httpx.AsyncClient, address: str) -> None:
    answer = await client.post("/naar", data={"adres": address})
    assert answer.status_code == 422
    assert address not in answer.text


async def test_robots_keep_to_the_index_pages(client: httpx.AsyncClient) -> None:
    lines = (await client.get("/robots.txt")).text.splitlines()
    assert "Disallow: /groepen" in lines
    assert "Disallow: /en/forum" in lines
    assert "Disallow: /tips" not in lines


async def test_security_text_names_a_contact_and_ends_in_time(client: httpx.AsyncClient) -> None:
    lines = dict(line.split(": ", 1) for line in (await client.get("/.well-known/security.txt")).text.splitlines())
    assert lines["Contact"].startswith("mailto:")
    assert lines["Expires"] == "2027-05-23T00:00:00Z"


async def test_gallery_shows_every_component(client: httpx.AsyncClient) -> None:
    tree = pages.check((await client.get("/team/onderdelen")).text)
    crisis = {element.get("data-crisis") for element in tree.iter() if element.get("data-crisis")}
    assert crisis == {"short", "full", "crisis", "steun", "naaste"}
    states = {element.get("class", "") for element in tree.iter("li") if element.get("data-message")}
    assert any("message--held" in state for state in states)


def test_house_rules_are_those_of_the_start() -> None:
    shown = pages.words(pages.parse(f"<!doctype html><title>x</title>{articles.standing('huisregels').body}"))
    for number in range(1, 6):
        assert f"{text(f'huisregels.{number}.titel')} {text(f'huisregels.{number}.tekst')}" in shown
