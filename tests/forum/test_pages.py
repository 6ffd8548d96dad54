"""The forum as a visitor without script meets it."""

import re

import pytest

from server.forum import demo, service
from server.kit.runtime import Runtime
from tests.cast import HELP
from tests.forum import cast
from tests.forum.browser import Browser, Seen, browser
from tests.pages import panels, words


@pytest.fixture
async def merel(rt: Runtime) -> Browser:
    """Merel, who has been here before."""
    return await browser(rt, "Merel")


async def write_topic(who: Browser, title: str = "Slecht slapen", text: str = "Elke nacht wakker.") -> Seen:
    """Write, check, place."""
    form = await who.get("/forum/nieuw")
    checked = await who.send(form, "/nieuw/controle", categorie="4", titel=title, tekst=text)
    return await who.send(checked, "/nieuw/plaatsen")


async def test_without_a_visit_the_forum_leads_to_the_start(rt: Runtime, merel: Browser) -> None:
    merel.client.cookies.clear()
    answer = await merel.client.get("/forum")
    assert (answer.status_code, answer.headers["location"]) == (303, "/begin?naar=forum")


async def test_write_check_place(merel: Browser) -> None:
    form = await merel.get("/forum/nieuw")
    checked = await merel.send(
        form, "/nieuw/controle", categorie="4", titel="Slecht slapen", tekst="Elke\n\nnacht.", let_op=["5"]
    )
    assert "Controleer je bericht" in checked.main
    assert "Let op: dit bericht gaat over rouw en verlies." in checked.main
    again = await merel.send(checked, "/nieuw/plaatsen")
    assert re.fullmatch(r"/forum/[0-9a-f]{32}#r-1", again.address)
    assert "Slecht slapen" in again.main
    assert "Jouw bericht" in again.main


async def test_what_was_typed_comes_back_with_every_fault(merel: Browser) -> None:
    form = await merel.get("/forum/nieuw")
    back = await merel.send(
        form, "/nieuw/controle", status=422, categorie="", titel="", tekst="Mijn tekst", let_op=["2"]
    )
    assert "Kies een onderdeel." in back.main
    assert "Schrijf een titel." in back.main
    assert back.form("/nieuw/controle")["tekst"] == ["Mijn tekst"]
    assert back.form("/nieuw/controle")["let_op"] == ["2"]
    assert "<title>Fout: Moi" in back.response.text


async def test_back_to_change_from_the_check(merel: Browser) -> None:
    form = await merel.get("/forum/nieuw")
    checked = await merel.send(form, "/nieuw/controle", categorie="4", titel="Titel", tekst="Tekst")
    again = await merel.post("/forum/nieuw", checked.form("/nieuw/plaatsen"))
    assert again.form("/nieuw/controle")["titel"] == ["Titel"]


async def test_a_double_press_makes_one_topic(merel: Browser) -> None:
    form = await merel.get("/forum/nieuw")
    checked = await merel.send(form, "/nieuw/controle", categorie="4", titel="Titel", tekst="Tekst")
    first, second = await merel.send(checked, "/nieuw/plaatsen"), await merel.send(checked, "/nieuw/plaatsen")
    assert first.address == second.address
    assert "1 onderwerp" in (await merel.send(await merel.get("/forum"), "/forum", woorden="titel")).main


async def test_reply_support_and_take_away(rt: Runtime, merel: Browser) -> None:
    there = await cast.topic(rt, "Daan")
    page = await merel.get(f"/forum/{there.topic_id}")
    replied = await merel.send(page, "/reacties", tekst="Ik lees je.")
    assert replied.address.endswith("#r-2")
    pressed = await merel.send(replied, "/steun", geef="sterkte")
    assert 'aria-pressed="true"' in pressed.response.text
    undone = await merel.send(pressed, "/steun", neem="sterkte")
    assert 'aria-pressed="true"' not in undone.response.text
    away = re.search(r"/forum/[0-9a-f]{32}/weg/[0-9a-f]{32}", undone.response.text)
    assert away is not None
    gone = await merel.send(await merel.get(away[0]), away[0])
    assert "Verwijderd door schrijver" in gone.main
    assert "Ik lees je." not in gone.response.text


async def test_an_empty_reply_is_an_error_that_keeps_the_form(rt: Runtime, merel: Browser) -> None:
    there = await cast.topic(rt, "Daan")
    page = await merel.get(f"/forum/{there.topic_id}")
    back = await merel.send(page, "/reacties", status=422, tekst="  ", let_op=["1"])
    assert "Schrijf eerst iets." in back.main
    assert back.form("/reacties")["let_op"] == ["1"]


