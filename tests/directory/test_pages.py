"""The pages of the sociale kaart: nothing typed in an address, every place with its mark, no way that ends."""

import re
from dataclasses import replace
from urllib.parse import urlsplit

import httpx
import pytest

from server.directory.catalogue import Catalogue
from server.directory.service import directory
from server.kit.runtime import Runtime
from tests.directory.conftest import reading

LIST = "/hulp-in-de-buurt"


async def search(browser: httpx.AsyncClient, **form: str) -> httpx.Response:
    sent = await browser.post(LIST, data=form)
    assert sent.status_code == 303
    return await browser.get(sent.headers["location"])


def short_id(catalogue: Catalogue, number: str) -> str:
    return next(each.short_id for each in catalogue.services if each.number == number)


async def test_words_are_posted_and_never_stand_in_an_address(browser: httpx.AsyncClient) -> None:
    sent = await browser.post(LIST, data={"woorden": "depressie", "g": "2", "t": ["3"], "pc": "9712 AB"})
    address = sent.headers["location"]
    assert sent.status_code == 303
    assert re.fullmatch(r"/hulp-in-de-buurt\?t=3&g=2&z=[\w-]+#uitkomst", address)
    page = await browser.get(address)
    assert 'value="depressie"' in page.text
    assert 'value="9712"' in page.text
    links = re.findall(r'(?:href|action)="([^"]*)"', page.text)
    assert not [link for link in links if "depressie" in link or "9712" in link]


async def test_reading_sets_no_cookie(browser: httpx.AsyncClient) -> None:
    answers = [await browser.get(LIST), await search(browser, woorden="rouw")]
    assert not [answer for answer in answers if "set-cookie" in answer.headers]


async def test_results_are_counted_aloud_and_marked(browser: httpx.AsyncClient) -> None:
    page = await search(browser, woorden="mantelzorg")
    assert re.search(r'<p role="status">\d+ plekken', page.text)
    assert page.text.count("Nog niet nagevraagd") >= 10
    assert "<title>Moi · Lezen</title>" in page.text


async def test_crisis_words_bring_the_panel_and_113(browser: httpx.AsyncClient) -> None:
    page = await search(browser, woorden="ik wil dood")
    assert 'data-crisis="short"' in page.text
    assert page.text.index("113 Zelfmoordpreventie</a>") < page.text.index("112 - alarmnummer</a>")


async def test_words_about_mourning_bring_no_panel(browser: httpx.AsyncClient) -> None:
    page = await search(browser, woorden="mijn vader is dood")
    assert "data-crisis" not in page.text


async def test_a_corrected_word_is_shown(browser: httpx.AsyncClient) -> None:
    assert "Gezocht op “geldzorgen”" in (await search(browser, woorden="geldsorgen")).text


async def test_near_has_its_own_heading(browser: httpx.AsyncClient) -> None:
    page = await search(browser, woorden="eenzaam", g="6")
    assert "In de buurt van Pekela" in page.text
    assert "Hele provincie, of bellen en online" in page.text


async def test_nothing_found_shows_ways_on(browser: httpx.AsyncClient) -> None:
    page = await browser.get(f"{LIST}?g=6&t=33&k=1&a=1")
    assert "Geen plekken gevonden. Kies minder filters." in page.text
    assert "Zonder “gratis”" in page.text or "Zonder “" in page.text
    assert "Hier kun je met alles terecht" in page.text


async def test_unknown_postcode_asks_for_the_municipality(browser: httpx.AsyncClient) -> None:
    assert "Kies hierboven je gemeente" in (await search(browser, woorden="rouw", pc="1011")).text


async def test_pages_follow_each_other_without_losing_the_question(browser: httpx.AsyncClient) -> None:
    first = await search(browser, woorden="praten")
    following = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert following is not None
    second = await browser.get(following[1].replace("&amp;", "&"))
    assert 'value="praten"' in second.text
    names = [set(re.findall(r'card__title"><a [^>]*>([^<]+)', page.text)) for page in (first, second)]
    assert all(names)
    assert names[0].isdisjoint(names[1])


@pytest.mark.parametrize(
    "query", ["?t=x&g=%00&p=-3", "?z=%F0%9F", "?p=99999999", "?t=1&t=2&t=3&z=abc&d=77&q=depressie"]
)
async def test_a_strange_address_is_no_error(browser: httpx.AsyncClient, query: str) -> None:
    assert (await browser.get(LIST + query)).status_code == 200


