"""Starting, coming back, the own place and leaving, as somebody without script walks them."""

from datetime import timedelta
from pathlib import Path

import pytest

from server.kit.clock import FixedClock
from server.kit.proof_of_work import solve
from server.kit.runtime import Runtime
from server.kit.words import word_list
from server.team import demo as team_demo
from server.visitors import service
from tests.team.cast import app_of
from tests.visitors.browser import Browser, Page
from web.texts import text

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def merel(rt: Runtime) -> Browser:
    """Merel's browser."""
    return Browser(rt)


async def phrase_of(browser: Browser) -> list[str]:
    """Make a return phrase and read it from the page."""
    page = await browser.send(await browser.get("/terugkeerzin"), "/terugkeerzin", meekijken="nee")
    assert page.tree is not None
    listed = next(part for part in page.tree.iter("ol") if part.get("class") == "word-code__words")
    return [(item.text or "").strip() for item in listed.iter("li")]


async def come_back(browser: Browser, words: str) -> Page:
    """Fill in the words with the work done, as the script does."""
    page = await browser.get("/terugkomen")
    proof = page.form("/terugkomen")["bewijs"]
    return await browser.send(page, "/terugkomen", woorden=words, antwoord=solve(proof))


async def test_four_steps_lead_in(merel: Browser, rt: Runtime) -> None:
    """From a page that needs a visit, over the four, to where one was heading; the cookie comes with the last."""
    closed = await merel.get("/forum")
    assert (closed.status, closed.to) == (303, "/begin?naar=forum")
    first = await merel.get(closed.to)
    assert "Stap 1 van 4" in first.words
    assert "Wij bewaren geen IP-adres" in first.words
    second = await merel.get("/begin/leeftijd?naar=forum")
    answered = await merel.send(second, "/begin/leeftijd", leeftijd="ja")
    assert (answered.status, answered.to) == (303, "/begin/naam?naar=forum")
    third = await merel.get(answered.to)
    names = third.values("namen")
    assert len(set(names)) == 3
    fourth = await merel.send(third, "/begin/naam", naam=names[1])
    assert "Stap 4 van 4" in fourth.words
    assert names[1] in fourth.words
    assert merel.cookie is None
    done = await merel.send(fourth, "/begin/regels", akkoord="1")
    assert (done.status, done.to) == (303, "/forum")
    found = await service.load(rt, merel.cookie)
    assert found is not None
    assert found.nickname == names[1]


async def test_cookie_is_a_session_cookie_for_this_site_only(merel: Browser) -> None:
    """HttpOnly, SameSite=Strict, no Max-Age; its name on TLS carries the __Host- prefix."""
    page = await merel.get("/begin/naam")
    rules = await merel.send(page, "/begin/naam", naam=page.values("naam")[0])
    done = await merel.send(rules, "/begin/regels", akkoord="1")
    cookie = done.response.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("httponly", "samesite=strict", "path=/"))
    assert "max-age" not in cookie
    assert "expires" not in cookie


@pytest.mark.parametrize(
    "path", ["/begin", "/begin/leeftijd", "/begin/naam", "/begin/jonger", "/terugkomen", "/mijn/gestopt"]
)
async def test_looking_sets_no_cookie(merel: Browser, path: str) -> None:
    """Only beginning does (privacy 2.1)."""
    page = await merel.get(path)
    assert page.status == 200
    assert "set-cookie" not in page.response.headers


async def test_under_16_is_shown_who_is_there(merel: Browser) -> None:
    """And nothing is kept of the answer."""
    page = await merel.send(await merel.get("/begin/leeftijd"), "/begin/leeftijd", leeftijd="nee")
    assert page.to == "/begin/jonger"
    assert "set-cookie" not in page.response.headers
    assert "0800-0432" in (await merel.get(page.to)).words


async def test_no_answer_about_age_is_asked_again(merel: Browser) -> None:
    """With the error on top."""
    page = await merel.send(await merel.get("/begin/leeftijd"), "/begin/leeftijd")
    assert page.status == 422
    assert "Kies een antwoord." in page.words