async def test_a_number_comes_back_with_three_ways_on(rt: Runtime, merel: Browser) -> None:
    there = await cast.topic(rt, "Daan")
    page = await merel.get(f"/forum/{there.topic_id}")
    back = await merel.send(page, "/reacties", tekst=cast.PHONE)
    for way in ("Aanpassen", "Haal weg en plaats", "Dit klopt niet"):
        assert way in back.main
    forms = [form for form in back.tree.iter("form") if (form.get("action") or "").endswith("/reacties")]
    masked, contested, edited = (
        {field.get("name"): field.get("value") for field in form.iter("input")} for form in forms
    )
    assert "1234" not in (masked["tekst"] or "")
    assert contested["tekst"] == cast.PHONE
    assert back.form("/reacties")
    assert len({masked["id"], contested["id"], edited["id"]}) == 3
    placed = await merel.post(forms[0].get("action") or "", {str(k): [v or ""] for k, v in masked.items()})
    assert "▇" in placed.main


async def test_contesting_makes_the_text_wait(rt: Runtime, merel: Browser) -> None:
    there = await cast.topic(rt, "Daan")
    page = await merel.get(f"/forum/{there.topic_id}")
    back = await merel.send(page, "/reacties", tekst=cast.PHONE)
    form = [form for form in back.tree.iter("form") if (form.get("action") or "").endswith("/reacties")][1]
    sent = {str(field.get("name")): [field.get("value") or ""] for field in form.iter("input")} | {"oneens": ["1"]}
    waiting = await merel.post(form.get("action") or "", sent)
    assert "In behandeling" in waiting.main
    assert "Een moderator kijkt of dit klopt." in waiting.main


async def test_a_crisis_gets_the_panel_and_no_rule(rt: Runtime, merel: Browser) -> None:
    there = await cast.topic(rt, "Daan")
    page = await merel.get(f"/forum/{there.topic_id}")
    waiting = await merel.send(page, "/reacties", tekst=cast.CRISIS)
    assert "Goed dat je dit schrijft." in waiting.main
    assert "In behandeling" in waiting.main
    assert "uisregel" not in waiting.main
    other = await (await browser(rt, "Daan")).get(f"/forum/{there.topic_id}")
    assert "vannacht" not in other.response.text


async def test_what_waits_can_be_changed_and_taken_back(rt: Runtime, merel: Browser) -> None:
    there = await cast.topic(rt, "Daan")
    page = await merel.get(f"/forum/{there.topic_id}")
    waiting = await merel.send(page, "/reacties", tekst=cast.CRISIS)
    change = re.search(r"/forum/[0-9a-f]{32}/aanpassen/[0-9a-f]{32}", waiting.response.text)
    assert change is not None
    placed = await merel.send(await merel.get(change[0]), change[0], tekst="Het gaat niet goed vandaag.")
    assert placed.address.endswith("#r-2")
    await merel.get(change[0], status=404)


@pytest.mark.parametrize(("said", "panel"), HELP)
async def test_words_that_call_for_help_show_it_in_the_forum(
    rt: Runtime, merel: Browser, said: str, panel: str
) -> None:
    there = await cast.topic(rt, "Daan")
    answer = await merel.send(await merel.get(f"/forum/{there.topic_id}"), "/reacties", tekst=said)
    assert panels(answer.tree) == [panel]


async def test_passive_thoughts_get_the_support_panel_once(rt: Runtime, merel: Browser) -> None:
    there = await cast.topic(rt, "Daan")
    page = await merel.get(f"/forum/{there.topic_id}")
    placed = await merel.send(page, "/reacties", tekst=cast.PASSIVE)
    assert "Dank je dat je dit deelt." in placed.main
    assert "Dank je dat je dit deelt." not in (await merel.get(f"/forum/{there.topic_id}")).main


async def test_words_stay_out_of_the_address(rt: Runtime, merel: Browser) -> None:
    await cast.topic(rt, "Daan", "Over angst", "Elke dag bang.")
    found = await merel.send(await merel.get("/forum"), "/forum", woorden="angst")
    assert "Over angst" in found.main
    assert "angst" not in found.address
    none = await merel.send(found, "/forum", woorden="zeilboot")
    assert "Niets gevonden." in none.main
    other = await (await browser(rt, "Bram")).get(found.address)
    assert "Deze zoekvraag is verlopen." in other.main


