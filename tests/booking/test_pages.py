"""Booking from the first page to the last, as a browser without script does it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import vobject
from sqlmodel import select

from server.booking import service
from server.booking.models import Appointment, Claim
from server.booking.queries import starts_of
from server.booking.stay import LIFE
from server.kit.clock import FixedClock
from server.kit.ids import new_id
from server.kit.runtime import Runtime
from tests.booking.browser import Browser, Seen, browser, solved
from tests.booking.making import OTHER_CODE, Office, open_office


@pytest.fixture
async def office(rt: Runtime) -> Office:
    """The demo places with four weeks of moments."""
    return await open_office(rt)


@pytest.fixture
async def merel(office: Office) -> AsyncIterator[Browser]:
    """A visitor's device."""
    device = browser(office)
    yield device
    await device.client.aclose()


def clock_of(office: Office) -> FixedClock:
    """Return the clock, to move it."""
    assert isinstance(office.rt.clock, FixedClock)
    return office.rt.clock


async def to_moments(device: Browser, ticket: str = "") -> Seen:
    """Start and choose the first place."""
    place = await device.post("/afspraak/begin", {"ticket": ticket}) if ticket else await device.begin()
    return await device.post("/afspraak/plek", {"location": place.values("location")[0]})


async def to_check(device: Browser, **told: str | list[str]) -> Seen:
    """Go on to the page with all answers."""
    moments = await to_moments(device)
    await device.post("/afspraak/moment", {"moment": moments.values("moment")[0]})
    return await device.post("/afspraak/naam", {"nickname": "Merel", **told})


async def to_code(device: Browser, **told: str | list[str]) -> str:
    """Make an appointment and return its code."""
    await to_check(device, **told)
    done = await device.post("/afspraak/controle")
    assert done.tree is not None
    return " ".join(item.text or "" for item in done.tree.iter("li") if item.text and item.text.isalpha())


async def test_the_whole_way_without_script(merel: Browser) -> None:
    start = await merel.get("/afspraak")
    assert start.heading == "Een gesprek van een uur, bij jou in de buurt"
    check_page = await to_check(merel, helps=["rustig", "trap"], with_contact="ja", contact="06-12345678")
    assert check_page.heading == "Controleer je antwoorden"
    assert "06 12345678" in check_page.text
    assert "Geen trappen" in check_page.text
    done = await merel.post("/afspraak/controle")
    assert (done.status, done.path) == (200, "/afspraak/klaar")
    assert "Voorbeeld" in done.text
    assert not any(word in url for url in merel.visited for word in ("Merel", "06", "?t", "code="))


async def test_one_neutral_cookie_of_half_an_hour(merel: Browser) -> None:
    answer = await merel.client.post(
        "/afspraak/begin", headers={"origin": merel.origin}, data=solved(await merel.get("/afspraak"))
    )
    cookies = answer.headers.get_list("set-cookie")
    assert len(cookies) == 1
    name, _, rest = cookies[0].partition("=")
    assert name == "moi_afspraak"
    assert all(part in rest for part in ("HttpOnly", "Max-Age=1800", "SameSite=lax", "Path=/"))


async def test_reading_what_it_is_sets_no_cookie(merel: Browser) -> None:
    assert "set-cookie" not in (await merel.get("/afspraak")).response.headers


async def test_a_ticket_from_a_talk_may_come_with_origin_null(merel: Browser, office: Office) -> None:
    ticket = office.booking("").ticket
    place = await merel.post("/afspraak/begin", {"ticket": ticket}, origin="null")
    assert place.path == "/afspraak/plek"
    assert ticket not in str(merel.client.cookies)


@pytest.mark.parametrize("ticket", ["x", "0" * 32 + ".2026-W48." + "0" * 32])
async def test_a_wrong_ticket_says_so_and_offers_the_front_door(merel: Browser, ticket: str) -> None:
    page = await merel.post("/afspraak/begin", {"ticket": ticket})
    assert page.status == 422
    assert "zonder uitnodiging" in page.text
    assert (await merel.post("/afspraak/begin", solved(page))).path == "/afspraak/plek"