async def test_other_names_keep_what_was_typed(merel: Browser) -> None:
    """Laat andere namen zien."""
    page = await merel.get("/begin/naam?naar=forum")
    other = await merel.send(page, "/begin/naam", eigen="Wilg", anders="1")
    assert other.status == 200
    assert set(other.values("namen")) != set(page.values("namen"))
    assert other.form("/begin/naam")["eigen"] == "Wilg"
    assert other.form("/begin/naam")["naar"] == "forum"


async def test_refused_name_stays_in_the_field_with_its_reason(merel: Browser) -> None:
    """The offered names stay too."""
    page = await merel.get("/begin/naam")
    refused = await merel.send(page, "/begin/naam", eigen="emma@post.nl")
    assert refused.status == 422
    assert text("bezoek.naam.mail") in refused.words
    assert refused.form("/begin/naam")["eigen"] == "emma@post.nl"
    assert refused.values("namen") == page.values("namen")


async def test_changed_form_cannot_put_words_on_the_page(merel: Browser) -> None:
    """Names that we never made are not offered back."""
    page = await merel.post("/begin/naam", [("namen", f"Kwaad {n}") for n in range(3)])
    assert page.status == 422
    assert "Kwaad" not in page.words


async def test_name_is_checked_again_at_the_last_step(merel: Browser) -> None:
    """The form between the pages can be changed by hand."""
    page = await merel.post("/begin/regels", {"naam": "Moderator", "akkoord": "1", "naar": "forum"})
    assert page.status == 422
    assert merel.cookie is None


async def test_rules_must_be_ticked(merel: Browser) -> None:
    """The name is kept, the cookie is not given."""
    page = await merel.get("/begin/naam")
    rules = await merel.send(page, "/begin/naam", eigen="Wilg", naam="")
    refused = await merel.send(rules, "/begin/regels")
    assert refused.status == 422
    assert text("err.tick") in refused.words
    assert refused.form("/begin/regels")["naam"] == "Wilg"
    assert merel.cookie is None


async def test_unknown_destination_means_the_groups(merel: Browser) -> None:
    """Never an address from outside."""
    page = await merel.get("/begin?naar=//kwaad.example")
    assert page.tree is not None
    assert not [link for link in page.tree.iter("a") if "kwaad" in (link.get("href") or "")]
    name = (await merel.get("/begin/naam")).values("naam")[0]
    done = await merel.post("/begin/regels", {"naam": name, "akkoord": "1", "naar": "https://kwaad.example"})
    assert done.to == "/groepen"


async def test_pressing_twice_begins_one_visit(merel: Browser) -> None:
    """The second goes on with the first."""
    name = await merel.arrive()
    before = merel.cookie
    again = await merel.post("/begin/regels", {"naam": name, "akkoord": "1", "naar": "groepen"})
    assert again.status == 303
    assert merel.cookie == before


async def test_who_is_here_already_goes_on(merel: Browser) -> None:
    """The start is not walked twice."""
    await merel.arrive()
    assert (await merel.get("/begin?naar=forum")).to == "/forum"


async def test_who_was_away_long_hears_so(merel: Browser, rt: Runtime) -> None:
    """A cookie of a visit that ended; a form gets an answer of its own."""
    await merel.arrive()
    page = await merel.get("/mijn/vergeten")
    assert isinstance(rt.clock, FixedClock)
    rt.clock.advance(timedelta(hours=3))
    assert text("err.gone") in (await merel.get("/begin")).words
    late = await merel.send(page, "/mijn/vergeten")
    assert late.status == 403


async def test_who_was_away_too_long_while_writing_gets_the_words_back(merel: Browser, rt: Runtime) -> None:
    """In the page and nowhere else; what is no text to others is not repeated."""
    await merel.arrive("groepen")
    assert isinstance(rt.clock, FixedClock)
    rt.clock.advance(timedelta(hours=3))
    said = "Ik durfde het <b>bijna</b> niet te schrijven"
    path, fields = f"/groepen/{'0' * 32}/berichten", {"text": said, "client_id": "x" * 36, "csrf": "y" * 40}
    late = await merel.post(path, fields)
    assert (late.status, late.response.headers["cache-control"]) == (403, "no-store")
    assert said in late.words
    assert "y" * 40 not in late.response.text
    asked_by_script = await merel.post(path, fields, accept="application/json")
    assert "durfde" not in asked_by_script.response.text
    assert "Wat je schreef" not in (await merel.post(path, fields | {"text": " "})).words


