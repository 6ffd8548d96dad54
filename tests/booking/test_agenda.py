"""The hosts' day as Sam meets it in a browser."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlmodel import select

from server.booking.models import Appointment
from server.booking.queries import Details, Moment
from server.kit.clock import FixedClock
from server.kit.runtime import Runtime
from server.team import demo, logins
from server.team.permissions import Role
from tests.booking.making import SAM, Office, open_office
from tests.pages import check
from tests.team.cast import Screen, signed_in


@dataclass(frozen=True)
class Day:
    """Sam's screen, on a day on which Merel comes."""

    office: Office
    sam: Screen
    moment: Moment
    appointment_id: str

    @property
    def path(self) -> str:
        """The agenda of that day."""
        return f"/team/agenda?dag={self.moment.day.isoformat()}"

    async def press(self, what: str, **form: str) -> str:
        """Press a button of the appointment and return the page that follows."""
        answer = await self.sam.post(
            f"/team/agenda/{self.appointment_id}/{what}", dag=self.moment.day.isoformat(), **form
        )
        if answer.status_code == 303:
            answer = await self.sam.get(answer.headers["location"])
        check(answer.text, team=True)
        return answer.text

    async def until(self, after_start: timedelta) -> None:
        """Move the clock and sign in again: a login does not last until the day of the talk."""
        assert isinstance(self.office.rt.clock, FixedClock)
        self.office.rt.clock.set(self.moment.starts + after_start)
        await self.sam.hold(await token_of_sam(self.office.rt))

    async def left(self) -> int:
        """Count the appointments that are still there."""
        async with self.office.rt.stores.afspraken.reading() as tx:
            return len((await tx.exec(select(Appointment))).all())


async def token_of_sam(rt: Runtime) -> str:
    """Return a fresh login of Sam."""
    token, row = logins.new_row(rt.keyring, SAM, rt.clock.now(), second_factor_at=rt.clock.now())
    async with rt.stores.hoofd.transaction() as tx:
        tx.add(row)
    return token


@pytest.fixture
async def day(rt: Runtime) -> Day:
    """Merel has an appointment with Sam."""
    await demo.seed(rt, rt.clock.now())
    office = await open_office(rt)
    moment = (await office.free())[0]
    made = await office.booked(moment.slot_id, details=Details("Merel", ("tolk",), "06 12345678", "Ik slaap slecht"))
    sam = await Screen(rt).hold(await token_of_sam(rt))
    return Day(replace(office), sam, moment, made.appointment_id)


async def test_sam_sees_who_comes_and_what_helps(day: Day) -> None:
    text = (await day.sam.get(day.path)).text
    check(text, team=True)
    for word in ("Merel", "Een tolk", "06 12345678", "Ik slaap slecht", "Voorbeeld"):
        assert word in text
    assert "Gesprek geweest" not in text
    assert "Niet verschenen" not in text
    assert "Merel" not in (await day.sam.get("/team/agenda")).text, "one day at a time"


async def test_a_day_out_of_reach_is_today(day: Day) -> None:
    for odd in ("2020-01-01", "2099-01-01", "x", ""):
        assert "vandaag" in (await day.sam.get(f"/team/agenda?dag={odd}")).text


async def test_sam_counts_the_talk_and_nothing_is_left(day: Day) -> None:
    await day.until(timedelta(hours=1))
    text = await day.press("geweest", turn="eerste")
    assert "Kies een antwoord." in text
    assert 'value="eerste" checked' in text
    text = await day.press("geweest", turn="eerste", follow_up="sociale_basis")
    assert "Gedaan." in text
    assert await day.left() == 0
    assert "Merel" not in await day.press("geweest", turn="eerste", follow_up="sociale_basis")


async def test_sam_says_nobody_came(day: Day) -> None:
    await day.until(timedelta(minutes=5))
    assert "na een kwartier" in await day.press("niet-verschenen")
    await day.until(timedelta(minutes=20))
    assert "niet verschenen" in await day.press("niet-verschenen")


async def test_sam_cannot_and_the_page_says_what_happens(day: Day) -> None:
    assert "gaat niet door, kiest een ander moment" in await day.press("kan-niet")


async def test_sam_cancels_for_who_called(day: Day) -> None:
    assert "Merel" not in await day.press("afzeggen")


async def test_somebody_elses_appointment_is_simply_not_there(day: Day, rt: Runtime) -> None:
    other = await signed_in(rt, Role.PEER_WORKER)
    assert "Merel" not in (await other.get(day.path)).text
    answer = await other.post(f"/team/agenda/{day.appointment_id}/afzeggen", dag=day.moment.day.isoformat())
    assert answer.status_code == 303
    assert "Merel" in (await day.sam.get(day.path)).text


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.COORDINATOR, Role.ADMINISTRATOR])
async def test_others_have_no_agenda(day: Day, rt: Runtime, role: Role) -> None:
    assert (await (await signed_in(rt, role)).get(day.path)).status_code == 403