async def test_a_used_ticket_says_so(merel: Browser, office: Office) -> None:
    made = await office.booked()
    assert (await merel.post("/afspraak/begin", {"ticket": made.ticket})).status == 409


async def test_a_foreign_site_cannot_post_a_step(merel: Browser) -> None:
    await merel.begin()
    assert (await merel.post("/afspraak/plek", {"location": "x"}, origin="https://elders.example")).status == 403
    merel.csrf = "verzonnen"
    assert (await merel.post("/afspraak/plek", {"location": "x"})).status == 403


async def test_nothing_chosen_is_said_on_top(merel: Browser) -> None:
    await merel.begin()
    place = await merel.post("/afspraak/plek")
    assert place.status == 422
    assert "Kies een antwoord." in place.text
    moments = await to_moments(merel)
    assert moments.path == "/afspraak/moment"
    again = await merel.post("/afspraak/moment")
    assert again.status == 422
    assert "Kies een dag en tijd." in again.text


async def test_errors_keep_everything_that_was_typed(merel: Browser) -> None:
    moments = await to_moments(merel)
    await merel.post("/afspraak/moment", {"moment": moments.values("moment")[0]})
    typed = {"nickname": "", "helps": "tolk", "with_contact": "ja", "contact": "12", "note": "Ik slaap slecht"}
    page = await merel.post("/afspraak/naam", dict(typed))
    assert page.status == 422
    assert page.chosen("contact") == "12"
    assert page.chosen("with_contact") == "ja"
    assert page.chosen("helps") == "tolk"
    assert "Ik slaap slecht" in page.text
    assert page.text.count("Vul een naam in.") == 2
    assert "Zet een vinkje" in page.text


async def test_a_number_beside_the_answer_no_is_asked_about_and_not_dropped(merel: Browser) -> None:
    moments = await to_moments(merel)
    await merel.post("/afspraak/moment", {"moment": moments.values("moment")[0]})
    page = await merel.post("/afspraak/naam", {"nickname": "Mus", "with_contact": "nee", "contact": "06-12345678"})
    assert page.status == 422
    assert page.chosen("contact") == "06-12345678"
    assert "Kies Ja, of maak dit veld leeg." in page.text


async def test_a_taken_moment_gives_a_new_list_and_keeps_the_other_answers(merel: Browser, office: Office) -> None:
    check_page = await to_check(merel)
    assert check_page.path == "/afspraak/controle"
    moments = await merel.get("/afspraak/moment")
    wanted = next(each for each in moments.values("moment") if each != moments.chosen("moment"))
    await service.hold(office.rt, new_id(), wanted)
    page = await merel.post("/afspraak/moment", {"moment": wanted})
    assert page.status == 409
    assert "net bezet" in page.text
    assert wanted not in page.values("moment")
    again = await merel.post("/afspraak/moment", {"moment": page.values("moment")[1]})
    assert again.path == "/afspraak/controle"
    assert "Merel" in again.text


async def test_changing_the_place_asks_for_a_moment_and_nothing_else(merel: Browser) -> None:
    await to_check(merel)
    place = await merel.get("/afspraak/plek")
    other = next(each for each in place.values("location") if each != place.chosen("location"))
    moments = await merel.post("/afspraak/plek", {"location": other})
    assert moments.path == "/afspraak/moment"
    back = await merel.post("/afspraak/moment", {"moment": moments.values("moment")[0]})
    assert back.path == "/afspraak/controle"
    assert "Merel" in back.text