@pytest.mark.parametrize("csrf", ["", "x", "é"])
async def test_form_without_its_token_does_nothing(merel: Browser, rt: Runtime, csrf: str) -> None:
    """403, and the visit is still there."""
    await merel.arrive()
    assert (await merel.post("/mijn/stoppen", {"csrf": csrf})).status == 403
    assert await service.load(rt, merel.cookie) is not None


async def test_script_may_send_the_token_in_a_header(merel: Browser, rt: Runtime) -> None:
    """As visit-idle does; the visit lasts longer."""
    await merel.arrive()
    visit = await service.load(rt, merel.cookie)
    assert visit is not None
    assert isinstance(rt.clock, FixedClock)
    rt.clock.advance(timedelta(minutes=90))
    stay = await merel.post("/hier", {}, **{"x-csrf": visit.csrf})
    assert stay.status == 204
    later = await service.load(rt, merel.cookie)
    assert later is not None
    assert later.ends_at > visit.ends_at


async def test_words_are_shown_once_and_bring_back(merel: Browser, rt: Runtime) -> None:
    """The same name in another browser."""
    name = await merel.arrive()
    words = await phrase_of(merel)
    assert len(words) == 6
    for path in ("/mijn", "/terugkeerzin"):
        assert words[0] not in (await merel.get(path)).words.split()
    elsewhere = Browser(rt)
    back = await come_back(elsewhere, " ".join(words).upper())
    assert (back.status, back.to) == (303, "/mijn")
    assert name in (await elsewhere.get("/mijn")).words


async def test_reloading_the_words_does_not_replace_them(merel: Browser, rt: Runtime) -> None:
    """Somebody who wrote the first down must not be shut out by a second press."""
    await merel.arrive()
    offer = await merel.get("/terugkeerzin")
    await merel.send(offer, "/terugkeerzin", meekijken="ja")
    again = await merel.send(offer, "/terugkeerzin", meekijken="ja")
    assert (again.status, again.to) == (303, "/terugkeerzin")
    assert "Je hebt al een terugkeerzin" in (await merel.get("/terugkeerzin")).words


async def test_advice_depends_on_who_may_look_along(merel: Browser) -> None:
    """Paper only, or also the own password list."""
    await merel.arrive()
    offer = await merel.get("/terugkeerzin")
    assert (await merel.send(offer, "/terugkeerzin")).status == 422
    assert "Bewaar ze niet op dit apparaat" in (await merel.send(offer, "/terugkeerzin", meekijken="ja")).words


async def test_slip_is_put_right_and_shown(merel: Browser, rt: Runtime) -> None:
    """On the way in, so that the paper can be put right."""
    await merel.arrive()
    words = await phrase_of(merel)
    slipped = next(
        [*words[:place], word + "q", *words[place + 1 :]]
        for place, word in enumerate(words)
        if word_list().closest(word + "q") == word
    )
    back = await come_back(Browser(rt), " ".join(slipped))
    assert back.status == 200
    assert back.heading == "Welkom terug"
    assert "q" in back.words


async def test_without_script_half_a_minute_is_enough(merel: Browser, rt: Runtime) -> None:
    """Too early shows the same page with the seconds that are left."""
    await merel.arrive()
    words = " ".join(await phrase_of(merel))
    elsewhere = Browser(rt)
    wait = await elsewhere.send(await elsewhere.get("/terugkomen"), "/terugkomen", woorden=words)
    assert "Wacht 30 seconden" in wait.words
    assert isinstance(rt.clock, FixedClock)
    rt.clock.advance(timedelta(seconds=12))
    early = await elsewhere.send(wait, "/terugkomen")
    assert "Wacht 18 seconden" in early.words or "Wacht 19 seconden" in early.words
    rt.clock.advance(timedelta(seconds=20))
    assert (await elsewhere.send(early, "/terugkomen")).status == 303
    assert elsewhere.cookie is not None