async def test_long_and_odd_words_are_no_error(browser: httpx.AsyncClient) -> None:
    for words in ("💔" * 200, "<script>alert(1)</script>", "' OR 1=1 --", "a" * 3000):
        page = await search(browser, woorden=words)
        assert page.status_code == 200
        assert "<script>alert" not in page.text


async def test_a_place_tells_how_to_take_part(browser: httpx.AsyncClient, catalogue: Catalogue) -> None:
    page = await browser.get(f"{LIST}/{short_id(catalogue, 'HB-062')}")
    assert "<h1>Odensehuis Groningen - centrum</h1>" in page.text
    assert "<title>Moi · Lezen</title>" in page.text
    for words in (
        "Zo doe je mee",
        "Kosten: vraag het na",
        "Verwijzing nodig",
        "Klopt er iets niet?",
        'href="tel:0502303252"',
    ):
        assert words in page.text


async def test_every_place_has_a_page(browser: httpx.AsyncClient, catalogue: Catalogue) -> None:
    for service in catalogue.services:
        page = await browser.get(f"{LIST}/{service.short_id}")
        assert page.status_code == 200
        assert len(re.findall("<h1", page.text)) == 1


async def test_a_place_leads_back_to_the_list_it_came_from(browser: httpx.AsyncClient) -> None:
    found = await search(browser, woorden="rouw", g="5")
    link = re.search(r'card__title"><a href="([^"]+)"', found.text)
    assert link is not None
    page = await browser.get(link[1].replace("&amp;", "&"))
    back = re.search(r'href="([^"]+#uitkomst)"', page.text)
    assert back is not None
    assert 'value="rouw"' in (await browser.get(back[1].replace("&amp;", "&"))).text


async def test_a_link_outside_goes_by_a_page_that_says_so(browser: httpx.AsyncClient, catalogue: Catalogue) -> None:
    place = short_id(catalogue, "HB-062")
    page = await browser.get(f"{LIST}/{place}")
    outside = re.findall(r'href="(https?://[^"]+|geo:[^"]+)"', page.text)
    assert not [link for link in outside if urlsplit(link).netloc == "odensehuisgroningen.nl"]
    for destination, words in (("site", "https://odensehuisgroningen.nl"), ("kaart", "geo:53.")):
        leaving = await browser.get(f"{LIST}/{place}/naar/{destination}")
        assert words in leaving.text
        assert 'rel="noreferrer noopener"' in leaving.text


@pytest.mark.parametrize("path", ["/00000000", "/HB-062", "/zzzzzzzz", "/00000000/naar/site", "/00000000/naar/x"])
async def test_what_is_not_there_says_so(browser: httpx.AsyncClient, path: str) -> None:
    page = await browser.get(LIST + path)
    assert page.status_code == 404
    assert "Deze plek staat er niet meer in." in page.text


async def test_the_map_names_each_municipality_with_its_number(browser: httpx.AsyncClient) -> None:
    page = (await browser.get(LIST)).text
    svg = page[page.index('<svg class="place-map__svg') : page.index("</svg>", page.index("place-map__svg"))]
    assert len(re.findall(r'<a href="/hulp-in-de-buurt\?g=\d+" aria-label="[^"]+, \d+ plekken"', svg)) == 10
    assert len(svg) < 12 * 1024
    assert "Kaart: © CBS. Plaatsen: GeoNames (CC BY 4.0). Postcodes: 4pp (MIT)." in page


async def test_nothing_unconfirmed_is_shown_where_the_setting_is_off(rt: Runtime) -> None:
    strict = replace(rt, settings=replace(rt.settings, show_unconfirmed=False))
    async with reading(strict) as browser:
        page = await browser.get(LIST)
        assert "Nog niet nagevraagd" not in page.text
        assert "Geen plekken gevonden" in page.text
        assert (await browser.get(f"{LIST}/{directory().services[61].short_id}")).status_code == 404
        assert (await browser.get("/api/hsds/services")).json()["total_items"] == 0


async def test_the_rules_of_the_directory_are_a_page(browser: httpx.AsyncClient) -> None:
    page = await browser.get(f"{LIST}/uitleg")
    assert "Wat staat hier wel en niet?" in page.text