async def test_more_time_three_times(merel: Browser, office: Office) -> None:
    page = await to_check(merel)
    for _ in range(3):
        assert "Ik heb meer tijd nodig" in page.text
        clock_of(office).advance(timedelta(minutes=9))
        page = await merel.post("/afspraak/tijd")
    assert "Ik heb meer tijd nodig" not in page.text
    assert "Langer kan niet." in page.text
    assert (await merel.post("/afspraak/controle")).path == "/afspraak/klaar"


async def test_too_long_ago_and_taken_meanwhile(merel: Browser, office: Office) -> None:
    await to_check(merel)
    clock_of(office).advance(timedelta(minutes=11))
    page = await merel.get("/afspraak/controle")
    assert "niet meer vast" in page.text
    assert (await merel.post("/afspraak/controle")).status == 409
    clock_of(office).advance(LIFE)
    late = await merel.get("/afspraak/naam")
    assert late.path == "/afspraak/verlopen"
    assert "Je was lang weg" in late.heading


async def test_pressing_confirm_twice_makes_one_appointment(merel: Browser, office: Office) -> None:
    await to_check(merel)
    cookie, csrf = merel.client.cookies["moi_afspraak"], merel.csrf
    codes = []
    for _ in range(2):
        merel.client.cookies.clear()
        merel.client.cookies.set("moi_afspraak", cookie, domain="localhost.local", path="/")
        merel.csrf = csrf
        done = await merel.post("/afspraak/controle")
        assert done.path == "/afspraak/klaar"
        codes.append(done.text)
    assert codes[0] == codes[1]
    async with office.rt.stores.afspraken.reading() as tx:
        assert len((await tx.exec(select(Appointment))).all()) == 1


async def test_with_the_code_one_sees_moves_and_cancels(merel: Browser, office: Office) -> None:
    code = await to_code(merel)
    await merel.post("/afspraak/sluiten")
    assert (await merel.get("/afspraak/klaar")).path == "/afspraak/verlopen"
    mine = await merel.open(code.upper().replace(" ", "-"))
    assert "Je afspraak gaat door." in mine.text
    moments = await merel.get("/afspraak/mijn/verzetten")
    wanted = moments.values("moment")[2]
    moved = await merel.post("/afspraak/mijn/verzetten", {"moment": wanted})
    assert moved.path == "/afspraak/mijn/bekijken"
    before = vobject.readOne((await merel.get("/afspraak/afspraak.ics")).response.text)
    assert before.vevent.sequence.value == "1"
    await merel.get("/afspraak/mijn/afzeggen")
    gone = await merel.post("/afspraak/mijn/afzeggen")
    assert "is afgezegd" in gone.text
    after = vobject.readOne((await merel.get("/afspraak/afspraak.ics")).response.text)
    assert (after.method.value, after.vevent.uid.value) == ("CANCEL", before.vevent.uid.value)
    async with office.rt.stores.afspraken.reading() as tx:
        assert (await tx.exec(select(Claim))).all() == []


async def test_wrong_words_get_one_answer_and_stay_in_the_field(merel: Browser) -> None:
    for _ in range(5):
        page = await merel.open(OTHER_CODE)
        assert page.status == 422
        assert "Deze woorden kennen we niet." in page.text
        assert page.chosen("code") == OTHER_CODE
    assert (await merel.open(OTHER_CODE)).status == 429


async def test_without_script_one_waits_half_a_minute(merel: Browser, office: Office) -> None:
    asked = (await merel.get("/afspraak")).values("bewijs")[0]
    wait = await merel.post("/afspraak/begin", {"bewijs": asked, "antwoord": ""})
    assert wait.heading == "Nog heel even"
    early = await merel.post("/afspraak/begin", {"bewijs": wait.values("bewijs")[0]})
    assert early.heading == "Nog heel even"
    clock_of(office).advance(timedelta(seconds=30))
    assert (await merel.post("/afspraak/begin", {"bewijs": early.values("bewijs")[0]})).path == "/afspraak/plek"