async def test_wrong_words_and_ended_words_look_the_same(merel: Browser, rt: Runtime) -> None:
    """Apart from the words typed and the fresh work, not a letter differs."""
    await merel.arrive()
    ended = await phrase_of(merel)
    assert isinstance(rt.clock, FixedClock)
    rt.clock.advance(timedelta(days=500))
    wrong = word_list().draw(6)
    seen = []
    for words in (wrong, ended):
        page = await come_back(Browser(rt), " ".join(words))
        proof = page.form("/terugkomen")["bewijs"]
        seen.append((page.status, page.response.text.replace(" ".join(words), "…").replace(proof, "…")))
    assert seen[0] == seen[1]
    assert text("err.code") in seen[0][1]


async def test_stopping_ends_the_visit(merel: Browser, rt: Runtime) -> None:
    """And clears what the browser kept."""
    await merel.arrive()
    token = merel.cookie
    stopped = await merel.send(await merel.get("/mijn"), "/mijn/stoppen")
    assert (stopped.status, stopped.to) == (303, "/mijn/gestopt")
    assert stopped.response.headers["clear-site-data"] == '"cache", "cookies", "storage"'
    assert await service.load(rt, token) is None


@pytest.mark.parametrize("script", [True, False])
async def test_snel_weg_ends_the_visit(merel: Browser, rt: Runtime, script: bool) -> None:
    """As a link and as the script's message; without any token, with or without a visit."""
    await merel.arrive()
    token = merel.cookie
    gone = await (merel.post("/weg", {}) if script else merel.get("/weg"))
    assert (gone.status, gone.to) == ((204, "") if script else (303, rt.settings.neutral_url + "/"))
    assert "clear-site-data" in gone.response.headers
    assert await service.load(rt, token) is None
    assert merel.cookie is None
    assert (await merel.get("/weg")).status == 303


async def test_looking_ahead_ends_nothing(merel: Browser, rt: Runtime) -> None:
    """A browser that fetches links before they are pressed must not throw anybody out."""
    await merel.arrive()
    assert (await merel.get("/weg", **{"sec-purpose": "prefetch;prerender"})).status == 204
    assert await service.load(rt, merel.cookie) is not None


async def test_forgetting_asks_first_and_answers_with_what_went(
    merel: Browser, rt: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two presses; the page after it belongs to nobody."""

    async def forum(_: Runtime, __: object) -> dict[str, int]:
        return {"forum": 2, "onbekend": 1}

    monkeypatch.setattr(app_of(rt).zones["visitor"].state, "forgetters", (forum,), raising=False)
    await merel.arrive()
    token = merel.cookie
    page = await merel.get("/mijn/vergeten")
    assert "hoogstens 90 dagen" in page.words
    answer = await merel.send(page, "/mijn/vergeten")
    assert answer.status == 200
    assert "2 berichten op het forum" in answer.words
    assert await service.load(rt, token) is None
    assert (await merel.get("/mijn")).to == "/begin?naar=mijn"


async def test_name_with_a_cry_for_help_brings_help(merel: Browser) -> None:
    """The name is not taken; the numbers stand on top."""
    page = await merel.send(await merel.get("/begin/naam"), "/begin/naam", eigen="ik wil vanavond dood")
    assert page.status == 422
    assert page.tree is not None
    assert [part.get("data-crisis") for part in page.tree.iter("section")] == ["steun"]
    assert "Je bericht is bij ons" not in page.words  # nobody reads a name


def test_house_rules_say_the_same_in_both_places() -> None:
    """The start and the page /huisregels."""
    lines = (ROOT / "content" / "paginas" / "huisregels.md").read_text(encoding="utf-8").splitlines()
    page = [line for line in lines if line[:2] in {f"{n}." for n in range(1, 10)}]
    assert page == [f"{n}. **{text(f'huisregels.{n}.titel')}** {text(f'huisregels.{n}.tekst')}" for n in range(1, 6)]


async def test_first_name_of_a_colleague_is_not_free(merel: Browser, rt: Runtime) -> None:
    """At both steps: somebody may be invited in between."""
    await team_demo.seed(rt, rt.clock.now())
    page = await merel.get("/begin/naam")
    refused = await merel.send(page, "/begin/naam", eigen="SAM")
    assert (refused.status, refused.form("/begin/naam")["eigen"]) == (422, "SAM")
    assert text("bezoek.naam.team") in refused.words
    rules = await merel.send(page, "/begin/naam", eigen="Wilg")
    assert (await merel.send(rules, "/begin/regels", naam="Sam", akkoord="1")).status == 422