async def test_hidden_words_are_on_no_page(rt: Runtime, merel: Browser) -> None:
    there = await cast.topic(rt, "Daan", "Eekhoorntitel", "Eekhoorntekst.")
    await cast.answer(rt, "Bram", there.topic_id, "Andere reactie.")
    await service.hide_post(rt, there.post_id)
    found = await merel.send(await merel.get("/forum"), "/forum", woorden="eekhoorntekst")
    for page in (await merel.get("/forum"), await merel.get(f"/forum/{there.topic_id}"), found):
        assert "Eekhoorn" not in page.response.text
    assert "Een moderator heeft dit bericht verborgen." in (await merel.get(f"/forum/{there.topic_id}")).main


async def test_a_content_note_folds_the_text(rt: Runtime, merel: Browser) -> None:
    await demo.seed(rt, rt.clock.now())
    found = await merel.send(await merel.get("/forum"), "/forum", woorden="moeder")
    address = re.search(r"/forum/[0-9a-f]{32}", found.response.text)
    assert address is not None
    page = await merel.get(address[0])
    folds = [fold for fold in page.tree.iter("details") if fold.get("class") == "fold"]
    assert ["rouw en verlies" in words(fold) for fold in folds] == [True]
    assert "open" not in folds[0].attrib


async def test_report_needs_a_reason_and_thanks(rt: Runtime, merel: Browser) -> None:
    there = await cast.topic(rt, "Daan")
    ask = f"/forum/{there.topic_id}/melding/{there.post_id}"
    page = await merel.get(ask)
    again = await merel.send(page, ask, status=422)
    assert "Kies een antwoord." in again.main
    assert "Dank je. Een moderator kijkt ernaar." in (await merel.send(page, ask, reden="kwetsend")).main


async def test_own_posts_are_listed_for_their_writer_only(rt: Runtime, merel: Browser) -> None:
    await write_topic(merel)
    assert "Slecht slapen" in (await merel.get("/forum/mijn")).main
    assert "Slecht slapen" not in (await (await browser(rt, "Daan")).get("/forum/mijn")).main


async def test_a_newcomers_first_topic_waits(rt: Runtime) -> None:
    daan = await browser(rt, "Daan", newcomer=True)
    waiting = await write_topic(daan)
    assert "In behandeling" in waiting.main
    assert "Je eerste onderwerp leest een moderator altijd even." in waiting.main
    assert "Slecht slapen" not in (await (await browser(rt, "Merel")).get("/forum")).main


async def test_lists_have_numbered_pages(rt: Runtime, merel: Browser) -> None:
    for number in range(21):
        await cast.topic(rt, f"Schrijver {number}", f"Titel {number}")
    first, second = await merel.get("/forum"), await merel.get("/forum?p=2")
    assert "Titel 20" in first.main
    assert "Titel 0" in second.main
    assert (await merel.get("/forum?c=4&p=2")).response.status_code == 200
    for nowhere in ("3", "0", "-1", "x", "9" * 400):
        await merel.get(f"/forum?p={nowhere}", status=404)


@pytest.mark.parametrize("path", ["/forum/x", "/forum/" + "0" * 32, "/forum/" + "A" * 32, "/forum/a%2fb"])
async def test_unknown_topics_are_not_found(merel: Browser, path: str) -> None:
    await merel.get(path, status=404)


async def test_other_peoples_waiting_text_cannot_be_reached(rt: Runtime, merel: Browser) -> None:
    there = await cast.topic(rt, "Daan")
    held = await cast.answer(rt, "Daan", there.topic_id, cast.CRISIS)
    for path in ("aanpassen", "weg"):
        await merel.get(f"/forum/{there.topic_id}/{path}/{held.post_id}", status=404)
    forged = {"csrf": [merel.visit.csrf], "bericht": [held.post_id], "geef": ["dank"]}
    await merel.post(f"/forum/{there.topic_id}/steun", forged, status=404)


async def test_unknown_fields_and_missing_tokens_are_refused(rt: Runtime, merel: Browser) -> None:
    there = await cast.topic(rt, "Daan")
    await merel.post(
        f"/forum/{there.topic_id}/reacties", {"csrf": [merel.visit.csrf], "rol": ["moderator"]}, status=422
    )
    await merel.post(f"/forum/{there.topic_id}/reacties", {"tekst": ["Hallo"]}, status=403)


async def test_a_script_hears_where_to_go(rt: Runtime, merel: Browser) -> None:
    there = await cast.topic(rt, "Daan")
    sent = (await merel.get(f"/forum/{there.topic_id}")).form("/reacties") | {"tekst": ["Hallo."]}
    answer = await merel.client.post(
        f"/forum/{there.topic_id}/reacties", data=sent, headers={"accept": "application/json"}
    )
    assert answer.json() == {"to": f"/forum/{there.topic_id}#r-2"}