async def test_the_code_travels_along_through_the_waiting_page(merel: Browser, office: Office) -> None:
    code = await to_code(merel)
    await merel.get("/afspraak/mijn")
    wait = await merel.post("/afspraak/mijn", {"code": code})
    assert wait.heading == "Nog heel even"
    clock_of(office).advance(timedelta(seconds=30))
    mine = await merel.post("/afspraak/mijn", {"code": wait.values("code")[0], "bewijs": wait.values("bewijs")[0]})
    assert mine.path == "/afspraak/mijn/bekijken"


async def test_a_proof_is_taken_once(merel: Browser) -> None:
    done = solved(await merel.get("/afspraak"))
    assert (await merel.post("/afspraak/begin", done)).path == "/afspraak/plek"
    assert (await merel.post("/afspraak/begin", done)).status == 422


async def test_without_contact_the_page_says_we_cannot_reach_you(merel: Browser) -> None:
    await to_code(merel)
    assert "Kijk de dag ervoor nog even met je code." in (await merel.get("/afspraak/klaar")).text


async def test_the_note_can_be_erased_with_the_code(merel: Browser) -> None:
    await to_code(merel, note="Ik slaap slecht", note_may_read="1")
    assert "Ik slaap slecht" in (await merel.get("/afspraak/mijn/bekijken")).text
    await merel.get("/afspraak/mijn/achtergelaten")
    after = await merel.post("/afspraak/mijn/achtergelaten", {"with_contact": "nee", "note": ""})
    assert "Ik slaap slecht" not in after.text


async def test_two_hours_before_the_telephone_is_shown(merel: Browser, office: Office) -> None:
    code = await to_code(merel)
    async with office.rt.stores.afspraken.reading() as tx:
        slot_id = (await tx.exec(select(Appointment.slot_id))).one()
    clock_of(office).set(starts_of(await office.slot(slot_id)) - timedelta(hours=1))
    mine = await merel.open(code)
    assert "Wil je afzeggen? Bel 050" in mine.text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Afspraak afzeggen" not in mine.text
    assert (await merel.post("/afspraak/mijn/afzeggen")).status == 409


@pytest.mark.parametrize("path", ["plek", "moment", "naam", "controle", "klaar", "mijn/bekijken", "afspraak.ics"])
async def test_a_step_without_cookie_explains_itself(merel: Browser, path: str) -> None:
    assert (await merel.get(f"/afspraak/{path}")).path == "/afspraak/verlopen"


@pytest.mark.parametrize("value", ["", "x", "1.", "1.AAAA", "999.AAAA", "1." + "A" * 4000])
async def test_a_damaged_cookie_is_no_cookie(merel: Browser, value: str) -> None:
    merel.client.cookies.set("moi_afspraak", value)
    assert (await merel.get("/afspraak/naam")).path == "/afspraak/verlopen"


async def test_places_filter_by_municipality_with_neighbours(merel: Browser) -> None:
    await merel.begin()
    page = await merel.get("/afspraak/plek?g=37")
    assert page.text.index("In Stadskanaal") < page.text.index("In de buurt") < page.text.index("Verder weg")
    assert "nog geen plek" in (await merel.get("/afspraak/plek?g=1895")).text
    for odd in ("x", "-1", "99999999999999999999", "%00"):
        assert (await merel.get(f"/afspraak/plek?g={odd}")).status == 200
        assert (await merel.get(f"/afspraak/moment?d={odd}")).status == 200


async def test_the_longest_answers_fit_in_the_cookie(merel: Browser) -> None:
    note = "\N{GRINNING FACE}" * 370
    page = await to_check(merel, with_contact="ja", contact="a" * 80 + "@voorbeeld.nl", note=note, note_may_read="1")
    assert page.path == "/afspraak/controle"
    assert len(merel.client.cookies["moi_afspraak"]) < 4000
    assert note in page.text


async def test_english_keeps_the_way(merel: Browser) -> None:
    await merel.begin("/en/afspraak")
    assert merel.visited[-1].endswith("/en/afspraak/plek")
